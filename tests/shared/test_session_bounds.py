"""A gateway whose ledger is full, or at the end of all numbers: what it takes and answers."""

from protocol import messages
from protocol.envelope import parse
from protocol.messages import Gone, Hello
from protocol.reading import Reading
from protocol.sampletime import UNIX
from protocol.session import GONE, SAMPLES, UNREADABLE
from protocol.window import MAX_RUNS
from tests.shared.forms import one
from tests.shared.pair import Gateway, envelope

FIRST_RUN = 10
END = FIRST_RUN + 2 * MAX_RUNS  # one past the last run, and one


def full_gateway() -> Gateway:
    """Return a gateway that misses every second sample, as many as it can keep."""
    gateway = Gateway()
    runs = [(number, number + 1) for number in range(FIRST_RUN, END, 2)]
    gateway.windows = (-1, 0, (0, runs, END + 100))
    gateway.restart()
    return gateway


def told(gateway: Gateway, counter: int, first: int, count: int) -> messages.Ack:
    """Tell a gateway that samples are gone; return its answer."""
    plain = messages.encode(Gone(first, count))
    gateway.receive(envelope().seal_up(counter, plain, True))
    (answer,) = gateway.commit()
    assert gateway.kinds[-1] == GONE
    return messages.decode(envelope().open_answer(parse(answer), counter))


def test_a_full_ledger_ignores_a_gone_that_would_add_a_run():
    gateway = full_gateway()
    before = gateway.windows[2]
    for counter, first, count in ((0, 2, 1), (1, 3, 6), (2, END, 1), (3, END + 50, 9)):
        ack = told(gateway, counter, first, count)
        assert gateway.windows[2] == before
        assert ack.expected == 0 and ack.gaps[0] == FIRST_RUN
    assert gateway.lost_ranges == []


def test_a_full_ledger_takes_a_gone_that_adds_none():
    for first, count, lost, runs in (
        (0, 1, [(0, 1)], 0),  # from `expected` on
        (9, 1, [(9, 10)], 0),  # the run grows at its start
        (11, 1, [(11, 12)], -1),  # two runs become one
        (5, 100, [(5, 10)] + [(n, n + 1) for n in range(11, 104, 2)], -47),
        (END - 1, 1, [(END - 1, END)], 0),  # the last run grows
    ):
        gateway = full_gateway()
        told(gateway, 0, first, count)
        assert gateway.lost_ranges == lost
        assert len(gateway.windows[2][1]) == MAX_RUNS + runs


def test_a_gone_that_was_ignored_is_taken_when_there_is_room_again():
    gateway = full_gateway()
    told(gateway, 0, END + 50, 9)
    assert gateway.lost_ranges == []
    told(gateway, 1, 11, 1)
    told(gateway, 2, END + 50, 9)
    assert gateway.lost_ranges == [(11, 12), (END + 50, END + 59)]
    assert len(gateway.windows[2][1]) == MAX_RUNS


LAST = (1 << 32) - 2  # one past it still fits an answer


def heard(gateway: Gateway, counter: int, message) -> messages.Ack:
    """Say something to a gateway; return its answer."""
    gateway.receive(envelope().seal_up(counter, messages.encode(message), True))
    (answer,) = gateway.commit()
    return messages.decode(envelope().open_answer(parse(answer), counter))


def test_the_last_number_that_an_answer_can_tell_is_taken():
    gateway = Gateway()
    ack = heard(gateway, 0, one(first=LAST, ids=(0,), columns=[[5]], older=0))
    assert (gateway.kinds, ack.expected, ack.unreadable) == ([SAMPLES], LAST + 1, False)
    gateway = Gateway()
    heard(gateway, 0, Hello(1, LAST, LAST, ""))
    assert heard(gateway, 1, one(first=LAST, ids=(0,), columns=[[5]])).expected == LAST + 1
    assert gateway.stored == {LAST: 5}


def test_a_number_that_no_answer_can_tell_is_unreadable_and_changes_nothing():
    for message in (
        one(first=LAST + 1, ids=(0,), columns=[[5]], older=9),
        one(first=LAST - 1, ids=(0,), columns=[[5, 6, 7]], older=9),
        one(first=LAST + 1, ids=(0,), columns=[[5]]),
        one(first=3, ids=(0,), columns=[[5]]),  # nearest to what is known: 3 beyond 32 bits
        Reading(LAST + 1, UNIX, 5, 0, {0: 5}),
        Gone(LAST, 2),
        Gone(LAST + 1, 1),
        Gone(1, LAST + 1),
    ):
        gateway = Gateway()
        heard(gateway, 0, Hello(1, LAST - 20, LAST, ""))
        ledger = gateway.windows[2]
        ack = heard(gateway, 1, message)
        assert ack.unreadable and ack.expected == LAST - 20
        assert gateway.kinds[-1] == UNREADABLE
        assert gateway.windows[2] == ledger and gateway.stored == {}
