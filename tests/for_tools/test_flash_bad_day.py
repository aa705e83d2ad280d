"""A technician on a bad day: nonsense, Ctrl-C, streams that were closed, names that do not fit."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.for_tools.flash_desk import NODE, A, bare, one_line, table
from tests.for_tools.flash_rig import Boards, Rig, macs
from tools.flashing import keys, ports, record_points
from tools.flashing.cli import main, sockets
from tools.flashing.cli.desk import Desk, console
from tools.flashing.errors import FlashError
from tools.flashing.messages import text
from tools.flashing.outcome import Outcome
from tools.flashing.record_files import FINISHED, of_record
from tools.flashing.runs import Runs, Typical
from tools.flashing.tables import summary
from tools.flashing.wish import Result, Wish
from tools.flashing.workshop_file import parse

__all__ = ["bare", "table"]

ROOT = Path(__file__).parents[2]
MAC = "24:6f:28:aa:bb:00"


def run_in_shell(line: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f"{sys.executable} -m tools.flashing {line}"]
    environment = {**os.environ, "NECKAR_WORKSHOP": "/nonexistent", "LANG": "", "LC_ALL": ""}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def broken_pipe():
    """Return a stream whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


def test_no_answer_to_a_question_with_gaps_names_the_board(table, capsys):
    table.finish(A)
    table.type()
    assert table.run("retire") == 1
    assert one_line(capsys).startswith(f"F811 Auf die Frage „Alles auf Platine {MAC} ")


@pytest.mark.parametrize(
    "words",
    [
        ("node", "--port", ""),
        ("node", "--workshop", " "),
        ("node", "--lab", ""),
        ("label", "1", "--out", ""),
        ("retire", "--port="),
        ("bundle", "show", ""),
        ("init", "--by", "", "--operator", "x"),
    ],
)
def test_a_variable_of_the_shell_that_is_not_set_is_no_other_board(table, capsys, words):
    assert table.run(*words) == 2
    assert one_line(capsys).startswith("F803 Hinter ")
    assert table.wishes == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--addresses", "5-3"], "--addresses"),
        (["--addresses", "0-70000"], "--addresses"),
        (["--by", "a\nb"], "--by"),
        (["--by", "00" * 16], "--by"),
    ],
)
def test_what_init_does_not_take_is_told_as_it_was_typed(bare, capsys, words, told):
    assert bare.run("init", "--operator", "x", "--by", "u", *words) == 2
    assert one_line(capsys).startswith(f"F825 {told} kann nicht ")
    assert not bare.folder.exists()


def test_what_a_lab_does_not_take_is_told_as_it_was_typed(table, capsys):
    before = (table.folder / "workshop.toml").read_bytes()
    assert table.run("lab", "add", "Mobil") == 2
    assert one_line(capsys).startswith("F825 NAME kann nicht „Mobil“ sein.")
    assert table.run("lab", "add", "mobil", "--public-url", "ftp://x") == 2
    assert one_line(capsys).startswith("F825 --public-url ")
    assert (table.folder / "workshop.toml").read_bytes() == before


def test_a_folder_without_a_workshop_stays_as_it_is(bare, tmp_path, capsys):
    place = tmp_path / "photos"
    place.mkdir()
    assert bare.run("lab", "add", "mobil", "--workshop", str(place)) == 1
    assert one_line(capsys).startswith("F300 ")
    assert list(place.iterdir()) == []


def test_whoever_stops_reading_stops_no_board(table):
    stream = broken_pipe()
    shown = console(stream)
    for _ in range(3):
        shown.print("x" * 100)
    assert shown.quiet
    stream.close()


