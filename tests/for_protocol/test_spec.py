"""The examples of `protocol/SPEC.md` are the golden vectors, and its tables what the code has.

`python -m tests.for_protocol.test_spec` prints the examples of section 12 and all of section 13.
"""

import json
import re
import sys
from pathlib import Path

from protocol import (
    access,
    batch,
    commands,
    lockout,
    lora,
    modem,
    quantities,
    reports,
    sampletime,
    window,
)
from protocol.messages import MAX_GAPS
from protocol.quality import QUALITY_NAMES

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "protocol" / "SPEC.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^\| (.+?) \| `([0-9a-f]+)` \|$", re.MULTILINE)
_LONGEST = 80  # hexadecimal digits that fit a line


def load(name: str) -> list[dict]:
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


def examples() -> dict[str, str]:
    """Return the shortest vector of each kind of message and record, and some frames."""
    found: dict[str, dict] = {}
    for vector in load("messages"):
        kind = vector["message"]["kind"]
        if kind not in found or len(vector["plain"]) < len(found[kind]["plain"]):
            found[kind] = vector
    chosen = {vector["name"]: vector["plain"] for vector in found.values()}
    frames = [vector for vector in load("frames") if len(vector["frame"]) <= _LONGEST]
    for direction in ("up", "answer"):
        of_it = [vector for vector in frames if vector["direction"] == direction]
        chosen |= {vector["name"]: vector["frame"] for vector in of_it[:3]}
    short: dict[str, dict] = {}
    for vector in load("modem"):
        kind = vector["message"]["kind"]
        if kind not in short or len(vector["record"]) < len(short[kind]["record"]):
            short[kind] = vector
    return chosen | {vector["name"]: vector["record"] for vector in short.values()}


def test_the_examples_of_the_specification_are_golden_vectors():
    assert dict(EXAMPLE.findall(SPEC)) == examples()


def test_the_specification_names_every_limit_as_it_is():
    for words in (
        f"at most {window.MAX_RUNS} ranges",
        f"1 to {MAX_GAPS} numbers",
        f"1 .. {batch.MAX_SAMPLES}; the times",
        f"1 .. {batch.MAX_QUANTITIES} |",
        f"{lockout.ALLOWED} bad tags",
        f"every {lockout.REFILL_MS // 1000} s",
        f"of {sampletime.SLOT_MIN_S} s or more, younger than {sampletime.SLOT_LIMIT} intervals",
        ", ".join(str(interval_s) for interval_s in batch.INTERVALS) + " s",
        ", ".join(str(limit) for limit in sampletime.ACCURACY_S[:-1]) + " s",
        f"bandwidth {lora.BANDWIDTH_HZ // 1000} kHz, coding rate 4/{lora.CODING}",
        f"preamble of {lora.PREAMBLE} symbols",
        f"sync word 0x{lora.SYNC_WORD:02x}",
        f"on {lora.ANSWER_HZ / 1e6:g} MHz",
        f"{lora.ANSWER_AFTER_MS} ms after the end of the uplink",
        f"until {lora.ANSWER_UNTIL_MS} ms after it",
        f"from {lora.LISTEN_AFTER_MS} ms",
        f"within the first {access.START_MS // 60000} minutes",
        f"at most {modem.FRAME_LIMIT} bytes",
    ):
        assert words in " ".join(SPEC.split()), words


def test_the_specification_names_every_quality_and_operation():
    for code, name in enumerate(QUALITY_NAMES):
        assert f"{code} {name.upper()}" in SPEC
    for op in range(commands.REKEY + 1):
        assert re.search(rf"^\|.*\b{op} \w", SPEC, re.MULTILINE), op
    assert len(reports.exceptions()) <= 24


def registries() -> str:
    """Return section 13: the registries as tables."""
    lines = ["| id | quantity | unit | decimals | base | order | width | stands for |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for qid in range(quantities.COUNT):
        q = quantities.by_id(qid)
        kind = "the interval" if q.kind == quantities.INTERVAL else "a moment"
        row = (qid, q.name, q.unit, q.decimals, q.base, q.order, q.width, kind)
        lines.append("| " + " | ".join(map(str, row)) + " |")
    for title, names in (
        ("Fields of a Status", reports.status_fields()),
        ("Exceptions of a Crash", ["another one", *reports.exceptions()[1:]]),
        ("Results of a modem", modem.result_names()),
        ("Fields of a modem's State", modem.state_fields()),
    ):
        lines += ["", f"| | {title} |", "|---|---|"]
        lines += [f"| {number} | {name} |" for number, name in enumerate(names)]
    return "\n".join(lines) + "\n"


def test_the_registries_of_the_specification_are_those_of_the_code():
    assert SPEC.endswith(registries())


if __name__ == "__main__":
    sys.stdout.writelines(f"| {name} | `{data}` |\n" for name, data in examples().items())
    sys.stdout.write("\n" + registries())
