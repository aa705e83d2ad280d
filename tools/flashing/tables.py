"""The tables at the end of a run, and those of lists; 80 columns wide, without frames.

Place: outcomes, workshop -> here -> the terminal.
Guarantee: a narrow terminal shows fewer tables, but no result that is cut.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from tools.flashing.messages import text as message
from tools.flashing.outcome import Outcome
from tools.flashing.texts import say
from tools.flashing.wish import STEPS

_NOTHING = "–"
_WIDE = 76
_WHOLE = ("node", "result", "state")  # what is looked for first stays on its line
_SUMMARY = ("node", "mac", "board", "profile", "result", "label")


def listing(columns: Sequence[str], rows: Iterable[Sequence[str]], lang: str) -> Table:
    """Return a table; columns are rows `column ...` of the texts, an empty cell is a dash."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(say(f"column {name}", lang), overflow="fold", no_wrap=name in _WHOLE)
    for row in rows:
        table.add_row(*(Text(cell) if cell else _NOTHING for cell in row))
    return table


def summary(outcomes: Sequence[Outcome], lang: str, steps: Sequence[str] = STEPS) -> RenderableType:
    """Return what came of all boards: each with its result, then what failed, then the seconds."""
    told = [outcome for outcome in outcomes if not outcome.repeated]
    parts: list[RenderableType] = [listing(_SUMMARY, [_row(o, lang) for o in told], lang)]
    folders = {str(path.parent) for outcome in told for path in outcome.label}
    parts += [Text(say("labels in", lang, folder=folder)) for folder in sorted(folders)]
    for outcome in told if len(told) > 1 else ():  # of a single one it was said just now
        if outcome.result.error is not None and outcome.result.error.code != "F809":
            words = message(outcome.result.error, lang)
            parts.append(Text(f"{_name(outcome)}: {words}", style="red"))
    seconds = Group(Text(), Text(say("seconds by step", lang)), _seconds(told, lang, steps))
    return Group(*parts, _IfWide(seconds))


class _IfWide:
    """Shown only where it has the room: columns cut to a letter say nothing."""

    def __init__(self, content: RenderableType):
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width >= _WIDE:
            yield self._content


def _row(outcome: Outcome, lang: str) -> list[str]:
    result, wish = outcome.result, outcome.wish
    label = next((path.stem for path in outcome.label), "")
    return [
        "" if result.address is None else str(result.address),
        result.mac,
        wish.board,
        wish.profile or ("modem" if wish.role == "modem" else ""),
        _verdict(outcome, lang),
        label,
    ]


def _verdict(outcome: Outcome, lang: str) -> str:
    result = outcome.result
    if result.error is not None:
        return result.error.code
    if any(step.outcome == "wanted" for step in result.steps):
        return say("result dry", lang)
    return say("result skipped" if result.skipped else "result ok", lang)


def _name(outcome: Outcome) -> str:
    return outcome.result.mac or outcome.where


def _seconds(outcomes: Sequence[Outcome], lang: str, steps: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(say("column node", lang), no_wrap=True)
    for name in (*steps, "all"):
        table.add_column(say(f"column {name}", lang), justify="right", no_wrap=True)
    for outcome in outcomes:
        tried = [step for step in outcome.result.steps if step.outcome in ("done", "failed")]
        spent = {step.name: f"{step.seconds:.1f}" for step in tried}
        address = outcome.result.address
        name = outcome.where if address is None else str(address)
        cells = [spent.get(step, _NOTHING) for step in steps]
        table.add_row(name, *cells, f"{outcome.seconds:.1f}")
    return table
