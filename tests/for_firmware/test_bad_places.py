"""A technician on a ladder: links that answer now and then, buttons that are stuck."""

import asyncio
import itertools

import pytest

from node import button, led, mount, uplink
from protocol.session import radio, wired
from tests.for_firmware.virtual_time import run
from tests.shared.pair import Gateway, Node, RamJournal
from tools.rig.air.timeline import Timeline

LIMIT_SF9_DB4 = -50  # -12.5 dB


class _Pin:
    """An output that remembers when it was set."""

    def __init__(self, timeline):
        self._timeline = timeline
        self.steps = []

    def value(self, level):
        self.steps.append((self._timeline.now_us // 1000, level))


class _Link:
    """What a mount test reads of a link; without `snr_db4` it is a wire."""

    def __init__(self, snr_db4=None):
        self.asked = 0
        if snr_db4 is not None:
            modulation = type("Modulation", (), {"sf": 9})
            channel = type("Channel", (), {"modulation": modulation})
            self.access = type("Access", (), {"channel": channel})
            self.radio = type("Recovery", (), {"radio": type("Radio", (), {})})
            self.radio.radio.frame_snr_db4 = snr_db4


class _Place:
    """A node in virtual time and its gateway; `is_lost(n)`: the n-th ask gets no answer."""

    def __init__(self, policy, is_lost=lambda n: False, link=None, snr_db4=None):
        self.timeline = Timeline()
        self.link = _Link(snr_db4)
        self._answers_with = link
        self._is_lost = is_lost
        self.is_testing = False
        self.node = Node(RamJournal(), policy=policy)
        self.session = self.node.session
        self.gateway = Gateway()
        self.uplink = uplink.Uplink(self.session, self.link, None, None, self)
        self.clock = self
        self.pin = _Pin(self.timeline)
        self.led = led.Led(None)
        self.led._pin = self.pin

    def ticks(self):
        return self.timeline.now_us // 1000

    async def talk(self):
        """Carry frames, as uplink and link do, until cancelled."""
        while True:
            now = self.ticks()
            self.session.handle_timeout(now)
            frame = self.session.data_to_send(now)
            if frame is not None:
                await asyncio.sleep(0.3)
                self.session.sent(self.ticks())
                self._carry(frame)
                self._events()
            await asyncio.sleep(0.02)

    def _carry(self, frame):
        if self.session.is_waiting:
            self.link.asked += 1
            if self._is_lost(self.link.asked):
                return
        self.gateway.receive(frame, self.ticks())
        for answer in self.gateway.commit(self.ticks(), self._answers_with):
            self.session.receive(answer, self.ticks())

    def _events(self):
        for kind, value in self.node.events():
            if kind == "link" and self.uplink.on_link:
                self.uplink.on_link(value)

    def test(self, frames):
        """Return the line of a mount test, and how long it took in seconds."""

        async def job():
            talking = asyncio.create_task(self.talk())
            await asyncio.sleep(2)  # it is greeted
            before = self.timeline.now_us
            self.link.asked = 0
            self.is_testing = True
            line = await mount.test(self, frames)
            took_s = (self.timeline.now_us - before) / 1e6
            await asyncio.sleep(60)
            talking.cancel()
            return line, took_s

        return run(self.timeline, job())


@pytest.mark.parametrize("policy", [wired(), radio()])
def test_a_link_that_answers_all_is_green(policy):
    line, took_s = _Place(policy).test(10)
    assert line == "green: 10 of 10 answered"
    assert took_s < 10


@pytest.mark.parametrize(
    ("up_db", "snr_db4", "words"),
    [
        (23, LIMIT_SF9_DB4 + 4 * 12, "green: 10 of 10 answered, margin 23 dB up, 12 dB down"),
        (10, LIMIT_SF9_DB4 + 4 * 10, "green: 10 of 10 answered, margin 10 dB up, 10 dB down"),
        (9, LIMIT_SF9_DB4 + 4 * 12, "yellow: 10 of 10 answered, margin 9 dB up, 12 dB down"),
        (23, LIMIT_SF9_DB4 + 4 * 3, "yellow: 10 of 10 answered, margin 23 dB up, 3 dB down"),
        (23, LIMIT_SF9_DB4 + 4 * 3 - 1, "red: 10 of 10 answered, margin 23 dB up, 2 dB down"),
        (-2, LIMIT_SF9_DB4 + 40, "red: 10 of 10 answered, margin -2 dB up, 10 dB down"),
    ],
)
def test_the_lower_margin_decides(up_db, snr_db4, words):
    line, _ = _Place(radio(), link=(-100, 20, up_db), snr_db4=snr_db4).test(10)
    assert line == f"{words}, SF9"


def test_two_of_ten_lost_are_yellow_and_three_are_red_at_once():
    line, _ = _Place(radio(), lambda n: n in (2, 5)).test(10)
    assert line == "yellow: 8 of 10 answered"
    line, _ = _Place(radio(), lambda n: n in (2, 5, 6)).test(10)
    assert line == "red: 3 of 6 answered"


@pytest.mark.parametrize("policy", [wired(), radio()])
def test_a_link_that_is_dead_is_red_within_two_minutes(policy):
    place = _Place(policy, lambda n: place.is_testing)
    line, took_s = place.test(10)
    assert line == "red: 0 of 3 answered"
    assert took_s < 120


def test_hours_of_silence_before_do_not_slow_a_test_down():
    place = _Place(radio())
    for _ in range(9):
        place.session._asking.asked(0, 0)
        place.session._asking.is_in_vain(1 << 29)
    line, took_s = place.test(3)
    assert line == "green: 3 of 3 answered"
    assert took_s < 10


def test_no_frame_of_a_mount_test_goes_where_the_air_has_no_room():
    place = _Place(radio())
    greeted = []

    def may_send(is_live, now_ms):
        greeted.append(now_ms)
        return 0 if now_ms < 1500 else None

    place.session._may_send = may_send
    line, took_s = place.test(10)
    assert line == "red: 0 of 3 answered"
    assert place.link.asked == 0 and took_s <= 100


def test_the_light_shows_the_verdict_and_is_off_afterwards():
    place = _Place(wired())
    place.test(3)
    levels = place.pin.steps
    assert levels[-1][1] == 0
    longest = max(later[0] - step[0] for step, later in itertools.pairwise(levels) if step[1])
    assert 2400 <= longest <= 2600  # green is long


@pytest.mark.parametrize(("pattern", "on_ms"), [("red", [100]), ("yellow", [200, 200])])
def test_the_patterns_differ_in_their_rhythm(pattern, on_ms):
    timeline = Timeline()
    light = led.Led(None)
    light._pin = _Pin(timeline)
    run(timeline, light.show(pattern, 0.1))
    steps = light._pin.steps
    lit = [later[0] - step[0] for step, later in itertools.pairwise(steps) if step[1]]
    assert lit == on_ms
    assert steps[-1][1] == 0


def test_a_led_that_is_on_at_low_level_is_off_at_high():
    timeline = Timeline()
    light = led.Led(None)
    light._pin = _Pin(timeline)
    light._on = 0
    run(timeline, light.show("red", 0.1))
    assert [level for _, level in light._pin.steps] == [0, 1, 1]


class _Button:
    def __init__(self, timeline, presses):
        self._timeline = timeline
        self._presses = presses

    def value(self):
        now = self._timeline.now_us / 1e6
        return 0 if any(begin <= now < end for begin, end in self._presses) else 1


@pytest.mark.parametrize(
    ("presses", "starts"),
    [
        ([], 0),
        ([(5, 6.5)], 0),  # too short
        ([(5, 7.5)], 1),
        ([(5, 60)], 1),  # one press, one test
        ([(5, 8), (10, 13)], 2),
        ([(5, 6.5), (6.9, 8.4)], 0),  # two short ones are none
        ([(0, 99)], 0),  # stuck, or nothing is fitted there
        ([(0, 20), (25, 28)], 1),
    ],
)
def test_a_press_of_two_seconds_starts_one_test(presses, starts):
    timeline = Timeline()
    pressed = []

    async def press():
        pressed.append(timeline.now_us)

    async def job():
        watching = asyncio.create_task(button.run(_Button(timeline, presses), 0, press))
        await asyncio.sleep(100)
        watching.cancel()

    run(timeline, job())
    assert len(pressed) == starts
