"""The whole way of a board: what it is before, and what it becomes."""

import json

import pytest

from tests.for_tools.flashing_bench import LAB, WISH, Watcher, bench_in
from tools.benchmark.flash_cuts import files_of, opened
from tools.flashing.prompt import open_prompt
from tools.flashing.provisioning import rekey
from tools.flashing.retiring import retire
from tools.flashing.sealing import check_of
from tools.flashing.wish import STEPS, Wish

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("impatient")]


def outcomes(result):
    return {step.name: step.outcome for step in result.steps}


def key_in(bench, path):
    """Return the key in a record, as the gateway opens it."""
    return opened(bench, json.loads(path.read_text()))


def test_a_bare_board_becomes_a_node_whose_key_the_gateway_can_open(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        watcher = Watcher()
        result = bench.set_up(board, watcher=watcher)
        assert result.error is None
        assert [step.name for step in result.steps] == list(STEPS)
        assert b"neckar: node 1 profile air boot 1" in board.printed
        board.power_cut()
        files = files_of(bench, board)
        image = bench.bundle.image("esp32")
        flash = board.flash.read_bytes()
        assert flash[image.offset : image.offset + len(image.data)] == image.data
    wanted = bench.bundle.files(WISH.board, WISH.profile)
    assert {path: files[path] for path in wanted} == wanted
    identity = json.loads(files["/identity.json"])
    assert (identity["node"], identity["epoch"]) == (1, 1)
    assert bytes.fromhex(identity["key"]) == key_in(bench, result.record)
    record = json.loads(result.record.read_text())
    assert record["extra"]["flash"]["check"] == check_of(bytes.fromhex(identity["key"]))
    assert all(path.stat().st_size for path in result.label)


def test_a_second_run_finds_all_right_and_lets_the_node_run_on(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        first = bench.set_up(board)
        before = first.record.read_bytes()
        second = bench.set_up(board)
        assert (second.error, second.skipped, second.address, second.epoch) == (None, True, 1, 1)
        board.until_printed(b"node 1 profile air boot 2")
        assert set(outcomes(second).values()) == {"done", "skipped"}
        assert outcomes(second)["look"] == "done"
    assert first.record.read_bytes() == before


def test_only_changed_files_travel(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        with open_prompt(board.port, bench.workshop.service_key) as prompt:
            old = bench.bundle.files(WISH.board, WISH.profile)["/profiles/air.json"] + b" "
            prompt.put({"/profiles/air.json": old, "/lib/node/stale.py": b"1/0"})
            prompt.leave()
        before = board.bytes_down
        result = bench.set_up(board)
        assert result.error is None
        assert (outcomes(result)["image"], outcomes(result)["files"]) == ("skipped", "done")
        assert outcomes(result)["key"] == "skipped"
        assert board.bytes_down - before < 60_000
        board.power_cut()
        files = files_of(bench, board)
    assert (
        files["/lib/node/led.mpy"]
        == bench.bundle.files(WISH.board, WISH.profile)["/lib/node/led.mpy"]
    )
    assert "/lib/node/stale.py" not in files


def test_what_is_missing_is_told_and_nothing_is_done_by_a_dry_run(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        flash = board.flash.read_bytes()
        result = bench.set_up(board, dry_run=True)
        assert result.error is None
        wanted = [step.name for step in result.steps if step.outcome == "wanted"]
        assert wanted == list(STEPS[1:])
        assert board.flash.read_bytes() == flash
    assert bench.workshop.records.read().known == []


def test_erase_sets_up_a_known_board_anew_with_its_address_and_another_key(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        first = bench.set_up(board)
        second = bench.set_up(board, Wish(**{**vars(WISH), "erase": True}))
    assert (second.error, second.address, second.epoch) == (None, 1, 2)
    assert key_in(bench, first.record) != key_in(bench, second.record)


def test_rekey_gives_a_new_key_and_keeps_what_was_measured(tmp_path):
    bench = bench_in(tmp_path, settings={"interval_s": 1})
    with bench.boards() as (board,):
        first = bench.set_up(board)
        board.power_cut()
        counter = int(files_of(bench, board)["/state/frame_counter"].split()[0])
        board.power_on()
        result = rekey(board.port, bench.workshop, bench.bundle, Watcher())
        assert (result.error, result.address, result.epoch) == (None, 1, 2)
        again = bench.set_up(board)
        assert (again.error, again.skipped, again.epoch) == (None, True, 2)
        board.power_cut()
        files = files_of(bench, board)
    assert int(files["/state/frame_counter"].split()[0]) >= counter
    assert bytes.fromhex(json.loads(files["/identity.json"])["key"]) == key_in(bench, result.record)
    assert key_in(bench, first.record) != key_in(bench, result.record)


def test_a_new_board_takes_over_a_point(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards(count=2) as (old, new):
        assert bench.set_up(old, Wish(**{**vars(WISH), "point": "air-17"})).error is None
        swap = Wish(**{**vars(WISH), "point": "air-17", "replaces": 1})
        result = bench.set_up(new, swap)
    record = json.loads(result.record.read_text())
    assert (record["address"], record["point"], record["replaces"]) == (2, "air-17", 1)


def test_a_claim_for_another_wish_is_given_up(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        begun = bench.set_up(board, only=("image", "files", "key"))
        assert (begun.error, begun.record, begun.epoch) == (None, None, 1)
        result = bench.set_up(board, Wish(**{**vars(WISH), "point": "air-17"}))
    assert (result.error, result.address, result.epoch) == (None, 1, 2)
    assert json.loads(result.record.read_text())["point"] == "air-17"


def test_a_retired_board_is_empty_and_its_record_says_so(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        result = retire(board.port, bench.workshop, Watcher())
        assert (result.error, result.address) == (None, 1)
        assert set(board.flash.read_bytes()) == {0xFF}
    assert json.loads(result.record.read_text())["state"] == "retired"


def has_samples(files):
    return any(path.startswith("/journal/") for path in files)


def _make_deaf(bench, board):
    with open_prompt(board.port, bench.workshop.service_key) as prompt:
        prompt.put({"/boot.py": b"import micropython\nmicropython.kbd_intr(-1)\nwhile 1: pass"})
        prompt.restart(wait_s=0.2)


def test_a_finished_node_that_does_not_answer_is_mended_and_keeps_its_samples(tmp_path):
    bench = bench_in(tmp_path, settings={"interval_s": 1})
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        board.until(lambda: has_samples(files_of(bench, board)), "a sample in the journal")
        _make_deaf(bench, board)
        result = bench.set_up(board)
        assert (result.error, result.epoch) == (None, 1)
        board.power_cut()
        files = files_of(bench, board)
    assert has_samples(files)


def test_a_modem_gets_no_key_and_no_record(tmp_path):
    bench = bench_in(tmp_path)
    wish = Wish(board="esp32-rfm95", profile=None, lab=LAB, role="modem")
    with bench.boards(board="esp32-rfm95", profile=None, has_radio=True) as (board,):
        result = bench.set_up(board, wish)
        assert (str(result.error), result.record) == ("None", None)
        assert b"neckar: modem boot 1" in board.printed
    assert bench.workshop.records.read().known == []


def test_settings_of_lab_and_wish_are_read_back(tmp_path):
    bench = bench_in(tmp_path, settings={"interval_s": 60, "status_s": 600})
    wish = Wish(**{**vars(WISH), "settings": {"interval_s": 30}})
    with bench.boards() as (board,):
        assert bench.set_up(board, wish).error is None
        changed = bench.set_up(board, Wish(**{**vars(WISH), "settings": {"interval_s": 45}}))
        assert (changed.error, changed.epoch, outcomes(changed)["key"]) == (None, 1, "done")
        wrong = bench.set_up(board, Wish(**{**vars(WISH), "settings": {"interval_s": -5}}))
        assert wrong.error.code == "F416"
