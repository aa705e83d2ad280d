"""Boards that are left as they are: copies, nodes of others, finished ones, wrong wishes."""

import pytest

from tests.for_tools.flashing_bench import WISH, Watcher, bench_in
from tools.benchmark.flash_cuts import files_of
from tools.flashing.prompt import open_prompt
from tools.flashing.provisioning import rekey
from tools.flashing.retiring import retire
from tools.flashing.wish import Wish

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("impatient")]


def test_a_board_of_nobody_here_is_not_retired(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        flash = board.flash.read_bytes()
        result = retire(board.port, bench.workshop, Watcher())
        assert result.error.code == "F414"
        assert board.flash.read_bytes() == flash


def test_a_copy_of_a_node_is_caught(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards(count=2) as (board, copy):
        assert bench.set_up(board).error is None
        board.power_cut()
        copy.power_cut()
        copy.flash.write_bytes(board.flash.read_bytes())
        copy.power_on()
        result = bench.set_up(copy)
        assert (result.error.code, result.error.values["address"]) == ("F402", 1)
        anew = bench.set_up(copy, Wish(**{**vars(WISH), "erase": True}))
        assert (anew.error, anew.address) == (None, 2)


def test_a_node_of_another_workshop_is_left_alone(tmp_path):
    (tmp_path / "other").mkdir()
    bench, other = bench_in(tmp_path), bench_in(tmp_path / "other")
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        flash = board.flash.read_bytes()
        result = other.set_up(board)
        assert result.error.code == "F133"  # its service key is another
        assert board.flash.read_bytes()[:0x200000] == flash[:0x200000]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"board": "heltec-v3"}, "F401"),
        ({"profile": "noise-street"}, None),
        ({"lab": "nirgends"}, "F317"),
        ({"board": "esp33"}, "F212"),
        ({"profile": "lärm"}, "F213"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_anything_is_written(tmp_path, wish, code):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        flash = board.flash.read_bytes()
        result = bench.set_up(board, Wish(**{**vars(WISH), **wish}))
        if code is None:
            assert result.error.code == "F406"  # there is no microphone on this board
            return
        assert result.error.code == code
        assert board.flash.read_bytes() == flash
    assert bench.workshop.records.read().known == []


def test_a_finished_node_is_not_made_something_else_by_accident(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        result = bench.set_up(board, Wish(**{**vars(WISH), "profile": "noise"}))
        assert (result.error.code, result.error.values["field"]) == ("F405", "profile")
        assert bench.set_up(board).skipped


def test_a_finished_node_whose_files_are_damaged_is_not_erased(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        assert bench.set_up(board).error is None
        board.power_cut()
        image = bench.bundle.image("esp32")
        with board.flash.open("r+b") as flash:
            flash.seek(image.vfs_offset)
            flash.write(bytes(8192))
        board.power_on()
        assert bench.set_up(board).error.code == "F404"
        assert bench.set_up(board, Wish(**{**vars(WISH), "erase": True})).error is None


def test_a_missing_sensor_is_named_and_the_board_gets_no_key(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards(profile=None) as (board,):
        result = bench.set_up(board, Wish(**{**vars(WISH), "profile": "air-station"}))
        assert result.error.code == "F406"
        board.power_cut()
        files = files_of(bench, board)
    assert "/identity.json" not in files
    assert "/main.py" not in files
    assert bench.workshop.records.read().known == []


def test_a_node_that_does_not_answer_gets_no_new_key(tmp_path):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        first = bench.set_up(board)
        with open_prompt(board.port, bench.workshop.service_key) as prompt:
            deaf = b"import micropython\nmicropython.kbd_intr(-1)\nwhile 1: pass"
            prompt.put({"/boot.py": deaf})
            prompt.restart(wait_s=0.2)
        result = rekey(board.port, bench.workshop, bench.bundle, Watcher())
        assert (result.error.code, result.epoch) == ("F404", 1)
    assert [known.path for known in bench.workshop.records.read().known] == [first.record]
