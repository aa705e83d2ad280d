"""What a node found of its link, in numbers, and what a technician does about it.

Place: the node's line -> `parse` -> linkcheck, over_gateway -> flow, record.
Guarantee: a line that is not a whole verdict is None, never half of one.
"""

import re
from dataclasses import dataclass

from protocol.airtime import sub_band
from protocol.lora import BANDWIDTH_HZ, UPLINK_HZ, modulation

_LINE = re.compile(
    r"(?P<colour>green|yellow|red): (?P<answered>\d{1,2}) of (?P<frames>\d{1,2}) answered"
    r"(?:, margin (?P<up>-?\d{1,2}) dB up, (?P<down>-?\d{1,2}) dB down, SF(?P<sf>7|8|9|1[0-2]))?"
)
_GOOD_DB = 10  # firmware/node/mount.py: green from here on
_LOPSIDED_DB = 8  # the gateway's receiver and antenna are better by some dB anyway


@dataclass(frozen=True)
class Link:
    """`colour` is the node's; margins in dB and the spreading factor are None on a wire.

    Up is as the gateway hears the node, down as the node hears the gateway.
    """

    colour: str
    answered: int
    frames: int
    up_db: int | None = None
    down_db: int | None = None
    sf: int | None = None

    @property
    def loss_pct(self) -> int:
        """Return how many frames of a hundred were not answered, lost on either way."""
        return round(100 * (self.frames - self.answered) / self.frames)


def parse(line: str) -> Link | None:
    """Return what a node's verdict says, or None where the line is none."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    answered, frames = int(match["answered"]), int(match["frames"])
    if frames == 0 or answered > frames:
        return None
    if match["sf"] is None:
        return Link(match["colour"], answered, frames)
    up, down, sf = (int(match[name]) for name in ("up", "down", "sf"))
    return Link(match["colour"], answered, frames, up, down, sf)


def frames_per_hour(sf: int, frame_bytes: int) -> int:
    """Return how many frames of a length an hour has room for: 1 % of it, EN 300 220-2."""
    band = sub_band(UPLINK_HZ, BANDWIDTH_HZ)
    return 1000 * band.allowed_ms // modulation(sf).airtime_us(frame_bytes)


def advice(link: Link) -> list[str]:
    """Return what to do, as names of texts, the most important first."""
    if link.colour == "green":
        return ["mount good"]
    if not link.answered:
        return ["mount deaf"]
    words = []
    if link.up_db is not None and link.down_db is not None:
        if link.down_db - link.up_db > _LOPSIDED_DB:
            words.append("mount weak sender")
        elif link.up_db - link.down_db > _LOPSIDED_DB:
            words.append("mount weak receiver")
        if min(link.up_db, link.down_db) < _GOOD_DB:
            words.append("mount not here" if link.colour == "red" else "mount higher")
        else:
            words.append("mount disturbed")
    else:
        words.append("mount cable")
    return words
