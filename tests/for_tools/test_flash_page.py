"""A page that lies to a technician: commands, codes, pictures and places that are none."""

import importlib
import re
import shlex
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote

import pytest

import gateway.cli
from tools.drawings.terminal import __main__ as pictures
from tools.drawings.terminal.screen import COLUMNS, Screen
from tools.drawings.terminal.session import SessionError, run
from tools.flashing.cli import COMMANDS, find
from tools.flashing.cli.parser import Parser
from tools.flashing.errors import FlashError
from tools.flashing.messages import CATALOGUE
from tools.rig.esp32 import __main__ as rig

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/flash.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^    (.*?)(?: +# .*)?$", PAGE, re.MULTILINE)
TYPED = sorted(set(SHOWN + re.findall(r"`(tools/flash[^`]*|neckar-gateway[^`]*)`", PAGE)))
FOLDER = ROOT / "docs/flash"
DRAWN = sorted(path.stem for path in FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
_MOST_PICTURES, _MOST_BYTES = 8, 60 * 1024
# Of a machine: folders, PTYs; of people and nodes: keys, addresses.
_PRIVATE = (
    r"/(tmp|root|work|var|opt|proc|pts)\b",
    r"_dev/",
    r"[0-9A-Za-z+/]{32,}=*",
    r"\b[0-9a-f]{32,}\b",
    r"@(?!\w+\.example\b)",
)


def of(program: str) -> list[str]:
    """Return the arguments that the page types after a program, without where its output goes."""
    lines = [line for line in TYPED if line.split()[0] == program]
    return [line.removeprefix(program).partition(" > ")[0] for line in lines]


def texts(name: str) -> list[str]:
    """Return the rows of a picture."""
    svg = ElementTree.parse(FOLDER / f"{name}.svg")  # noqa: S314 - our own
    rows: dict[float, list[tuple[float, str]]] = {}
    for text in svg.iter(f"{SVG}text"):
        words = (text.text or "").replace("\xa0", " ").rstrip("\n")
        rows.setdefault(float(text.get("y", 0)), []).append((float(text.get("x", 0)), words))
    lines = []
    for _, cells in sorted(rows.items()):
        line = ""
        for x, words in sorted(cells):
            line = line.ljust(round(x / 12.2)) + words
        lines.append(line.rstrip())
    return lines


def parsed(words: list[str]) -> str:
    """Return the command that words are; FlashError where they are none."""
    name, rest = find(words)
    command = COMMANDS[name]
    parser = Parser("tools/flash", name, "de")
    module = importlib.import_module(f"tools.flashing.cli.{command.module}")
    getattr(module, f"add_{command.name}")(parser)
    parser.everywhere()
    parser.parse_args(rest)
    return name


@pytest.mark.parametrize("line", of("tools/flash"))
def test_what_the_page_types_is_understood(line):
    parsed(shlex.split(line))


def test_a_command_that_is_none_would_be_noticed():
    for words in (["etikett", "17"], ["node", "--platine", "x"], ["label"], ["label", "x"]):
        with pytest.raises(FlashError):
            parsed(words)


def test_every_command_of_a_technician_is_on_the_page():
    named = {parsed(shlex.split(line)) for line in of("tools/flash")}
    elsewhere = {"modem", "lab list", "inventory import", "inventory seal", "bundle show"}
    assert named == set(COMMANDS) - elsewhere


@pytest.mark.parametrize("line", of("neckar-gateway"))
def test_what_the_page_types_at_a_gateway_is_understood(line, monkeypatch):
    monkeypatch.setattr(gateway.cli, "_call", lambda options: 0)
    assert gateway.cli.main(shlex.split(line)) == 0


def test_the_virtual_boards_of_the_page_can_be_made(monkeypatch):
    async def nothing(given) -> None:
        rig._wish(given)

    monkeypatch.setattr(rig, "_until_signal", nothing)
    lines = of(".venv/bin/python")
    assert len(lines) == 1
    words = shlex.split(lines[0])
    assert words[:2] == ["-m", "tools.rig.esp32"]
    monkeypatch.setattr(Path, "mkdir", lambda *args, **more: None)
    assert rig.main(words[2:]) == 0


def test_nothing_else_is_typed_on_the_page():
    programs = {line.split()[0] for line in TYPED}
    assert programs == {"tools/flash", "neckar-gateway", ".venv/bin/python", "cp"}


def test_codes_on_the_page_are_codes_of_messages():
    assert set(re.findall(r"\bF[0-9]{3}\b", PAGE)) <= set(CATALOGUE)


def test_pictures_and_page_name_each_other():
    named = re.findall(r"!\[[^\]]+\]\(flash/([a-z]+)\.svg\)", PAGE)
    assert sorted(named) == DRAWN == sorted(pictures.SCENES)
    assert len(DRAWN) <= _MOST_PICTURES


def test_links_of_the_page_lead_somewhere():
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        path, _, anchor = unquote(link).partition("#")
        if path:
            assert (ROOT / "docs" / path).exists(), link
        else:
            assert anchor in anchors, link


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_small_loads_nothing_and_fits_a_terminal(name):
    data = (FOLDER / f"{name}.svg").read_bytes()
    assert len(data) < _MOST_BYTES
    assert data.count(b"http") == data.count(b"http://www.w3.org/2000/svg")
    lines = texts(name)
    assert lines[0].startswith("$ tools/flash")
    assert all(len(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_shows_no_machine_no_key_and_nobody(name):
    shown = "\n".join(texts(name))
    for pattern in _PRIVATE:
        assert not re.search(pattern, shown.replace("/home/maier/.local/share/neckar", ""))


@pytest.mark.parametrize("name", DRAWN)
def test_the_command_in_a_picture_is_understood(name):
    typed, end = [], False
    for line in texts(name):
        typed.append(line.removesuffix(" \\"))
        end = not line.endswith(" \\")
        if end:
            break
    parsed(shlex.split(" ".join(typed))[2:])


def test_a_screen_shows_what_a_terminal_would():
    screen = Screen()
    screen.feed("first\r\n\x1b[32mgreen\x1b[0m\x1b[?25l\r\nthird\r\n")
    screen.feed("\x1b[2A\x1b[2K\rsecond\x1b[1B\x07\r\n\r\n  last\x1b]0;title\x07")
    assert screen.words == "first\nsecond\nthird\n  last"


def test_a_picture_keeps_spaces_hides_what_is_private_and_folds(tmp_path, monkeypatch):
    screen = Screen()
    screen.feed("   in /tmp/x/labels and /tmp/x\r\n" + "a" * (COLUMNS + 5))
    monkeypatch.setattr(sys.modules[__name__], "FOLDER", tmp_path)
    (tmp_path / "a.svg").write_text(screen.picture("a", {"/tmp/x": "/home/maier"}))
    assert texts("a") == ["   in /home/maier/labels and /home/maier", "a" * COLUMNS, "a" * 5]


def test_who_is_asked_answers_at_the_prompt(tmp_path):
    script = "print('Name', end='> ', flush=True); print('Hallo', input())"
    command = [sys.executable, "-c", script]
    screen = run(command, "ask", [("Name", "Uli")], tmp_path, {})
    assert screen.words == "$ ask\nName> Uli\nHallo Uli"
    with pytest.raises(SessionError, match="'Ort' was never asked"):
        run(command, "ask", [("Name", "Uli"), ("Ort", "hier")], tmp_path, {})


def test_a_long_command_is_typed_on_several_lines(tmp_path):
    options = "--lab innenstadt --board heltec-v3 --profile air-station --count 3"
    shown = run([sys.executable, "-c", ""], f"tools/flash batch {options}", [], tmp_path, {}).words
    assert shown.splitlines() == [
        "$ tools/flash batch --lab innenstadt --board heltec-v3 --profile air-station \\",
        "    --count 3",
    ]
