"""One node as on its mast: on the air, in a world whose time jumps, and a gateway that answers.

    meter, firmware in ROM -> board with virtual sensors ))) world ))) modem's board -> Peer

Place: heaps, wakes -> here -> tools.rig, peer; a meter (tools/rig/device/bench_*.py) runs along.
Guarantee: the firmware runs unchanged, in a ROM and with the heap of an ESP32. Nothing is lost on
the air, so what is missing was lost by the node.
"""

import asyncio
import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocol.duty import Ledger
from protocol.lora import UPLINK_HZ
from tools.benchmark.errors import BenchError
from tools.benchmark.peer import AirPeer
from tools.benchmark.sealing import EPOCH
from tools.demonstration.modem import DUTY, Modem
from tools.rig import boards, rom
from tools.rig.board import VirtualBoard
from tools.rig.chip import ESP32_HEAP_KB
from tools.rig.firmware import compiled, firmware_files
from tools.rig.image import build_image
from tools.rig.parts import (
    a02,
    bme280,
    divider,
    ds18b20,
    ld2415h,
    microphone,
    pulses,
    scd41,
    sds011,
    sps30,
)
from tools.rig.parts.street import Street
from tools.rig.parts.wiring import Parts
from tools.rig.profiles import ROOT
from tools.rig.reach import board_modules
from tools.rig.world.client import World

BOARD = "heltec-v3"  # all wires that a profile may want, and a radio
SF = 9
_NODE = 17
_THERE = {
    "temperature": 8.5,
    "humidity": 71.0,
    "pressure": 1002.0,
    "pm25": 12.0,
    "pm10": 19.5,
    "distance_m": 1.25,
    "co2": 640.0,
    "battery_v": 3.9,
    "solar_v": 5.2,
    "noise_dba": 60.0,
}
_BLOCK_BYTES = 32  # of the heap of a 64-bit MicroPython
_OURS = ("node", "radio", "protocol")
_STEP_S = 3600.0
_PATIENCE_S = 300.0  # real seconds for one step


def metered_rom(meter: str) -> Path:
    """Return the firmware of this checkout in a ROM, with a meter of tools/rig/device around it."""
    sources = board_modules(ROOT)
    sources["node_boot.py"] = ROOT / "firmware" / "frozen" / "_boot.py"
    sources["_boot.py"] = ROOT / "tools" / "rig" / "device" / f"bench_{meter}.py"
    files = compiled(sources)
    if files is None:
        raise BenchError("no mpy-cross whose files this micropython loads: no ROM can be made")
    return rom.keep_rom(files)


def sensors(profile: str) -> Parts:
    """Return what a node of a profile has around it."""
    board = json.loads(boards.board_file(BOARD))
    wires, street = board["sensors"], Street(3, per_hour=250, slot_s=12)

    def world(seconds: float) -> dict[str, float]:
        # What stands still would be a frozen sensor.
        return {name: value + seconds % 977 / 1e4 for name, value in _THERE.items()}

    def voltage(place: dict[str, Any], name: str) -> divider.Divider:
        return divider.Divider(world, name, place["upper_kohm"], place["lower_kohm"])

    serial = {"air-dust": sds011.Sds011(world), "traffic-radar": ld2415h.Ld2415h(street)}
    battery, solar = board["power"]["battery"], wires["solar"]
    return Parts(
        i2c=[bme280.Bme280(world), scd41.Scd41(world), sps30.Sps30(world)],
        uart={2: serial.get(profile) or a02.A02(world)},
        onewire=ds18b20.Ds18b20(world),
        pulses={wires["pulses"][0]: pulses.Pulses(street)},
        i2s=microphone.Microphone(world),
        adc={
            battery["pin"]: voltage(battery, "battery_v"),
            solar["pin"]: voltage(solar, "solar_v"),
        },
    )


class Field:
    """Use `async with Field(folder, rom, profile, config) as field`; the board is on then.

    `spare_kb` is heap for a meter that takes some, on top of that of an ESP32.
    """

    def __init__(
        self, folder: Path, made: Path, profile: str, config: dict[str, Any], spare_kb: int = 0
    ):
        self._folder = folder
        self._profile = profile
        self._rom = made
        self._heap_kb = ESP32_HEAP_KB + spare_kb
        self._config = {
            "profile": profile,
            "link": "lora",
            "radio": {"channels": [[UPLINK_HZ, SF]], "start_spread_s": 1},
            "watchdog_s": 600,
            **config,
        }
        self._said = bytearray()
        self._world = World(folder, mode="warp")

    async def __aenter__(self) -> "Field":
        await self._world.__aenter__()
        self._modem = Modem(self._world, self._folder, state_s=3600)
        self._modem.write()
        key = secrets.token_bytes(16)
        image = self._folder / "flash.img"
        build_image(image, self._files(key))
        self.board = VirtualBoard(
            image,
            state_dir=self._folder,
            name="node",
            heap_kb=self._heap_kb,
            rom=self._rom,
            on_console=self._said.extend,
            radio=self._world.slot("node", boards.wiring(BOARD)),
            parts=sensors(self._profile),
        )
        self.peer = AirPeer(_NODE, key, SF, self._world.clock)
        self.peer.open(self._modem.port)
        await self._modem.board.power_on(60)
        await self.board.power_on(60)
        return self

    def _files(self, key: bytes) -> dict[str, bytes]:
        identity = {"node": _NODE, "epoch": EPOCH, "key": key.hex()}
        return firmware_files(ROOT, in_rom=True) | {
            "/identity.json": json.dumps(identity).encode(),
            "/config.json": json.dumps(self._config).encode(),
            "/board.json": boards.board_file(BOARD),
            "/state/frame_counter": b"0",
            DUTY: Ledger().state(),
        }

    async def __aexit__(self, *error: object) -> None:
        self.peer.close()
        await self.board.stop()
        await self._modem.board.stop()
        await self._world.__aexit__(*error)

    async def pass_until(
        self, is_so: Callable[[], bool], most_s: float, step_s: float = _STEP_S
    ) -> None:
        """Let time pass until something is so; BenchError where it is not after `most_s`."""
        at_s = end_s = (await self._world.do("now"))["s"]
        end_s += most_s
        while not is_so():
            if at_s >= end_s:
                raise BenchError(f"the node {self._profile} does not get there: {self._last()}")
            at_s = min(at_s + step_s, end_s)
            await asyncio.wait_for(self._world.do("until", s=at_s), _PATIENCE_S)
            await asyncio.sleep(0.1)  # what the modem heard last

    def told(self) -> list[dict[str, Any]]:
        """Return what the meter told, and `modules`: those of ours that are loaded.

        `largest` is the largest free piece of heap, in bytes.
        """
        told: list[dict[str, Any]] = []
        modules: list[str] = []
        is_new = True
        for line in self._said.decode(errors="replace").splitlines():
            if line.startswith("bench: {"):
                told.append(json.loads(line[7:]) | {"modules": modules})
                is_new = True
            elif line.startswith("bench+ "):
                modules = [] if is_new else modules
                is_new = False
                if line[7:].split(".")[0] in _OURS:
                    modules.append(line[7:])
                told[-1]["modules"] = modules
            elif told and (found := re.search(r"max free sz: (\d+)", line)):
                told[-1]["largest"] = int(found.group(1)) * _BLOCK_BYTES
        return told

    def _last(self) -> str:
        lines = self._said.decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-2:]) or "it said nothing on its console"
