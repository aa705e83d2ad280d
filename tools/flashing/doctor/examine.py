"""`doctor`: gathers the facts in an order that disturbs least, and judges them.

    the computer   USB devices, ports, groups, programs: nothing is opened
    the port       listened at; one line end where nothing came
    the board      only with leave: reset, console, at last the chip's own bootloader

Place: command line -> `examine` -> Report, support bundle.
Guarantee: nothing is written to the board. It is stopped, reset or brought into download mode only
where `reset` says so or somebody answers yes, and starts again afterwards. Every wait has an end: a
run takes less than 20 seconds, not counting people.
"""

import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.flashing import keys, ports
from tools.flashing.doctor import bundle, host, reading, usb
from tools.flashing.doctor.checks import CHECKS
from tools.flashing.doctor.facts import Facts, Heard, PortFacts
from tools.flashing.doctor.finding import Finding, Sure, note, ordered
from tools.flashing.doctor.listening import Patience, hear
from tools.flashing.doctor.redact import Redactor
from tools.flashing.doctor.report import Report
from tools.flashing.doctor.words import say as words
from tools.flashing.errors import FlashError

if TYPE_CHECKING:
    from tools.flashing.workshop import Workshop

_PROMPT_S = 4.0
_ATTEMPTS = 4  # one for each of esptool's ways to reset, about a second each


def _open_prompt(path: str, key_of: Callable[[int], bytes | None]) -> Any:
    from tools.flashing.prompt import open_prompt

    return open_prompt(path, key_of, patience_s=_PROMPT_S)


def _open_chip(path: str, baud: int) -> Any:
    from tools.flashing.chip import open_chip

    return open_chip(path, baud, attempts=_ATTEMPTS)


@dataclass(frozen=True)
class Means:
    """What facts are gathered with; tests put others in place."""

    root: Path = Path("/")
    found: Callable[[Iterable[str]], list[ports.Port]] = ports.found
    holders: Callable[[str], list[ports.Holder]] = ports.holders
    hear: Callable[..., Heard] = hear
    open_prompt: Callable[..., Any] = _open_prompt
    open_chip: Callable[..., Any] = _open_chip
    patience: Patience = dataclasses.field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic


def examine(
    port: str | None,
    workshop: "Workshop | None",
    ask: Callable[[str], bool],
    say: Callable[[str], None],
    *,
    lang: str = "de",
    reset: bool = False,
    bundle_out: Path | None = None,
    means: Means = Means(),
) -> Report:
    """Return what is wrong with the board at a port, or with the only one, or with having none.

    `ask(question)` is answered with yes or no; where nobody is there to answer, with no.
    `say(line)` is told what happens. `reset`: the board may be stopped and started again without
    a question. With `bundle_out` the report is written there as well, after its content was told;
    F320 to F323 where the disk does not take it.
    """
    doctor = _Doctor(workshop, ask, say, lang, reset, means)
    facts = doctor.facts(port)
    report = Report(facts, judged(facts), doctor.redactor)
    if bundle_out is None:
        return report
    report = dataclasses.replace(report, release=_release(workshop))
    return dataclasses.replace(report, bundle=bundle.write(bundle_out, report, lang, say))


def judged(facts: Facts) -> list[Finding]:
    """Return what all checks find, the surest first; one that says so where they find nothing."""
    found: dict[tuple[str, str], Finding] = {}
    for check in CHECKS:
        for finding in check(facts):
            found.setdefault((finding.error.code, str(finding.error)), finding)
    return ordered(found.values()) or [note("F765")]


