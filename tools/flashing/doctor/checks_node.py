"""What can be wrong with the node itself: whose program it is, who it is, why it does not start.

Place: Facts -> each check -> findings.
Guarantee: pure; a check that lacks a fact finds nothing.

The node's lines: firmware/node/start.py, app.py; what they mean: docs/boards, "When a board
does not start".
"""

import re
from collections.abc import Iterator

from tools.flashing.doctor.checks_boot import CABLE
from tools.flashing.doctor.facts import Facts
from tools.flashing.doctor.finding import Finding, Sure, certain, likely, note, possible

_CANNOT = "cannot start: "
_FILE = re.compile(r"(/[a-z][\w./-]*?)(?::| is | cannot )")
_RADIO = (
    "SPI reads 0x",
    "answers instead of an",
    "Another chip than an",
)
_OTHER_RADIO = _RADIO[1:]
# The first word that a cause begins with or has in it, and its message.
_CAUSES = (
    ("/identity.json is missing", "F742"),
    ("/identity.json", "F743"),
    ("/state/frame_counter", "F743"),
    ("radio is null, but /config.json wants one", "F748"),
    ("/state cannot be written", "F749"),
    ("/board.json", "F747"),
)
_MANY = 5  # of this kind of start, and
_SHARE = 0.2  # at least every fifth


def foreign(facts: Facts) -> Iterator[Finding]:
    """MicroPython runs, and nothing of ours is on it."""
    board = facts.on_board
    if board is not None and not board.is_ours:
        version = facts.prompt.micropython if facts.prompt else ""
        yield certain("F740", version, version=version or "MicroPython")


def idle(facts: Facts) -> Iterator[Finding]:
    """MicroPython waits at its prompt, and nobody has looked what is on the board."""
    if facts.heard is not None and facts.heard.has_prompt and facts.on_board is None:
        yield likely("F766", ">>>")


def unfinished(facts: Facts) -> Iterator[Finding]:
    """Provisioning was cut: main.py comes last, and a claim becomes a record after it."""
    board, known = facts.on_board, facts.recorded
    if known is not None and known.state == "claimed":
        yield certain("F745", "claim", address=known.address, epoch=known.epoch, mac=facts.mac)
    elif board is not None and board.is_ours and not board.has_main:
        yield certain("F741", "main.py: -")
    elif board is not None and board.is_ours and board.identity is None and not board.is_modem:
        yield certain("F742", "/identity.json: -", why="/identity.json")


def other_key(facts: Facts) -> Iterator[Finding]:
    """The key on the board is not the one that the workshop recorded."""
    board, known = facts.on_board, facts.recorded
    if board is None or board.identity is None or known is None or known.state != "finished":
        return
    here = board.identity
    if (here.node, here.epoch, here.check) != (known.address, known.epoch, known.check):
        yield certain(
            "F744",
            f"check {here.check}, record {known.check}",
            node=here.node,
            epoch=here.epoch,
            address=known.address,
            recorded=known.epoch,
        )


def retired(facts: Facts) -> Iterator[Finding]:
    """The workshop has this board as wiped."""
    known = facts.recorded
    if known is not None and known.state == "retired":
        yield likely("F755", "record", address=known.address)


def wrong_board_file(facts: Facts) -> Iterator[Finding]:
    """/board.json is for another chip than this."""
    board = facts.on_board
    if board is None or board.board is None:
        return
    wanted = board.board.get("mcu")
    if facts.kind and isinstance(wanted, str) and wanted != facts.kind:
        name = board.board.get("name", "?")
        yield certain("F757", "/board.json", name=name, wants=wanted, chip=facts.kind)


def cannot_start(facts: Facts) -> Iterator[Finding]:
    """The node says why it does not start."""
    said = None if facts.heard is None else facts.heard.boot.said(_CANNOT)
    if said is None:
        return
    evidence = f"neckar: {_CANNOT}{said}"
    cause = said.rstrip(" .?")  # it stands within a sentence
    if any(words in cause for words in _OTHER_RADIO):
        yield certain("F751", evidence, why=cause)
    elif _RADIO[0] in cause:
        yield certain("F750", evidence, why=cause)
    else:
        code = next((code for words, code in _CAUSES if words in cause), "F746")
        yield certain(code, evidence, why=cause)


def runs_with_a_problem(facts: Facts) -> Iterator[Finding]:
    """The node runs, and says that a file or the radio is wrong."""
    if facts.heard is None:
        return
    for line in dict.fromkeys(facts.heard.boot.ours):
        if line.startswith(("/profiles/", "/board.json")):
            yield certain("F753", f"neckar: {line}", why=line)
        elif line.startswith(("/config", "/identity")):
            found = _FILE.match(line)
            yield certain("F754", f"neckar: {line}", file=found[1] if found else "?", why=line)
        elif any(line.startswith(words) or words in line for words in _RADIO):
            yield certain("F750", f"neckar: {line}", why=line)


def safe_mode(facts: Facts) -> Iterator[Finding]:
    """Five starts in a row failed: radio, commands and log only."""
    said = facts.heard is not None and any(
        line.startswith("SAFE MODE") for line in facts.heard.boot.ours
    )
    failed = facts.on_board.failed if facts.on_board else None
    if said or (failed is not None and failed >= 5):
        yield certain("F752", "SAFE MODE" if said else "/state/ladder")
    elif failed:
        yield likely("F761", "/state/ladder", count=failed)


def no_prompt(facts: Facts) -> Iterator[Finding]:
    """The prompt was wanted and did not open: locked, without a key, or deaf."""
    prompt = facts.prompt
    if prompt is not None and prompt.error is not None and prompt.is_there:
        sure = Sure.CERTAIN if prompt.error.code in CABLE else Sure.LIKELY
        yield Finding(sure, prompt.error, "prompt")


def crashed(facts: Facts) -> Iterator[Finding]:
    """The node died of something, and kept it."""
    crash = facts.on_board.crash if facts.on_board else None
    if crash is not None:
        place = f"{crash.module}:{crash.line}"
        finding = possible if crash.was_told else likely
        yield finding("F758", "/state/crash", exception=crash.exception or "?", place=place)


def weak_supply(facts: Facts) -> Iterator[Finding]:
    """Many starts of its life were brown-outs, or watchdog resets."""
    resets = facts.on_board.resets if facts.on_board else None
    if resets is None:
        return
    for code, count in (("F759", resets[1]), ("F760", resets[2])):
        if count >= _MANY and count >= _SHARE * sum(resets[:3]):
            yield possible(code, "/state/resets", count=count, starts=sum(resets[:3]))


def runs(facts: Facts) -> Iterator[Finding]:
    """The node has started and says who it is."""
    if facts.heard is None:
        return
    boot = facts.heard.boot
    title, modem = boot.said("node "), boot.said("modem ")
    if title is not None:
        if boot.said(_CANNOT) is None:
            yield note("F762", f"neckar: node {title}", title=f"node {title}")
    elif facts.heard.is_modem:
        yield note("F763", "COBS")
    elif modem is not None and boot.said(_CANNOT) is None:
        yield note("F763", f"neckar: modem {modem}")


CHECKS = (
    cannot_start,
    unfinished,
    other_key,
    foreign,
    idle,
    wrong_board_file,
    runs_with_a_problem,
    safe_mode,
    retired,
    no_prompt,
    crashed,
    weak_supply,
    runs,
)
