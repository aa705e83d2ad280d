"""Messages as plain dictionaries and back: to compare them, and to keep them in vector files.

A form holds what JSON can hold: names instead of codes, hex instead of bytes, text as keys.
"""

from binascii import hexlify, unhexlify

from protocol import commands, messages, quantities, reading, reports, updates
from protocol.batch import Batch
from protocol.quality import QUALITY_NAMES
from protocol.sampletime import ACCURACY_S, AGE, AT_LEAST, UNIX

CLOCKS = ("slot", "unix", "age", "at_least")
OPERATIONS = (
    "sample",
    "config_try",
    "config_confirm",
    "config_revert",
    "config_read",
    "reboot",
    "mount_test",
    "log_page",
    "time",
    "wipe",
    "maintenance",
    "rekey",
)
CODES = ("done", "refused", "failed", "unknown", "busy")
ALL_IDS = tuple(range(quantities.COUNT))
LONGEST_AGE = (1 << 22) - (1 << 5)
KEY = bytes(range(16))
IMAGE = b"\x11\x22\x33\x44\x55\x66\x77\x88"


def to_hex(data: bytes) -> str:
    return hexlify(data).decode()


def width_of(ids: tuple) -> int:
    return sum(quantities.by_id(qid).width for qid in ids)


def one(**changes) -> Batch:
    """Return a small batch, changed in the fields given."""
    fields = {
        "first": 7,
        "ids": (0, 1),
        "columns": [[201, 203, 202], [55, 55, 56]],
        "interval_s": 900,
        "clock": UNIX,
        "seconds": 1750000000,
        "quality": None,
        "accuracy": 0,
    }
    places = changes.pop("places", None)
    older = changes.pop("older", None)
    fields.update(changes)
    batch = Batch(**fields)
    batch.places = places
    batch.older = older
    return batch


def ack(expected, unix_ms=None, gaps=(), seen=None, unreadable=False, link=None, strong=False):
    """Return an Ack with all of its fields."""
    message = messages.Ack(expected, unix_ms, gaps)
    message.seen = seen
    message.unreadable = unreadable
    message.link = link
    message.strong = strong
    return message


def _row_names(codes):
    return [QUALITY_NAMES[code] for code in codes] if codes else None


def _row_codes(names):
    return [QUALITY_NAMES.index(name) for name in names] if names else None


def form_of_batch(batch) -> dict:
    quality = batch.quality
    return {
        "kind": "batch",
        "first": batch.first,
        "older": batch.older,
        "places": list(batch.places) if batch.places else None,
        "ids": list(batch.ids),
        "columns": [list(column) for column in batch.columns],
        "interval_s": batch.interval_s,
        "clock": CLOCKS[batch.clock],
        "seconds": batch.seconds,
        "accuracy_s": ACCURACY_S[batch.accuracy],
        "quality": [_row_names(codes) for codes in quality] if quality else None,
    }


def form_of_reading(message) -> dict:
    values = {}
    for key, entry in message.values.items():
        values[str(key)] = list(entry) if isinstance(entry, (list, tuple)) else entry
    return {
        "kind": "reading",
        "first": message.first,
        "clock": CLOCKS[message.clock],
        "seconds": message.seconds,
        "accuracy_s": ACCURACY_S[message.accuracy],
        "values": values,
        "quality": {str(key): QUALITY_NAMES[code] for key, code in message.quality.items()},
    }


def form_of_command(message) -> dict:
    op = message.op
    return {
        "kind": "command",
        "number": message.number,
        "operation": OPERATIONS[op] if op < len(OPERATIONS) else op,
        "arguments": [to_hex(a) if isinstance(a, bytes) else a for a in message.arguments],
    }


def form_of_result(message) -> dict:
    value = message.value
    if isinstance(value, reading.Reading):
        value = form_of_reading(value)
    elif isinstance(value, bytes):
        value = {"hex": to_hex(value)}
    return {
        "kind": "result",
        "number": message.number,
        "code": CODES[message.code],
        "value": value,
    }