class _Doctor:
    """One examination: `facts` does it, `redactor` knows the secrets that came up."""

    def __init__(
        self,
        workshop: "Workshop | None",
        ask: Callable[[str], bool],
        say: Callable[[str], None],
        lang: str,
        reset: bool,
        means: Means,
    ):
        self._workshop = workshop
        self._ask = ask
        self._say = say
        self._lang = lang
        self._may_touch: bool | None = reset or None
        self._means = means
        self.redactor = Redactor(_secrets(workshop))

    def facts(self, wanted: str | None) -> Facts:
        """Gather everything."""
        facts = self._computer()
        path = wanted
        if path is None and not facts.ports and not usb.boards(facts.usb):
            facts = self._plugged_anew(facts)
        if path is None and len(facts.ports) == 1:
            path = facts.ports[0]
        if path is None:
            return facts
        port = host.port(path, self._means.holders(path)) if "://" not in path else PortFacts(path)
        facts = dataclasses.replace(facts, port=port)
        if not port.exists or not port.may_open or port.holders:
            return facts
        facts = self._listened(facts, path)
        if facts.heard is not None and self._wants_more(facts, facts.heard) and self._may():
            facts = self._touched(facts, path)
        return dataclasses.replace(facts, recorded=reading.recorded(self._workshop, facts.mac))

    def _computer(self) -> Facts:
        globs = self._workshop.ports if self._workshop is not None else ()
        return Facts(
            system=host.system(self._means.root),
            usb=usb.devices(self._means.root),
            ports=tuple(port.path for port in self._means.found(globs)),
        )

    def _plugged_anew(self, before: Facts) -> Facts:
        """Have the board unplugged and plugged in, and see what came."""
        if before.system.is_wsl or not self._ask(words("ask plug", self._lang)):
            return before
        after = self._computer()
        known = {(device.where, device.id) for device in before.usb}
        came = tuple(x for x in after.usb if (x.where, x.id) not in known)
        return dataclasses.replace(after, replugged=came)

    def _listened(self, facts: Facts, path: str, may_reset: bool = False) -> Facts:
        self._say(words("resetting" if may_reset else "listening", self._lang, port=path))
        patience = self._means.patience
        if facts.heard is not None:  # what comes by itself was waited for
            patience = patience._replace(alone=patience.again)
        try:
            heard = self._means.hear(path, may_reset, patience, self._means.clock)
        except FlashError as e:
            assert facts.port is not None  # noqa: S101 - it is what is listened at
            return dataclasses.replace(facts, port=dataclasses.replace(facts.port, error=e))
        return dataclasses.replace(facts, heard=_joined(facts.heard, heard))

    def _wants_more(self, facts: Facts, heard: Heard) -> bool:
        """Say whether more could be learned than was heard.

        Not from a modem or a lost port; and nobody is asked where the boot log has said it all.
        """
        if heard.is_modem or heard.is_lost:
            return False
        is_clear = any(finding.sure == Sure.CERTAIN for finding in judged(facts))
        return bool(self._may_touch) or self._may_run(facts) or not is_clear

    def _may(self) -> bool:
        if self._may_touch is None:
            self._may_touch = bool(self._ask(words("ask touch", self._lang)))
        return self._may_touch

    def _touched(self, facts: Facts, path: str) -> Facts:
        """Reset it where it said little; ask the console, or the bootloader where there is none."""
        assert facts.heard is not None  # noqa: S101 - the caller has looked
        if not facts.heard.has_prompt and not facts.heard.boot.resets:
            facts = self._listened(facts, path, may_reset=True)
        if self._may_run(facts):
            self._say(words("prompting", self._lang))
            prompt, on_board, said = reading.by_prompt(
                lambda: self._means.open_prompt(path, self._service_key)
            )
            heard = _joined(facts.heard, Heard(said.encode()))
            facts = dataclasses.replace(facts, heard=heard, prompt=prompt, on_board=on_board)
            if on_board is not None:
                return facts
        self._say(words("loading", self._lang))
        baud = self._workshop.baud if self._workshop is not None else ports.ROM_BAUD
        chip, on_board = reading.by_flash(lambda: self._means.open_chip(path, baud), self.redactor)
        facts = dataclasses.replace(facts, chip=chip, on_board=on_board)
        if chip.error is not None or facts.heard is None or facts.heard.boot.resets:
            return facts
        heard = dataclasses.replace(facts.heard, was_reset=True)  # at the end of download mode
        return self._listened(dataclasses.replace(facts, heard=heard), path)

    def _may_run(self, facts: Facts) -> bool:
        """Say whether a program runs that could have a console."""
        heard = facts.heard
        if heard is None or heard.boot.is_garbage or (heard.was_reset and not heard.data):
            return False
        return bool(heard.boot.ours) or not heard.boot.resets or heard.boot.has("MicroPython")

    def _service_key(self, address: int) -> bytes | None:
        if self._workshop is None:
            return None
        try:
            key = self._workshop.service_key(address)
        except FlashError:
            return None
        self.redactor.learn([key])
        return key


def _joined(before: Heard | None, after: Heard) -> Heard:
    """Return what was heard in all."""
    if before is None:
        return after
    return Heard(
        before.data + after.data,
        before.echo + after.echo,
        before.slow + after.slow,
        before.seconds + after.seconds,
        before.was_reset or after.was_reset,
        before.is_lost or after.is_lost,
    )


def _release(workshop: "Workshop | None") -> str:
    """Return the version of the workshop's bundle; nothing where there is none that is sound."""
    from tools.flashing.bundle.opening import open_bundle

    if workshop is None:
        return ""
    try:
        return open_bundle(workshop.bundle, workshop.trusted).version
    except FlashError:
        return ""


def _secrets(workshop: "Workshop | None") -> list[bytes]:
    """Return the workshop's own secrets, of the files that can be read."""
    found: list[bytes] = []
    if workshop is None:
        return found
    for path in sorted(workshop.folder.glob("*.key")):
        try:
            found.append(keys.read_secret(path))
        except FlashError:
            continue
    try:
        password = workshop.broker_password()
    except FlashError:
        password = None
    return [*found, *([password.encode()] if password else [])]
