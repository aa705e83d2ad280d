"""Samples that explain themselves, and samples with places left out, on their way to JSON."""

import json

from gateway.outputs.json import Composer
from gateway.records import Frame
from protocol import messages
from protocol.batch import Batch
from protocol.quality import FROZEN
from protocol.reading import Reading, described
from protocol.sampletime import AGE, UNIX

NOW_S = 1_800_000_000


def published(message, first: int, fresh: int) -> dict[str, dict]:
    """Return the payloads by group."""
    frame = Frame(17, 1, first, fresh, NOW_S * 1000, messages.encode(message))
    composer = Composer("heilbronn", lambda *sample: ("bridge", "mitte"), 600, 100, lambda _: 2**20)
    composer.add(frame, None, NOW_S)
    found = composer.take()
    assert all(topic.startswith("neckar/heilbronn/mitte/bridge/") for topic, _ in found)
    return {topic.rpartition("/")[2]: json.loads(payload) for topic, payload in found}


def test_a_reading_is_published_with_its_time_and_quality():
    reading = Reading(70_000, AGE, 30, 1, {0: 215, 1: None, 13: [1, 2, 3, 4, 5, 6]}, {0: FROZEN})
    groups = published(reading, 70_000, 1)
    (climate,) = groups["climate"]["samples"]
    assert climate["id"] == "17/1/70000"
    assert climate["time"] == "2027-01-15T07:59:30Z"
    assert climate["uncertainty_s"] == 2
    assert climate["values"] == {"temperature": 21.5, "humidity": None}
    assert climate["quality"] == {"temperature": "frozen", "humidity": "fault"}
    assert groups["traffic"]["samples"][0]["values"] == {"speed_classes": [1, 2, 3, 4, 5, 6]}


def test_a_quantity_of_no_registry_is_published_in_its_own_words():
    values = {256: described("turbidity", "NTU", 1, 123), 257: described("radon", "Bq/m3", 0, None)}
    groups = published(Reading(3, UNIX, NOW_S, 0, values), 3, 1)
    assert list(groups) == ["other"]
    assert groups["other"]["units"] == {"turbidity": "NTU", "radon": "Bq/m3"}
    (sample,) = groups["other"]["samples"]
    assert sample["values"] == {"turbidity": 12.3, "radon": None}
    assert sample["quality"] == {"radon": "fault"}


def test_samples_around_places_left_out_keep_their_numbers_and_times():
    batch = Batch(10, (0,), [[200, 201, 202]], 60, UNIX, NOW_S)
    batch.places = [0, 2, 5]
    samples = published(batch, 10, 0b100101)["climate"]["samples"]
    assert [sample["id"] for sample in samples] == ["17/1/10", "17/1/12", "17/1/15"]
    assert [sample["time"][-6:] for sample in samples] == ["55:00Z", "57:00Z", "00:00Z"]
    assert [s["values"]["temperature"] for s in samples] == [20.0, 20.1, 20.2]


def test_only_what_was_new_is_published():
    batch = Batch(10, (0,), [[200, 201, 202]], 60, UNIX, NOW_S)
    batch.places = [0, 2, 5]
    samples = published(batch, 10, 0b000100)["climate"]["samples"]
    assert [sample["id"] for sample in samples] == ["17/1/12"]
