"""The inventory of a workshop: its table, what is mailed to the gateway, and what others mailed.

Place: Records -> here -> terminal, the gateway's `nodes import`; files of others -> Records.
Guarantee: no key is in a row, and what is exported holds keys sealed only.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.flashing import durable, keys, record_conflicts, record_format
from tools.flashing.errors import FlashError
from tools.flashing.record_files import FINISHED, IS_BURNT, RETIRED, Known, of_record
from tools.flashing.records import Records
from tools.flashing.workshop import Workshop

_MOST_BYTES = 64 * 2**20  # as much as the gateway takes


class Row(NamedTuple):
    """One board; `state` is finished, claimed (begun), retired, or burnt (no key of it is in use).

    `point` is where it hangs now; `finished` is when that state began, as in a record.
    """

    address: int
    epoch: int
    hardware: str
    board: str | None
    profile: str | None
    lab: str
    point: str | None
    state: str
    finished: str


class Taken(NamedTuple):
    """What a file of others brought."""

    new: int
    known: int


def rows(known: Iterable[Known]) -> list[Row]:
    """Return the boards in the order of their addresses."""
    known = list(known)
    boards: dict[tuple[int, str], Known] = {}
    for item in known:
        board = (item.address, item.hardware)
        if board not in boards or _newer(item, boards[board]):
            boards[board] = item
    points = {item.address: point for point, item in record_conflicts.holders(known).items()}
    return [_row(boards[name], points) for name in sorted(boards)]


def _newer(one: Known, other: Known) -> bool:
    return (one.state != IS_BURNT, one.age) > (other.state != IS_BURNT, other.age)


def _row(known: Known, points: dict[int, str]) -> Row:
    record = known.record
    flash = record.get("extra", {}).get("flash", {})
    finished = flash.get("finished") if isinstance(flash, dict) else None
    return Row(
        address=known.address,
        epoch=known.epoch,
        hardware=known.hardware,
        board=record.get("board"),
        profile=record.get("profile"),
        lab=record["lab"],
        point=points.get(known.address),
        state=known.state,
        finished=str(finished or record["made"]),
    )


def exported(known: Iterable[Known]) -> bytes:
    """Return all finished and retired records as JSON lines, in the order they were made."""
    done = [item for item in known if item.state in (FINISHED, RETIRED)]
    done.sort(key=lambda item: (item.made_s, item.address, item.age))
    return b"".join(record_format.encoded(item.record) for item in done)


def take(records: Records, path: Path) -> Taken:
    """Take over a file of records, as `exported` returns: all of it, or FlashError and none."""
    with durable.told(path), path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise FlashError("F339", file=path, why=f"> {_MOST_BYTES >> 20} MB")
    found = [_of_others(name, value) for name, value in _values(path, content)]
    if not found:
        raise FlashError("F339", file=path, why=f"0 × {record_format.FORMAT}")
    new = records.add(found)
    return Taken(new, len(found) - new)


def seal_again(workshop: Workshop, key_file: Path) -> int:
    """Seal all keys also to gateways that are new at their labs; return how many records changed.

    `key_file` holds a private key that they are sealed to, such as the city's escrow key.
    """
    return workshop.records.seal_again(keys.read_secret(key_file), workshop.recipients)


def _of_others(name: str, value: Any) -> Known:
    if not isinstance(value, dict):
        raise FlashError("F339", file=name, why=type(value).__name__)
    record = record_format.check(name, value)
    state = RETIRED if record.get("state") == "retired" else FINISHED
    return of_record(Path(name), record, state)


def _values(path: Path, content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield (file and line, value) of JSON lines, or of one array."""
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("["):
            for number, value in enumerate(record_format.decoded(text), 1):
                yield f"{path}[{number}]", value
            return
    except (ValueError, RecursionError) as e:
        raise FlashError("F339", file=path, why=str(e)) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            name = f"{path}:{number}"
            try:
                yield name, record_format.decoded(line)
            except (ValueError, RecursionError) as e:
                raise FlashError("F339", file=name, why=str(e)) from None
