"""Orders that come while a restart is due, or that flash does not let begin again."""

from node import commands, files
from protocol.commands import BUSY, FAILED, REBOOT, WIPE, Command
from tests.shared.commanded import App, finished, new_node
from tests.shared.expect import TMP
from tests.shared.own_files import emptied

ROOT = TMP + "at-odds"


def _node():
    for folder in (ROOT + "/journal", ROOT):
        emptied(folder)
    new_node(ROOT)
    return App(ROOT)


def test_an_order_that_is_told_to_wait_does_not_call_a_restart_off():
    app = _node()
    for number, op in ((1, REBOOT), (2, WIPE)):
        app.session.outbox.is_new(Command(number, op))
        finished(commands.Commands(app).carry_out(Command(number, op)))
        assert app.uplink.is_leaving
    assert app.told() == (2, BUSY)
    assert len(app.uplink.waiting) == 1
    app.uplink.waiting.pop().close()


def test_a_command_that_was_cut_off_is_not_begun_again_where_flash_takes_nothing():
    app = _node()
    app.sample(2)
    commands._store([9, None, WIPE])
    write = files.write_atomic

    def refuse(path, data):
        raise OSError(28)

    files.write_atomic = refuse
    try:
        assert not app.resume()
    finally:
        files.write_atomic = write
    assert app.told() == (9, FAILED) and app.journal.waiting() == 2
