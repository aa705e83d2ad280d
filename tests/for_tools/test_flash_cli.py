"""Command lines that are wrong, and errors that nobody foresaw.

What the help says stands in `screens/`; see test_flash_display.py.
"""

import errno
import signal
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest

from tests.for_tools.flash_desk import NODE, bare, one_line, table
from tests.for_tools.test_flash_display import compare
from tools.flashing import retiring, texts
from tools.flashing.batch import Bench
from tools.flashing.cli import COMMANDS, find, main
from tools.flashing.runs import Typical
from tools.flashing.wish import STEPS

ROOT = Path(__file__).parents[2]
__all__ = ["bare", "table"]  # fixtures


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_help_names_every_command(lang, capsys):
    assert main(["--help", "--lang", lang]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS)
    compare(f"help_{lang}", text)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_help_of_node_is_in_our_words(lang, capsys):
    assert main(["node", "--help", "--lang", lang]) == 0
    compare(f"help_node_{lang}", capsys.readouterr().out)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_help_has_a_word_of_argparse_in_it(name, capsys):
    assert main([*name.split(), "--help", "--lang", "de"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Aufruf: tools/flash {name} ")
    for word in ("usage:", "options:", "positional", "show this help", "None", "{"):
        assert word not in text
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["nod"], "F801", "node"),
        (["lab"], "F801", "lab add, lab list"),
        (["lab", "remove"], "F801", "„lab remove“"),
        (["--workshop", "/x", "flash-it"], "F801", "batch"),
        (["node", "--colour", "red"], "F802", "--colour red"),
        (["node", "extra"], "F802", "extra"),
        (["node", "--json=1"], "F802", "--json"),
        (["node", "--por", "x"], "F802", "--por"),
        (["node", "--port"], "F803", "--port"),
        (["--lang"], "F803", "--lang"),
        (["init", "--by", "uli"], "F804", "--operator"),
        (["label"], "F804", "ADRESSE"),
        (["bundle", "make", "x", "--key", "k"], "F804", "--image"),
        (["node", "--link", "wifi"], "F805", "wired, lora"),
        (["node", "--lang", "fr"], "F805", "de, en"),
        (["node", "--battery", "many"], "F805", "1–1000000"),
        (["node", "--address", "70000"], "F805", "0–65535"),
        (["batch", "--count", "0"], "F805", "1–"),
        (["node", "--only", "look,paint"], "F805", "look, image"),
        (["node", "--set", "interval"], "F825", "interval_s=60"),
        (["node", "--board", "toaster"], "F805", "heltec-v3"),
        (["node", "--lab", "nowhere"], "F805", "innenstadt"),
        ([*NODE, "--point", "Ecke 7"], "F825", "--point"),
        (["node", "--port", "/dev/ttyUSB0", "--all"], "F806", "--all"),
        (["node"], "F812", "--profile"),
        (["batch"], "F812", "--board"),
        (["retire"], "F812", "--yes"),
    ],
)
def test_wrong_usage_is_one_line_with_a_code_and_a_next_step(table, words, code, part, capsys):
    assert table.run(*words) == 2
    line = one_line(capsys)
    assert line.startswith(f"{code} ")
    assert part in line
    assert "{" not in line
    assert table.wishes == []


def test_messages_are_in_english_where_the_system_is(table, monkeypatch, capsys):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert table.run("nod") == 2
    assert one_line(capsys).startswith("F801 There is no command “nod”.")
    assert table.run("nod", "--lang", "de") == 2
    assert one_line(capsys).startswith("F801 Den Befehl")


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        ([], "node", []),
        (["--port", "x"], "node", ["--port", "x"]),
        (["--lang", "en", "lab", "list"], "lab list", ["--lang", "en"]),
        (["--lang=en", "ports"], "ports", ["--lang=en"]),
        (["inventory", "import", "x"], "inventory import", ["x"]),
        (["inventory", "--json"], "inventory", ["--json"]),
        (["--bundle", "node", "batch"], "batch", ["--bundle", "node"]),
    ],
)
def test_a_command_may_stand_behind_what_is_valid_with_all(words, name, rest):
    assert find(words) == (name, rest)


