"""The node's link on both chips in virtual time: broken off, jammed, answered with junk."""

import asyncio
import contextlib
import random

import pytest

from node.links import lora
from protocol._compat import ticks_diff
from protocol.access import Access, Channel
from protocol.adapt import Adapt
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ, UPLINK_HZ, modulation
from radio.errors import NotReadyError
from radio.recovery import Recovery
from tests.for_firmware.radio_boards import Air
from tests.for_firmware.virtual_time import patch_clock, run
from tools.rig.air.attacker import Attacker
from tools.rig.air.signal import Tuning
from tools.rig.air.timeline import Timeline

FRAME = bytes(range(60))
MODELS = ("sx1262", "sx1276")
UP = Tuning(UPLINK_HZ, 9, BANDWIDTH_HZ)
DOWN = Tuning(ANSWER_HZ, 9, BANDWIDTH_HZ)


class Clock:
    def __init__(self, timeline):
        self._timeline = timeline

    def ticks(self):
        return self._timeline.now_us // 1000 % (1 << 30)

    def uptime_ms(self):
        return self._timeline.now_us // 1000

    def least_s(self):
        return self._timeline.now_us // 1_000_000


class Place:
    """A node's link, and an attacker who hears all of it."""

    def __init__(self, monkeypatch, folder, model, seed=1):
        self.air = Air(seed)
        self.timeline = self.air.timeline
        patch_clock(monkeypatch, self.timeline)
        monkeypatch.setattr(asyncio, "sleep_ms", lambda ms: asyncio.sleep(ms / 1000), raising=False)
        self.duty = folder / "duty"
        monkeypatch.setattr(lora, "DUTY", str(self.duty))
        monkeypatch.setattr(lora, "ADAPTED", str(folder / "adapted"))
        self.board = self.air.board(model, "node")
        self.chance = random.Random(seed)
        channels = [Channel(UPLINK_HZ, modulation(9))]
        access = Access(channels, Ledger(), self.chance.randrange)
        adapt = Adapt(channels, 60, 4, 14)
        self.clock = Clock(self.timeline)
        self.link = lora.LoraLink(Recovery(self.board.radio), access, adapt, self.clock, 900000)
        self.attacker = Attacker(self.air.ether, "attacker", (50.0, 0.0))
        self.attacker.eavesdrop(UP)

    def jam(self, tuning, seconds):
        frame = bytes(255)
        end_us = self.timeline.now_us + round(1e6 * seconds)
        at_us = self.timeline.now_us
        while at_us < end_us:
            self.attacker.send(tuning, frame, at_us=at_us)
            at_us += tuning.modulation.airtime_us(len(frame))

    def sent_us(self):
        """Return what the node had on the air in the last hour."""
        begin_us = self.timeline.now_us - 3600_000_000
        ours = [t for t in self.air.sent if t.antenna.name == "node" and t.start_us >= begin_us]
        return sum(t.silent_us - t.start_us for t in ours)

    def booked_ms(self):
        now_s = self.clock.uptime_ms() // 1000
        ledger = Ledger.from_state(self.duty.read_bytes(), now_s)
        return sum(ms for _, ms, _ in ledger.evidence(now_s))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(4))
def test_a_link_broken_off_anywhere_sends_the_next_frame(monkeypatch, tmp_path, model, seed):
    place = Place(monkeypatch, tmp_path, model, seed)
    chance = place.chance

    async def scenario():
        for _ in range(25):
            if chance.random() < 0.5:
                place.jam(UP, chance.uniform(0, 40))
            try:
                limit_s = chance.choice([chance.uniform(0, 0.5), chance.uniform(0, 40)])
                await asyncio.wait_for(place.link.send(FRAME), limit_s)
            except TimeoutError:
                pass
            await asyncio.sleep(42)
            place.attacker.heard.clear()
            await place.link.send(FRAME)
            await asyncio.sleep(0.1)
            assert [r.data for r in place.attacker.heard] == [FRAME]
            assert place.booked_ms() * 1000 >= place.sent_us()
            junk = bytes(chance.randrange(256) for _ in range(chance.choice([0, 1, 40, 255])))
            place.attacker.send(DOWN, junk, at_us=place.timeline.now_us + 600_000)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(place.link.hear_answer(lambda: True), chance.uniform(0, 4))
            await asyncio.sleep(200)

    run(place.timeline, scenario())
    assert place.link.radio.restarts == 0
    assert place.air.counts() == {}


