"""A key meets no number twice, and what a node was set to do outlives a new key."""

import json

import pytest

from tests.for_tools.flashing_bench import WISH, Watcher, bench_in
from tests.for_tools.flashing_finished import changed, finished, kept_in, there
from tools.benchmark.flash_cuts import files_of
from tools.flashing.provisioning import rekey
from tools.flashing.wish import Wish

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("impatient")]
COUNTER = "/state/frame_counter"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A finished node, for tests that do not care how it became one."""
    return kept_in(tmp_path_factory.mktemp("kept"))


def outcome(result):
    return result.error, result.epoch


def test_a_node_that_lost_counter_or_identity_or_has_none_of_its_keys_gets_another(tmp_path, kept):
    wish = Wish(**{**vars(WISH), "settings": {"interval_s": 45}})
    with finished(tmp_path, kept) as (bench, board):
        identity = there(bench, board)["/identity.json"]
        assert "/state/duty" in there(bench, board)
        changed(bench, board, without=(COUNTER, "/state/duty"))
        assert outcome(bench.set_up(board, wish)) == (None, 2)
        # Nobody knows what it has sent in the last hour: it has to wait for one.
        assert "/state/duty" not in there(bench, board)
        changed(bench, board, {COUNTER: b"\xff\x00"})
        assert outcome(bench.set_up(board)) == (None, 3)
        changed(bench, board, {"/identity.json": b"{", "/identity.bak": identity})
        assert outcome(bench.set_up(board)) == (None, 4)
        other = {**json.loads(identity), "epoch": 4, "key": "5a" * 16}
        changed(bench, board, {"/identity.json": json.dumps(other).encode()})
        assert outcome(bench.set_up(board)) == (None, 5)


def test_no_counter_begins_while_an_older_key_is_on_the_board(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        changed(bench, board, without=(COUNTER,))
        watcher = Watcher()

        def pull(_):
            if "key" in watcher.events and "/" in watcher.events[-1] and board.is_plugged:
                board.unplug()

        watcher.on_event = pull
        result = rekey(board.port, bench.workshop, bench.bundle, watcher)
        assert result.error.code == "F104"
        files = files_of(bench, board)
        assert COUNTER in files
        assert not {"/identity.json", "/identity.bak"} & files.keys()


def test_rekey_keeps_what_a_node_was_set_to_do_and_takes_no_trial_for_it(tmp_path, kept):
    wish = Wish(**{**vars(WISH), "settings": {"interval_s": 45}})
    with finished(tmp_path, kept) as (bench, board):
        assert bench.set_up(board, wish).error is None
        before = there(bench, board)["/config.json"]
        result = rekey(board.port, bench.workshop, bench.bundle, Watcher())
        assert (result.error, result.epoch) == (None, 2)
        assert there(bench, board)["/config.json"] == before
        trial = {"/config.try": b'{"left": 9, "set": {"interval_s": 77}}'}
        changed(bench, board, trial)
        other = Wish(**{**vars(WISH), "settings": {"interval_s": 30}})
        assert bench.set_up(board, other).error is None
        files = there(bench, board)
    assert json.loads(files["/config.json"])["interval_s"] == 30
    assert "/config.try" not in files


def test_settings_that_the_firmware_refused_can_be_put_right(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        for value, code in ((-5, "F416"), (45, None)):
            wish = Wish(**{**vars(WISH), "settings": {"interval_s": value}})
            error = bench.set_up(board, wish).error
            assert (error and error.code) == code
        changed(bench, board, {"/config.json": b'{"profile": 1}'})
        assert bench.set_up(board).error is None
        assert json.loads(there(bench, board)["/config.json"])["profile"] == "air"


def test_a_claim_for_another_address_or_place_is_not_finished_as_it_is(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board, only=("image", "files", "key")).error is None
        wish = Wish(**{**vars(WISH), "address": 7})
        assert bench.set_up(board, wish).error.code == "F350"
        place = {"pole": "L 12"}
        result = bench.set_up(board, Wish(**{**vars(WISH), "place": place}))
        assert (result.error, result.epoch) == (None, 2)
        assert json.loads(result.record.read_text())["place"] == place


def test_without_the_service_key_no_board_is_touched_and_no_key_made(tmp_path):
    bench = bench_in(tmp_path)
    key = bench.workshop.folder / "service.key"
    with bench.boards() as (board,):
        flash = board.flash.read_bytes()
        key.rename(key.with_name("away"))
        for result in (
            bench.set_up(board),
            rekey(board.port, bench.workshop, bench.bundle, Watcher()),
        ):
            assert (result.error.code, result.steps) == ("F303", [])
        assert board.flash.read_bytes() == flash
    assert bench.workshop.records.read().known == []


def test_a_node_that_got_its_key_from_a_copy_of_this_workshop_is_left_alone(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        identity = json.loads(there(bench, board)["/identity.json"])
        newer = {**identity, "epoch": 2, "key": "5a" * 16}
        changed(bench, board, {"/identity.json": json.dumps(newer).encode()})
        assert bench.set_up(board).error.code == "F403"
        assert json.loads(there(bench, board)["/identity.json"]) == newer
