"""The watchdog is fed on progress only; the ladder and the gateway learn what they should."""

import asyncio
import contextlib
import gc
import json

import pytest

from node import crash
from node.health import Health
from protocol.fields import CRASH
from protocol.outbox import Outbox
from protocol.reports import Status
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline

INTERVAL_S = 900
DAY_S = 86400


class Reset(BaseException):
    """The board has been reset."""


class Node:
    """Everything that Health looks at: counters that a test moves, and what came of it."""

    def __init__(self, measure=True, is_safe=False):
        self.timeline = Timeline()
        self.fed_s = []
        self.told = []
        self.notes = []
        self.lines = []
        self.healthy_s = []
        self.tries = []
        self.restarts = 0
        # As parts of an App:
        self.clock = self.config = self.uplink = self.session = self.journal = self
        self.link = self.supervisor = self.measuring = self
        self.sampler = self if measure and not is_safe else None
        self.power = self.problem = None
        self.digest, self.source, self.maintenance = 0xABCD, 0, self
        self.commands = 0
        self.boot, self.interval_s, self.watchdog_s = 3, INTERVAL_S, 60
        self.turns = self.samples = self.journal_errors = 0
        self.dropped = self.damaged = self.frames_sent = self.retries = 0
        self.send_errors = self.faults = 0
        self.refused = {}
        self.outbox = Outbox()
        # As the life:
        self.is_safe = is_safe
        self.crash_waits = True
        self.is_wake = False
        self.ladder = self.recorder = self
        self.counts = [4, 3, 2, 1]
        self.errors = 2
        self.health = Health(self, self, self, 3600, 1)

    def __getattr__(self, name):
        return 0  # a counter of which nothing follows here

    def uptime_ms(self):
        return self.timeline.now_us // 1000

    ticks = uptime_ms

    def feed(self):
        self.fed_s.append(self.uptime_ms() // 1000)

    def healthy(self):
        self.healthy_s.append(self.uptime_ms() // 1000)

    def restart(self, why):
        self.tries.append((self.uptime_ms() // 1000, why))
        raise Reset

    def send(self, message, now_ms):
        if isinstance(message, Status):
            self.told.append(message.fields)
        else:
            self.outbox.put(message)
            self.notes.append(getattr(message, "text", None))

    def append(self, text):
        self.lines.append(text)

    def status(self):
        return {}

    def left_s(self):
        return 0

    def waiting(self):
        return 5

    def accuracy_s(self):
        return 1

    def wake(self):
        pass

    def run(self, seconds, *others):
        """Let health and others run so long."""

        async def job():
            with contextlib.suppress(TimeoutError, Reset):
                await asyncio.wait_for(asyncio.gather(self.health.run(), *others), seconds)

        run(self.timeline, job())

    async def grow(self, name, step_s, until_s):
        """Count up a counter in steps, as a task that works."""
        while self.uptime_ms() < 1000 * until_s:
            setattr(self, name, getattr(self, name) + 1)
            await asyncio.sleep(step_s)

    def fed_from_to(self):
        """Return the last feeding; the gap before none may be longer than the watchdog's."""
        assert all(b - a <= 15 for a, b in zip(self.fed_s, self.fed_s[1:], strict=False))
        return self.fed_s[-1]


@pytest.fixture(autouse=True)
def flash(tmp_path, monkeypatch):
    monkeypatch.setattr(crash, "PATH", str(tmp_path / "crash"))
    monkeypatch.setattr(gc, "mem_free", lambda: 50000, raising=False)
    monkeypatch.setattr(gc, "collect", lambda: 0)  # on this heap it takes milliseconds


def test_a_node_that_works_is_fed_for_ever():
    node = Node()
    node.run(DAY_S, node.grow("turns", 60, DAY_S), node.grow("samples", INTERVAL_S, DAY_S))
    assert node.fed_from_to() >= DAY_S - 15
    assert node.healthy_s == [15]


def test_an_uplink_that_hangs_is_not_fed():
    node = Node()
    node.run(DAY_S, node.grow("turns", 60, 4000), node.grow("samples", INTERVAL_S, DAY_S))
    assert 4000 <= node.fed_from_to() < 4000 + 1200 + 60


def test_a_sampler_that_hangs_is_not_fed():
    node = Node()
    node.run(DAY_S, node.grow("turns", 60, DAY_S), node.grow("samples", INTERVAL_S, 4000))
    assert 4000 <= node.fed_from_to() < 4000 + 3 * INTERVAL_S + 60


def test_a_flash_that_refuses_samples_is_no_hang():
    node = Node()
    node.run(DAY_S, node.grow("turns", 60, DAY_S), node.grow("journal_errors", INTERVAL_S, DAY_S))
    assert node.fed_from_to() >= DAY_S - 15


@pytest.mark.parametrize("how", [{"measure": False}, {"is_safe": True}])
def test_who_does_not_measure_is_judged_by_its_uplink_alone(how):
    node = Node(**how)
    node.run(DAY_S // 2, node.grow("turns", 60, DAY_S))
    assert node.fed_from_to() >= DAY_S // 2 - 15
    assert node.healthy_s == [15]
    node = Node(**how)
    node.run(DAY_S // 2, node.grow("turns", 60, 4000))
    assert node.fed_from_to() < 4000 + 1200 + 60


def test_a_node_is_healthy_only_when_all_has_begun():
    node = Node()
    node.run(2000, node.grow("turns", 60, 2000))
    assert node.healthy_s == []
    node = Node()
    node.run(2000, node.grow("samples", 60, 2000))
    assert node.healthy_s == []


def test_safe_mode_ends_after_a_day_for_a_try():
    node = Node(is_safe=True)
    node.run(2 * DAY_S, node.grow("turns", 60, 2 * DAY_S))
    ((at_s, why),) = node.tries
    assert DAY_S <= at_s < DAY_S + 60
    assert "safe" in why
    assert {fields["safe_mode"] for fields in node.told} == {1}
    assert 24 <= len(node.told) <= 24 * 8 / 7 + 1
    assert "journal_errors" not in node.told[0]


def test_the_status_has_every_count():
    node = Node()
    node.run(10, node.grow("turns", 60, 10))
    fields = node.told[0]
    names = ("power_ons", "brownouts", "watchdog_resets", "crashes", "safe_mode")
    assert [fields.get(name, 0) for name in names] == [4, 3, 2, 1, 0]
    assert fields["log_errors"] == 2
    Status(fields).plain()


def test_what_is_wrong_with_the_settings_is_said_at_each_start_but_not_at_each_wake():
    for is_wake, said in ((False, ["no such sensor"]), (True, [])):
        node = Node()
        node.problem, node.is_wake = "no such sensor", is_wake
        node.run(100)
        assert node.notes == node.lines == said


def test_a_long_problem_in_any_script_is_cut_and_said():
    node = Node()
    node.problem = "\u6c34" * 50
    node.run(100)
    assert node.notes == ["\u6c34" * 21]


def test_a_node_knows_when_it_reports_next():
    node = Node()
    assert node.health.wait_ms() == 0
    node.run(600)
    assert 3600 * 7 // 8 - 600 <= node.health.wait_ms() / 1000 <= 3000


def test_nodes_that_start_together_do_not_report_together_for_long():
    nexts = set()
    for _ in range(20):
        node = Node()
        node.run(10)
        nexts.add(node.health.next_report_ms)
    assert len(nexts) > 15


def test_a_digest_is_told_once_it_was_answered():
    crash.keep(("OSError", "sampler", 7), bytes(4))
    node = Node()
    node.health.tell_crash()
    assert node.outbox.holds(CRASH)
    for _ in range(3):
        node.outbox.take()
        node.outbox.rewind()  # nobody has answered
        node.health.tell_crash()
        assert crash.waiting() is not None
    node.outbox.take()
    node.outbox.answered()
    node.health.tell_crash()
    assert crash.waiting() is None
    assert not node.outbox.holds(CRASH) and not node.crash_waits


def test_a_digest_that_was_answered_is_not_told_by_the_next_wake():
    """A sleeping node is rarely awake when health looks again: it may be a wake later."""
    crash.keep(("OSError", "sampler", 7), bytes(4))
    node = Node()
    node.health.tell_crash()
    node.outbox.take()
    node.outbox.answered()
    woken = Node()
    woken.health.restore(json.loads(json.dumps(node.health.state())))
    woken.outbox.restore(json.loads(json.dumps(node.outbox.state())))
    woken.health.tell_crash()
    assert crash.waiting() is None
    assert not woken.outbox.holds(CRASH)


def test_a_digest_that_a_full_outbox_dropped_is_sent_again():
    crash.keep(("OSError", "sampler", 7), bytes(4))
    node = Node()
    node.health.tell_crash()
    while node.outbox.holds(CRASH):
        node.health.note("chatter")
    node.health.tell_crash()
    assert crash.waiting() is not None
    assert node.outbox.holds(CRASH)


def test_a_crash_of_this_life_is_told_without_a_restart():
    node = Node()
    node.health.tell_crash()
    assert not node.crash_waits
    crash.keep(("OSError", "sampler", 7), bytes(4))
    node.crash_waits = True
    node.health.tell_crash()
    assert node.outbox.holds(CRASH)


def test_nothing_is_sent_where_nothing_crashed():
    node = Node()
    node.run(DAY_S, node.grow("turns", 60, DAY_S), node.grow("samples", INTERVAL_S, DAY_S))
    assert not node.outbox.holds(CRASH)