@pytest.mark.parametrize("model", MODELS)
def test_a_detector_that_is_stuck_delays_a_frame_by_24_s(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)
    detect = place.link.radio.detect

    async def detect_all_day():
        await detect()
        return True

    async def scenario():
        place.link.radio.detect = detect_all_day
        started_ms = place.clock.ticks()
        await place.link.send(FRAME)
        return ticks_diff(place.clock.ticks(), started_ms)

    assert run(place.timeline, scenario()) < 27000
    assert place.link.access.forced == 1


@pytest.mark.parametrize("model", MODELS)
def test_the_answer_comes_through_between_junk(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)
    got = []

    async def listen():
        while True:
            got.append(await place.link.receive())

    async def scenario():
        ears = asyncio.create_task(listen())
        await place.link.send(FRAME)
        at_us = place.timeline.now_us + 460_000
        for data in (b"", b"x", bytes(20), b"answer"):
            place.attacker.send(DOWN, data, at_us=at_us)
            at_us += DOWN.modulation.airtime_us(len(data)) + 20_000
        await place.link.hear_answer(lambda: b"answer" not in got)
        ears.cancel()

    run(place.timeline, scenario())
    assert got == [b"x", bytes(20), b"answer"]


@pytest.mark.parametrize("model", MODELS)
def test_junk_without_end_does_not_hold_a_node_in_its_window(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)

    async def scenario():
        await place.link.send(FRAME)
        place.jam(DOWN, 60)
        started_ms = place.clock.ticks()
        await place.link.hear_answer(lambda: True)
        return ticks_diff(place.clock.ticks(), started_ms)

    assert run(place.timeline, scenario()) < 2000 + 200 + 2500
    assert len(place.link._frames) <= 4


@pytest.mark.parametrize("model", MODELS)
def test_a_radio_that_dies_between_look_and_frame_comes_back(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)
    radio = place.link.radio
    detect = radio.detect

    async def detect_and_die():
        is_busy = await detect()
        place.board.chip.miso = 0xFF
        return is_busy

    async def scenario():
        radio.detect = detect_and_die
        with pytest.raises(OSError):
            await place.link.send(FRAME)
        booked = place.booked_ms()
        assert booked > 0
        radio.detect = detect
        for _ in range(50):
            with pytest.raises(OSError):
                await place.link.send(FRAME)
            await asyncio.sleep(3)
        with pytest.raises(NotReadyError):
            await radio.start()
        assert place.booked_ms() == booked  # what is never sent uses nothing up
        place.board.chip.miso = None
        await asyncio.sleep(61)
        await place.link.send(FRAME)

    run(place.timeline, scenario())
    assert place.link.radio.restarts == 1


@pytest.mark.parametrize("model", MODELS)
def test_flash_that_takes_no_account_lets_nothing_out(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)
    monkeypatch.setattr(lora, "DUTY", "/nowhere/duty")

    async def scenario():
        for _ in range(3):
            with pytest.raises(OSError):
                await place.link.send(FRAME)
            await asyncio.sleep(1)
        monkeypatch.setattr(lora, "DUTY", str(place.duty))
        await place.link.send(FRAME)
        await asyncio.sleep(0.1)

    run(place.timeline, scenario())
    assert len(place.attacker.heard) == 1


@pytest.mark.parametrize("model", MODELS)
def test_flash_that_refuses_does_not_end_whoever_takes_an_answer(monkeypatch, tmp_path, model):
    place = Place(monkeypatch, tmp_path, model)
    monkeypatch.setattr(lora, "ADAPTED", "/nowhere/adapted")
    place.link.quality((-90, 20, 10))


def test_a_node_that_restarts_every_half_hour_is_not_mute_for_ever(monkeypatch, tmp_path):
    """Its account is lost, so an hour has to pass; nothing tells of it but what is stored."""
    place = Place(monkeypatch, tmp_path, "sx1262")
    place.duty.write_bytes(b"damaged")
    minutes = 0
    for _ in range(4):
        ledger = Ledger.from_state(place.duty.read_bytes(), 0)
        channels = [Channel(UPLINK_HZ, modulation(9))]
        access = Access(channels, ledger, place.chance.randrange)
        clock = Clock(Timeline())
        link = lora.LoraLink(Recovery(None), access, Adapt(channels, 60, 4, 14), clock, 900000)
        while clock.ticks() < 1800_000:
            wait_ms = link.may_send(True, clock.ticks())
            if wait_ms == 0:
                break
            clock._timeline.run_until(clock._timeline.now_us + 1000 * wait_ms)
        minutes += clock.ticks() // 60000
        if wait_ms == 0:
            break
    assert wait_ms == 0
    assert minutes >= 60  # the time off does not count, nor what was not stored
    assert minutes <= 80
