"""One target with mutated inputs and without coverage, on CPython and on MicroPython.

    micropython -X heapsize=8m tests/fuzz/unguided.py TARGET RUNS SEED

Place: `__main__` starts it; nothing here is more than MicroPython has.
Guarantee: ends with status 0 and a line of numbers, or with a traceback after the input in hex.
"""

import sys

ROOT = __file__.rsplit("/", 1)[0] + "/../.."


def main(name: str, runs: int, seed: int) -> None:
    """Run a target and say how many inputs it took."""
    sys.path.insert(0, ROOT)
    sys.path.append(ROOT + "/firmware")
    fuzz = __import__("tests.shared.fuzz", None, None, ("run",))
    print(fuzz.run(name, runs, seed), "of", runs, "inputs taken")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
