"""The whole command on virtual boards: what a technician types, from a bare board to a batch."""

import json
import threading

import pytest

from tests.for_tools.flashing_bench import LAB, bench_in
from tests.for_tools.flashing_bench import WISH as AIR
from tests.for_tools.flashing_bundle import bundle_in
from tools.flashing import ports
from tools.flashing.cli import main
from tools.flashing.ports import Port

pytestmark = pytest.mark.board
WISH = ("--lab", LAB, "--board", AIR.board, "--profile", str(AIR.profile))
SOON_S = 60.0


@pytest.fixture
def workbench(tmp_path, monkeypatch, raw_repl):
    """A workshop with a bundle; German."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    made = bench_in(tmp_path)
    bundle_in(made.workshop.folder)
    monkeypatch.setenv("NECKAR_WORKSHOP", str(made.workshop.folder))
    return made


def answers(capsys) -> list[dict]:
    """Return the lines of JSON that were printed since the last look."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_bare_board_becomes_a_node_and_the_second_run_finds_all_right(workbench, capsys):
    with workbench.boards() as (board,):
        assert main(["ports"]) in (0, 1)  # whatever is plugged into this machine
        capsys.readouterr()
        assert main(["node", "--port", board.port, *WISH, "--dry-run", "--json"]) == 0
        steps = {step["name"]: step["outcome"] for step in answers(capsys)[0]["steps"]}
        assert steps["image"] == steps["key"] == "wanted"
        assert main(["node", "--port", board.port, *WISH]) == 0
        out = capsys.readouterr().out
        assert "fertig in" in out
        assert "F4" not in out
        assert main(["--port", board.port, "--json"]) == 0  # what it is says its record
        (line,) = answers(capsys)
        assert (line["skipped"], line["address"], line["board"]) == (True, 1, AIR.board)
        assert main(["rekey", "--port", board.port, "--json"]) == 0
        assert answers(capsys)[0]["epoch"] == 2
    assert main(["inventory", "--json"]) == 0
    assert [(row["address"], row["epoch"]) for row in answers(capsys)] == [(1, 2)]


def test_a_board_of_another_chip_fails_with_a_code(workbench, capsys):
    words = ("--lab", LAB, "--board", "heltec-v3", "--profile", "air")
    with workbench.boards() as (board,):
        assert main(["node", "--port", board.port, *words, "--json"]) == 1
    assert answers(capsys)[0]["code"] == "F401"


def test_boards_that_are_plugged_in_one_after_the_other(workbench, monkeypatch, capsys):
    """One socket: the first board is done and pulled out, then the second; a cable is bad once."""
    monkeypatch.setattr(ports, "found", lambda globs=(): socket())
    with workbench.boards(2) as boards:
        first, second = boards
        plugged = [first]

        def socket() -> list[Port]:
            return [Port(board.port, "1-2.1", is_usb=True) for board in plugged]

        second.faults.pull_after_bytes = 20_000

        def change() -> None:
            """Put in the second board when the first is done; mend its cable when that failed."""
            record = workbench.workshop.folder / "records/1-1.json"
            try:
                first.until(record.exists, "the first board is done")
                plugged[:] = [second]
                second.until(lambda: not second.is_plugged, "the cable is pulled")
                plugged.clear()
                assert failed.wait(SOON_S)
                second.plug()
                plugged.append(second)
            except BaseException:
                given_up.set()
                raise

        failed, given_up = threading.Event(), threading.Event()
        monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", given_up.is_set)
        monkeypatch.setattr(
            "tools.flashing.runs.Runs.append",
            lambda self, line, now: failed.set() if not line["ok"] else None,
        )
        changing = threading.Thread(target=change, daemon=True)
        changing.start()
        assert main(["batch", *WISH, "--count", "2"]) == 0
        changing.join(SOON_S)
    out = capsys.readouterr().out
    assert out.count("Platine an 1-2.1 …") == 3
    assert "2 von 2 Platinen fertig (100 %)" in out
