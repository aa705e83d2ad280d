"""Screens that lie or break: a time that is made up, a bar that runs back, half a line.

What technicians see stands in `screens/`; `NECKAR_SCREENS=write` writes it anew, to be looked at.
"""

import io
import os
import threading
from pathlib import Path

import pytest
from rich.console import Console

from tools.flashing.display import Display, Line
from tools.flashing.errors import FlashError
from tools.flashing.outcome import Outcome
from tools.flashing.runs import Runs, Typical
from tools.flashing.tables import listing, summary
from tools.flashing.wish import STEPS, Result, Step, Wish

SCREENS = Path(__file__).with_name("screens")
LABELS = Path("/home/uli/werkstatt/labels")
WIDTH = 80
AIR = Wish("heltec-v3", "air", "innenstadt")
DUST = Wish("t-beam-sx1262", "traffic-pulse", "innenstadt")
FULL = FlashError("F815", file="/home/uli/werkstatt/claims")
AFTER_IMAGE_S = sum(map(Typical().seconds, STEPS[STEPS.index("image") + 1 :]))
SECONDS = dict(zip(STEPS, (2.1, 21.4, 0.0, 7.7, 1.9, 3.0, 0.1, 0.2), strict=True))


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def terminal(is_terminal: bool = True) -> Console:
    """Return a console that keeps what it shows, without colours."""
    file = io.StringIO()
    return Console(file=file, width=WIDTH, force_terminal=is_terminal, color_system=None)


def shown(console: Console) -> str:
    lines = console.file.getvalue().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def display(console: Console, clock: Clock, lang: str = "de", **more) -> Display:
    return Display(console, lang, Typical(), clock, **more)


def good(number: int, wish: Wish = AIR, **more) -> Outcome:
    steps = [Step(name, s, "done" if s else "skipped") for name, s in SECONDS.items()]
    result = Result(
        f"/dev/ttyUSB{number}",
        mac=f"24:6f:28:aa:bb:{number:02x}",
        address=17 + number,
        epoch=1,
        steps=steps,
        label=(LABELS / f"{17 + number}.png", LABELS / f"{17 + number}.pdf"),
    )
    for name, value in more.items():
        setattr(result, name, value)
    return Outcome(f"1-2.{number}", wish, result, 36.4)


def failed(number: int, error: FlashError = FULL) -> Outcome:
    steps = [Step("look", 2.0, "done"), Step("image", 0, "skipped"), Step("test", 12.3, "failed")]
    mac = f"24:6f:28:aa:bb:{number:02x}"
    result = Result(f"/dev/ttyUSB{number}", mac=mac, steps=steps, error=error)
    return Outcome(f"1-2.{number}", AIR, result, 14.4)


def compare(name: str, text: str, width: int = WIDTH) -> None:
    """Compare with the screen that was looked at, and see that it fits a small terminal."""
    assert all(len(line) <= width for line in text.split("\n"))
    path = SCREENS / f"flash_{name}.txt"
    if os.environ.get("NECKAR_SCREENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def on_the_way(lines: list[Line], clock: Clock) -> None:
    """Bring three boards to three steps."""
    for line in lines[:3]:
        line.step("look")
    clock.now_s += 2
    lines[0].step("image")
    lines[1].step("test")
    clock.now_s += 7
    lines[0].progress(700_000, 1_700_000)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_technician_sees_what_each_board_does_and_how_long_it_takes(lang):
    console, clock = terminal(), Clock()
    bench = display(console, clock, lang, foot=lambda: "3 / 20")
    lines = [bench.add(where) for where in ("1-2.1", "1-2.4.3.1:1.0", "3-1", "tty7")]
    on_the_way(lines, clock)
    console.print(bench.render())
    clock.now_s += 20
    lines[2].where = "1-2.2"
    bench.end(lines[2], failed(2))
    bench.end(lines[0], good(1))
    console.print(bench.render())
    compare(f"working_{lang}", shown(console))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_table_at_the_end_says_everything_of_each_board(lang):
    console = terminal()
    unchanged = good(3, skipped=True, steps=[Step("look", 1.2, "done")], label=())
    console.print(summary([good(1), failed(2), unchanged, good(4, DUST)], lang))
    compare(f"summary_{lang}", shown(console))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_without_a_terminal_there_are_plain_lines(lang):
    console, clock = terminal(is_terminal=False), Clock()
    with display(console, clock, lang) as bench:
        line = bench.add("1-2.1")
        on_the_way([line, bench.add("1-2.2"), bench.add("3-1")], clock)
        line.note(FULL)
        bench.end(line, good(1))
        bench.bell()
    assert "\x1b" not in shown(console)
    assert "\x07" not in shown(console)
    compare(f"plain_{lang}", shown(console), width=200)  # a pipe has none


def test_a_line_without_a_terminal_is_never_broken():
    console, clock = terminal(is_terminal=False), Clock()
    bench = display(console, clock)
    bench.end(bench.add("1-2.1"), failed(1))
    assert len(shown(console).strip().split("\n")) == 1


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    console, clock = terminal(), Clock()
    with display(console, clock) as bench:
        bench.add("1-2.1").step("image")
    assert shown(console).strip() == "1-2.1: MicroPython schreiben"


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=WIDTH, force_terminal=True)
    bench = display(console, Clock())
    bench.end(bench.add("1-2.1"), failed(1))
    assert "\x1b[31m" not in console.file.getvalue()


