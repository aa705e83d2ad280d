"""Attacks on the journal: damaged flash, refused writes, lost numbering. Each name is a promise."""

import os

from node import files
from node import journal as journals
from node.clock import Clock
from node.journal import Journal
from protocol import messages
from protocol.ccm import Ccm
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.gateway_session import GatewaySession
from protocol.node_session import NodeSession
from protocol.window import ReplayWindow, SampleWindow
from tests.shared import journals as journals_of_tests
from tests.shared.expect import TMP
from tests.shared.journals import IDS, NOW_S, STEP_S, Ticks, drained, spoil

ROOT = TMP + "attack-journal"
KEY = bytes(range(16))


class Boot:
    """One life of a node whose samples carry a value that says when it was taken."""

    def __init__(self, number, segments=10, segment_samples=4, root=ROOT, ids=IDS):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks)
        self.clock.set(NOW_S * 1000)
        self.journal = Journal(root, self.clock, number, ids, STEP_S, segments, segment_samples)

    def take(self, values):
        for value in values:
            self.ticks.now += STEP_S * 1000
            self.journal.append(NOW_S + self.ticks.now // 1000, True, [value, value], None)

    def drain(self):
        """Return (number, value) of what waits, as a session would fetch it."""
        return drained(self.journal, self.ticks.now)


def fresh(root=ROOT):
    journals_of_tests.fresh(root)


def _record_at(name, index):
    """Return where in its file record `index` (0: the first sample) has its payload."""
    with open(ROOT + "/" + name, "rb") as f:
        data = f.read()
    at = 5 + data[0]
    for _ in range(index):
        at += 5 + data[at]
    return at + 1


def test_a_number_never_names_the_sample_behind_a_damaged_record():
    """Record 2 rots after it was delivered; after a restart the gateway expects 5."""
    fresh()
    boot = Boot(1, segment_samples=16)
    boot.take(range(10))
    spoil(ROOT + "/" + "00000000", _record_at("00000000", 2))
    boot.journal.release(5)
    rows = boot.drain()
    assert all(number == value for number, value in rows), rows


class _Broken:
    """A flash that refuses every write with EIO, for a while."""

    def __init__(self):
        self.good = journals.Segment.append
        journals.Segment.append = self

    def __call__(self, *args):
        raise OSError(5)

    def heal(self):
        journals.Segment.append = self.good


def test_a_write_that_fails_costs_no_sample_that_was_safe():
    """EIO is not "no room": dropping the oldest cannot help, and everything waits for an ack."""
    fresh()
    boot = Boot(1)
    boot.take(range(20))
    broken = _Broken()
    try:
        try:
            boot.take([99])
        except OSError:
            pass
    finally:
        broken.heal()
    assert boot.journal.dropped == 0, boot.journal.dropped
    assert [n for n, _ in boot.drain()] == list(range(20))


def test_a_segment_that_cannot_be_opened_does_not_hold_back_the_others():
    fresh()
    boot = Boot(1)
    boot.take(range(12))
    os.remove(ROOT + "/00000000")
    try:
        numbers = [n for n, _ in boot.drain()]
    except OSError as e:
        raise AssertionError("the journal gives nothing any more: %r" % e)
    assert numbers == list(range(4, 12))


def refuse(path, data):
    """Be a flash that is full."""
    raise OSError(28)


def test_a_renumbering_that_flash_refuses_leaves_the_journal_as_it_was():
    fresh()
    boot = Boot(1)
    boot.take(range(3))
    good = files.write_atomic
    files.write_atomic = refuse
    try:
        boot.journal.renumber(40)
    except OSError:
        pass
    finally:
        files.write_atomic = good
    boot.journal.renumber(40)
    assert [v for _, v in boot.drain()] == [0, 1, 2]


class _Pair:
    """A node on a Boot and a GatewaySession that keeps what it receives."""

    def __init__(self, boot, gateway=None, counter=0):
        self.boot = boot
        self.counter = counter
        self.node = NodeSession(
            Envelope(Ccm(KEY), 17, 1, TAG_WIRE), self, boot.journal, (1, "x"), lambda span: 0
        )
        self.gateway = gateway or GatewaySession(
            Envelope(Ccm(KEY), 17, 1, TAG_WIRE), ReplayWindow(), None
        )
        self.got = {}

    def take(self):
        self.counter += 1
        return self.counter

    def talk(self, rounds=50):
        for _ in range(rounds):
            frame = self.node.data_to_send(self.boot.ticks.now)
            if frame is None:
                return
            self.gateway.receive(parse(frame), 0)
            event = self.gateway.next_event()
            if event[0] == "samples":
                batch, numbers = event[2][:2]
                for n in numbers:
                    value = batch.columns[0][n - batch.first]
                    assert self.got.setdefault(n, value) == value
            self.gateway.acknowledge(event, self.gateway.promise(), NOW_S * 1000)
            self.node.receive(self.gateway.data_to_send(0), self.boot.ticks.now)


def test_a_node_that_lost_its_journal_delivers_all_it_measured_since():
    """40 samples are delivered, flash is lost, 60 more are taken before the next contact."""
    fresh()
    first = _Pair(Boot(1, segments=100))
    first.boot.take(range(40))
    first.talk()
    assert len(first.got) == 40
    fresh()
    second = _Pair(Boot(2, segments=100), first.gateway, first.counter)
    second.boot.take(range(1000, 1060))
    second.talk()
    lost = [v for v in range(1000, 1060) if v not in second.got.values()]
    assert not lost, "acknowledged by the numbers of others: %r" % lost


def test_one_sample_that_cannot_be_encoded_never_holds_back_the_rest():
    """Say, of a quantity that only the newer firmware knew, which was rolled back."""
    fresh()
    Boot(1, ids=(40,)).journal.append(NOW_S, True, [7], None)
    pair = _Pair(Boot(2))
    pair.boot.take(range(5))
    for _ in range(20):
        try:
            pair.talk(1)
        except (ValueError, KeyError):
            pass  # the uplink task is started again by the supervisor
        if messages:
            pair.node.handle_timeout(pair.boot.ticks.now + 10**6)
    assert sorted(pair.got.values()) == list(range(5)), pair.got


def test_a_power_cut_within_a_renumbering_does_not_move_the_numbers_twice():
    """The new offset is in flash, the mark that numbers are unsure is still there: power goes."""
    fresh()
    boot = Boot(1)
    boot.take(range(3))
    boot.journal.renumber(40)  # cut here: `release`, which removes the mark, never ran
    again = Boot(2)
    pair = _Pair(again)
    pair.gateway.samples = SampleWindow(40)
    pair.talk()
    assert sorted(pair.got) == [40, 41, 42], sorted(pair.got)


def test_numbers_stay_when_flash_refuses_to_confirm_them():
    """The write fails once; the next answer of the gateway brings it again."""
    fresh()
    boot = Boot(1)
    boot.take(range(3))
    gateway = _Pair(boot)
    good = files.write_atomic
    files.write_atomic = refuse
    try:
        gateway.talk()
    except OSError:
        pass
    finally:
        files.write_atomic = good
    gateway.talk()
    again = Boot(2)
    again.take(range(3, 6))
    pair = _Pair(again, gateway.gateway, gateway.counter)
    pair.talk()
    assert sorted(pair.got) == [3, 4, 5], sorted(pair.got)
