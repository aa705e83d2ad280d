"""Boards that are none, many, known, or not what was wanted; and technicians who mistype."""

import errno
import json

import pytest

from tests.for_tools.flash_desk import NODE, A, B, bare, one_line, table
from tools.flashing.cli import sockets, wishes
from tools.flashing.errors import FlashError
from tools.flashing.wish import Wish

__all__ = ["bare", "table"]  # fixtures


def test_no_board_has_a_code_and_a_next_step(table, capsys):
    table.plugged = []
    assert table.run(*NODE) == 1
    assert one_line(capsys).startswith("F807 Keine Platine gefunden. Mit einem Datenkabel")


def test_several_boards_without_a_terminal_are_named(table, capsys):
    table.plugged = [A, B]
    assert table.run(*NODE) == 2
    line = one_line(capsys)
    assert line.startswith("F808 Es stecken 2 Platinen: /dev/ttyUSB0 (1-2.1), /dev/ttyUSB1")
    assert "--port" in line
    assert table.wishes == []


@pytest.mark.parametrize("name", ["/dev/ttyUSB1", "1-2.2", "ttyUSB1"])
def test_a_port_may_be_named_by_path_or_by_socket(table, name, capsys):
    table.plugged = [A, B]
    assert table.run(*NODE, "--port", name, "--json") == 0
    assert json.loads(capsys.readouterr().out)["port"] == "/dev/ttyUSB1"