def test_a_terminal_in_colour_shows_a_failure_in_red():
    console = Console(file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="standard")
    bench = display(console, Clock())
    bench.end(bench.add("1-2.1"), failed(1))
    assert "\x1b[31m" in console.file.getvalue()


def test_the_time_left_follows_from_the_bytes_left():
    clock = Clock()
    line = display(terminal(), clock).add("1-2.1")
    line.step("image")
    clock.now_s += 10
    line.progress(250, 1000)
    assert line.left_s() == pytest.approx(30 + AFTER_IMAGE_S)


def test_the_first_bytes_of_a_step_do_not_make_up_a_time():
    clock = Clock()
    line = display(terminal(), clock).add("1-2.1")
    line.step("image")
    clock.now_s += 0.5
    line.progress(1, 1_000_000)
    assert line.left_s() == pytest.approx(29.5 + AFTER_IMAGE_S)


def test_a_step_that_takes_longer_than_usual_is_never_less_than_done():
    clock = Clock()
    line = display(terminal(), clock).add("1-2.1")
    line.step("label")
    clock.now_s += 1000
    assert line.left_s() == 0


def test_a_bar_never_runs_back():
    clock = Clock()
    line = display(terminal(), clock).add("1-2.1")
    line.step("start")
    clock.now_s += 60
    before = line.cells()[2].completed
    line.step("image")
    assert line.cells()[2].completed >= before > 0.5


def test_usual_times_are_learned_from_earlier_runs(tmp_path):
    runs = Runs(tmp_path)
    for seconds in (40.0, 50.0, 90.0):
        runs.append({"steps": [{"name": "image", "seconds": seconds, "outcome": "done"}]}, 1e9)
    runs.append({"steps": [{"name": "image", "seconds": 0.0, "outcome": "skipped"}]}, 1e9)
    assert Typical(runs.newest()).seconds("image") == 50.0


def test_runs_that_cannot_be_read_are_passed_over(tmp_path):
    lines = ['{"steps": [{"name": "no", "outcome": "done"}, 7]}', '{"steps": 3}', "nonsense", "[1]"]
    (tmp_path / "2026-01-01.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "2026-01-02.jsonl").mkdir()
    assert Typical(Runs(tmp_path).newest()).seconds("image") == Typical().seconds("image")


def test_the_newest_runs_count(tmp_path):
    runs = Runs(tmp_path)
    for seconds in [1.0] * 30 + [9.0] * 20:
        runs.append({"steps": [{"name": "key", "seconds": seconds, "outcome": "done"}]}, 1e9)
    assert Typical(runs.newest()).seconds("key") == 9.0


def test_lines_of_many_boards_at_once_stay_whole():
    console, clock = terminal(is_terminal=False), Clock()
    bench = display(console, clock)

    def work(number: int) -> None:
        line = bench.add(f"1-2.{number}")
        for name in STEPS:
            line.step(name)
            line.note(FlashError("F815", file="x" * 200))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = shown(console).strip().split("\n")
    assert len(lines) == 8 * 2 * len(STEPS)
    assert all(line.startswith("1-2.") and line.count(": ") == 1 for line in lines)


def test_the_lines_may_be_drawn_while_something_is_printed(monkeypatch):
    """Rich's own lock is taken in the other order by the thread that draws."""
    console, clock = terminal(), Clock()
    bench = display(console, clock)
    line = bench.add("1-2.1")
    drawn: list[object] = []
    monkeypatch.setattr(console, "print", lambda *_, **__: drawn.append(bench.render()))
    thread = threading.Thread(target=line.note, args=(FULL,), daemon=True)
    thread.start()
    thread.join(10)
    assert drawn


def test_a_board_that_failed_stays_until_the_next_try_at_its_place():
    console, clock = terminal(), Clock()
    bench = display(console, clock)
    bench.end(bench.add("1-2.1"), failed(1))
    console.print(bench.render())
    assert "fehlgeschlagen: F815" in shown(console)
    bench.add("1-2.1")
    again = terminal()
    again.print(bench.render())
    assert "F815" not in shown(again)
    assert shown(again).count("1-2.1") == 2  # its place, and that a board is there


def test_a_name_that_is_too_long_is_cut_and_breaks_no_line():
    console, clock = terminal(), Clock()
    bench = display(console, clock)
    bench.add("a-port-with-a-very-long-name")
    console.print(bench.render())
    assert "a-port-with-a…" in shown(console)
    assert shown(console).count("\n") == 1


def test_a_dry_run_says_what_would_be_done():
    console = terminal()
    steps = [Step("look", 1.0, "done"), Step("image", 0, "wanted"), Step("key", 0, "wanted")]
    bench = display(console, Clock())
    bench.end(bench.add("1-2.1"), good(1, steps=steps))
    expected = "1-2.1: zu tun wäre: MicroPython schreiben, Schlüssel einrichten"
    assert shown(console).strip() == expected


def test_a_long_name_in_a_list_is_folded_and_not_cut():
    console = terminal()
    console.print(listing(("point", "lab"), [("x" * 64, "y" * 64)], "de"))
    assert shown(console).count("x") == shown(console).count("y") == 64


def test_a_list_shows_brackets_as_they_are():
    console = terminal()
    console.print(listing(("lab",), [("[red]x",), ("",)], "de"))
    assert shown(console).split() == ["Reallabor", "[red]x", "–"]
