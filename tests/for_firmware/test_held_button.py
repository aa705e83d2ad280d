"""The button that opens a locked console: held while the node starts, and not a moment less."""

import asyncio
from types import SimpleNamespace

import pytest

from node import unlock
from node.unlock import hmac_sha256, is_held
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


KEY = bytes(range(16))


class _Visitor:
    """Somebody at the port: asks, and answers with the key that he has."""

    def __init__(self, key):
        self._key = key
        self.said = []

    async def next(self):
        if self._key is not None and not self.said:
            return b"neckar open"
        if self.said and "challenge" in self.said[-1]:
            challenge = bytes.fromhex(self.said[-1].split()[1])
            return hmac_sha256(self._key, challenge)[:8].hex().encode()
        return await asyncio.Event().wait()


def opened_at(monkeypatch, key, is_pressed):
    """Return the seconds after a start at which the console was opened, and by what."""
    timeline = Timeline()
    visitor, notes, times = _Visitor(key), [], []
    monkeypatch.setattr(unlock, "_Lines", lambda: visitor)
    monkeypatch.setattr(unlock, "_say", lambda text: text and visitor.said.append(text))
    monkeypatch.setattr(unlock, "identity", lambda: (17, KEY))
    clock = SimpleNamespace(uptime_ms=lambda: timeline.now_us // 1000)
    life = SimpleNamespace(recorder=SimpleNamespace(append=notes.append), clock=clock)

    async def job():
        def open_up():
            times.append(timeline.now_us / 1e6)

        watched = unlock.run(life, lambda: is_pressed(timeline.now_us / 1e6), open_up, None)
        task = asyncio.create_task(watched)
        await asyncio.sleep(30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(timeline, job())
    return times, notes


def test_the_key_opens_at_once_while_the_button_is_watched(monkeypatch):
    times, notes = opened_at(monkeypatch, KEY, lambda _: False)
    assert (times, notes) == ([0], ["console: opened by key"])


def test_the_button_opens_while_nobody_says_anything(monkeypatch):
    times, notes = opened_at(monkeypatch, None, lambda now_s: 1 <= now_s < 5)
    assert len(times) == 1 and 4 <= times[0] < 4.3
    assert notes == ["console: opened by the button"]


def test_who_has_opened_it_by_key_is_not_noted_again_for_the_button(monkeypatch):
    times, notes = opened_at(monkeypatch, KEY, lambda now_s: 1 <= now_s < 5)
    assert (times, notes) == ([0], ["console: opened by key"])


def test_neither_opens_for_a_wrong_key_and_a_tap(monkeypatch):
    times, notes = opened_at(monkeypatch, bytes(16), lambda now_s: 1 <= now_s < 2)
    assert (times, notes) == ([], ["console: wrong answer 1"])