def gaps(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def test_every_text_is_there_in_both_languages_with_the_same_gaps():
    for name, (german, english) in texts._TEXTS.items():
        assert german and english, name
        assert gaps(german) == gaps(english), name


def test_every_step_of_a_board_has_words_and_a_usual_time():
    for name in (*STEPS, *retiring.STEPS):
        assert texts.say(f"step {name}", "de") != texts.say(f"step {name}", "en")
        assert texts.say(f"column {name}", "de")
        assert Typical().seconds(name) > 0


def test_the_start_is_quick_for_it_loads_what_it_needs_only():
    code = (
        "import sys; from tools.flashing.cli import main; main(['--help']);"
        "heavy = {'rich', 'esptool', 'mpremote', 'cryptography', 'PIL', 'fpdf', 'serial'};"
        "sys.exit(len(heavy & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_an_error_that_nobody_foresaw_has_a_code_and_a_file(table, capsys):
    table.error = ZeroDivisionError("secret sauce")
    assert table.run(*NODE) == 1
    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    assert "F810 Unerwarteter Fehler ZeroDivisionError" in out.out
    file = next(word for word in out.out.split() if "/neckar-flash-" in word)
    text = Path(file.rstrip(".").removesuffix(".txt") + ".txt").read_text(encoding="utf-8")
    assert "ZeroDivisionError: secret sauce" in text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "", "/x"), "F815"),
        (OSError(errno.EROFS, "", "/x"), "F816"),
        (PermissionError(errno.EACCES, "", "/x"), "F816"),
        (FileNotFoundError(errno.ENOENT, "", "/x"), "F817"),
        (ModuleNotFoundError("", name="segno.helpers"), "F818"),
        (ModuleNotFoundError("", name="tools.nothing"), "F810"),
        (IsADirectoryError(errno.EISDIR, "", "/x"), "F323"),
        (OSError(errno.EIO, "", "/x"), "F323"),
        (OSError(errno.EIO, ""), "F810"),
        (RecursionError(), "F810"),
    ],
)
def test_what_the_system_says_is_told_in_words(table, monkeypatch, error, code, capsys):
    def fail(desk):
        raise error

    monkeypatch.setattr("tools.flashing.cli.workshop.lab_list", fail)
    assert table.run("lab", "list") == 1
    assert one_line(capsys).startswith(f"{code} ")


def interrupt_reaping(monkeypatch, times: int) -> None:
    """Press Ctrl-C so often, at each look at what has ended."""
    reap, left = Bench.reap, [times]

    def reaping(bench, wait_s):
        if left[0]:
            left[0] -= 1
            signal.raise_signal(signal.SIGINT)
        return reap(bench, wait_s)

    monkeypatch.setattr(Bench, "reap", reaping)


def test_ctrl_c_ends_the_board_at_its_next_step(table, monkeypatch, capsys):
    interrupt_reaping(monkeypatch, 1)
    table.hold_until_stopped()
    assert table.run(*NODE) == 130
    out = capsys.readouterr()
    assert out.err.startswith("F809 Abgebrochen; was nicht fertig wurde")
    assert len(out.err.splitlines()) == 1
    assert "Wird nach dem laufenden Schritt abgebrochen" in out.out


def test_ctrl_c_twice_ends_everything_at_once(table, monkeypatch, capsys):
    interrupt_reaping(monkeypatch, 2)
    monkeypatch.setattr(Bench, "over", False)
    assert table.run(*NODE) == 130
    assert one_line(capsys).startswith("F809 Abgebrochen; was nicht fertig wurde")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_at_a_question_is_one_line(table, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.flashing.cli.sockets.chosen", interrupted)
    assert table.run(*NODE) == 130
    assert one_line(capsys).startswith("F809 ")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    command = f"{sys.executable} -m tools.flashing --help | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True)
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_workshop_that_is_not_there_has_a_code(bare, capsys):
    assert bare.run("lab", "list") == 1
    assert one_line(capsys).startswith("F300 ")
