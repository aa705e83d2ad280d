"""A command is carried out once and what became of it is told, whatever is lost or restarted."""

import random
from dataclasses import replace

import pytest

from gateway.commands.intake import Limits
from gateway.commands.operations import to_command
from gateway.commands.records import CLI, Order
from gateway.commands.store import Store
from protocol import commands as ops
from protocol.commands import DONE, FAILED, UNKNOWN, Result
from protocol.reading import Reading
from protocol.sampletime import UNIX
from tests.for_gateway.town import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "commands.db")


def test_a_command_goes_to_the_node_and_comes_back_as_states(town):
    town.run(2)
    town.say("maintenance", arguments={"minutes": 30}, id="mow-7", by="parks office")
    town.run(3)
    assert town.boards[17].done == [ops.MAINTENANCE]
    assert town.states() == ["queued", "sent", "acknowledged"]
    last = town.last()
    assert (last["id"], last["code"], last["node"]) == ("mow-7", "done", "air-17")
    assert last["time"].endswith("Z") and last["command_id"] == 1
    counted = {name: town.commands.counters[name] for name in ("accepted", "sent", "acknowledged")}
    assert counted == {"accepted": 1, "sent": 1, "acknowledged": 1}


def test_each_is_carried_out_once_when_frames_and_answers_are_lost(town):
    chance = random.Random(6)
    town.lost = lambda what: chance.random() < 0.3
    for seed in range(60):
        town.say("reboot", id=f"try-{seed}", expires_s=3600)
        town.run(8)
    town.lost = lambda what: False
    town.run(300)
    board = town.boards[17]
    assert len(board.numbers) == len(set(board.numbers)) == 60
    assert town.states().count("acknowledged") == 60


def test_one_command_after_the_other_in_their_order(town):
    for op in ("sample", "reboot", "log_page", "mount_test"):
        town.say(op)
    town.run(20)
    assert town.boards[17].done == [ops.SAMPLE, ops.REBOOT, ops.LOG_PAGE, ops.MOUNT_TEST]


def test_after_a_restart_of_the_gateway_it_goes_on_with_the_same_number(town):
    town.run(2)
    town.say("reboot", id="a")
    town.lost = lambda what: what == "down"  # the node never hears it
    town.run(2)
    number = town.commands.store.order(1).number
    town.commands.close()
    town.lost = lambda what: False
    town.start()
    town.run(10)
    assert town.boards[17].numbers == [number]
    assert town.states()[-1] == "acknowledged"


def test_numbers_of_a_node_go_on_after_a_restart_and_around_the_end(town):
    town.commands.store.db.execute("INSERT INTO number VALUES (17, 65534)")
    for _ in range(2):
        town.say("sample")
        town.run(2)
    town.commands.close()
    town.start()
    for _ in range(2):
        town.say("sample")
        town.run(2)
    assert town.boards[17].numbers == [65534, 65535, 0, 1]


def test_a_session_that_was_built_anew_gets_what_waits(town):
    town.say("sample")
    town.build(17)
    town.run(2)
    assert town.boards[17].done == [ops.SAMPLE]


def test_what_a_node_says_twice_changes_nothing(town):
    town.say("sample")
    town.run(3)
    told = len(town.told)
    number = town.boards[17].numbers[0]
    town.commands.result(17, Result(number, FAILED))
    town.commands.result(17, Result(number + 1, DONE))
    town.run(2)
    assert len(town.told) == told
    assert town.commands.counters["repeated_results"] == 1
    assert town.commands.counters["stray_results"] == 1


@pytest.mark.parametrize("code, word", [(FAILED, "failed"), (UNKNOWN, "unknown")])
def test_a_failure_has_the_nodes_code_and_words(town, code, word):
    town.say("sample")
    number = town.commands.store.order(1).number
    town.commands.result(17, Result(number, code, "OSError"))
    town.run()
    assert town.states()[-1] == "failed"
    assert (town.last()["code"], town.last()["error"]) == (word, "OSError")


def test_a_busy_node_is_asked_again_with_another_number_and_left_alone_meanwhile(town):
    town.run(2)
    board = town.boards[17]
    town.say("reboot")
    town.run(1)
    board.leaving = True
    town.say("maintenance", arguments={"minutes": 1})
    held = town.commands.store.order(2).number
    town.commands.result(17, Result(held, ops.BUSY))
    town.run(5)
    assert ops.MAINTENANCE not in board.done
    town.run(10)
    assert board.done == [ops.REBOOT, ops.MAINTENANCE]
    assert held not in board.numbers


def test_a_reading_comes_as_values_with_units(town):
    town.say("sample")
    number = town.commands.store.order(1).number
    reading = Reading(None, UNIX, 1_800_000_000, 0, {0: 215, 1: None, 300: ["salt", "g/l", 2, 125]})
    town.commands.result(17, Result(number, DONE, reading))
    town.run()
    value = town.last()["value"]
    assert value["values"] == {"temperature": 21.5, "humidity": None, "salt": 1.25}
    assert value["units"]["temperature"] == "Cel"
    assert value["quality"] == {"humidity": "fault"}
    assert value["time"] == "2027-01-15T08:00:00Z"


