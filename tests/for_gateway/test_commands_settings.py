"""Settings are tried, confirmed, read back and compared; what cuts a node off is told as such."""

import pytest

from protocol import commands as ops
from tests.for_gateway.town import Town, digest_of


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path / "commands.db")
    town.run(2)
    return town


def _set(town, fields, **more):
    town.say("config", arguments={"set": fields}, **more)


def test_wanted_settings_are_tried_confirmed_and_read_back(town):
    _set(town, {"interval_s": 300}, id="c1")
    town.run(12)
    board = town.boards[17]
    assert board.settings == {"interval_s": 300, "profile": "air"} and board.trial is None
    assert board.done == [ops.CONFIG_TRY, ops.CONFIG_CONFIRM, ops.CONFIG_READ]
    assert town.config_states() == ["desired", "trying", "confirmed", "reported"]
    config = town.config()
    assert config["desired"] == {"interval_s": 300}
    assert config["reported"] == board.settings
    assert config["hash"] == f"{digest_of(board.settings):08x}"
    assert town.states(id="c1") == ["queued", "sent", "acknowledged"]
    assert town.last()["config"] == "reported"


def test_no_step_of_it_is_told_as_a_command(town):
    _set(town, {"interval_s": 300})
    town.run(12)
    said = {m["command"] for topic, m in town.told if topic.endswith("/result")}
    assert said == {"config"}


def test_a_node_that_is_about_to_restart_is_not_asked_to_confirm(town):
    _set(town, {"interval_s": 300})
    town.run(12)
    assert town.boards[17].numbers == sorted(set(town.boards[17].numbers))
    assert not [n for n in town.boards[17].done if n == ops.CONFIG_REVERT]
    assert town.commands.store.newest(9)[-1].attempts == 1  # of `config`: it has begun
    assert all(o.attempts == 0 for o in town.commands.store.newest(9) if o.origin == "config")


def test_a_confirm_that_comes_too_early_is_said_again(town):
    _set(town, {"interval_s": 300})
    town.commands._book._posting.hold = lambda address, until_s: None
    town.run(14)
    assert town.config()["state"] == "reported"


def test_a_node_that_reverted_is_told_as_such_and_not_tried_again(town):
    _set(town, {"uart": 2}, id="c1")
    board = town.boards[17]
    town.run(1)
    while board.trial is None:
        town.run(1)
    board.deaf = True  # the trial cuts it off
    town.run(60)
    board.trial = None  # and it is over
    board.start()
    board.deaf = False
    town.run(20)
    assert town.config_states() == ["desired", "trying", "reverted"]
    assert "confirmed in time" in town.config()["reason"]
    assert town.states(id="c1")[-1] == "failed"
    assert board.done.count(ops.CONFIG_TRY) == 1
    assert board.settings == {"interval_s": 600, "profile": "air"}


def test_what_a_node_refuses_differs_with_its_own_words(town):
    town.boards[17].refuses = "interval_s is 999999, should be 0 to 86400"
    _set(town, {"interval_s": 999999}, id="c1")
    town.run(8)
    assert town.config()["state"] == "differs"
    assert "should be 0 to 86400" in town.config()["reason"]
    assert "should be 0 to 86400" in town.last()["error"]


def test_after_a_refusal_another_value_is_tried_and_ends_well(town):
    town.boards[17].refuses = "no"
    _set(town, {"interval_s": 999999})
    town.run(8)
    town.boards[17].refuses = ""
    _set(town, {"interval_s": 60})
    town.run(12)
    assert town.config()["state"] == "reported"
    assert town.boards[17].settings["interval_s"] == 60


def test_null_is_the_default_again(town):
    _set(town, {"interval_s": None})
    town.run(12)
    assert town.boards[17].settings == {"profile": "air"}
    assert town.config()["state"] == "reported"


def test_fields_within_an_object_leave_their_neighbours(town):
    board = town.boards[17]
    board.settings["radio"] = {"every": 8, "erp_dbm": 14}
    _set(town, {"radio": {"every": 4}})
    town.run(12)
    assert board.settings["radio"] == {"every": 4, "erp_dbm": 14}
    assert town.config()["state"] == "reported"


def test_what_the_node_has_already_is_read_and_not_tried(town):
    _set(town, {"interval_s": 300})
    town.run(12)
    _set(town, {"interval_s": 300, "profile": "air"}, id="c2")
    town.run(8)
    assert town.boards[17].done.count(ops.CONFIG_TRY) == 1
    assert town.states(id="c2")[-1] == "acknowledged"


def test_settings_longer_than_a_page_are_read_whole(town):
    town.boards[17].settings |= {f"field_{i}": "x" * 20 for i in range(20)}
    _set(town, {})
    town.run(20)
    assert town.config()["state"] == "reported"
    assert town.config()["reported"] == town.boards[17].settings


@pytest.mark.parametrize("length", [159, 160, 161, 319, 320, 321])
def test_pages_end_where_the_text_ends(town, length):
    board = town.boards[17]
    board.settings = {"profile": "x" * (length - len('{"profile":""}'))}
    _set(town, {})
    town.run(20)
    assert town.config()["reported"] == board.settings


