"""The cable of one UART, which can be pulled, and into which noise can be put.

Place: node's UART <-> Cable <-> gateway's serial port.
Guarantee: the node never waits for a cable that is unplugged or that nobody listens to. Bytes are
counted where they enter the cable: `bytes_up` is all that the node sent, heard or not.
"""

import socket
from pathlib import Path
from typing import Protocol

from tools.rig.lane import Lane
from tools.rig.terminal import HostPort

# What the kernel keeps for a node that does not read, or of a node that writes faster than the
# supervisor reads: about what a UART driver's buffers hold. The kernel raises it to its minimum.
_BUFFER_BYTES = 2048


class Noise(Protocol):
    """What `CableNoise` is an example of."""

    def up(self, data: bytes) -> bytes: ...

    def down(self, data: bytes) -> bytes: ...


class Cable:
    """`connect` gives the board its end; `plug` gives the host the other, at `link`."""

    def __init__(self, link: Path):
        self._port = HostPort(link)
        self._node: socket.socket | None = None
        self._up = Lane(self._count_up)
        self._down = Lane(self._count_down)
        self.noise: Noise | None = None
        self.bytes_up = 0
        self.bytes_down = 0

    @property
    def link(self) -> Path:
        """Return the stable path of the host's end."""
        return self._port.link

    @property
    def bytes_lost(self) -> int:
        """Return how many bytes reached neither side, noise not counted."""
        return self._up.dropped + self._down.dropped

    def plug(self) -> None:
        """Make the port appear; does nothing when it is there."""
        if not self._port.is_open:
            host = self._port.open()
            self._up.write_to(host)
            self._down.read_from(host)

    def unplug(self) -> None:
        """Make the port vanish under whoever has it open."""
        self._up.write_to(None)
        self._down.read_from(None)
        self._port.close()

    def connect(self) -> socket.socket:
        """Return the board's end of a fresh connection, to be handed over and closed."""
        self._node, board = socket.socketpair()
        for end in (self._node, board):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self._up.read_from(self._node.fileno())
        self._down.write_to(self._node.fileno())
        return board

    def disconnect(self, is_power_cut: bool) -> None:
        """End the connection; what the board had written still leaves, unless power was cut."""
        if self._node is None:
            return
        if not is_power_cut:
            self._up.drain()
        self._up.read_from(None)
        self._down.write_to(None)
        self._node.close()
        self._node = None

    def _count_up(self, data: bytes) -> bytes:
        self.bytes_up += len(data)
        return self.noise.up(data) if self.noise else data

    def _count_down(self, data: bytes) -> bytes:
        self.bytes_down += len(data)
        return self.noise.down(data) if self.noise else data
