"""The LoRa modem on the gateway's USB port, as a virtual board with the node's firmware.

Place: nodes' radios ))) world ))) modem's radio -> cable -> gateway.
"""

import json
from pathlib import Path

from protocol.duty import Ledger
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.image import build_image
from tools.rig.production import production
from tools.rig.profiles import ROOT
from tools.rig.world.client import World

BOARD = "heltec-v3"
DUTY = "/state/duty"


class Modem:
    """`board` is what runs; `port` is what the gateway opens."""

    def __init__(self, world: World, folder: Path, name: str = "modem", state_s: int = 10):
        self.name = name
        self._image = folder / f"{name}.img"
        self._config = {"role": "modem", "uart": 1, "state_s": state_s, "watchdog_s": 600}
        state = folder / f"{name}.state"
        state.mkdir()
        slot = world.slot(name, boards.wiring(BOARD))
        made = production(ROOT)
        self.board = VirtualBoard(
            self._image,
            name=name,
            state_dir=state,
            radio=slot,
            heap_kb=made.heap_kb,
            rom=made.rom,
        )

    def write(self) -> None:
        """Write the flash image."""
        files = dict(production(ROOT).files)
        files["/config.json"] = json.dumps(self._config).encode()
        files["/board.json"] = boards.board_file(BOARD)
        files[DUTY] = Ledger().state()  # it was never on the air
        build_image(self._image, files)

    @property
    def port(self) -> Path:
        """Return the path that the gateway opens."""
        return self.board.uart(1)


def serial_table(modem: Modem, frequency_hz: int, sf: int) -> str:
    """Return the part of a gateway's configuration that is about this modem."""
    return (
        f'[[serial]]\nname = "{modem.name}"\nport = "{modem.port}"\n'
        f"[serial.radio]\nfrequency_hz = {frequency_hz}\nsf = {sf}"
    )
