"""Orders of a modem: each at its time or told why not, in the order in which they are due."""

import contextlib
import itertools

import pytest

from node.modem import orders
from protocol import modem
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ, UPLINK_HZ

PERIOD = 1 << 30  # of ticks on CPython, as on an ESP32
MOMENTS = (0, 7, 1_000_000, PERIOD // 2, PERIOD - 1, PERIOD - 600)


class Desk:
    """Orders whose account is a file in a folder; `told` are (id, result)."""

    def __init__(self, path, antenna_dbi=2):
        orders.DUTY = str(path)
        self.path = path
        state = path.read_bytes() if path.exists() else Ledger().state()
        self.ledger = Ledger.from_state(state, 0)
        self.told = []
        self.orders = orders.Orders(self.ledger, antenna_dbi, self._tell)
        self._ids = itertools.count()

    def _tell(self, *result):
        self.told.append(result[:2])

    def order(self, now_ms, stamp_ms=None, after_ms=0, until_ms=2000, **channel):
        """Order a frame; return its id."""
        channel = {"hz": ANSWER_HZ, "sf": 9, "dbm": 14, "length": 20, **channel}
        number = next(self._ids)
        settings = channel["hz"], channel["sf"], channel["dbm"], bytes(channel["length"])
        send = modem.Send(number, stamp_ms, after_ms, until_ms, *settings)
        modem.encode(send)
        self.orders.order(send, now_ms)
        return number

    def carried_out(self, now_ms):
        """Return the ids of all that is due."""
        out = []
        while (send := self.orders.pop_due(now_ms)) is not None:
            out.append(send.id)
        return out


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(orders, "DUTY", orders.DUTY)  # restored at the end
    return Desk(tmp_path / "duty")


def later(now_ms, span_ms):
    return (now_ms + span_ms) % PERIOD


@pytest.mark.parametrize("begin", MOMENTS)
def test_an_answer_waits_for_its_moment_also_where_ticks_wrap(desk, begin):
    number = desk.order(later(begin, 120), begin, 500, 2000)
    assert desk.orders.wait_ms(later(begin, 120)) == 380
    assert desk.carried_out(later(begin, 499)) == []
    assert desk.orders.wait_ms(later(begin, 501)) == 0
    assert desk.carried_out(later(begin, 501)) == [number]
    assert desk.orders.wait_ms(later(begin, 501)) is None
    assert desk.told == []


@pytest.mark.parametrize("begin", MOMENTS)
def test_orders_go_out_as_they_are_due_and_equal_ones_as_they_came(desk, begin):
    ids = [desk.order(begin, begin, after) for after in (900, 100, 500, 100, 0, 900)]
    in_order = [ids[i] for i in (4, 1, 3, 2, 0, 5)]
    for number in in_order:
        wait_ms = desk.orders.wait_ms(begin)
        assert desk.orders.pop_due(later(begin, wait_ms)).id == number


@pytest.mark.parametrize("begin", MOMENTS)
def test_what_comes_too_late_or_whose_turn_does_is_told_so(desk, begin):
    assert desk.order(later(begin, 2001), begin, 500, 2000) == 0
    assert desk.told == [(0, modem.LATE)]
    desk.order(later(begin, 2000), begin, 500, 2000)
    desk.order(begin, None, 0, 50)
    good = desk.order(begin, None, 10, 3000)
    assert desk.carried_out(later(begin, 2002)) == [good]
    assert desk.told[1:] == [(2, modem.LATE), (1, modem.LATE)]
    assert desk.orders.counts["late"] == 3


@pytest.mark.parametrize("off_ms", [-PERIOD // 2 + 5000, -100_000, 1, 100, 60_001, PERIOD // 3])
def test_a_stamp_of_another_life_is_late_wherever_it_lies(desk, off_ms):
    """After a restart ticks begin anew: a stamp from before is of the far past, or to come."""
    now_ms = 5_000
    desk.order(now_ms, (now_ms + off_ms) % PERIOD, 500, 2000)
    assert desk.told == [(0, modem.LATE)]


def test_a_stamp_that_is_no_tick_of_this_chip_is_late(desk, monkeypatch):
    """The C function of a 32-bit chip takes no larger numbers."""

    def ticks_add(ticks, delta):
        if ticks >= 1 << 31:
            raise OverflowError
        return (ticks + delta) % PERIOD

    monkeypatch.setattr(orders, "ticks_add", ticks_add)
    desk.order(0, (1 << 62) - 1, 500, 2000)
    assert desk.told == [(0, modem.LATE)]


def test_a_full_queue_refuses_the_newest_and_takes_again_when_there_is_room(desk):
    ids = [desk.order(0, None, 100 * i) for i in range(10)]
    assert desk.told == [(8, modem.FULL), (9, modem.FULL)]
    assert desk.carried_out(0) == [ids[0]]
    desk.order(0, None, 50)
    assert desk.orders.wait_ms(0) == 50
    assert len(desk.told) == 2


@pytest.mark.parametrize(
    "channel",
    [
        {"hz": 868_650_000},
        {"hz": 433_000_000},
        {"hz": UPLINK_HZ, "dbm": 15},
        {"dbm": 28},
        {"sf": 6},
        {"sf": 13},
        {"sf": 0},
    ],
)
def test_what_is_in_no_sub_band_or_no_modulation_is_not_allowed(desk, channel):
    desk.order(0, **channel)
    assert desk.told == [(0, modem.NOT_ALLOWED)]
    assert desk.orders.wait_ms(0) is None


@pytest.mark.parametrize(
    ("dbi", "dbm", "allowed"), [(2, 27, 1), (5, 24, 1), (5, 25, 0), (-4, 31, 1)]
)
def test_the_gain_of_the_antenna_counts(tmp_path, dbi, dbm, allowed):
    desk = Desk(tmp_path / "duty", dbi)
    desk.order(0, dbm=dbm)
    assert desk.told == ([] if allowed else [(0, modem.NOT_ALLOWED)])


def test_the_duty_cycle_ends_answers_until_there_is_room_again(desk):
    sent = 0
    while True:
        desk.order(0, sf=12, length=200)
        if not desk.orders.book(desk.orders.pop_due(0), 10):
            break
        sent += 1
    assert desk.told == [(sent, modem.NO_BUDGET)]
    ((band, used_ms, allowed_ms),) = desk.orders.evidence(10)
    assert (band, allowed_ms) == ("O", 360_000)
    assert allowed_ms - 8_000 < used_ms <= allowed_ms
    # Another sub-band has an account of its own, and this one is free after an hour.
    desk.order(0, hz=UPLINK_HZ)
    assert desk.orders.book(desk.orders.pop_due(0), 10)
    desk.order(0, sf=12, length=200)
    assert not desk.orders.book(desk.orders.pop_due(0), 3500)
    desk.order(0, sf=12, length=200)
    assert desk.orders.book(desk.orders.pop_due(0), 3900)


class PowerCut(BaseException):
    """The supply is gone."""


@pytest.mark.parametrize("cut", ["before", "within", "after"])
def test_a_power_cut_at_the_booking_never_makes_a_frame_unknown(tmp_path, desk, monkeypatch, cut):
    """What may have been sent is in the account after the next start: `book` had returned."""
    write = orders.files.write_atomic

    def write_or_die(path, data):
        if cut == "before":
            raise PowerCut
        if cut == "within":
            (tmp_path / "duty.new").write_bytes(data[: len(data) // 2])
            raise PowerCut
        write(path, data)

    write(str(desk.path), desk.ledger.state())
    monkeypatch.setattr(orders.files, "write_atomic", write_or_die)
    desk.order(0)
    send = desk.orders.pop_due(0)
    may_send = False
    with contextlib.suppress(PowerCut):
        may_send = desk.orders.book(send, 10)
    again = Desk(desk.path)
    assert may_send == (cut == "after")
    assert bool(again.orders.evidence(0)) == may_send


def test_a_lost_account_is_a_full_one(tmp_path):
    (tmp_path / "duty").write_bytes(b"torn")
    desk = Desk(tmp_path / "duty")
    desk.order(0)
    assert not desk.orders.book(desk.orders.pop_due(0), 10)
    assert desk.told == [(0, modem.NO_BUDGET)]


def test_each_order_gets_exactly_one_result(desk):
    ids = []
    for now_ms in range(400, 9000, 37):
        ids.append(desk.order(now_ms, now_ms - 400, 500, 900, dbm=14 if now_ms % 5 else 30))
        while (send := desk.orders.pop_due(now_ms)) is not None:
            if desk.orders.book(send, now_ms // 1000):
                desk.orders.finish(send, modem.DONE)
    while (send := desk.orders.pop_due(20_000)) is not None:
        desk.orders.finish(send, modem.DONE)
    assert sorted(number for number, _ in desk.told) == ids
    assert sum(desk.orders.counts.values()) == len(ids)
