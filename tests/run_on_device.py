"""Runs tests/shared without pytest: on MicroPython, on a board or its unix port, and on CPython.

    micropython tests/run_on_device.py                  all modules
    micropython tests/run_on_device.py test_cbor ...    these

On a board: `mpremote mount . run tests/run_on_device.py`. One line for each test that fails, with
its traceback, and a closing line `N passed, N failed`; the exit status says the same. A module is
forgotten after its turn, so that all of them pass through the memory of a small board.
"""

import gc
import os
import sys


def root() -> str:
    """Return the folder that holds `protocol` and `tests`."""
    try:
        folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
        return folder + "/.."
    except NameError:  # a board runs this text without a file, from the folder it wants
        return "."


def module_names(folder: str) -> list:
    """Return the names of all test modules in `folder`."""
    names = [name[:-3] for name in os.listdir(folder) if name.endswith(".py")]  # noqa: PTH208
    return sorted(name for name in names if name.startswith("test_"))


def report(place: str, error) -> None:
    """Print which test failed, and how."""
    print("FAIL", place, type(error).__name__, error)
    if hasattr(sys, "print_exception"):
        sys.print_exception(error)
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def run_module(name: str) -> tuple:
    """Return how many tests of a module passed and failed."""
    full = "tests.shared." + name
    try:
        __import__(full)
    except Exception as e:  # a module that does not load is a failure like any other
        report(name, e)
        return 0, 1
    module = sys.modules[full]
    passed = failed = 0
    for test in sorted(dir(module)):
        if not test.startswith("test_"):
            continue
        try:
            getattr(module, test)()
            passed += 1
        except Exception as e:
            report(name + "." + test, e)
            failed += 1
        gc.collect()
    del sys.modules[full]
    gc.collect()
    return passed, failed


def main(names: list) -> int:
    """Run modules by name, or all; return the exit status."""
    sys.path.insert(0, root())
    sys.path.append(root() + "/firmware")
    passed = failed = 0
    for name in names or module_names(root() + "/tests/shared"):
        good, bad = run_module(name)
        passed += good
        failed += bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
