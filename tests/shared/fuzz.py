"""All targets by name, what they are fed with, and a run without coverage on either runtime.

Place: golden vectors -> `inputs` -> `TARGETS`. `tests.fuzz` drives the same targets for long.
Guarantee: a run is repeated by its seed; an input that breaks a promise is printed in hex.
"""

from binascii import hexlify, unhexlify

from node import files
from protocol import cbor, messages, quick_reader
from protocol.batch import Batch
from tests.shared import fuzz_decoders as decoders
from tests.shared import fuzz_sessions as sessions
from tests.shared.expect import Chance, vectors
from tests.shared.mutation import Histories, Mutator, told


def plains() -> list:
    """Return the plaintexts of the golden messages."""
    return [unhexlify(vector["plain"]) for vector in vectors("messages")]


def batches() -> list:
    """Return the bits of the golden batches."""
    return [bits for bits in map(cbor.loads, plains()) if isinstance(bits, bytes)]


def known_batches() -> list:
    """Return the plaintexts of golden batches, whose heads the quick reader was shown."""
    found = []
    for plain in plains():
        message = messages.decode(plain)
        if isinstance(message, Batch):
            quick_reader.learn(message)
            found.append(plain)
    return found


def answers() -> list:
    """Return the plaintexts that are no batch: what a node may be told is among them."""
    return [plain for plain in plains() if plain[0] >> 5 != cbor.BYTES]


def frames() -> list:
    """Return the golden frames."""
    return [unhexlify(vector["frame"]) for vector in vectors("frames")]


def records() -> list:
    """Return the golden records without their closing zeros."""
    return [unhexlify(vector["record"])[:-1] for vector in vectors("records")]


def streams() -> list:
    """Return a limit, a size of chunks, and the golden records that are not long."""
    stream = b"\x00".join(record for record in records() if len(record) < 60) + b"\x00"
    return [bytes([limit, size]) + stream for limit in (63, 9) for size in (0, 30)]


def flash_records() -> list:
    """Return golden plaintexts as records of a flash."""
    every = [files.to_record(plain) for plain in plains() if len(plain) < 256]
    every.append(b"".join(every))
    return every


def segments() -> list:
    """Return files of the journal."""
    values = (
        [[0, 1], 60],
        [0, 1, 90, [201, 55], None, 7],
        [1, 0, 1 << 31, [-5, None], [0, 4], 2],
    )
    every = [files.to_record(cbor.dumps(value)) for value in values]
    return [b"".join(every), every[0] + every[1]]


PLAINLY = 3 << 3 | 1  # sealed, the next number, a sample more, the answer to what was asked

# name: (target, its seeds, whether its inputs are histories of those)
TARGETS = {
    "cbor": (decoders.take_cbor, plains, False),
    "batch": (decoders.take_batch, batches, False),
    "quick": (decoders.take_quickly, known_batches, False),
    "message": (decoders.take_message, plains, False),
    "frame": (decoders.take_frame, frames, False),
    "record": (decoders.take_record, records, False),
    "stream": (decoders.take_stream, streams, False),
    "flash_records": (decoders.take_flash_records, flash_records, False),
    "segment": (decoders.take_segment, segments, False),
    "at_gateway": (sessions.take_at_gateway, plains, True),
    "at_node": (sessions.take_at_node, answers, True),
}


def corpus(name: str) -> list:
    """Return the inputs of a target that nothing is wrong with."""
    _, seeds, are_steps = TARGETS[name]
    return [told([(PLAINLY, s), (PLAINLY, s)]) for s in seeds()] if are_steps else seeds()


def inputs(name: str, seed: int):
    """Return what has `next`, for a target."""
    _, seeds, are_steps = TARGETS[name]
    chance = Chance(seed)
    mutator = Mutator(seeds(), chance)
    return Histories(mutator, chance) if are_steps else mutator


def run(name: str, runs: int, seed: int) -> int:
    """Feed a target with `runs` inputs; return how many of them it took."""
    target = TARGETS[name][0]
    source = inputs(name, seed)
    taken = 0
    for _ in range(runs):
        data = source.next()
        try:
            taken += target(data)
        except Exception:
            print("input", hexlify(data).decode())
            raise
    return taken
