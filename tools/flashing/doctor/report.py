"""What doctor tells: findings, and what it read from the board, for people and for programs.

Place: facts, findings -> Report -> terminal, --json, bundle.
Guarantee: everything passes the Redactor before it leaves here, and controls no terminal.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tools.flashing.doctor import facts as kinds
from tools.flashing.doctor.facts import Facts, Line, OnBoard
from tools.flashing.doctor.finding import Finding
from tools.flashing.doctor.redact import Redactor
from tools.flashing.doctor.times import span, stamp
from tools.flashing.doctor.words import say
from tools.flashing.errors import FlashError

_LAST_LINES = 12
_SHORT = ("data", "echo", "slow")  # of Heard: boot.log has them


@dataclasses.dataclass(frozen=True)
class Report:
    """`findings` are the surest first; `bundle` is the archive that was written, or None.

    `release` is the version of the bundle that the workshop flashes from, where it is known.
    """

    facts: Facts
    findings: list[Finding]
    redactor: Redactor = dataclasses.field(default_factory=Redactor, repr=False)
    bundle: Path | None = None
    release: str = ""

    def text(self, lang: str) -> str:
        """Return all of it for people."""
        return "\n\n".join(
            part for part in (self.findings_text(lang), self.read_text(lang)) if part
        )

    def findings_text(self, lang: str) -> str:
        """Return what is wrong, how sure that is, and what to do next."""
        lines = []
        for number, finding in enumerate(self.findings, 1):
            sure = say(finding.sure.name.lower(), lang)
            lines.append(f"{number}. [{sure}] {self._message(finding.error, lang)}")
            if finding.evidence:
                lines.append(f"   {say('seen', lang)}: {self._shown(finding.evidence)}")
        return "\n".join(lines)

    def read_text(self, lang: str) -> str:
        """Return what the board says of itself, as sentences; empty: nothing was read."""
        lines = _who(self.facts, lang)
        if self.facts.on_board is not None:
            lines += _life(self.facts.on_board, lang)
            lines += recorder_lines(self.facts.on_board, lang, _LAST_LINES)
        if not lines:
            return ""
        return "\n".join([f"{say('read', lang)}:", *(f"  {self._shown(line)}" for line in lines)])

    def json(self) -> dict[str, Any]:
        """Return all of it for programs."""
        return {
            "findings": [
                {
                    "code": finding.error.code,
                    "sure": finding.sure.name.lower(),
                    "values": self.redactor.value(plain(finding.error.values)),
                    "evidence": self._shown(finding.evidence),
                    "de": self._message(finding.error, "de"),
                    "en": self._message(finding.error, "en"),
                }
                for finding in self.findings
            ],
            "facts": self.redactor.value(plain(self.facts)),
            "bundle": None if self.bundle is None else str(self.bundle),
        }

    def _message(self, error: FlashError, lang: str) -> str:
        from tools.flashing.messages import text  # after all catalogues, which know nothing of us

        return self._shown(text(error, lang))

    def _shown(self, text: str) -> str:
        return printable(self.redactor.text(text))


def printable(text: str, kept: str = "") -> str:
    """Return a text that does nothing to a terminal, whatever a board has put into it."""
    return "".join(sign if sign.isprintable() or sign in kept else "\ufffd" for sign in text)


def _who(facts: Facts, lang: str) -> list[str]:
    lines = []
    if facts.chip is not None and facts.chip.error is None:
        chip = facts.chip
        mb = chip.flash_size >> 20
        lines.append(say("chip", lang, kind=chip.kind, mac=chip.mac, mb=mb))
    elif facts.prompt is not None and facts.prompt.error is None:
        version = facts.prompt.micropython
        lines.append(say("mac", lang, mac=facts.prompt.mac, version=version))
    board = facts.on_board
    if board is not None and board.identity is not None:
        who = board.identity
        lines.append(say("node", lang, node=who.node, epoch=who.epoch))
    if board is not None and board.release is not None:
        version, bundle = (str(board.release.get(name, "?")) for name in ("version", "bundle"))
        lines.append(say("release", lang, version=version, bundle=bundle[:16]))
    return lines


def _life(board: OnBoard, lang: str) -> list[str]:
    lines = []
    if board.boots is not None:
        lines.append(say("boots", lang, count=board.boots))
    if board.resets is not None:
        names = ("power", "brown", "watchdog", "crash")
        lines.append(say("resets", lang, **dict(zip(names, board.resets, strict=True))))
    if board.failed:
        lines.append(say("failed", lang, count=board.failed))
    if board.crash is not None:
        crash = board.crash
        text = say(
            "crash",
            lang,
            exception=crash.exception or "?",
            module=crash.module,
            line=crash.line,
            firmware=crash.firmware,
        )
        text += say("crash more", lang, count=crash.more) if crash.more else ""
        lines.append(text + say("crash told" if crash.was_told else "crash untold", lang))
    return lines


def recorder_lines(board: OnBoard, lang: str, most: int) -> list[str]:
    """Return the last lines of the flight recorder as sentences, under a title."""
    lines = [_line(line, lang) for line in board.recorder[-most:]]
    if lines:
        lines.insert(0, say("recorder", lang, count=len(lines)) + ":")
    if board.damaged:
        lines.append(say("damaged", lang, count=board.damaged))
    return lines


def _line(line: Line, lang: str) -> str:
    at = stamp(line.seconds)
    if at is None:
        time = span(line.seconds, lang)
        return say("line after", lang, boot=line.boot, time=time, words=line.text)
    return say("line at", lang, boot=line.boot, time=at, words=line.text)


def plain(value: Any) -> Any:
    """Return facts as JSON data; what a board said stays in boot.log, its length is told here."""
    if isinstance(value, kinds.Heard):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: len(x) if name in _SHORT else plain(x) for name, x in fields.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return plain(fields)
    if isinstance(value, FlashError):
        return {"code": value.code, "values": plain(value.values)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