# ------------------------------------------------------------------ the same again


def test_the_same_id_is_carried_out_once_and_answered_again(town):
    for _ in range(3):
        town.say("reboot", id="x")
    town.run(12)
    town.say("reboot", id="x")
    town.run(5)
    assert town.boards[17].done == [ops.REBOOT]
    assert town.states(id="x")[-2:] == ["acknowledged", "acknowledged"]
    assert town.commands.counters["repeated"] == 3


def test_the_same_id_for_something_else_is_refused(town):
    town.say("reboot", id="x")
    town.say("sample", id="x")
    town.run(12)
    assert town.boards[17].done == [ops.REBOOT]
    assert [m["field"] for _, m in town.told if m.get("state") == "refused"] == ["id"]


def test_a_command_that_has_not_left_can_be_cancelled_and_another_not(town):
    town.boards[17].deaf = True
    town.say("reboot", id="a")
    town.say("cancel", id="a")
    town.run()
    assert (town.last()["state"], town.last()["error"]) == ("failed", "cancelled")
    town.boards[17].deaf = False
    town.say("sample", id="b")
    town.run(3)
    town.say("cancel", id="b")
    town.run(3)
    assert (town.last()["state"], town.last()["field"]) == ("refused", "state")
    assert town.boards[17].done == [ops.SAMPLE]


# ------------------------------------------------------------------ bounds


def test_a_full_queue_of_a_node_refuses_and_counts(tmp_path):
    town = Town(tmp_path / "commands.db", limits=Limits(max_queued=3))
    town.boards[17].deaf = True
    for _ in range(5):
        town.say("sample")
    town.run()
    assert town.states().count("queued") == 3
    assert town.states().count("refused") == 2
    assert town.commands.counters["refused_full"] == 2


def test_finished_commands_are_forgotten_by_age_and_by_number(town):
    for _ in range(5):
        town.say("sample")
    town.run(12)
    store = town.commands.store
    assert store.prune(0, 3) == 2
    assert [order.id for order in store.newest(9)] == [5, 4, 3]
    town.clock.advance(31 * 86400)
    town.commands.tick()
    assert store.newest(9) == []
    town.say("sample")
    town.run(1, talk=False)
    assert [order.id for order in store.newest(9)] == [6]  # an id is never given twice


def test_results_wait_for_the_broker_and_are_bounded(town, monkeypatch):
    monkeypatch.setattr("gateway.commands.outbox.MESSAGES", 5)
    town.publish = lambda: None
    for _ in range(4):
        town.say("sample")
    town.run(6)
    town.clock.advance(3600)
    town.commands.tick()
    kept = town.commands.outgoing()
    assert len(kept) == 5 and kept == town.commands.outgoing()
    assert town.commands._outbox.dropped > 0
    town.commands.delivered([message.id for message in kept])
    assert town.commands.outgoing() == []


def test_security_hears_of_each_command(town):
    town.say("maintenance", arguments={"minutes": 5}, id="m", by="uli")
    town.say("wipe")
    (accepted, fields), (refused, why) = town.security
    assert (accepted, refused) == ("command_accepted", "command_refused")
    assert fields["arguments"] == "minutes=5" and fields["by"] == "uli"
    assert why["reason"] == "not_allowed" and "operator" in why["error"]


def test_rekey_takes_the_key_from_the_registry_and_stores_none(town):
    order = Order(17, "air-17", "mitte", "rekey", {"epoch": 1}, 0, 10**15, "ops", CLI)
    town.commands.store.add(order)
    command = to_command(order, town.find(17))
    assert command.arguments == (1, bytes(range(16)))
    town.commands.close()
    assert bytes(range(16)) not in town.path.read_bytes()
    for node in (None, replace(town.find(17), key=b""), replace(town.find(17), epoch=2)):
        with pytest.raises(ValueError, match="no key"):
            to_command(order, node)


def test_a_rekey_to_an_epoch_that_the_registry_has_not_fails(town):
    order = Order(17, "air-17", "mitte", "rekey", {"epoch": 2}, 0, 10**15, "ops", CLI)
    Store(town.path).add(order)
    town.run(3)
    assert town.boards[17].done == []
    assert (town.last()["state"], town.last()["error"]) == (
        "failed",
        "the registry has no such key any more",
    )


def test_a_second_in_which_nothing_happens_writes_nothing(town):
    town.boards[17].deaf = True
    town.say("sample")
    town.run(2)
    seen = []
    town.commands.store.db.set_trace_callback(seen.append)
    town.run(5)
    assert {sql.split()[0] for sql in seen} == {"PRAGMA", "SELECT"}
