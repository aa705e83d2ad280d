"""The judge of the soak can say no: to a loss, to a changed id, to a wrong order."""

import json
from datetime import UTC, datetime

import pytest

from tools.soaking.judge import Judge
from tools.soaking.nodes import time_of, values_of
from tools.soaking.record import Record

NODE = 100
STATUS = "neckar/soak/gateways/soak/status"


def record(count: int, knows_time: bool = True) -> Record:
    """Return the record of a node that sent so many samples once, and was promised all."""
    made = Record(NODE, knows_time)
    made.sent(range(count))
    made.promised(count, ())
    return made


def iso(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat()[:19] + "Z"


def sample(number: int, group: str, **other) -> dict:
    temperature, humidity, pressure, battery = values_of(NODE, number)
    climate = {"temperature": temperature / 10, "humidity": humidity, "pressure": pressure / 10}
    values = climate if group == "climate" else {"battery_pct": battery}
    return {"id": f"{NODE}/1/{number}", "time": iso(time_of(number)), "values": values} | other


def tell(judge: Judge, numbers, lane: bool = False, groups=("climate", "power"), **other) -> None:
    for group in groups:
        document = {"samples": [sample(number, group, **other) for number in numbers]}
        if lane:
            document["backlog"] = True
        judge.take(f"neckar/soak/bench/bench-{NODE}/{group}", json.dumps(document).encode())


def test_what_came_whole_and_in_order_is_fine():
    judge = Judge([record(5)])
    tell(judge, [0, 1, 2])
    tell(judge, [3, 4])
    verdict = judge.verdict()
    assert (verdict.acknowledged, verdict.delivered) == (5, 5)
    assert not verdict.is_bad
    assert judge.repeated == 0


def test_a_promised_sample_that_did_not_come_is_lost():
    judge = Judge([record(5)])
    tell(judge, [0, 1, 3, 4])
    verdict = judge.verdict()
    assert verdict.lost == 1
    assert verdict.examples == ["lost: 100/1/2"]
    assert verdict.is_bad


def test_a_sample_of_which_one_group_did_not_come_is_lost():
    judge = Judge([record(2)])
    tell(judge, [0, 1], groups=("climate",))
    tell(judge, [1], groups=("power",))
    assert judge.delivered == 1
    assert judge.verdict().lost == 1


def test_what_nobody_promised_may_be_missing():
    made = Record(NODE, True)
    made.sent(range(5))
    made.promised(2, ())
    judge = Judge([made])
    tell(judge, [0, 1])
    assert judge.verdict().lost == 0


def test_a_gap_in_a_promise_covers_what_lies_behind_it():
    made = Record(NODE, True)
    made.sent(range(10))
    made.promised(2, (3, 2, 1, 2))  # missing 2-4, safe 5-6, missing 7, safe 8-9
    assert made.acknowledged == 6
    judge = Judge([made])
    tell(judge, [0, 1, 5, 6, 8])
    assert judge.missing() == ["100/1/9"]


@pytest.mark.parametrize(
    "change",
    [
        {"values": {"temperature": -99.9}},
        {"values": {"temperature": None}},
        {"time": "2031-01-01T00:00:00Z"},
        {"id": "100/1/77"},
        {"id": "99/1/0"},
    ],
)
def test_an_id_with_other_values_or_another_time_is_changed(change):
    judge = Judge([record(3)])
    tell(judge, [0], groups=("climate",), **change)
    assert judge.verdict().id_changes == 1


def test_a_time_that_the_gateway_gave_must_stay():
    judge = Judge([record(3, knows_time=False)])
    tell(judge, [0], time="2026-11-25T10:00:00Z")
    judge.begin_again()
    tell(judge, [0], time="2026-11-25T10:00:00Z")
    assert judge.verdict().id_changes == 0
    tell(judge, [0], groups=("climate",), time="2026-11-25T10:00:01Z")
    assert judge.verdict().id_changes == 1


def test_a_step_back_within_a_lane_is_out_of_order():
    judge = Judge([record(5)])
    tell(judge, [0, 1, 2], groups=("power",))
    tell(judge, [1], groups=("power",))
    assert judge.verdict().order_violations == 1


def test_each_lane_has_its_own_order():
    judge = Judge([record(10)])
    tell(judge, [5, 6])
    tell(judge, [0, 1], lane=True)
    tell(judge, [7, 8, 9])
    tell(judge, [2, 3, 4], lane=True)
    assert not judge.verdict().is_bad
    tell(judge, [0], lane=True, groups=("power",))
    assert judge.verdict().order_violations == 1


def test_a_new_connection_may_repeat_but_not_reorder():
    judge = Judge([record(5)])
    tell(judge, [0, 1, 2, 3])
    judge.take(STATUS, b'{"state":"offline"}')
    tell(judge, [2, 3, 4])
    assert not judge.verdict().is_bad
    assert judge.repeated == 4  # two samples, each in two groups
    judge.take(STATUS, b'{"state":"offline"}')
    tell(judge, [4, 3], groups=("power",))
    assert judge.verdict().order_violations == 1


def test_samples_that_were_sent_again_may_come_behind_newer_ones():
    made = Record(NODE, True)
    made.sent([0, 1, 2, 3])
    made.sent([1])  # its frame was lost: again
    made.promised(4, ())
    judge = Judge([made])
    tell(judge, [0, 2, 3, 1])
    assert not judge.verdict().is_bad


def test_other_topics_are_passed_over():
    judge = Judge([record(1)])
    judge.take(f"neckar/soak/bench/bench-{NODE}/status", b'{"samples": "none of ours"}')
    judge.take("neckar/soak/bench", b"not even JSON")
    judge.take(f"neckar/soak/bench/bench-{NODE}/days", b'{"expected": 3}')
    assert judge.messages == 0
