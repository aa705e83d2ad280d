"""What the tests of prompts share: virtual boards with files, and what is done beside them."""

import asyncio
import functools
import json
from pathlib import Path

import pytest

from tests.for_tools.boards import PATIENCE_S
from tools.flashing.errors import FlashError
from tools.flashing.prompt import open_prompt
from tools.rig.firmware import firmware_files

ROOT = Path(__file__).parents[2]
KEY, SERVICE_KEY = bytes(range(16)), bytes(range(16, 32))
IDENTITY = {"node": 17, "epoch": 3, "key": KEY.hex(), "service_key": SERVICE_KEY.hex()}
OF_FIRMWARE = {"heap_kb": 320, "uarts": (1,)}  # with the code in /lib, see tools/rig/README.md


def no_key(address):
    """Stand for the keys where none is asked for."""
    raise AssertionError("nothing is locked")


def failing(call, *arguments, **options):
    """Return the FlashError that a call ends with."""
    with pytest.raises(FlashError) as caught:
        call(*arguments, **options)
    return caught.value


def on_board(bench, files, work, printed="", **options):
    """Return what `work(board)` returns, in a thread, on a board that has said `printed`."""

    async def scenario():
        board = bench.board_on(bench.image(files), **options)
        await board.power_on(PATIENCE_S)
        try:
            await bench.until_printed(printed)
            return await asyncio.to_thread(work, board)
        finally:
            await board.stop()

    return asyncio.run(scenario())


def on_idle(bench, files, work, **options):
    """Return what `work(prompt)` returns on a board on which nothing runs."""

    def opened(board):
        with open_prompt(str(board.console), no_key) as prompt:
            return work(prompt)

    return on_board(bench, files, opened, **options)


def on_bare(bench, work):
    """Return the same of a board without files."""
    return on_idle(bench, {}, work)


@functools.cache
def _firmware():
    return firmware_files(ROOT)


def node_files(identity=None, **settings):
    """Return the files of a node of the profile air."""
    return {
        **_firmware(),
        "/identity.json": json.dumps(identity or IDENTITY).encode(),
        "/state/frame_counter": b"0",
        "/config.json": json.dumps({"profile": "air", **settings}).encode(),
    }
