"""The button that opens a locked console: held while the node starts, and not a moment less."""

import pytest

from node.unlock import is_held
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline


def held(*spans):
    """Say whether a button that is down in these spans of seconds opens, and when it was known."""
    timeline = Timeline()

    def is_pressed():
        return any(begin <= timeline.now_us / 1e6 < end for begin, end in spans)

    return run(timeline, is_held(is_pressed)), timeline.now_us / 1e6


@pytest.mark.parametrize("begin", [0, 1, 4.2, 6.5])
def test_three_seconds_within_ten_open(begin):
    opened, at_s = held((begin, begin + 3.5))
    assert opened
    assert begin + 3 <= at_s < begin + 3.3


@pytest.mark.parametrize("spans", [(), ((0, 2.8),), ((0, 2), (2.2, 4), (5, 7.5)), ((8, 60),)])
def test_less_or_later_does_not(spans):
    opened, at_s = held(*spans)
    assert not opened
    assert 9.9 < at_s < 10.1
