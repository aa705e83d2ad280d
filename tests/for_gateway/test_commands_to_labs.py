"""A command to a lab reaches each node at its own time and leaves the air to others."""

import pytest

from gateway.commands.budget import free_fraction
from gateway.commands.groups import Air
from gateway.registry.node import Node
from protocol import commands as ops
from protocol.commands import Result
from tests.for_gateway import air
from tests.for_gateway.bench import run
from tests.for_gateway.town import Town


def _town(tmp_path, count, **more):
    return Town(tmp_path / "commands.db", addresses=tuple(range(17, 17 + count)), **more)


def test_each_node_of_a_lab_on_cables_gets_it_and_the_lab_hears_how_far_it_is(tmp_path):
    town = _town(tmp_path, 30)
    town.nodes[99] = Node(99, "air-99", "elsewhere", 1, bytes(16))
    town.say("maintenance", point="", arguments={"minutes": 60}, id="fair")
    town.run(10)
    assert all(board.done == [ops.MAINTENANCE] for board in town.boards.values())
    last = town.last(point="")
    assert (last["state"], last["total"], last["acknowledged"]) == ("done", 30, 30)
    assert last["id"] == "fair" and last["group"] == 1
    assert town.last(point="air-20")["group"] == 1
    assert town.states(point="air-99") == []


def test_nothing_is_released_all_at_once(tmp_path):
    town = _town(tmp_path, 50)
    town.say("sample", point="")
    town.run(1, talk=False)
    released = [o for o in town.commands.store.open_orders() if o.released]
    assert len(released) == 40  # twenty when it came, twenty with the tick


def _orders(town):
    return [order for orders in town.commands._book.orders.values() for order in orders]


def test_on_the_air_half_of_what_is_free_is_left_to_others(tmp_path):
    spent = 0.2  # by others
    ours = 0.0

    town = _town(tmp_path, 250, radio=True, budget=lambda: 1.0 - spent - ours)
    cost = 2 * town.commands._book._pacer._air.answer
    town.say("sample", point="")
    for _ in range(450):
        town.clock.advance(8)
        town.commands.tick()
        for order in _orders(town):
            if order.released and order.state == "queued":
                town.commands.sent(order.address, order.number)
                ours += cost
    assert 0.3 < ours <= 0.4 + 1e-9  # half of what the others left, spread over the hour


def test_what_has_not_left_counts_too(tmp_path):
    town = _town(tmp_path, 300, radio=True, budget=lambda: 1.0)
    cost = 2 * town.commands._book._pacer._air.answer
    town.say("sample", point="", expires_s=86400)
    for _ in range(1200):  # nobody fetches anything
        town.clock.advance(10)
        town.commands.tick()
    released = [order for order in _orders(town) if order.released]
    assert len(released) == int(0.5 / cost)


def test_without_free_air_nothing_goes_and_cables_go_on(tmp_path):
    town = _town(tmp_path, 10, radio=True, budget=lambda: 0.0)
    for address in (17, 18):
        town.nodes[address] = Node(address, f"air-{address}", "mitte", 1, bytes(16))
    town.say("sample", point="")
    town.run(5, talk=False)
    released = [o.address for o in town.commands.store.open_orders() if o.released]
    assert released == [17, 18]


def test_a_mount_test_costs_as_many_answers_as_it_has_frames(tmp_path):
    def after(frames):
        town = Town(tmp_path / f"{frames}.db", tuple(range(100, 300)), True, lambda: 1.0)
        town.say("mount_test", point="", arguments={"frames": frames})
        for _ in range(450):
            town.clock.advance(8)
            town.commands.tick()
        return sum(order.released for order in _orders(town))

    assert after(1) == pytest.approx(17 * after(49), rel=0.15)


def test_the_cost_of_an_answer_is_its_time_on_the_air():
    # SF9, 64 bytes: 390 ms of 360 s (Semtech's formula, airtime.py)
    assert Air(lambda: 1.0, 9).answer == pytest.approx(0.390 / 360, rel=0.02)
    assert Air(lambda: 1.0, 12).answer > 6 * Air(lambda: 1.0, 9).answer


def test_a_cancelled_one_ends_for_those_whom_it_has_not_reached(tmp_path):
    town = _town(tmp_path, 40)
    for board in list(town.boards.values())[30:]:
        board.deaf = True
    town.run(1)
    town.say("sample", point="", id="g")
    town.run(3)
    town.say("cancel", point="", id="g")
    town.run(2)
    last = town.last(point="")
    assert (last["state"], last["acknowledged"], last["failed"]) == ("cancelled", 30, 10)
    for board in town.boards.values():
        board.deaf = False
    town.run(3)
    assert sum(len(board.done) for board in town.boards.values()) == 30


