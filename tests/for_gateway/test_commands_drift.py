"""Settings that change without the gateway are noticed by their hash, and told, not fought."""

import pytest

from protocol import commands as ops
from tests.for_gateway.town import Town


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path / "commands.db")
    town.run(2)
    return town


def _set(town, fields, **more):
    town.say("config", arguments={"set": fields}, **more)


def test_settings_changed_by_hand_are_noticed_by_their_hash_and_read(town):
    _set(town, {"interval_s": 300})
    town.run(12)
    board = town.boards[17]
    board.status(town.clock.unix_ms())
    town.run(3)
    assert board.done.count(ops.CONFIG_READ) == 1  # what is as it should be is not read again
    assert town.config()["status_hash"] == town.config()["hash"]
    assert town.config()["state"] == "reported"
    board.settings["interval_s"] = 900
    board.status(town.clock.unix_ms(), source=2)
    town.run(1)
    town.run(6)
    assert town.config_states()[-1] == "differs"
    reasons = [m["reason"] for topic, m in town.told if topic.endswith("/config")]
    assert any("its last good copy" in reason for reason in reasons)
    assert "interval_s" in town.config()["reason"]
    assert town.config()["reported"]["interval_s"] == 900
    assert board.settings["interval_s"] == 900, "two who set a node would never come to an end"


def test_a_change_by_hand_that_leaves_what_is_wanted_is_reported(town):
    _set(town, {"interval_s": 300})
    town.run(12)
    board = town.boards[17]
    board.settings["status_s"] = 5
    board.status(town.clock.unix_ms())
    town.run(8)
    assert town.config()["state"] == "reported"
    assert town.config()["reported"]["status_s"] == 5


def test_a_status_of_a_node_without_wanted_settings_costs_no_look_at_the_disk(town):
    town.commands.store.db.set_trace_callback(lambda sql: pytest.fail(sql))
    town.commands.status(17, {"config_hash": 5})
    town.commands.store.db.set_trace_callback(None)


def test_text_that_was_read_with_another_hash_than_tried_differs(town):
    board = town.boards[17]
    as_told = board._do

    def do(command):
        result = as_told(command)
        if command.op == ops.CONFIG_CONFIRM:
            board.settings["interval_s"] = 301  # somebody at the console
        return result

    board._do = do
    _set(town, {"interval_s": 300}, id="a")
    town.run(12)
    assert town.config()["state"] == "differs"
    assert "hash" in town.config()["reason"]
    assert town.states(id="a")[-1] == "failed"