def test_all_boards_at_once(table, capsys):
    table.plugged = [A, B]
    assert table.run(*NODE, "--all", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(line["where"] for line in lines) == ["1-2.1", "1-2.2"]


@pytest.mark.parametrize("more", [("--address", "7"), ("--point", "air-17")])
def test_what_only_one_board_can_have_is_not_for_all(table, more, capsys):
    table.plugged = [A, B]
    assert table.run(*NODE, "--all", *more) == 2
    assert one_line(capsys).startswith("F806 ")


def test_a_wish_is_what_the_options_say(table):
    words = (
        *NODE, "--link", "lora", "--battery", "2500", "--point", "air-17", "--address", "17",
        "--set", "interval_s=60", "--set", "radio.erp_dbm=10", "--set", "low_mv=3400",
        "--set", "console=open", "--erase",
    )  # fmt: skip
    assert table.run(*words) == 0
    settings = {
        "link": "lora",
        "power": "battery",
        "battery_mah": 2500,
        "interval_s": 60,
        "radio": {"erp_dbm": 10},
        "low_mv": 3400,
        "console": "open",
    }
    assert table.wishes == [
        Wish(
            board="heltec-v3",
            profile="air",
            lab="innenstadt",
            point="air-17",
            settings=settings,
            address=17,
            erase=True,
        )
    ]


def test_a_modem_has_no_profile(table):
    assert table.run("modem", "--board", "heltec-v3") == 0
    assert table.wishes == [Wish("heltec-v3", None, "innenstadt", role="modem")]


def test_what_came_of_a_board_is_kept_in_the_workshop(table, capsys):
    assert table.run(*NODE) == 0
    lines = [path.read_text() for path in (table.folder / "runs").glob("20*.jsonl")]
    kept = json.loads(lines[0])
    assert kept["mac"] == "24:6f:28:aa:bb:00"
    assert kept["ok"] is True
    assert kept["steps"][0] == {"name": "look", "seconds": 1.0, "outcome": "done"}
    assert "Knoten 17 (24:6f:28:aa:bb:00)" in capsys.readouterr().out


def test_a_full_disk_under_the_runs_is_told_and_ends_nothing(table, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "", "/runs")

    monkeypatch.setattr("tools.flashing.runs.Runs.append", full)
    assert table.run(*NODE) == 0
    assert "F815 Auf dem Datenträger ist kein Platz mehr für /runs." in capsys.readouterr().out


def test_a_dry_run_keeps_nothing(table, capsys):
    assert table.run(*NODE, "--dry-run") == 0
    assert not (table.folder / "runs").exists()
    assert "zu tun wäre" in capsys.readouterr().out


def test_a_board_that_failed_is_exit_code_1(table, capsys):
    table.error = FlashError("F815", file="/x")
    assert table.run(*NODE, "--json") == 1
    line = json.loads(capsys.readouterr().out)
    assert (line["ok"], line["code"]) == (False, "F815")


def test_json_is_all_that_is_on_standard_output(table, capsys):
    assert table.run(*NODE, "--json") == 0
    out = capsys.readouterr()
    assert len(out.out.splitlines()) == 1
    assert "MicroPython" not in out.out
    assert "Platine an 1-2.1" in out.err


def test_without_a_terminal_there_are_no_escape_codes(table, capsys):
    assert table.run(*NODE) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_technician_is_asked_for_what_is_not_known(table, capsys):
    table.plugged = [B]
    table.make_lab("mobil")
    table.type("2", "1", "noise", "wasser-3")
    assert table.run() == 0
    assert table.wishes == [Wish("esp32-wired", "noise", "mobil", point="wasser-3")]
    out = capsys.readouterr().out
    assert "Für welches Reallabor?" in out
    assert "heltec-v3" not in out  # its chip is another


def test_what_was_answered_last_is_the_default(table):
    table.plugged = [B]
    for answers in (("2", "noise", ""), ("", "", "")):
        table.type(*answers)
        assert table.run() == 0
    assert table.wishes == [Wish("t-beam-sx1262", "noise", "innenstadt")] * 2


def test_defaults_without_a_terminal_are_none(table, monkeypatch, capsys):
    table.plugged = [B]
    table.type("2", "noise", "")
    assert table.run() == 0
    capsys.readouterr()
    table.leave()
    assert table.run() == 2
    assert one_line(capsys).startswith("F812 --board ")


def test_answers_that_fit_nothing_are_asked_again(table, capsys):
    table.plugged = [B]
    table.type("9", "toaster", "0", "1", "2", "Ecke 7", "ecke-7")
    assert table.run() == 0
    assert table.wishes == [Wish("esp32-wired", "noise", "innenstadt", point="ecke-7")]
    out = capsys.readouterr().out
    assert out.count("Bitte eine Zahl von 1 bis 2.") == 3
    assert "Bitte nur a bis z" in out


def test_the_end_of_the_input_is_no_endless_question(table, capsys):
    table.type()
    assert table.run("node", "--board", "heltec-v3") == 1
    assert one_line(capsys).startswith("F811 Auf die Frage „Was soll der Knoten messen?“")


def test_one_of_several_boards_is_chosen_from_a_table(table, capsys):
    table.plugged = [A, B]
    table.type("2")
    assert table.run("node", "--board", "esp32-wired", "--profile", "air") == 0
    out = capsys.readouterr().out
    assert " 1   1-2.1  /dev/ttyUSB0  24:6f:28:aa:bb:00  esp32s3  8 MB" in out
    assert "Platine an 1-2.2" in out
    assert "Platine an 1-2.1" not in out


def test_a_board_that_is_known_stays_what_its_record_says(table, capsys):
    table.finish(A, point="air-17")
    assert table.run() == 0
    assert table.wishes == [None]
    out = capsys.readouterr().out
    assert "Bekannt: Knoten 1, heltec-v3, air." in out
    assert "heltec-v3  air     fertig" in out


def test_a_board_that_is_known_gets_only_what_an_option_changes(table):
    table.finish(A)
    assert table.run("--set", "interval_s=60") == 0
    assert table.wishes == [Wish("heltec-v3", "air", "innenstadt", settings={"interval_s": 60})]


def test_a_retired_board_is_asked_for_as_a_new_one(table, capsys):
    table.finish(A)
    table.workshop().records.retire("24:6f:28:aa:bb:00", {"md5": "0"}, 1.9e9, "uli")
    assert table.run() == 2
    assert one_line(capsys).startswith("F812 --profile ")


def test_a_silent_board_is_told_before_anything_is_asked(table, monkeypatch, capsys):
    def silent(desk, port):
        return sockets.Seen(port, error=FlashError("F807"))

    monkeypatch.setattr(wishes, "recognized", silent)
    table.type("1")
    assert table.run() == 1
    assert one_line(capsys).startswith("F807 ")


def test_a_bundle_without_boards_has_a_code(table, monkeypatch, capsys):
    monkeypatch.setattr("tests.for_tools.flash_desk.Bundle.boards", ())
    assert table.run("--profile", "air") == 1
    assert one_line(capsys).startswith("F819 Keine Angabe zu --board")


def test_two_boards_that_are_asked_for_are_asked_once(table):
    table.plugged = [A, B]
    table.type("noise", "", "1", "")
    assert table.run("--all") == 0
    assert sorted(wish.board for wish in table.wishes) == ["esp32-wired", "heltec-v3"]
    assert {wish.profile for wish in table.wishes} == {"noise"}


def test_a_new_board_takes_over_a_point(table):
    table.finish(B, point="air-17")
    assert table.run("swap", "--point", "air-17", "--board", "heltec-v3") == 0
    assert table.wishes == [Wish("heltec-v3", "air", "innenstadt", point="air-17", replaces=1)]


def test_the_same_board_cannot_take_over_its_own_point(table, capsys):
    table.finish(A, point="air-17")
    assert table.run("swap", "--point", "air-17", "--board", "heltec-v3") == 0
    assert table.wishes[0].replaces == 1  # the records refuse that: F348


def test_a_point_without_a_node_has_a_code(table, capsys):
    assert table.run("swap", "--point", "air-17", "--board", "heltec-v3") == 1
    assert one_line(capsys).startswith("F820 Am Messpunkt air-17")
