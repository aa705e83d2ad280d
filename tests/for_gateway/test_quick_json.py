"""The quick way to a payload writes what the general way writes, byte for byte, in all limits."""

import json
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outputs import json as outputs
from gateway.outputs import quick
from gateway.outputs.json import Composer
from gateway.records import Frame
from protocol import messages, quantities
from protocol.batch import Batch
from protocol.quality import FROZEN
from protocol.reading import Reading, described
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.for_protocol import strategies
from tests.shared.forms import width_of

NOW_S = 1_800_000_000
LATE_S = 300
NO_LIMIT = 2**28


def composer(limit=100, most_bytes=NO_LIMIT, where=lambda node, epoch, time_s: ("air-17", "mitte")):
    return Composer("hn", where, LATE_S, limit, lambda topic: most_bytes - len(topic))


def frame_of(message, first=None, fresh=None, node=17, epoch=1, received_s=NOW_S):
    """Return the row of a message of which all samples are new, or those in `fresh`."""
    first = message.first if first is None else first
    if fresh is None:
        fresh = sum(1 << (number - message.first) for number in message.numbers())
    return Frame(node, epoch, first, fresh, received_s * 1000, messages.encode(message))


def both_ways(frames, now_s=NOW_S, backlog=False, limit=100):
    """Return what frames become the quick way and the general way, with the counts."""
    found = []
    for is_usual in (quick.is_usual, lambda message, fresh: False):
        one = composer(limit)
        with mock.patch.object(quick, "is_usual", is_usual):
            for frame in frames:
                one.add(frame, None, now_s)
        found.append((one.take(backlog), one.samples, one.late))
    return found


def usual(count=3, ids=(0, 1), first=7, newest_s=NOW_S, interval_s=60, accuracy=0, value=200):
    columns = [[value + i for i in range(count)] for _ in range(width_of(ids))]
    return Batch(first, ids, columns, interval_s, UNIX, newest_s, None, accuracy)


def by_topic(payloads):
    """Return the parsed payloads by the end of their topics."""
    groups = {}
    for topic, payload in payloads:
        groups.setdefault(topic.rpartition("/")[2], []).append(json.loads(payload))
    return groups


@given(st.lists(strategies.batches(), min_size=1, max_size=4), st.booleans(), st.integers(1, 70))
@settings(deadline=None)
def test_any_batches_become_the_same_bytes(batches, backlog, limit):
    frames = []
    for message in batches:
        message.older = None
        message.seconds = min(message.seconds, NOW_S) if message.clock == UNIX else message.seconds
        frames.append(frame_of(message))
    fast, general = both_ways(frames, NOW_S, backlog, limit)
    assert fast == general
    for _, payload in fast[0]:
        assert len(json.loads(payload)["samples"]) <= limit


@st.composite
def usual_batches(draw):
    """Draw what goes the quick way: all valid, one sample in each place, narrow quantities."""
    narrow = [qid for qid in range(quantities.COUNT) if quantities.by_id(qid).width == 1]
    ids = tuple(sorted(draw(st.sets(st.sampled_from(narrow), min_size=1, max_size=8))))
    count = draw(st.integers(1, 64))
    columns = [draw(strategies.columns(count)) for _ in ids]
    clock = draw(st.sampled_from((SLOT, UNIX, AGE, AT_LEAST)))
    seconds = {
        SLOT: st.integers(0, 63),
        UNIX: st.integers(NOW_S - 4000, NOW_S + 400) | st.integers(0, 2**32 - 1),
        AGE: st.integers(0, 4000),
        AT_LEAST: st.integers(0, 4000),
    }
    accuracy = 7 if clock == AT_LEAST else draw(strategies.ACCURACIES)
    interval_s = draw(st.sampled_from((1, 10, 60, 100, 900, 4321)))
    first = draw(strategies.U24)
    return Batch(first, ids, columns, interval_s, clock, draw(seconds[clock]), None, accuracy)


@given(st.lists(usual_batches(), min_size=1, max_size=5), st.integers(0, 2000))
@settings(deadline=None)
def test_usual_batches_become_the_same_bytes_and_are_as_late(batches, later_s):
    frames = [frame_of(message) for message in batches]
    fast, general = both_ways(frames, NOW_S + later_s + 0.7)
    assert fast == general
    assert all(quick.is_usual(m, f.fresh) for m, f in zip(batches, frames, strict=True))
    late = sum(
        entry["late"]
        for topic, payload in fast[0]
        for entry in json.loads(payload)["samples"]
        if topic == fast[0][0][0]
    )
    assert late <= sum(fast[2].values()) <= fast[1]