# Kinds whose form is the class with its fields, as they are; bytes as hex, tuples as lists.
PLAIN_KINDS = {
    "ack": (messages.Ack, ("expected", "unix_ms", "gaps", "seen", "unreadable", "link", "strong")),
    "hello": (messages.Hello, ("boot", "oldest", "next_number", "firmware", "unsure")),
    "gone": (messages.Gone, ("first", "count")),
    "poll": (messages.Poll, ()),
    "note": (messages.Note, ("text",)),
    "status": (reports.Status, ("fields",)),
    "crash": (reports.Crash, ("exception", "module", "line", "firmware")),
    "offer": (updates.Offer, ("image", "size", "block_size", "firmware")),
    "want": (updates.Want, ("image", "first", "missing")),
    "block": (updates.Block, ("image", "index", "block")),
}


def form_of(message) -> dict:
    """Return what a message says, as JSON could hold it."""
    for cls, form in (
        (Batch, form_of_batch),
        (reading.Reading, form_of_reading),
        (commands.Command, form_of_command),
        (commands.Result, form_of_result),
    ):
        if isinstance(message, cls):
            return form(message)
    for kind, (cls, names) in PLAIN_KINDS.items():
        if isinstance(message, cls):
            out: dict = {"kind": kind}
            for name in names:
                value = getattr(message, name)
                if isinstance(value, bytes):
                    value = to_hex(value)
                out[name] = list(value) if isinstance(value, tuple) else value
            return out
    raise ValueError("no message")


def _build_batch(form: dict) -> Batch:
    quality = form["quality"]
    return one(
        first=form["first"],
        older=form["older"],
        places=form["places"],
        ids=tuple(form["ids"]),
        columns=form["columns"],
        interval_s=form["interval_s"],
        clock=CLOCKS.index(form["clock"]),
        seconds=form["seconds"],
        accuracy=ACCURACY_S.index(form["accuracy_s"]),
        quality=[_row_codes(names) for names in quality] if quality else None,
    )


def _build_reading(form: dict):
    return reading.Reading(
        form["first"],
        CLOCKS.index(form["clock"]),
        form["seconds"],
        ACCURACY_S.index(form["accuracy_s"]),
        {int(key): entry for key, entry in form["values"].items()},
        {int(key): QUALITY_NAMES.index(name) for key, name in form["quality"].items()},
    )


def _build_command(form: dict):
    op = OPERATIONS.index(form["operation"])
    arguments = list(form["arguments"])
    if form["operation"] == "rekey":
        arguments[1] = unhexlify(arguments[1])
    return commands.Command(form["number"], op, arguments)


def _build_result(form: dict):
    value = form["value"]
    if isinstance(value, dict):
        value = build(value) if "kind" in value else unhexlify(value["hex"])
    return commands.Result(form["number"], CODES.index(form["code"]), value)


def build(form: dict):
    """Return the message that a dictionary describes."""
    special = {
        "batch": _build_batch,
        "reading": _build_reading,
        "command": _build_command,
        "result": _build_result,
    }
    fields = dict(form)
    kind = fields.pop("kind")
    if kind in special:
        return special[kind](form)
    for name in ("image", "missing", "block"):
        if name in fields:
            fields[name] = unhexlify(fields[name])
    if kind == "crash":
        fields["firmware"] = unhexlify(fields["firmware"])
    return ack(**fields) if kind == "ack" else PLAIN_KINDS[kind][0](**fields)


def as_decoded(form: dict) -> dict:
    """Return the form that comes back: what does not travel is cut, or its one value."""
    if form["kind"] != "batch":
        return form
    back = dict(form)
    if form["older"] is None:
        back["first"] = form["first"] % 0x10000
    if form["clock"] in (CLOCKS[AGE], CLOCKS[AT_LEAST]) and form["seconds"] > LONGEST_AGE:
        back["clock"] = CLOCKS[AT_LEAST]
        back["seconds"] = LONGEST_AGE
    if back["clock"] == CLOCKS[AT_LEAST]:
        back["accuracy_s"] = None
    if form["quality"]:
        rows = [row if row and any(n != "valid" for n in row) else None for row in form["quality"]]
        back["quality"] = rows if any(rows) else None
    return back
