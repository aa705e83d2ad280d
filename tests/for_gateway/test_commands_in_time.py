"""A command is never carried out after its time, whatever the clocks do."""

import pytest

from protocol import commands as ops
from tests.for_gateway.town import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "commands.db")


def test_what_nobody_fetched_expires_and_is_never_carried_out(town):
    town.boards[17].deaf = True
    town.say("reboot", expires_s=60)
    town.run(61)
    assert town.states()[-1] == "expired"
    assert town.last()["was"] == "queued"
    town.boards[17].deaf = False
    town.run(5)
    assert town.boards[17].done == []


def test_what_was_sent_and_comes_back_too_late_is_told_as_it_was(town):
    town.run(2)
    board = town.boards[17]
    town.lost = lambda what: what == "up" and bool(board.numbers)  # its Result does not arrive
    town.say("sample", expires_s=30)
    town.run(40)
    assert board.done == [ops.SAMPLE]
    assert (town.last()["state"], town.last()["was"]) == ("expired", "sent")
    town.lost = lambda what: False
    town.run(60)
    assert (town.last()["state"], town.last()["late"]) == ("acknowledged", True)
    assert board.done == [ops.SAMPLE]


@pytest.mark.parametrize("jump_s", [-366 * 86400, 366 * 86400])
def test_a_clock_that_jumps_a_year_lengthens_no_life(town, jump_s):
    town.boards[17].deaf = True
    town.say("reboot", expires_s=60)
    town.clock.jump(jump_s)
    town.run(61)
    assert town.states()[-1] == "expired"


def test_nor_does_one_that_is_a_year_behind_after_a_restart(town):
    town.boards[17].deaf = True
    town.say("reboot", expires_s=60)
    town.commands.close()
    town.clock.jump(-366 * 86400)
    town.start()
    town.run(61)
    assert town.states()[-1] == "expired"