def test_members_expire_and_the_lab_hears_it(tmp_path):
    town = _town(tmp_path, 3)
    town.boards[18].deaf = True
    town.say("sample", point="", expires_s=30)
    town.run(40)
    last = town.last(point="")
    assert (last["state"], last["acknowledged"], last["expired"]) == ("done", 2, 1)


def test_it_goes_on_after_a_restart(tmp_path):
    town = _town(tmp_path, 60)
    town.say("sample", point="", id="g")
    town.run(1)
    town.commands.close()
    town.start()
    town.say("sample", point="", id="g")
    town.run(8)
    assert [len(board.done) for board in town.boards.values()] == [1] * 60
    assert town.last(point="")["state"] == "done"


def test_settings_of_a_whole_lab(tmp_path):
    town = _town(tmp_path, 5)
    town.say("config", point="", arguments={"set": {"interval_s": 60}})
    town.run(20)
    assert all(board.settings["interval_s"] == 60 for board in town.boards.values())
    assert town.last(point="")["acknowledged"] == 5


def test_a_lab_without_nodes_and_too_many_at_once_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.commands.intake.MOST_GROUPS", 1)
    town = _town(tmp_path, 2)
    town.commands.on_message("neckar/heilbronn/nowhere/cmd", b'{"command": "sample"}')
    town.say("sample", point="")
    town.say("reboot", point="")
    town.run(1)
    counters = town.commands.counters
    assert (counters["refused_unknown"], counters["refused_full"]) == (1, 1)


def test_a_node_whose_queue_is_full_counts_as_failed(tmp_path):
    town = _town(tmp_path, 2)
    town.boards[17].deaf = True
    for _ in range(64):
        town.clock.advance(1)
        town.say("sample")
    town.say("reboot", point="", expires_s=60)
    town.run(70)
    last = town.last(point="")
    assert (last["failed"], last["acknowledged"]) == (1, 1)


class _Link:
    def __init__(self, **status):
        self.status = lambda: status


def _duty(used_ms):
    return {"duty": {"O": {"used_ms": used_ms, "allowed_ms": 360_000}}}


@pytest.mark.parametrize(
    "links, free",
    [
        ([], 1.0),
        ([_Link()], 1.0),
        ([_Link(radio={"duty": {}})], 1.0),
        ([_Link(radio={"duty": {"M": {"used_ms": 36_000, "allowed_ms": 36_000}}})], 1.0),
        ([_Link(), _Link(radio=_duty(90_000))], 0.75),
        (
            [_Link(radio=_duty(90_000)), _Link(concentrators={"a": _duty(0), "b": _duty(270_000)})],
            0.25,
        ),
        ([_Link(radio=_duty(400_000))], 0.0),
    ],
)
def test_the_busiest_radio_says_what_is_free(links, free):
    assert free_fraction(links) == free


def test_a_modem_says_it_itself(tmp_path):
    async def job():
        port = air.Port(tmp_path / "tty0")
        try:
            port.link.open()
            port.say(air.state())
            assert free_fraction([port.link]) == 1.0 - 250 / 360_000
        finally:
            port.close()

    run(job())


def _syncs(town, work):
    """Return how many transactions work takes: each is a sync of the disk, and no port is read."""
    commits = []
    town.commands.store.db.set_trace_callback(
        lambda said: commits.append(said) if said.startswith("COMMIT") else None
    )
    work()
    town.commands.store.db.set_trace_callback(None)
    return len(commits)


def test_settings_for_a_lab_begin_with_few_syncs_however_many_nodes_it_has(tmp_path):
    town = _town(tmp_path, 60)
    town.say("config", point="", arguments={"set": {"interval_s": 300}})
    town.clock.advance(1)
    assert _syncs(town, town.commands.tick) <= 4
    town.run(8)
    assert all(board.settings["interval_s"] == 300 for board in town.boards.values())


def test_a_result_is_stored_with_one_sync_together_with_what_has_left(tmp_path):
    town = _town(tmp_path, 1)
    town.say("sample")
    order = _orders(town)[0]
    town.commands.sent(order.address, order.number)
    done = Result(order.number, ops.DONE)
    assert _syncs(town, lambda: town.commands.result(order.address, done)) == 1
    town.publish()
    assert town.states(command_id=order.id) == ["queued", "sent", "acknowledged"]


def test_the_same_command_to_a_lab_again_costs_no_look_at_all_its_nodes(tmp_path, monkeypatch):
    town = _town(tmp_path, 30)
    town.say("sample", point="", id="fair")
    looks = []
    monkeypatch.setattr(town.commands._book, "reload", lambda: looks.append(1))
    town.say("sample", point="", id="fair")
    assert town.commands.counters["repeated"] == 1
    assert looks == []