def test_what_does_not_fit_into_one_trial_is_tried_in_rounds(town):
    fields = {f"field_{i}": "y" * 40 for i in range(9)}
    _set(town, fields, id="long")
    town.run(60)
    board = town.boards[17]
    assert board.settings == {"interval_s": 600, "profile": "air", **fields}
    assert board.done.count(ops.CONFIG_TRY) == 3
    assert town.config()["state"] == "reported"
    assert town.states(id="long") == ["queued", "sent", "acknowledged"]


def test_several_commands_go_one_after_the_other_each_with_its_own_trial(town):
    board = town.boards[17]
    board.deaf = True
    for i in range(5):
        _set(town, {"radio": {f"field_{i}": "z" * 60}}, id=f"c{i}")
    board.deaf = False
    town.run(60)
    assert board.settings["radio"] == {f"field_{i}": "z" * 60 for i in range(5)}
    assert town.config()["desired"] == {"radio": board.settings["radio"]}
    assert town.config()["state"] == "reported"
    assert [town.states(id=f"c{i}")[-1] for i in range(5)] == ["acknowledged"] * 5


def test_what_confirms_goes_ahead_of_what_waits(town):
    _set(town, {"interval_s": 300})
    for _ in range(3):
        town.say("sample")
    town.run(20)
    done = town.boards[17].done
    assert done[:3] == [ops.CONFIG_TRY, ops.CONFIG_CONFIRM, ops.CONFIG_READ]
    assert done[3:] == [ops.SAMPLE] * 3


def test_a_field_that_a_node_takes_and_forgets_is_tried_once(town):
    board = town.boards[17]
    as_told = board._do

    def do(command):
        result = as_told(command)
        if command.op == ops.CONFIG_TRY:
            board.trial.pop("sound")
            result.value = digest_of(board.used)
        return result

    board._do = do
    _set(town, {"sound": "loud"}, id="a")
    town.run(60)
    assert board.done.count(ops.CONFIG_TRY) == 1
    assert town.states(id="a")[-1] == "failed"
    assert town.config()["reason"] == "the node has another value of 'sound'"


def test_of_what_is_retained_only_the_newest_waits_for_the_broker(town):
    town.publish = lambda: None
    _set(town, {"interval_s": 300})
    town.run(12)
    kept = [message for message in town.commands.outgoing() if message.retained]
    assert len(kept) == 1 and b'"state":"reported"' in kept[0].payload


def test_what_a_node_refuses_to_one_is_not_laid_on_the_next(town):
    board = town.boards[17]
    _set(town, {"interval_s": 60}, id="good")
    _set(town, {"uart": 9}, id="bad")
    _set(town, {"status_s": 30}, id="better")
    as_told = board._do

    def do(command):
        board.refuses = "uart is 9" if "uart" in str(command.arguments) else ""
        return as_told(command)

    board._do = do
    town.run(60)
    assert board.settings == {"interval_s": 60, "profile": "air", "status_s": 30}
    ends = [town.states(id=key)[-1] for key in ("good", "bad", "better")]
    assert ends == ["acknowledged", "failed", "acknowledged"]
    assert town.config()["state"] == "differs"
    assert town.config()["reason"] == "the node has another value of 'uart'"
    _set(town, {"uart": None})  # nobody wants it any more
    town.run(20)
    assert town.config()["state"] == "reported"
    assert town.config()["desired"] == {"interval_s": 60, "status_s": 30}


def test_what_is_wanted_of_a_node_is_bounded(town):
    town.boards[17].refuses = "no"  # what it refuses is wanted all the same
    for i in range(54):
        town.clock.advance(1)
        _set(town, {f"field_{i}": "w" * 140})
        town.run(2)
    assert len(town.config()["desired"]) == 53
    assert "8192 bytes" in town.last()["error"]


def test_one_that_comes_while_settings_are_on_trial_waits_for_its_end(town):
    board = town.boards[17]
    _set(town, {"interval_s": 300}, id="a")
    while board.trial is None:
        town.run(1)
    _set(town, {"status_s": 60}, id="b")
    town.run(1)
    assert board.trial == {"interval_s": 300}
    town.run(40)
    assert board.settings == {"interval_s": 300, "profile": "air", "status_s": 60}
    assert board.done.count(ops.CONFIG_TRY) == 2


def test_a_cancelled_one_is_not_tried(town):
    board = town.boards[17]
    board.deaf = True
    _set(town, {"interval_s": 300}, id="a")
    town.run(2)
    town.say("cancel", id="a")
    board.deaf = False
    town.run(10)
    assert board.done == []
    assert town.config()["state"] == "differs"
    assert "cancelled" in town.config()["reason"]


def test_a_trial_that_nobody_fetched_expires(town):
    town.boards[17].deaf = True
    _set(town, {"interval_s": 300}, id="a", expires_s=30)
    town.run(31)
    town.boards[17].deaf = False
    town.run(5)
    assert town.boards[17].done == []
    assert (town.config()["state"], town.config()["reason"]) == ("differs", "config_try expired")
    assert town.states(id="a")[-1] == "expired"