def test_a_message_from_memory_says_what_the_row_says():
    message = usual()
    frame = frame_of(message)
    memory, disk = composer(), composer()
    memory.add(frame, message, NOW_S)
    disk.add(frame, None, NOW_S)
    assert memory.take() == disk.take()


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("over_s", [-1, 0, 1])
def test_late_begins_one_second_after_its_edge(count, over_s):
    message = usual(count, newest_s=NOW_S - LATE_S - over_s)
    fast, general = both_ways([frame_of(message)])
    assert fast == general
    marks = [entry["late"] for entry in by_topic(fast[0])["climate"][0]["samples"]]
    assert marks == [True] * (count - 1) + [over_s > 0]
    assert sum(fast[2].values()) == sum(marks)


def test_a_quantity_of_an_interval_tells_how_long_it_is():
    interval = [
        q for q in range(quantities.COUNT) if quantities.by_id(q).kind == quantities.INTERVAL
    ]
    narrow = [q for q in interval if quantities.by_id(q).width == 1]
    assert narrow
    message = usual(3, ids=(narrow[0],), interval_s=900)
    fast, general = both_ways([frame_of(message)])
    assert fast == general
    (payload,) = [json.loads(payload) for _, payload in fast[0]]
    assert [entry["interval_s"] for entry in payload["samples"]] == [900] * 3
    plain = by_topic(both_ways([frame_of(usual())])[0][0])["climate"][0]["samples"]
    assert "interval_s" not in plain[0]


def test_a_time_that_is_only_a_bound_has_no_uncertainty():
    message = Batch(7, (0,), [[200, 201]], 60, AT_LEAST, 30, None, 7)
    fast, general = both_ways([frame_of(message)])
    assert fast == general
    entries = by_topic(fast[0])["climate"][0]["samples"]
    assert [entry["uncertainty_s"] for entry in entries] == [None, None]


def test_the_backlog_is_marked_and_nothing_else_is():
    (topic, marked), *_ = both_ways([frame_of(usual())], backlog=True)[0][0]
    (_, plain), *_ = both_ways([frame_of(usual())])[0][0]
    assert json.loads(marked).pop("backlog") is True
    assert "backlog" not in json.loads(plain)
    assert topic == "neckar/hn/mitte/air-17/climate"


# -- limits


@pytest.mark.parametrize("limit", [1, 7, 64, 100])
def test_no_message_has_more_samples_than_its_limit(limit):
    one = composer(limit)
    for n in range(5):
        one.add(frame_of(usual(50, first=50 * n)), None, NOW_S)
    parts = by_topic(one.take())["climate"]
    sizes = [len(part["samples"]) for part in parts]
    assert max(sizes) <= limit and sum(sizes) == 250 and sizes[:-1] == [limit] * (len(sizes) - 1)
    ids = [entry["id"] for part in parts for entry in part["samples"]]
    assert ids == [f"17/1/{n}" for n in range(250)]


@pytest.mark.parametrize("most_bytes", [400, 700, 1000, 5000, 30_000])
def test_no_message_has_more_bytes_than_the_broker_takes(most_bytes):
    one = composer(100, most_bytes)
    for n in range(3):
        one.add(frame_of(usual(64, first=64 * n)), None, NOW_S)
    found = one.take()
    assert max(len(payload) + len(topic) for topic, payload in found) <= most_bytes
    assert sum(len(part["samples"]) for part in by_topic(found)["climate"]) == 192


def test_an_entry_may_be_far_longer_than_most():
    """A described quantity in a script of its own: each letter is six bytes of JSON or twelve."""
    values = {256 + i: described("\U0001f600" * 5 + f"{i:02}", "ü" * 6, 7, i) for i in range(16)}
    one = composer(100, 120_000)
    for number in range(60):
        quality = dict.fromkeys(values, FROZEN)
        reading = Reading(number, UNIX, NOW_S, 0, values, quality)
        one.add(frame_of(reading, number, 1), None, NOW_S)
    found = one.take()
    assert len(found) > 1
    assert max(len(payload) + len(topic) for topic, payload in found) <= 120_000
    assert sum(len(part["samples"]) for part in by_topic(found)["other"]) == 60


def test_one_sample_that_is_too_large_alone_is_a_message_of_its_own():
    one = composer(100, 250)
    one.add(frame_of(usual(3)), None, NOW_S)
    parts = by_topic(one.take())["climate"]
    assert [len(part["samples"]) for part in parts] == [1, 1, 1]


