"""One node and one modem on the virtual air, and a peer on the modem's port that answers.

The peer is the protocol's own GatewaySession in this process, as in `bench`; the gateway with a
modem is tested in `tests/whole` and `test_demonstration`.
"""

import json
from pathlib import Path

from hil_tests.bench import KEY, NODE, ROOT, Peer
from protocol import modem
from protocol.duty import Ledger
from protocol.envelope import TAG_RADIO
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS, UPLINK_HZ
from tools.demonstration.modem import DUTY, Modem
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.image import build_image
from tools.rig.production import production
from tools.rig.world.client import World

SF = 9


class AirPeer(Peer):
    """Hears a modem and answers through it; `heard` and `results` are what the modem said."""

    tag_length = TAG_RADIO

    def __init__(self, port: Path, clock: Path | None = None):
        super().__init__(port)
        self._clock = clock  # of a warped world
        self.heard: list[modem.Heard] = []
        self.results: list[int] = []
        self.states: list[modem.State] = []

    def _hear(self, frame: bytes) -> None:
        message = modem.decode(frame)
        if isinstance(message, modem.Heard):
            self.heard.append(message)
            super()._hear(message.frame)
        elif isinstance(message, modem.Done):
            self.results.append(message.result)
        else:
            self.states.append(message)

    def unix_ms(self) -> int:
        """Return the world's time, where that is another."""
        if self._clock is None:
            return super().unix_ms()
        return int.from_bytes(self._clock.read_bytes(), "big") // 1000

    def send(self, frame: bytes | None) -> None:
        """Order the answer to the frame heard last."""
        if frame is not None:
            times = self.heard[-1].stamp_ms, ANSWER_AFTER_MS, ANSWER_UNTIL_MS
            order = modem.Send(len(self.heard), *times, ANSWER_HZ, SF, 14, frame)
            super().send(modem.encode(order))


class AirBench:
    """Use `async with AirBench(folder, board) as bench`; modem and node are off at first.

    `mode` is that of the world; `parts` are the node's sensors, where it has more than simulated.
    """

    def __init__(self, folder: Path, board: str, mode: str = "real", parts=None, **config):
        self.folder = folder
        self.console = bytearray()
        self.world = World(folder, mode=mode)
        self._parts = parts
        self._name = board
        self._config = {
            "profile": "air",
            "interval_s": 2,
            "status_s": 10,
            "link": "lora",
            "radio": {
                "channels": [[UPLINK_HZ, SF]],
                "every": 1,
                "ask_every": 2,
                "start_spread_s": 1,
            },
            "sensors": {"seed": 5, "speedup": 60},
            **config,
        }

    async def __aenter__(self) -> "AirBench":
        await self.world.__aenter__()
        made = production(ROOT)
        # What it says of itself holds the time of a warped world each time.
        state_s = 10 if self.world.mode == "real" else 3600
        self.modem = Modem(self.world, self.folder, state_s=state_s)
        self.modem.write()
        identity = {"node": NODE, "epoch": 1, "key": KEY.hex()}
        own = {
            "/identity.json": json.dumps(identity).encode(),
            "/config.json": json.dumps(self._config).encode(),
            "/board.json": boards.board_file(self._name),
            "/state/frame_counter": b"0",
            DUTY: Ledger().state(),
        }
        image = self.folder / "flash.img"
        build_image(image, made.files | own)
        self.board = VirtualBoard(
            image,
            state_dir=self.folder,
            name="node",
            heap_kb=made.heap_kb,
            rom=made.rom,
            on_console=self.console.extend,
            radio=self.world.slot("node", boards.wiring(self._name)),
            parts=self._parts,
        )
        clock = self.world.clock if self.world.mode == "warp" else None
        self.peer = AirPeer(self.modem.port, clock)
        self.peer.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.peer.close()
        await self.board.stop()
        await self.modem.board.stop()
        await self.world.__aexit__(*error)

    def said(self) -> str:
        """Return what the node's console printed so far."""
        return self.console.decode(errors="replace")