def test_a_program_that_stops_reading_lines_stops_no_board(table, monkeypatch):
    stream = broken_pipe()
    monkeypatch.setattr("sys.stdout", stream)
    Desk.answer(None, {"ok": True})
    Desk.answer(None, {"ok": True})
    stream.close()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_unexpected_error(closed):
    done = run_in_shell(f"inventory {closed}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "" or done.stderr.startswith("F300 ")


@pytest.mark.parametrize(("words", "code"), [(NODE, "F809"), (("lab", "list"), "F824")])
def test_ctrl_c_speaks_of_boards_only_where_there_are_some(table, monkeypatch, capsys, words, code):
    def interrupted(desk):
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.flashing.cli.workshop.lab_list", interrupted)
    monkeypatch.setattr("tools.flashing.cli.boards.node", interrupted)
    assert main(words) == 130
    assert one_line(capsys).startswith(f"{code} ")


@pytest.mark.parametrize(
    ("why", "german"),
    [
        ("No such file or directory", "gibt es nicht"),
        ("[Errno 111] Connection refused", "Verbindung abgelehnt"),
        ("x (at line 47, column 8)", "x (Zeile 47, Spalte 8)"),
        ("git: Permission denied", "git: keine Berechtigung"),
        ("DirectoryNo such devices", "DirectoryNo such devices"),
    ],
)
def test_what_the_system_says_is_german_among_german(why, german):
    error = FlashError("F323", path="/x", why=why)
    assert f" {german}. " in text(error, "de")
    assert f" {why}. " in text(error, "en")


@pytest.mark.parametrize("why", ["another board?", "it hangs.", "no, it"])
def test_no_sentence_ends_twice(why):
    for lang in ("de", "en"):
        words = text(FlashError("F411", why=why), lang)
        assert f"{why.rstrip('.')}. " in words if why[-1] != "?" else f"{why} " in words


def test_a_setting_is_a_value_or_a_group_of_them(table, capsys):
    assert table.run(*NODE, "--set", "radio.sf=9", "--set", "radio.power=2") == 0
    assert table.wishes[0].settings == {"radio": {"sf": 9, "power": 2}}
    capsys.readouterr()
    assert table.run(*NODE, "--set", "radio=1", "--set", "radio.sf=9") == 2
    assert one_line(capsys).startswith("F806 --set radio=1 und --set radio.sf=9 ")


def test_a_port_that_may_not_be_opened_is_told_with_its_reason(table, monkeypatch, capsys):
    error = FlashError("F102", port=A.path, group="dialout")
    monkeypatch.setattr(sockets, "look_at", lambda port: sockets.Seen(port, error=error))
    assert table.run("ports") == 0
    out = capsys.readouterr().out
    assert "Fehler F102" in out
    assert text(error, "de") in out


def test_nobody_is_made_a_member_of_roots_group(monkeypatch):
    monkeypatch.setattr(Path, "group", lambda path: "root")
    assert ports.refused("/dev/x", PermissionError(13, "")).values["group"] == "dialout"


def test_what_pyserial_puts_around_the_system_is_left_out():
    error = ports.refused("/x", OSError("Could not configure port: (25, 'Inappropriate ioctl')"))
    assert error.values["why"] == "Inappropriate ioctl"


def test_one_disk_is_told_once(table, monkeypatch, capsys):
    def full(runs, line, now):
        raise OSError(30, "", "/runs")

    table.error = FlashError("F322", path="/w")
    monkeypatch.setattr("tools.flashing.runs.Runs.append", full)
    assert table.run(*NODE) == 1
    out = capsys.readouterr().out
    assert "F322" in out
    assert "F816" not in out


def test_a_board_that_failed_shows_no_label():
    result = Result("/dev/x", error=FlashError("F320", path="/x"))
    result.label = (Path("label-1.png"),)
    outcome = Outcome("x", Wish("b", "p", "l"), result, 1.0)
    assert outcome.line("de")["label"] == []


@pytest.mark.parametrize(
    "step",
    ['{"name": []}', '{"name": "look", "seconds": 1e400}', '{"name": "look", "seconds": -9}'],
)
def test_a_damaged_line_of_an_earlier_run_changes_nothing(table, step):
    line = '{"steps": [' + step.replace("}", ', "outcome": "done"}') + "]}\n"
    (table.folder / "runs").mkdir()
    (table.folder / "runs" / "2026-11-25.jsonl").write_text(line, encoding="utf-8")
    assert Typical(Runs(table.folder / "runs").newest()).seconds("look") == 2.0
    assert table.run(*NODE) == 0


@pytest.mark.parametrize(("width", "has_seconds"), [(60, False), (80, True)])
def test_a_narrow_terminal_cuts_no_result(width, has_seconds):
    result = Result("/dev/x", mac=MAC, address=17, skipped=True)
    shown = Console(file=io.StringIO(), width=width)
    shown.print(summary([Outcome("x", Wish("esp32-wired", "air", "l"), result, 1.0)], "de"))
    lines = shown.file.getvalue().splitlines()
    assert "unverändert" in lines[1]
    assert ("Sekunden je Schritt" in lines) == has_seconds


@pytest.mark.parametrize(
    ("content", "field", "known"),
    [("bye = 'x'", "bye", "by"), ("by = 'x'\noperators = 'y'", "operators", "operator")],
)
def test_a_slip_in_a_name_is_told_before_what_is_missing(content, field, known):
    with pytest.raises(FlashError) as e:
        parse(Path("workshop.toml"), content.encode())
    assert e.value.code == "F312"
    assert (e.value.values["field"], e.value.values["known"]) == (field, known)


def test_tables_that_are_not_there_are_among_what_could_be_meant():
    content = "by = 'x'\noperator = 'y'\naddresses = '1-2'\nqqq = 1"
    with pytest.raises(FlashError) as e:
        parse(Path("workshop.toml"), content.encode())
    assert "broker" in str(e.value.values["known"])


def test_a_secret_of_somebody_else_is_no_lost_secret(tmp_path, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FlashError) as e:
        keys.read_secret(tmp_path / "service.key")
    assert e.value.code == "F321"


def test_who_does_not_fit_at_a_point_is_the_other_one():
    def known(address: int, epoch: int, made: str):
        record = {
            "address": address,
            "epoch": epoch,
            "hardware": f"24:6f:28:00:00:{address:02x}",
            "made": made,
            "point": "air-1",
        }
        return of_record(Path(f"{address}-{epoch}.json"), record, FINISHED)

    first = known(10, 1, "2026-01-01T00:00:00Z")
    foreign = known(50, 1, "2026-01-02T00:00:00Z")
    new = known(10, 2, "2026-01-03T00:00:00Z")
    assert record_points.misfit([first, foreign], new) == ("air-1", foreign)


def test_nobody_is_asked_for_another_board_when_no_more_are_taken():
    boards = Boards(macs(A))
    boards.hold(A)
    closed = Rig(boards)
    closed.plug(A)
    closed.bench.close()
    boards.release(A)
    closed.settle()
    enough = Rig(Boards(macs(A)), count=1)
    enough.do(A)
    assert "nächste" not in closed.printed + enough.printed
