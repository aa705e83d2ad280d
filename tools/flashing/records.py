"""The records of a workshop: which board has which address, and under which epoch its key.

Place: provisioning -> Records -> claims/, records/, burnt/; records/ -> inventory -> gateway.
Guarantee: when `claim` returns, address, epoch and the sealed key are on the disk; none of them is
given twice, whatever is cut and however many processes ask. A record is whole or not there. No key
is ever written in clear. Where a file cannot be read, nothing is given, for it may hold an address.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.flashing import durable, record_conflicts, record_format, sealing
from tools.flashing.allocation import (
    Wanted,
    check_clock,
    check_fit,
    next_address,
    next_epoch,
    next_time,
    whose_place,
)
from tools.flashing.errors import FlashError
from tools.flashing.record_files import (
    BURNT,
    CLAIMED,
    CLAIMS,
    FINISHED,
    IS_BURNT,
    RECORDS,
    RETIRED,
    Folder,
    Known,
    RecordFiles,
)
from tools.flashing.record_making import merged, retired, sealed_again

_LOCK = ".lock"


@dataclass(frozen=True)
class Claim:
    """A key that was made for a board and is in no file in clear; `record` holds it sealed."""

    address: int
    epoch: int
    key: bytes = field(repr=False)
    check: str
    hardware: str
    record: dict[str, Any] = field(repr=False)


class Records:
    """`claim`, bring the key onto the board, `finish`; `burn` where the key did not arrive.

    `folder` is the workshop's, `addresses` are those that it may give.
    """

    def __init__(self, folder: Path, addresses: range):
        self.folder = folder
        self.addresses = addresses
        self._files = RecordFiles(folder)

    def known(self, hardware: str) -> Known | None:
        """Return the newest of a board that is not burnt, or None."""
        wanted = record_format.hardware(hardware)
        return self._newest(lambda known: known.hardware == wanted)

    def finished(self, hardware: str) -> list[Known]:
        """Return all finished records of a board, the oldest first."""
        wanted = record_format.hardware(hardware)
        found = [known for known in self._files.read().known if known.state == FINISHED]
        return sorted(
            [known for known in found if known.hardware == wanted], key=lambda known: known.epoch
        )

    def by_address(self, address: int) -> Known | None:
        """Return the newest of an address that is not burnt, or None."""
        return self._newest(lambda known: known.address == address)

    def read(self) -> Folder:
        """Return all records, and as problems what is none and what contradicts itself."""
        folder = self._files.read()
        return Folder(folder.known, folder.problems + record_conflicts.conflicts(folder.known))

    def ready(self) -> None:
        """Raise what keeps any board from getting a key, before one is touched."""
        with self._changing():
            probe = self.folder / CLAIMS / f".probe{durable.PART}"
            durable.write(probe, b"\n")
            durable.remove(probe)

    def claim(
        self,
        hardware: str,
        lab: str,
        *,
        board: str | None,
        radio: bool,
        profile: str | None,
        by: str,
        recipients: Sequence[bytes],
        now: float,
        point: str | None = None,
        replaces: int | None = None,
        place: dict[str, Any] | None = None,
        address: int | None = None,
    ) -> Claim:
        """Make a key for a board: its address, or the next free one, and an epoch never used.

        `recipients` are public keys, 32 bytes each; `now` is Unix time. An older claim of the board
        is burnt. FlashError says why there is none, and then nothing was written.
        """
        hardware = record_format.hardware(hardware)
        if not recipients:
            raise FlashError("F318", lab=lab, folder=self.folder)
        check_clock(now)
        with self._changing() as folder:
            address = next_address(folder.known, hardware, address, replaces, self.addresses)
            epoch = next_epoch(folder.known, address)
            wanted = Wanted(address, lab, point, replaces)
            made_s = next_time(folder.known, now, wanted)
            key, check = _new_key(folder.known)
            values = {
                "record": record_format.FORMAT,
                "address": address,
                "epoch": epoch,
                "hardware": hardware,
                "board": board,
                "radio": radio,
                "lab": lab,
                "point": point,
                "profile": profile,
                "place": place,
                "made": record_format.time_text(made_s),
                "by": by,
                "replaces": whose_place(folder.known, wanted),
                "sealed": sealing.seal(key, address, epoch, recipients),
                "extra": {"flash": {"check": check, "claimed": record_format.time_text(now)}},
            }
            record = {name: value for name, value in values.items() if value is not None}
            self._write(self._files.path(CLAIMS, address, epoch), record)
            self._clear(folder.known, address, below=epoch)
        return Claim(address, epoch, key, check, hardware, record)

    def finish(self, claim: Claim | Known, extra: dict[str, Any], now: float) -> Path:
        """Make a claim a finished record, with more in `extra`; return its file. Twice is once."""
        check_clock(now)
        done = self._files.path(RECORDS, claim.address, claim.epoch)
        with self._changing(careful=False) as folder:
            states = _states(folder.known, claim)
            if FINISHED not in states:
                if CLAIMED not in states or RETIRED in states:
                    raise FlashError("F342", address=claim.address, epoch=claim.epoch)
                check_fit(folder.known, states[CLAIMED])
                before = states[CLAIMED].record
                times = {"flash": {"finished": record_format.time_text(now)}}
                more = merged(merged(before["extra"], times), extra)
                self._write(done, {**before, "extra": more})
            durable.remove(self._files.path(CLAIMS, claim.address, claim.epoch))
        return done

    def burn(self, claim: Claim | Known) -> None:
        """Give up a claim whose key reached nobody; its epoch stays used. Twice is once."""
        with self._changing(careful=False) as folder:
            states = _states(folder.known, claim)
            if FINISHED in states or not {CLAIMED, IS_BURNT} & states.keys():
                raise FlashError("F342", address=claim.address, epoch=claim.epoch)
            if CLAIMED in states:
                self._clear(folder.known, claim.address, below=claim.epoch + 1)

    def retire(self, hardware: str, proof: dict[str, Any], now: float, by: str) -> Path:
        """Put down that a board was wiped, and what proves it; return the file. Twice is once."""
        check_clock(now)
        hardware = record_format.hardware(hardware)
        with self._changing() as folder:
            of_board = [known for known in folder.known if known.hardware == hardware]
            if not of_board:
                raise FlashError("F343", hardware=hardware)
            alive = [known for known in of_board if known.state != IS_BURNT]
            newest = max(alive or of_board, key=lambda known: known.age)
            path = self._files.path(RECORDS, newest.address, newest.epoch, retired=True)
            if newest.state != RETIRED:
                wanted = Wanted(newest.address, newest.record["lab"], None, None)
                made_s = next_time(folder.known, now, wanted)
                self._write(path, retired(newest, made_s, by, proof))
            self._clear(folder.known, newest.address, below=newest.epoch + 1)
        return path

    def add(self, records: Iterable[Known]) -> int:
        """Take over records of others, finished or retired; return how many were new.

        All are taken or none: FlashError names both versions of what contradicts what is here.
        """
        with self._changing() as folder:
            there = {(k.address, k.epoch, k.state): k for k in folder.known}
            new: list[Known] = []
            for record in records:
                name = (record.address, record.epoch, record.state)
                if name not in there:
                    new.append(record)
                elif error := record_conflicts.versions(there[name], record):
                    raise error
                there.setdefault(name, record)
            for error in record_conflicts.of_new(folder.known, new):
                raise error
            for record in new:
                retired = record.state == RETIRED
                path = self._files.path(RECORDS, record.address, record.epoch, retired)
                self._write(path, record.record)
        return len(new)

    def seal_again(self, private: bytes, recipients: Callable[[str], Sequence[bytes]]) -> int:
        """Seal the keys of all records also to who is new at their labs; return of how many.

        `private` is a key that they are sealed to, such as the city's escrow key; `recipients`
        returns the public keys of a lab. F354 where it opens a record not, and nothing is changed.
        """
        with self._changing() as folder:
            changed = []
            for known in folder.known:
                if known.state in (CLAIMED, FINISHED):
                    changed += sealed_again(known, private, recipients(known.record["lab"]))
            for path, record in changed:
                self._write(path, record)
        return len(changed)

    @contextlib.contextmanager
    def _changing(self, careful: bool = True) -> Iterator[Folder]:
        """Keep everybody else out, and give what is there; F33x where that cannot be trusted."""
        with durable.locked(self.folder / _LOCK):
            self._files.make()
            self._files.tidy()
            folder = self._files.read()
            if careful and folder.problems:
                raise folder.problems[0]
            yield folder

    def _newest(self, wanted: Callable[[Known], bool]) -> Known | None:
        known = self._files.read().known
        found = [item for item in known if wanted(item)]
        if found:
            error = record_conflicts.of_board(known, found[0].hardware, found[0].address)
            if error is not None:
                raise error
        alive = [item for item in found if item.state != IS_BURNT]
        return max(alive, key=lambda item: item.age) if alive else None

    def _write(self, path: Path, record: dict[str, Any]) -> None:
        durable.write(path, record_format.encoded(record_format.check(path, record)))

    def _clear(self, known: list[Known], address: int, below: int) -> None:
        """Take older claims of an address away: the finished ones go, the others are burnt."""
        for claim in known:
            if claim.state != CLAIMED or claim.address != address or claim.epoch >= below:
                continue
            if {FINISHED, IS_BURNT} & _states(known, claim).keys():
                durable.remove(claim.path)
            else:
                durable.move(claim.path, self._files.path(BURNT, address, claim.epoch))


def _states(known: list[Known], claim: Claim | Known) -> dict[str, Known]:
    """Return the files of one key, by their state."""
    key = (claim.address, claim.epoch, claim.hardware)
    of_epoch = [k for k in known if (k.address, k.epoch, k.hardware) == key]
    return {k.state: k for k in of_epoch if k.check == claim.check or k.state == RETIRED}


def _new_key(known: list[Known]) -> tuple[bytes, str]:
    """Return a key and its fingerprint; F344 where it was there before: chance does not do that."""
    key = secrets.token_bytes(sealing.KEY_BYTES)
    check = sealing.check_of(key)
    twin = next((item for item in known if item.check == check), None)
    if twin is not None:
        raise FlashError("F344", file=twin.path)
    return key, check
