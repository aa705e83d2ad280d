"""Four virtual nodes, one of each profile: images, keys and the boards that run them.

Place: firmware of this checkout -> flash images -> virtual boards -> cables, or air -> gateway.
Guarantee: what a node measured is read from its own journal, in the image, after a power cut: it
is the truth that the platform's count is held against.
"""

import asyncio
import binascii
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protocol import cbor, quantities
from protocol.duty import Ledger
from protocol.lora import UPLINK_HZ
from tools.demonstration import replay
from tools.demonstration.modem import DUTY
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.flash import FlashFaults
from tools.rig.image import build_image, read_image, write_image
from tools.rig.parts.wiring import Parts
from tools.rig.production import production
from tools.rig.profiles import PROFILES, ROOT, quantities_of
from tools.rig.world.client import World

EPOCH = 1
SF = 7
# Two nodes have a radio, each with another chip.
_RADIOS = {"air": "heltec-v3", "water": "lora32-v21"}
# So many intervals of the others: a node on the air has one hundredth of the time to speak.
_AIR_INTERVALS = 3
_RADIO = {
    "channels": [[UPLINK_HZ, SF]],
    "every": 4,
    "ask_every": 3,
    "backfill_s": 2,
    "start_spread_s": 2,
}


class Node:
    """One virtual node; `id` is its address, `name` its place in the topics.

    `wiring` is the board with a radio that it is, or None for one on a cable; `position` is that
    of its antenna in metres from the gateway's. `parts` are its sensors where they are not
    simulated ones, `flash_faults` what becomes of its flash, `more_heap_kb` what a main.py needs
    that does more than the firmware's.
    """

    def __init__(
        self,
        number: int,
        profile: str,
        folder: Path,
        world: World | None = None,
        wiring: str | None = None,
        position: tuple[float, float] = (0.0, 0.0),
        parts: Parts | None = None,
        flash_faults: FlashFaults | None = None,
        more_heap_kb: int = 0,
    ):
        self.id = number
        self.name = f"{profile}-{number}"
        self.profile = profile
        self.key = secrets.token_bytes(16)
        self.image = folder / f"{self.name}.img"
        self.quantities = quantities_of(profile)
        self.cuts = 0
        state = folder / f"{self.name}.state"
        state.mkdir()
        self.wiring = wiring
        slot = None
        if world and wiring:
            slot = world.slot(self.name, boards.wiring(wiring), position)
        made = production(ROOT)
        self.board = VirtualBoard(
            self.image,
            name=self.name,
            state_dir=state,
            radio=slot,
            heap_kb=made.heap_kb + more_heap_kb,
            rom=made.rom,
            flash_faults=flash_faults,
            parts=parts,
        )

    def write(self, config: dict, replay_csv: bytes | None = None) -> None:
        """Write the flash image."""
        identity = {"node": self.id, "epoch": EPOCH, "key": self.key.hex()}
        files = dict(production(ROOT).files)
        files["/identity.json"] = json.dumps(identity).encode()
        files["/state/frame_counter"] = b"0"
        if self.wiring:
            files["/board.json"] = boards.board_file(self.wiring)
            files[DUTY] = Ledger().state()  # it was never on the air
        sensors = dict(config["sensors"], seed=self.id)
        if replay_csv is not None:
            files["/replay.csv"] = replay_csv
            sensors["replay"] = {"path": "/replay.csv"}
        self._config = dict(config, profile=self.profile, sensors=sensors)
        files["/config.json"] = json.dumps(self._config).encode()
        build_image(self.image, files)

    async def rest(self, status_s: int) -> None:
        """Cut the power, tell the node to sample no more, and start it again."""
        await self.board.power_cut()
        config = dict(self._config, measure=False, status_s=status_s)
        files = {"/config.json": json.dumps(config).encode()}
        await asyncio.to_thread(write_image, self.image, files)
        await self.board.power_on()

    async def samples_measured(self) -> int:
        """Return how many samples the node ever put into its journal; the power is cut for it."""
        await self.board.power_cut()
        return next_number(await asyncio.to_thread(read_image, self.image))

    def missing(self, readings: Mapping[tuple[str, str], Any], count: int) -> int:
        """Count the readings of the first `count` samples, one by one, that are not there."""
        return sum(
            (f"{self.id}/{EPOCH}/{number}", name) not in readings
            for number in range(count)
            for name in self.quantities
        )

    @property
    def bytes_up(self) -> int:
        """Return the bytes that left the node over its cable."""
        return self.board.wire[1].bytes_up

    @property
    def bytes_down(self) -> int:
        """Return the bytes that came to the node."""
        return self.board.wire[1].bytes_down


def create(folder: Path, world: World) -> list[Node]:
    """Return four nodes, one of each profile; `provision` gives them something to run."""
    return [
        Node(number, profile, folder, world, _RADIOS.get(profile))
        for number, profile in enumerate(PROFILES, start=11)
    ]


def provision(nodes: list[Node], data: Path | None, interval_s: int) -> None:
    """Write keys and images; with `data`, the nodes replay its CSV files."""
    series = replay.load(data) if data else {}
    config = {
        "interval_s": interval_s,
        "status_s": 10,
        "retry_max_ms": 2000,
        "sensors": {"speedup": 600},
    }
    for node in nodes:
        csv = replay.for_quantities(series, set(node.quantities)) if series else None
        air: dict = {}
        if node.wiring:
            air = {"interval_s": _AIR_INTERVALS * interval_s, "link": "lora", "radio": _RADIO}
        node.write(config | air, csv)


def next_number(files: dict[str, bytes]) -> int:
    """Return the number of samples in a journal: the last segment's first plus what is in it.

    A reader of its own of the format that firmware/node/segment.py describes, so that the count
    does not rest on the code it judges.
    """
    shifts = [0, 0]
    if "/journal/numbering" in files:
        shifts = cbor.loads(files["/journal/numbering"])[0]
    names = sorted(path for path in files if path.startswith("/journal/") and len(path) == 17)
    if not names:
        return shifts[-2] + shifts[-1]
    name = int(names[-1].rpartition("/")[2], 16)
    shift = [s for begin, s in zip(shifts[::2], shifts[1::2], strict=True) if begin <= name][-1]
    data = files[names[-1]]
    at, records = 0, 0
    while at < len(data):
        payload = data[at + 1 : at + 1 + data[at]]
        crc = data[at + 1 + data[at] : at + 5 + data[at]]
        if binascii.crc32(payload).to_bytes(4, "big") != crc:
            break
        at += 5 + data[at]
        records += 1
    return name + shift + max(records - 1, 0)


def readings_per_sample(node: Node) -> int:
    """Return how many readings one sample of a node is; a histogram is one."""
    return len({quantities.by_name(name).qid for name in node.quantities})
