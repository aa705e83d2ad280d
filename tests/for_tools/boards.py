"""What tests of the virtual board share: boards with a given main.py, ports, and patience."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tools.rig.board import VirtualBoard
from tools.rig.image import build_image

PATIENCE_S = 60.0  # for machines that do much else


async def until(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so, or fail with what was waited for."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"this did not happen: {what}") from None


class Bench:
    """Makes boards in a folder; `printed` is what all consoles showed."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.printed = bytearray()

    def image(self, files: dict[str, bytes], name: str = "board") -> Path:
        """Make a flash image."""
        path = self.folder / f"{name}.img"
        build_image(path, files)
        return path

    def new_board(self, main: str, *, name: str = "board", **options) -> VirtualBoard:
        """Make a board, switched off."""
        return self.board_on(self.image({"/main.py": main.encode()}, name), name=name, **options)

    def board_on(self, image: Path, *, name: str = "board", **options) -> VirtualBoard:
        """Make a board on an image that there is, switched off."""
        options = {"on_console": self.printed.extend, **options}
        return VirtualBoard(image, state_dir=self.folder, name=name, **options)

    @contextlib.asynccontextmanager
    async def board(self, main: str = "", **options) -> AsyncIterator[VirtualBoard]:
        """Run a board that is taken down at the end."""
        board = self.new_board(main, **options)
        try:
            await board.power_on(PATIENCE_S)
            yield board
        finally:
            await board.stop()

    async def until_printed(self, text: str) -> None:
        """Wait until a console showed a text."""
        await until(lambda: text.encode() in self.printed, f"{text!r} in {bytes(self.printed)!r}")


class Port:
    """A program on the host that has a port open; `is_gone` when it was pulled out."""

    def __init__(self, path: Path):
        self.received = bytearray()
        self.is_gone = False
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    async def write(self, data: bytes) -> None:
        """Write all of it, however long that takes."""
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                await asyncio.sleep(0.005)

    async def until_received(self, data: bytes) -> None:
        """Wait until everything received is this."""
        await until(lambda: len(self.received) >= len(data), f"{len(data)} bytes arrive")
        assert self.received == data

    def close(self) -> None:
        """Close the port."""
        if not self.is_gone:
            asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        except OSError as e:
            assert e.errno == errno.EIO
            data = b""
        if not data:
            self.is_gone = True
            asyncio.get_running_loop().remove_reader(self._descriptor)
        self.received += data


@contextlib.contextmanager
def opened(path: Path):
    """Open a port for the length of a block."""
    port = Port(path)
    try:
        yield port
    finally:
        port.close()
