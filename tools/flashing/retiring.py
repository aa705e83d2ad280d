"""A board is wiped for good: keys, samples and settings go, and reading back proves it.

Place: command line -> `retire` -> Chip, Records.
Guarantee: the record says retired only after the chip itself has summed up its whole flash and
found nothing but erased bytes.
"""

import hashlib
import time

from tools.flashing.chip import Chip, open_chip
from tools.flashing.errors import FlashError
from tools.flashing.wish import Observer, Result, Step
from tools.flashing.workshop import Workshop

STEPS = ("look", "erase", "prove", "record")
_PIECE_BYTES = 1 << 20


def retire(port: str, workshop: Workshop, observer: Observer, dry_run: bool = False) -> Result:
    """Wipe the board at a port and put that down in its record; F414 for a board of others."""
    result = Result(port)
    try:
        observer.step("look")
        with open_chip(port, workshop.baud, observer.progress, observer.note) as chip:
            _wipe(chip, workshop, observer, result, dry_run)
    except FlashError as e:
        result.error = e
    return result


def _wipe(
    chip: Chip, workshop: Workshop, observer: Observer, result: Result, dry_run: bool
) -> None:
    result.mac = chip.mac
    observer.found(chip.mac)
    known = workshop.records.known(chip.mac)
    if known is None:
        raise FlashError("F414", mac=chip.mac)
    result.address, result.epoch = known.address, known.epoch
    workshop.records.ready()
    if dry_run:
        result.steps = [Step(name, 0.0, "wanted") for name in STEPS[1:]]
        return
    begun_s = time.monotonic()
    for name in STEPS[1:]:
        observer.step(name)
        if name == "erase":
            chip.erase()
        elif name == "prove":
            _prove(chip, observer)
        else:
            proof = {"erased_bytes": chip.flash_size, "proved_by": "md5 of the chip"}
            now = time.time()
            result.record = workshop.records.retire(chip.mac, proof, now, workshop.by)
        now_s = time.monotonic()
        result.steps.append(Step(name, now_s - begun_s, "done"))
        begun_s = now_s


def _prove(chip: Chip, observer: Observer) -> None:
    """Have the chip sum up its whole flash; F415 names the first piece that is not erased."""
    erased = hashlib.md5(b"\xff" * _PIECE_BYTES, usedforsecurity=False).hexdigest()
    for at in range(0, chip.flash_size, _PIECE_BYTES):
        if chip.md5(at, _PIECE_BYTES) != erased:
            raise FlashError("F415", place=f"0x{at:x}")
        observer.progress(at + _PIECE_BYTES, chip.flash_size)
