"""Boots that fail: which of them count, when safe mode begins, and how a node gets out of it."""

import os

from node import causes
from node.ladder import FAILED_BOOTS, TRIAL_BOOTS, Ladder
from tests.shared.expect import TMP

PATH = TMP + "ladder"
EVERY = (
    causes.POWER_ON,
    causes.BROWN_OUT,
    causes.WATCHDOG,
    causes.RESET,
    causes.WAKE,
    "soft reset",
)


def fresh(content=None) -> None:
    """Begin with a file of this content, or with none."""
    try:
        os.remove(PATH)
    except OSError:
        pass
    if content is not None:
        with open(PATH, "wb") as f:
            f.write(content)


def content() -> bytes:
    """Return what is in flash."""
    try:
        with open(PATH, "rb") as f:
            return f.read()
    except OSError:
        return b""


def begin(cause: str) -> Ladder:
    """Return the ladder of a life that began so."""
    ladder = Ladder(PATH)
    ladder.begin(cause)
    return ladder


def in_safe_mode() -> None:
    """Let all boots fail."""
    fresh()
    begin(causes.POWER_ON)
    for _ in range(FAILED_BOOTS):
        ladder = begin(causes.RESET)
    assert ladder.is_safe


def test_five_failed_boots_in_a_row_are_safe_mode():
    for cause in (causes.RESET, causes.WATCHDOG):
        fresh()
        assert not begin(causes.POWER_ON).is_safe
        steps = [begin(cause) for _ in range(FAILED_BOOTS + 3)]
        assert [ladder.failed for ladder in steps] == [1, 2, 3, 4, 5, 5, 5, 5]
        assert [ladder.is_safe for ladder in steps] == [False] * 4 + [True] * 4
    assert TRIAL_BOOTS < FAILED_BOOTS


def test_a_healthy_life_is_no_failure_however_it_ends():
    fresh()
    for _ in range(20):
        ladder = begin(causes.RESET)
        assert ladder.failed == 0
        ladder.healthy()
    for _ in range(4):
        begin(causes.WATCHDOG)
    ladder = begin(causes.WATCHDOG)
    assert ladder.failed == FAILED_BOOTS - 1
    ladder.healthy()
    assert begin(causes.WATCHDOG).failed == 0


def test_power_that_comes_and_goes_never_leads_to_safe_mode():
    for cause in (causes.POWER_ON, causes.BROWN_OUT, "soft reset", "unknown"):
        fresh()
        for _ in range(50):
            assert begin(cause).failed == 0


def test_power_that_comes_and_goes_between_failures_does_not_hide_them():
    fresh()
    begin(causes.POWER_ON)
    for _ in range(FAILED_BOOTS - 1):
        assert not begin(causes.RESET).is_safe
        begin(causes.POWER_ON)
        begin(causes.BROWN_OUT)
    assert begin(causes.WATCHDOG).is_safe


def test_a_reset_that_the_node_means_is_no_failure():
    fresh()
    for _ in range(FAILED_BOOTS + 1):
        ladder = begin(causes.RESET)
        assert ladder.failed == 0
        ladder.pardon()


def test_out_of_safe_mode_one_more_failure_leads_back():
    in_safe_mode()
    begin(causes.RESET).pardon()
    assert not begin(causes.RESET).is_safe
    assert begin(causes.RESET).is_safe


def test_out_of_safe_mode_a_healthy_life_leads_to_the_beginning():
    in_safe_mode()
    begin(causes.RESET).pardon()
    begin(causes.RESET).healthy()
    assert [begin(causes.RESET).failed for _ in range(3)] == [0, 1, 2]


def test_in_safe_mode_nothing_counts_as_healthy():
    in_safe_mode()
    begin(causes.RESET).healthy()
    assert begin(causes.RESET).is_safe
    begin(causes.WAKE).healthy()
    assert begin(causes.WAKE).is_safe


def test_power_on_is_one_try_and_a_brown_out_none():
    in_safe_mode()
    assert begin(causes.BROWN_OUT).is_safe
    assert not begin(causes.POWER_ON).is_safe
    assert not begin(causes.POWER_ON).is_safe
    assert begin(causes.RESET).is_safe


def test_a_wake_from_deep_sleep_writes_nothing():
    for before in (b"00", b"30", b"51"):
        fresh(before)
        ladder = begin(causes.WAKE)
        assert content() == before
        assert ladder.is_safe == (before == b"51")
    fresh(b"00")
    begin(causes.WAKE).healthy()
    assert content() == b"00"


def test_a_life_writes_only_what_changed():
    fresh(b"00")
    ladder = begin(causes.POWER_ON)
    assert content() == b"01"
    ladder.healthy()
    assert content() == b"00"
    os.remove(PATH)
    ladder.healthy()
    ladder.healthy()
    assert content() == b""


def test_a_damaged_file_is_a_beginning():
    for damaged in (b"", b"5", b"511", b"61", b"x1", b"\xff\xff", b"/1"):
        fresh(damaged)
        ladder = Ladder(PATH)
        assert (ladder.failed, ladder.is_safe) == (0, False), damaged
        assert not begin(causes.RESET).is_safe


def test_flash_that_refuses_keeps_no_node_from_starting():
    for cause in EVERY:
        ladder = Ladder("/no/such/folder/ladder")
        ladder.begin(cause)
        ladder.healthy()
        ladder.pardon()
        assert not ladder.is_safe


def test_a_node_that_dies_in_each_wake_ends_in_safe_mode_and_then_does_not_sleep():
    fresh()
    for step in range(1, FAILED_BOOTS + 1):
        ladder = Ladder(PATH)
        ladder.begin(causes.RESET if step > 1 else causes.POWER_ON, step > 1)
        assert not ladder.is_safe, step
        ladder.rests()  # its cold life works, and sleeps; the wake dies
    ladder = Ladder(PATH)
    ladder.begin(causes.RESET, True)
    assert ladder.is_safe and ladder.may_sleep
    ladder.rests()
    ladder = Ladder(PATH)
    ladder.begin(causes.RESET, True)
    assert ladder.is_safe and not ladder.may_sleep


def test_a_wake_that_was_done_clears_the_steps_and_one_that_was_meant_to_reset_is_none():
    fresh()
    for _ in range(3):
        ladder = Ladder(PATH)
        ladder.begin(causes.RESET, True)
        ladder.rests()
    assert Ladder(PATH).failed == 3
    ladder = Ladder(PATH)
    ladder.begin(causes.WAKE)
    ladder.healthy()
    assert Ladder(PATH).failed == 0
    ladder.pardon()
    ladder = Ladder(PATH)
    ladder.begin(causes.RESET, True)
    assert ladder.failed == 0
