"""Whole runs: the same seed is the same run, chance is as often as asked, nothing grows."""

import io
import json
import random
from dataclasses import replace

import pytest

from tests.for_tools.air import AIRTIME_US, FRAME, TUNING, Air
from tools.rig.air.log import Log
from tools.rig.air.propagation import CITY


def busy(seed: int) -> tuple[str, Air]:
    """Return the log of a city in which much happens, and its air."""
    stream = io.StringIO()
    air = Air(seed, propagation=replace(CITY, fading_db=2.0), log=Log(stream))
    air.ether.loss = 0.1
    dice = random.Random(seed)
    for number in range(20):
        name = f"node {number}"
        place = (dice.uniform(-3000, 3000), dice.uniform(-3000, 3000))
        node = air.ether.antenna(name, place)
        for _ in range(5):
            air.timeline.at(dice.randrange(10_000_000), lambda n=node: meddle(n, dice))
    air.run(20_000_000)
    return stream.getvalue(), air


def meddle(node, dice):
    node.stop()
    what = dice.randrange(4)
    if what == 0:
        node.listen(TUNING, Silent())
    elif what == 1:
        node.detect(TUNING, 4, lambda active: None)
    else:
        node.transmit(TUNING, FRAME, 14.0, lambda: node.listen(TUNING, Silent()))


class Silent:
    def preamble(self):
        """Nothing."""

    def header(self, ok):
        """Nothing."""

    def frame(self, reception):
        """Nothing."""


def test_the_same_seed_writes_the_same_log_and_hears_the_same_bytes():
    (first, air), (second, other) = busy(3), busy(3)
    assert first == second and first.count("\n") > 100
    assert air.ear.frames == other.ear.frames
    assert busy(4)[0] != first


def test_rows_are_json_and_counts_agree_with_them():
    text, air = busy(3)
    rows = [json.loads(line) for line in text.splitlines()]
    assert rows == list(air.ether.log.rows)
    assert sum("sent" in row for row in rows) == air.ether.log.counts["sent"]
    results = [f"{row['result']} {row.get('why', '')}".strip() for row in rows if "at" in row]
    for result in set(results):
        assert results.count(result) == air.ether.log.counts[result]
    assert {"ok", "crc loss", "lost weak"} <= set(results)


def test_every_frame_has_exactly_one_result_at_a_watched_gateway():
    text, _ = busy(5)
    rows = [json.loads(line) for line in text.splitlines()]
    sent = sorted(row["frame"] for row in rows if "sent" in row)
    assert sorted(row["frame"] for row in rows if row.get("at") == "gateway") == sent


def test_the_log_keeps_what_it_was_told_to():
    air = Air(log=Log(kept=4))
    for number in range(10):
        air.send("node", number * 200_000)
    air.run()
    assert [row["frame"] for row in air.ether.log.rows] == [9, 9, 10, 10]
    assert air.ether.log.counts == {"sent": 10, "ok": 10}


@pytest.mark.parametrize("kind", ["all", "antenna", "pair"])
def test_loss_takes_its_share_and_shows_as_a_wrong_crc(kind):
    air = Air()
    node = air.node("node")
    if kind == "all":
        air.ether.loss = 0.3
    elif kind == "antenna":
        node.loss = 0.3
    else:
        air.ether.set_loss(air.gateway, node, 0.3)
    for number in range(1000):
        air.send("node", number * 200_000)
        air.send("other", number * 200_000, tuning=replace(TUNING, frequency_hz=868_300_000))
    air.run(300_000_000)
    lost = [frame for frame in air.ear.frames if not frame.crc_ok]
    assert len(air.ear.frames) == 1000 and 250 < len(lost) < 350
    assert all(frame.data != FRAME for frame in lost)


def test_losses_of_both_kinds_multiply():
    air = Air()
    one, two = air.node("one"), air.node("two")
    air.ether.loss, one.loss, two.loss = 0.5, 0.5, 0.0
    air.ether.set_loss(one, two, 0.5)
    assert air.ether.loss_between(two, one) == 0.875
    assert air.ether.loss_between(two, air.gateway) == 0.5


def test_random_loss_leaves_all_else_as_it_was():
    """The bytes that a collision damages do not depend on other kinds of chance."""

    def damaged(share):
        air = Air()
        air.ether.loss = share
        air.send("one", 0)
        air.send("two", AIRTIME_US // 2)
        return air.run().ear.frames[0].data

    assert damaged(0.0) == damaged(0.9) != FRAME


def test_a_day_leaves_nothing_behind():
    air = Air()
    for number in range(1000):
        air.send("node", number * 86_400_000)
        air.timeline.at(
            number * 86_400_000 + 1,
            lambda: air.node("other").detect(TUNING, 2, lambda active: None),
        )
    air.run(86_400_000_000)
    assert len(air.ether.recent) <= 2 and air.ether.detecting == {}
    assert air.timeline.next_us() is None
