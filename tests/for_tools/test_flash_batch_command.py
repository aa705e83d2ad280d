"""`tools/flash batch` as a technician calls it: Enter, Ctrl-C, a count, a table at the end."""

import io
import json
import os
import signal

from tests.for_tools.flash_desk import A, B, bare, table
from tools.flashing import ports
from tools.flashing.dialogue import enter_pressed
from tools.flashing.errors import FlashError

__all__ = ["bare", "table"]  # fixtures


def test_a_batch_ends_when_enough_boards_are_done(table, capsys):
    table.plugged = [A, B]
    words = ("batch", "--board", "heltec-v3", "--profile", "air", "--count", "2", "--json")
    assert table.run(*words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["mac"] for line in lines} == {"24:6f:28:aa:bb:00", "24:6f:28:aa:bb:01"}


def test_a_batch_ends_by_enter_and_shows_its_yield(table, monkeypatch, capsys):
    looks = iter([[A], [A], []])
    monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", lambda: not table.plugged)
    monkeypatch.setattr(ports, "found", lambda globs=(): table.next(looks))
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air") == 0
    out = capsys.readouterr().out
    assert "Platinen anstecken, eine nach der anderen. Enter beendet." in out
    assert "1 von 1 Platinen fertig (100 %)" in out


def test_a_batch_that_was_ended_before_its_first_board_is_no_error(table, monkeypatch, capsys):
    table.plugged = []
    monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", lambda: True)
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air") == 0


def test_a_batch_with_a_board_that_failed_is_exit_code_1(table, monkeypatch, capsys):
    table.error = FlashError("F815", file="/x")
    monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", lambda: True)
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air") == 1
    assert "0 von 1 Platinen fertig (0 %)" in capsys.readouterr().out


def test_ctrl_c_in_a_batch_finishes_what_was_begun(table, monkeypatch, capsys):
    def pressed():
        signal.raise_signal(signal.SIGINT)
        return False

    monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", pressed)
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air") == 0
    assert "1 von 1 Platinen fertig" in capsys.readouterr().out


def test_ctrl_c_twice_in_a_batch_ends_each_board_at_its_next_step(table, monkeypatch, capsys):
    def pressed():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return False

    monkeypatch.setattr("tools.flashing.cli.bench.enter_pressed", pressed)
    table.hold_until_stopped()
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air") == 130
    out = capsys.readouterr()
    assert "Keine neuen Platinen mehr; 1 noch in Arbeit." in out.out
    assert out.err.startswith("F809 ")


def test_a_batch_may_be_kept_to_some_ports(table, monkeypatch, capsys):
    table.plugged = [A, B]
    words = ("batch", "--board", "heltec-v3", "--profile", "air", "--count", "1", "--port", "1-2.2")
    assert table.run(*words) == 0
    assert "Platine an 1-2.1" not in capsys.readouterr().out


def test_a_port_that_vanishes_while_it_is_looked_at_ends_no_batch(table, monkeypatch, capsys):
    looks = iter([[A], OSError("gone"), [A, B]])

    def found(globs=()):
        now = next(looks, [A, B])
        if isinstance(now, OSError):
            raise now
        return now

    monkeypatch.setattr(ports, "found", found)
    assert table.run("batch", "--board", "heltec-v3", "--profile", "air", "--count", "2") == 0
    assert "2 von 2 Platinen fertig" in capsys.readouterr().out


def test_enter_is_seen_and_nobody_waits_for_it(monkeypatch):
    inside, outside = os.openpty()
    try:
        with os.fdopen(os.dup(outside), encoding="utf-8") as keys:
            assert not enter_pressed(keys)
            os.write(inside, b"\n")
            assert enter_pressed(keys)
    finally:
        os.close(inside)
        os.close(outside)
    assert not enter_pressed(io.StringIO("\n"))
