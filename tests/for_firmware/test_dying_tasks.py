"""Tasks that die once or for ever, alone or beside others: what is kept, and what resets."""

import asyncio
import contextlib
import gc

import pytest

from node.supervise import Supervisor
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline


@pytest.fixture(autouse=True)
def no_collection(monkeypatch):
    monkeypatch.setattr(gc, "collect", lambda: 0)  # on this heap it takes milliseconds


class Reset(BaseException):
    """The board has been reset."""


class Life:
    """What `node.life` does, without flash; its clock is the timeline."""

    def __init__(self, timeline):
        self._timeline = timeline
        self.clock = self
        self.recorder = self
        self.crashes = []
        self.lines = []
        self.why = None

    def uptime_ms(self):
        return self._timeline.now_us // 1000

    def append(self, text):
        self.lines.append(text)

    def crashed(self, place, e):
        self.crashes.append((self.uptime_ms() // 1000, place, type(e).__name__))

    def give_up(self, why):
        self.why = why
        raise Reset


def supervise(*jobs, seconds=3600):
    """Run jobs for so long; return (life, notes, supervisor)."""
    timeline = Timeline()
    life = Life(timeline)
    notes = []
    supervisor = Supervisor(notes.append, life)

    async def job():
        with contextlib.suppress(TimeoutError, Reset):
            await asyncio.wait_for(supervisor.run_all(list(jobs)), seconds)

    run(timeline, job())
    return life, notes, supervisor


async def fine():
    while True:
        await asyncio.sleep(60)


async def fails():
    raise ValueError("x")


def once(error):
    """Return a task that dies once, and then runs."""
    lives = []

    async def job():
        lives.append(1)
        if len(lives) == 1:
            raise error
        await fine()

    return job


def after(seconds):
    """Return a task that dies each time when it has run so long."""

    async def job():
        await asyncio.sleep(seconds)
        raise OSError(5)

    return job


def test_a_task_that_dies_once_is_kept_noted_and_started_again():
    life, notes, supervisor = supervise(("sampler", once(MemoryError())), ("uplink", fine))
    assert life.crashes == [(0, "sampler", "MemoryError")]
    assert notes == ["sampler: MemoryError"]
    assert supervisor.restarts == 1
    assert life.why is None


def test_a_task_that_ends_is_recorded_too():
    async def ends():
        await asyncio.sleep(1000)

    life, notes, _ = supervise(("sampler", ends), seconds=1500)
    assert life.lines == ["sampler: ended"]
    assert notes == ["sampler: ended"]
    assert life.crashes == []


@pytest.mark.parametrize("name", ["uplink", "downlink", "sampler", "health", "radio", "port"])
def test_a_vital_task_that_dies_ten_times_resets_the_board(name):
    life, notes, _ = supervise((name, fails), ("health", fine))
    assert life.why == f"{name} died 10 times"
    assert len(life.crashes) == 10
    assert len(notes) == 9
    assert life.uptime_ms() < 300_000


def test_a_sensor_that_dies_for_ever_costs_nobody_else():
    life, _, supervisor = supervise(("NoiseMeter", fails), ("sampler", fine), seconds=86400)
    assert life.why is None
    assert supervisor.restarts > 1000


def test_a_task_that_ran_well_for_long_starts_counting_again():
    life, _, supervisor = supervise(("uplink", after(660)), seconds=86400)
    assert life.why is None
    assert supervisor.restarts > 100
    pauses = [b - a for (a, *_), (b, *_) in zip(life.crashes, life.crashes[1:], strict=False)]
    assert set(pauses) <= {660, 661}


def test_the_digest_of_each_death_reaches_the_life_of_the_node():
    life, _, _ = supervise(("uplink", after(60)), ("sampler", once(KeyError(1))), seconds=200)
    assert [(place, name) for _, place, name in life.crashes] == [
        ("sampler", "KeyError"),
        ("uplink", "OSError"),
        ("uplink", "OSError"),
        ("uplink", "OSError"),
    ]


def test_a_note_that_cannot_be_sent_costs_no_other_task():
    timeline = Timeline()
    life = Life(timeline)
    turns = []

    def refuse(text):
        raise MemoryError

    async def goes_on():
        while True:
            turns.append(1)
            await asyncio.sleep(60)

    async def job():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(
                Supervisor(refuse, life).run_all([("led", fails), ("sampler", goes_on)]), 3600
            )

    run(timeline, job())
    assert len(turns) == 60
    assert {place for _, place, _ in life.crashes} == {"led", "note"}