def test_pages_and_lines_are_bounded(monkeypatch):
    monkeypatch.setattr(outputs, "_LINES", 10)
    one = composer(where=lambda node, epoch, time_s: (f"n{node}", "mitte"))
    for node in range(100):
        one.add(frame_of(usual(), node=node), None, NOW_S)
        if node % 3 == 0:
            assert one.take()
            assert len(one._pages) <= 13
        assert len(one._lines) <= 10
    topics = [topic for topic, _ in one.take()]
    assert topics == []


def test_a_message_names_the_units_of_what_is_in_it_and_no_others():
    one = composer()
    reading = Reading(3, UNIX, NOW_S, 0, {256: described("turbidity", "NTU", 1, 123)})
    one.add(frame_of(reading, 3, 1), None, NOW_S)
    one.add(frame_of(usual(1, ids=(0, 1))), None, NOW_S)
    assert by_topic(one.take())["other"][0]["units"] == {"turbidity": "NTU"}
    for n in range(50):  # a node that invents a quantity each time
        reading = Reading(n, UNIX, NOW_S, 0, {256: described(f"q{n}", "x", 0, 1)})
        one.add(frame_of(reading, n, 1), None, NOW_S)
        assert by_topic(one.take())["other"][0]["units"] == {f"q{n}": "x"}
    one.add(frame_of(usual(1, ids=(0,))), None, NOW_S)
    assert list(by_topic(one.take())["climate"][0]["units"]) == ["temperature"]
    one.add(frame_of(usual(1, ids=(0,))), None, NOW_S)
    one.add(frame_of(usual(1, ids=(0, 1))), None, NOW_S)
    one.add(frame_of(usual(1, ids=(0,))), None, NOW_S)
    assert list(by_topic(one.take())["climate"][0]["units"]) == ["temperature", "humidity"]


def test_a_node_that_makes_up_names_makes_no_message_without_end():
    """All of a portion name their units together: with those of 300 samples none would fit."""
    one = composer(100, 8000)
    for n in range(300):
        values = {256 + i: described(f"n{n}-{i}", "unit", 0, i) for i in range(16)}
        one.add(frame_of(Reading(n, UNIX, NOW_S, 0, values), n, 1), None, NOW_S)
    found = one.take()
    assert max(len(payload) + len(topic) for topic, payload in found) <= 8000
    parts = by_topic(found)["other"]
    assert max(len(part["units"]) for part in parts) <= 64 + 16
    entries = [entry for part in parts for entry in part["samples"]]
    assert [entry["id"] for entry in entries] == [f"17/1/{n}" for n in range(300)]
    for part in parts:
        assert all(entry["values"].keys() <= part["units"].keys() for entry in part["samples"])
    assert one.take() == []


ODD = ['say "hi"', "a\nb\r", "\\", "\x00\x1f", "ü€", "\U0001f600", "</script>", "\u2028", "%s %d"]


@pytest.mark.parametrize("text", ODD)
def test_a_name_that_somebody_made_up_is_only_a_name(text):
    values = {256: described(text, text[:4], 0, 1), 300: described("b", text[:4], 2, None)}
    one = composer()
    one.add(frame_of(Reading(3, UNIX, NOW_S, 0, values, {256: FROZEN}), 3, 1), None, NOW_S)
    ((topic, payload),) = one.take()
    payload.decode("ascii")
    found = json.loads(payload)
    assert topic.endswith("/other")
    assert found["units"] == {text: text[:4], "b": text[:4]}
    (entry,) = found["samples"]
    assert entry["values"] == {text: 1, "b": None}
    assert entry["quality"] == {text: "frozen", "b": "fault"}


def test_what_was_measured_before_a_move_stays_with_its_point():
    def where(node, epoch, time_s):
        return ("old", "mitte") if time_s < NOW_S - 1000 else ("new", "nord")

    one = composer(where=where)
    one.add(frame_of(usual(newest_s=NOW_S - 2000)), None, NOW_S)
    one.add(frame_of(usual(first=20)), None, NOW_S)
    topics = [topic for topic, _ in one.take()]
    assert topics == ["neckar/hn/mitte/old/climate", "neckar/hn/nord/new/climate"]


def test_texts_of_values_are_bounded():
    for texts in quick._texts.values():
        for value in range(3 * quick._TEXTS // 2):
            assert texts[value]
        assert len(texts) <= quick._TEXTS
