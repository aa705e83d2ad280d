"""Commands that break what carries them out, or come in a crowd; a trial that nobody ends."""

import asyncio

import pytest

from node import commands, trial, uplink
from protocol import commands as orders
from protocol.session import COMMAND
from tests.fakes.node import FakeNode
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline


def test_a_trial_on_a_node_that_never_sleeps_ends_by_a_restart(monkeypatch):
    timeline = Timeline()
    left = [3]

    def count_wake():
        left[0] -= 1
        return left[0] < 0

    monkeypatch.setattr("node.settings.count_wake", count_wake)
    restarts = []

    class Life:
        def restart(self, why):
            restarts.append((timeline.now_us // 1_000_000, why))
            raise SystemExit

    with pytest.raises(SystemExit):
        run(timeline, trial.run(900, Life()))
    assert restarts == [(3600, "trial is over")]


class _App:
    """What an uplink needs of the node when a command comes."""

    def __init__(self):
        self.crashes = []
        self.life = self

    def crashed(self, place, e):
        self.crashes.append((place, type(e).__name__))


def _uplink_with(monkeypatch, carry_out, *numbers):
    """Hand commands to an uplink, one after the other; return (results, crashes, uplink)."""
    node = FakeNode()
    app = _App()
    clock = type("Clock", (), {"ticks": lambda self: 0})()
    moved = uplink.Uplink(node.session, None, clock, None, app)
    sent = []
    monkeypatch.setattr(node.session, "send", lambda result, now: sent.append(result))
    monkeypatch.setattr(commands.Commands, "carry_out", carry_out)
    monkeypatch.setattr("node.memory.forget", lambda *names: None)

    async def job():
        for number in numbers:
            node.session._events.append((COMMAND, orders.Command(number, orders.REBOOT)))
        moved._handle_events()
        assert moved.is_busy
        await asyncio.sleep(0.05)

    asyncio.run(job())
    return [(result.number, result.code) for result in sent], app.crashes, moved


def test_a_command_that_breaks_what_carries_it_out_has_failed_and_is_recorded(monkeypatch):
    async def breaks(self, command):
        raise MemoryError

    results, crashes, moved = _uplink_with(monkeypatch, breaks, 5)
    assert results == [(5, orders.FAILED)]
    assert crashes == [("background", "MemoryError")]
    assert not moved._tasks and moved.commands == 1


def test_a_command_that_comes_during_another_is_told_to_wait(monkeypatch):
    async def takes_its_time(self, command):
        await asyncio.sleep(0.01)

    results, crashes, moved = _uplink_with(monkeypatch, takes_its_time, 5, 6)
    assert results == [(6, orders.BUSY)] and not crashes
    assert not moved._tasks and moved.commands == 2


def test_a_time_for_which_samples_have_no_room_is_not_taken():
    told = []
    clock = type("Clock", (), {"set": lambda self, unix_ms: told.append(unix_ms)})()
    journal = type("Journal", (), {"clock_was_set": lambda self: None})()
    moved = uplink.Uplink(None, None, clock, journal)
    for unix_ms in (1000 << 32, (1 << 48) - 1):
        moved.time_is(unix_ms)
    assert told == []
    moved.time_is(1_800_000_000_000)
    assert told == [1_800_000_000_000]
