"""The golden vectors; see README.md. Writes them, or with --check says which would change.

python -m tests.vectors.make [--check]
"""

import json
import sys
from pathlib import Path

from protocol import messages, modem
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope
from protocol.errors import BAD_TAG, LOCKED_OUT, MALFORMED, REPLAYED, UNKNOWN_NODE
from protocol.stream import to_record
from tests.shared.forms import build
from tests.vectors import of_modem, of_refused
from tests.vectors.of_batches import BATCHES
from tests.vectors.of_frames import ACK, FRAMES, KEY, OK, OTHER_KEY, RECORDS
from tests.vectors.of_messages import MESSAGES

FOLDER = Path(__file__).parent


def message_vectors() -> list:
    """Return the vectors of plaintexts."""
    return [
        {"name": name, "message": form, "plain": messages.encode(build(form)).hex()}
        for name, form in BATCHES + MESSAGES
    ]


def sealed(fields: dict) -> str:
    """Return the frame of its fields."""
    envelope = Envelope(
        Ccm(bytes.fromhex(fields["key"])), fields["node"], fields["epoch"], fields["tag_length"]
    )
    counter, plain = fields["counter"], bytes.fromhex(fields["plain"])
    if fields["direction"] == "answer":
        return envelope.seal_answer(counter, plain, fields["more"]).hex()
    flags = (fields["asks"], fields["whole"], fields["strong"])
    return envelope.seal_up(counter, plain, *flags).hex()


def frame_vectors() -> list:
    """Return the vectors of envelopes."""
    return [{"name": name} | fields | {"frame": sealed(fields)} for name, fields in FRAMES]


def record_vectors() -> list:
    """Return the vectors of records."""
    return [
        {"name": name, "frame": frame, "record": to_record(bytes.fromhex(frame)).hex()}
        for name, frame in RECORDS
    ]


def modem_vectors() -> list:
    """Return the vectors of what a gateway and its modem say to each other."""
    return [
        {"name": name, "message": form, "record": modem.encode(of_modem.build(form)).hex()}
        for name, form in of_modem.RECORDS
    ]


def foreign(key: str = KEY, node: int = 42, epoch: int = 1, tag: int = TAG_WIRE) -> Envelope:
    """Return an envelope that the reader of the refused frames may not have."""
    return Envelope(Ccm(bytes.fromhex(key)), node, epoch, tag)


def refused_frames() -> list:
    """Return (why, refusal, frame, whether only strong tags count); README tells the reader."""
    ok, ack = bytes.fromhex(OK), bytes.fromhex(ACK)
    good, answer = foreign().seal_up(300, ok), foreign().seal_answer(300, ack)
    turned = bytearray(good)
    turned[1] ^= 0x20
    asking = bytearray(good)
    asking[3] ^= 0x20
    radio = foreign(tag=TAG_RADIO)
    out = [(why, MALFORMED, bytes.fromhex(text)) for why, text in of_refused.MALFORMED_FRAMES]
    out += [
        ("another node", UNKNOWN_NODE, foreign(node=43).seal_up(300, ok)),
        ("an answer to another node", UNKNOWN_NODE, foreign(node=43).seal_answer(300, ack)),
        ("another key", BAD_TAG, foreign(key=OTHER_KEY).seal_up(300, ok)),
        ("another epoch", BAD_TAG, foreign(epoch=2).seal_up(300, ok)),
        ("a tag of 4 bytes on a wire", BAD_TAG, radio.seal_up(300, ok)),
        ("a bit of the text", BAD_TAG, good[:-9] + bytes([good[-9] ^ 1]) + good[-8:]),
        ("a bit of the tag", BAD_TAG, good[:-1] + bytes([good[-1] ^ 1])),
        ("a tag cut to 4 bytes", BAD_TAG, good[:6] + bytes([good[6] - 4]) + good[7:-4]),
        ("an uplink turned into asking", BAD_TAG, bytes(asking)),
        ("no room for a tag", BAD_TAG, bytes.fromhex("83182a19012c43aabbcc")),
        ("an uplink turned into an answer", MALFORMED, bytes(turned)),
        ("a counter that was used", REPLAYED, foreign().seal_up(299, ok)),
        ("below the window: read as a counter to come", BAD_TAG, foreign().seal_up(100, ok)),
        ("an answer to another uplink", REPLAYED, foreign().seal_answer(299, ack)),
        ("an answer to the uplink 24 before", BAD_TAG, foreign().seal_answer(276, ack)),
        ("an answer with another key", BAD_TAG, foreign(key=OTHER_KEY).seal_answer(300, ack)),
        ("an answer with a bit of its tag", BAD_TAG, answer[:-1] + bytes([answer[-1] ^ 1])),
    ]
    return [(*row, False) for row in out] + [
        ("a weak tag in a lockout", LOCKED_OUT, radio.seal_up(300, ok), True),
        (
            "a strong tag of another key in a lockout",
            LOCKED_OUT,
            foreign(key=OTHER_KEY).seal_up(300, ok),
            True,
        ),
    ]


def refused_vectors() -> list:
    """Return what must be refused: messages, frames and records."""
    out = [{"what": "message", "why": why, "data": data.hex()} for why, data in of_refused.MESSAGES]
    out += [
        {
            "what": "frame",
            "why": why,
            "data": frame.hex(),
            "refusal": refusal,
            "strong_only": strong_only,
        }
        for why, refusal, frame, strong_only in refused_frames()
    ]
    out += [{"what": "record", "why": why, "data": text} for why, text in of_refused.RECORDS]
    return out


def text_of(vectors: list) -> str:
    """Return the text of a file, one vector a line."""
    lines = ",\n".join(" " + json.dumps(vector, ensure_ascii=False) for vector in vectors)
    return f"[\n{lines}\n]\n"


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return the exit status."""
    changed = 0
    for name, vectors in (
        ("messages", message_vectors()),
        ("frames", frame_vectors()),
        ("records", record_vectors()),
        ("refused", refused_vectors()),
        ("modem", modem_vectors()),
    ):
        path, text = FOLDER / f"{name}.json", text_of(vectors)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.name}: not what this protocol writes")
            changed += 1
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
