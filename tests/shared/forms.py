"""Messages as plain dictionaries and back: to compare them, and to keep them in vector files."""

from protocol import batch as batches
from protocol import messages, quantities
from protocol.batch import UNIX, Batch

CLOCKS = ("slot", "unix", "age", "at_least")
ALL_IDS = tuple(range(quantities.COUNT))


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
    }
    fields.update(changes)
    return Batch(**fields)


def form_of(message) -> dict:
    """Return what a message says, as JSON could hold it."""
    if isinstance(message, batches.Batch):
        return {
            "kind": "batch",
            "first": message.first,
            "ids": list(message.ids),
            "columns": [list(column) for column in message.columns],
            "interval_s": message.interval_s,
            "clock": CLOCKS[message.clock],
            "seconds": message.seconds,
            "quality": [list(codes) if codes else None for codes in message.quality]
            if message.quality
            else None,
        }
    if isinstance(message, messages.Hello):
        return {
            "kind": "hello",
            "boot": message.boot,
            "oldest": message.oldest,
            "next_number": message.next_number,
            "firmware": message.firmware,
        }
    if isinstance(message, messages.Ack):
        return {"kind": "ack", "expected": message.expected, "unix_ms": message.unix_ms}
    if isinstance(message, messages.Status):
        return {"kind": "status", "fields": dict(message.fields)}
    return {"kind": "note", "text": message.text}


def build(form: dict):
    """Return the message that a dictionary describes."""
    kind = form["kind"]
    if kind == "batch":
        return batches.Batch(
            form["first"],
            tuple(form["ids"]),
            form["columns"],
            form["interval_s"],
            CLOCKS.index(form["clock"]),
            form["seconds"],
            form["quality"],
        )
    if kind == "hello":
        return messages.Hello(form["boot"], form["oldest"], form["next_number"], form["firmware"])
    if kind == "ack":
        return messages.Ack(form["expected"], form["unix_ms"])
    if kind == "status":
        return messages.Status(form["fields"])
    return messages.Note(form["text"])


def as_decoded(form: dict) -> dict:
    """Return the form that comes back: of a sample number only the 16 low bits travel."""
    if form["kind"] != "batch":
        return form
    back = dict(form)
    back["first"] = form["first"] % 0x10000
    return back
