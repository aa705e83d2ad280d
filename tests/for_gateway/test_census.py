"""Counting a city must neither stop the gateway nor grow without end."""

import asyncio

from gateway import census
from tests.fakes.running_gateway import FakeApp


def taken(app):
    """Return the census of an app."""
    return asyncio.run(census.take(app))


def test_the_worst_come_first_and_are_few():
    app = FakeApp(registered=2000)
    for i in range(1000):
        app.add(i, f"air-{i}", quiet_s=300 + i, missing=1000 - i, lost=i % 7)
    found = taken(app)
    assert [row[1] for row in found.silent] == list(range(999, 989, -1))
    assert [row[1] for row in found.missing] == list(range(10))
    assert {row[0] for row in found.lost} == {6}
    said = found.to_dict()
    assert (said["registered"], said["unheard"], said["silent"]) == (2000, 1000, 1000)
    assert said["worst"]["missing"][0] == {
        "node": "air-0",
        "lab": "innenstadt",
        "address": 0,
        "value": 1000,
    }


def test_a_node_is_silent_after_three_intervals_and_a_minute():
    app = FakeApp()
    app.add(1, "a", quiet_s=239, interval_s=60)
    app.add(2, "b", quiet_s=241, interval_s=60)
    app.add(3, "c", quiet_s=3 * 900 + 59, interval_s=900)
    assert [row[1] for row in taken(app).silent] == [2]


def test_who_has_nothing_missing_is_in_no_list():
    app = FakeApp()
    app.add(1, "a")
    found = taken(app)
    assert (found.silent, found.missing, found.lost) == ([], [], [])
    assert found.labs["innenstadt"].incomplete == 0


def test_others_run_between_the_slices():
    app = FakeApp()
    for i in range(2000):
        app.add(i, f"air-{i}")
    turns = 0

    async def job():
        nonlocal turns
        counting = asyncio.create_task(census.take(app))
        while not counting.done():
            turns += 1
            await asyncio.sleep(0)

    asyncio.run(job())
    assert turns >= 2000 / 250


def test_nodes_that_come_and_go_while_it_counts_do_no_harm():
    app = FakeApp()
    for i in range(1000):
        app.add(i, f"air-{i}")

    async def job():
        counting = asyncio.create_task(census.take(app))
        i = 1000
        while not counting.done():
            app.add(i, f"air-{i}")
            del app.ingest.peers[i - 1000]
            i += 1
            await asyncio.sleep(0)
        return await counting

    assert asyncio.run(job()).labs["innenstadt"].online == 1000


def test_an_address_that_only_forged_frames_had_was_not_heard():
    app = FakeApp(registered=2)
    app.add(1, "a")
    app.add(2, "b")
    app.ingest.peers[2].heard.at_ms = 0
    found = taken(app).to_dict()
    assert (found["online"], found["silent"], found["unheard"]) == (1, 0, 1)
