"""Verdicts that are half there, margins that do not match, and how much may be sent at all."""

import json
from pathlib import Path

import pytest

from protocol.airtime import Modulation
from tools.flashing.mount import frames, verdict
from tools.flashing.mount.verdict import Link, advice, frames_per_hour, parse

ROOT = Path(__file__).parents[2]
GREEN = "green: 10 of 10 answered, margin 14 dB up, 12 dB down, SF9"


def test_a_verdict_is_read_whole():
    assert parse(GREEN) == Link("green", 10, 10, 14, 12, 9)
    assert parse("red: 2 of 5 answered, margin -1 dB up, -12 dB down, SF12") == Link(
        "red", 2, 5, -1, -12, 12
    )
    assert parse("yellow: 9 of 10 answered") == Link("yellow", 9, 10)
    assert parse("red: 0 of 3 answered\r\n") == Link("red", 0, 3)


@pytest.mark.parametrize("end", range(len(GREEN)))
def test_a_verdict_that_was_cut_is_none_or_one_without_margins(end):
    found = parse(GREEN[:end])
    assert found is None or found == Link("green", 10, 10)


@pytest.mark.parametrize(
    "line",
    ["", "blue: 1 of 1 answered", "green: 2 of 1 answered", "green: 0 of 0 answered",
     GREEN + "9", "green: 1 of 1 answered, margin 1 dB up, 2 dB down, SF6", "None"],
)  # fmt: skip
def test_what_is_no_verdict_is_none(line):
    assert parse(line) is None


def test_loss_is_of_a_hundred():
    assert [Link("red", a, 10).loss_pct for a in (10, 9, 0)] == [0, 10, 100]
    assert Link("red", 2, 3).loss_pct == 33


@pytest.mark.parametrize("sf", range(7, 13))
def test_an_hour_holds_as_many_frames_as_one_percent_of_it(sf):
    airtime_us = Modulation(sf).airtime_us(86)
    count = frames_per_hour(sf, 86)
    assert count * airtime_us <= 36_000_000 < (count + 1) * airtime_us


def test_slower_and_longer_frames_are_fewer():
    by_sf = [frames_per_hour(sf, 86) for sf in range(7, 13)]
    assert by_sf == sorted(by_sf, reverse=True)
    assert frames_per_hour(9, 40) > frames_per_hour(9, 120)


@pytest.mark.parametrize("path", sorted((ROOT / "firmware" / "profiles").glob("*.json")), ids=str)
def test_the_frames_of_every_profile_have_a_length(path):
    assert 20 < frames.length(json.loads(path.read_text())) <= frames.MOST


def test_a_node_that_measures_more_has_longer_frames():
    one = {"interval_s": 300, "sensors": [{"kind": "noise"}]}
    two = {"interval_s": 300, "sensors": [{"kind": "noise"}, {"kind": "particles"}]}
    assert frames.length(one) < frames.length(two)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (Link("green", 10, 10, 14, 12, 9), ["mount good"]),
        (Link("red", 0, 3), ["mount deaf"]),
        (Link("yellow", 10, 10, 7, 9, 9), ["mount higher"]),
        (Link("red", 6, 9, 1, 2, 12), ["mount not here"]),
        (Link("yellow", 9, 10, 15, 16, 9), ["mount disturbed"]),
        (Link("yellow", 10, 10, 4, 20, 9), ["mount weak sender", "mount higher"]),
        (Link("yellow", 10, 10, 20, 4, 9), ["mount weak receiver", "mount higher"]),
        (Link("yellow", 9, 10), ["mount cable"]),
    ],
)
def test_a_technician_is_told_what_to_do(link, words):
    assert advice(link) == words


def test_the_bounds_are_those_of_the_node():
    """The colours are the node's; the advice must not contradict them."""
    source = (ROOT / "firmware" / "node" / "mount.py").read_text()
    assert f"_GREEN_DB = const({verdict._GOOD_DB})" in source
