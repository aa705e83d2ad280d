"""Why a board started: what MicroPython and the ROM say, and the counts over its life."""

import os

from node import causes
from tests.shared.expect import TMP

ESP32 = "Generic ESP32 module with ESP32"
S3 = "Generic ESP32S3 module with ESP32S3"
PATH = TMP + "resets"


class Machine:
    """`reset_cause` of MicroPython, and the ROM's register at one address."""

    def __init__(self, cause, registers=None):
        self._cause = cause
        if registers is not None:
            self.mem32 = registers

    def reset_cause(self):
        return self._cause


def named(machine, chip: str) -> str:
    """Return the cause on a chip of this name."""
    return causes.of(machine.reset_cause(), causes.rom_reason(machine, chip))


def test_a_brown_out_is_told_from_power_on_by_the_rom():
    # 0x3000 and more are other fields of the register.
    for reason, word in ((1, "power-on"), (15, "brown-out"), (12, "brown-out"), (3, "brown-out")):
        machine = Machine(1, {0x3FF48034: 0x3380 | reason})
        assert named(machine, ESP32) == word, reason
        machine = Machine(1, {0x60008038: 0x3380 | reason})
        assert named(machine, S3) == word, reason


def test_only_power_on_asks_the_rom():
    for number, word in ((2, "reset"), (3, "watchdog"), (4, "wake"), (5, "soft reset")):
        for reason in (1, 3, 5, 7, 12, 15):
            assert causes.of(number, reason) == word
    for number in (0, 6, -1, 99):
        assert causes.of(number, 15) == "unknown"


def test_a_board_without_the_register_has_its_cause_alone():
    class Refuses:
        def __getitem__(self, address):
            raise ValueError("address")

    for machine in (Machine(1), Machine(1, {}), Machine(1, Refuses())):
        assert named(machine, ESP32) == "power-on"
    assert causes.cause(Machine(1, {0x3FF48034: 15})) == "power-on", "no ESP32, no register"


def fresh(content=None) -> list:
    """Return the counts that a file of this content holds."""
    causes.PATH = PATH
    try:
        os.remove(PATH)
    except OSError:
        pass
    if content is not None:
        with open(PATH, "wb") as f:
            f.write(content)
    return causes.counts()


def test_counts_outlive_a_boot():
    causes.count(fresh(), causes.BROWN_OUT)
    for cause in (causes.POWER_ON, causes.BROWN_OUT, causes.WATCHDOG, causes.CRASH):
        causes.count(causes.counts(), cause)
    assert causes.counts() == [1, 2, 1, 1]


def test_what_is_not_counted_writes_nothing():
    counts = fresh()
    for cause in (causes.WAKE, causes.RESET, "soft reset", "unknown"):
        causes.count(counts, cause)
    try:
        os.stat(PATH)
    except OSError:
        return
    raise AssertionError("a file was written")


def test_damaged_counts_start_anew_and_flash_may_refuse():
    for damaged in (b"", b"1 2 3", b"1 2 3 4 5", b"a b c d", b"\xff"):
        counts = fresh(damaged)
        assert counts == [0, 0, 0, 0]
        causes.count(counts, causes.WATCHDOG)
        assert causes.counts() == [0, 0, 1, 0]
    causes.PATH = "/no/such/folder/resets"
    counts = causes.counts()
    causes.count(counts, causes.CRASH)
    assert counts == [0, 0, 0, 1]
