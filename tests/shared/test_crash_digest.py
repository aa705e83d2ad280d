"""What the node died of: the place in our code, and which of several crashes is kept and told."""

import os
import sys

from node import crash, files
from protocol import cbor
from protocol.messages import decode, encode
from tests.shared.expect import TMP

PATH = TMP + "crash"
if not hasattr(sys, "print_exception"):
    import traceback

    def _print_exception(e, stream=sys.stdout) -> None:
        """Write what MicroPython would: its form of a traceback is CPython's."""
        stream.write("".join(traceback.format_exception(e)))

    sys.print_exception = _print_exception

FIRMWARE = b"\x01\x02\x03\x04"


def fresh(content=None) -> None:
    """Begin with a file of this content, or with none."""
    crash.PATH = PATH
    try:
        os.remove(PATH)
    except OSError:
        pass
    if content is not None:
        with open(PATH, "wb") as f:
            f.write(content)


def caught(function, *arguments):
    """Return the exception of a call."""
    try:
        function(*arguments)
    except Exception as e:
        return e
    raise AssertionError("nothing was raised")


def line_of(path: str, text: str) -> int:
    """Return the number of the line that has a text."""
    folder = crash.__file__.rsplit("/", 2)[0]
    with open(folder + "/" + path) as f:
        return [text in line for line in f.read().split("\n")].index(True) + 1


def test_the_last_place_in_our_code_is_told():
    name, module, line = crash.digest(caught(files.read_record, None))
    assert (name, module) == ("AttributeError", "files")
    assert line == line_of("node/files.py", "def read_record") + 2


def test_a_place_below_our_code_is_told_by_our_own():
    class Stream:
        def read(self, count):
            raise OSError(5)

    name, module, line = crash.digest(caught(files.read_record, Stream()))
    assert (name, module) == ("OSError", "files")
    assert line == line_of("node/files.py", "def read_record") + 2


def test_where_none_of_it_is_ours_the_last_place_of_all_is_told():
    def fails():
        raise ValueError("x")

    name, module, line = crash.digest(caught(fails))
    assert (name, module) == ("ValueError", "test_crash_digest")
    assert line > 50


def test_an_exception_that_was_never_raised_has_no_place():
    assert crash.digest(ValueError("x")) == ("ValueError", "", 0)


def test_a_deep_recursion_has_a_digest():
    def deeper(f):
        f.read(1)
        files.read_record(Again(f))

    class Again:
        def __init__(self, f):
            self._f = f

        def read(self, count):
            deeper(self)

    name, module, _ = crash.digest(caught(deeper, Again(None)))
    assert name in ("RuntimeError", "RecursionError", "MemoryError")
    assert module


def test_a_package_is_told_by_its_folder():
    assert crash._module("node/sensors/__init__.py") == "sensors"
    assert crash._module("node/links/lora.mpy") == "lora"
    assert crash._module("main.py") == "main"


def test_the_first_crash_is_kept_and_the_others_counted():
    fresh()
    crash.keep(("OSError", "sampler", 7), FIRMWARE)
    for i in range(300):
        crash.keep(("ValueError", "uplink", i), FIRMWARE)
    waiting = crash.waiting()
    assert (waiting.exception, waiting.module, waiting.line) == ("OSError", "sampler", 7)
    assert waiting.firmware == FIRMWARE
    assert cbor.loads(files.read_bytes(PATH))[5] == 255


def test_one_that_was_told_stays_in_flash_until_the_next():
    fresh()
    crash.keep(("OSError", "sampler", 7), FIRMWARE)
    crash.told()
    assert crash.waiting() is None
    assert cbor.loads(files.read_bytes(PATH)) == ["OSError", "sampler", 7, FIRMWARE, True, 0]
    crash.told()
    crash.keep(("MemoryError", "journal", 9), FIRMWARE)
    assert crash.waiting().module == "journal"


def test_what_waits_can_always_be_sent():
    fresh()
    for found in (("X" * 70, "m" * 70, 1 << 40), ("", "", 0), ("OSError", "\u00fc" * 9, 3)):
        fresh()
        crash.keep(found, FIRMWARE)
        plain = encode(crash.waiting())
        assert len(plain) <= 20
        assert encode(decode(plain)) == plain


def test_a_damaged_file_is_no_crash():
    wrong = [
        b"",
        b"\xff",
        cbor.dumps(7),
        cbor.dumps(["OSError"]),
        cbor.dumps(["OSError", "sampler", -1, FIRMWARE, False, 0]),
        cbor.dumps(["OSError", "sampler", 7, FIRMWARE, 0, 0]),
        cbor.dumps(["OSError", "sampler", True, FIRMWARE, False, 0]),
        cbor.dumps(["OSError", b"sampler", 7, FIRMWARE, False, 0]),
    ]
    for damaged in wrong:
        fresh(damaged)
        assert crash.waiting() is None, damaged
        crash.told()
        crash.keep(("OSError", "sampler", 7), FIRMWARE)
        assert crash.waiting().line == 7
