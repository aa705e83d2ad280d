"""Two boards measure their radio drivers, on the bench or in the virtual rig.

One sends FRAMES frames, the other receives them. Each prints a line of JSON: microseconds from the
interrupt until the caller goes on with the frame in hand, and bytes of heap for each frame: of the
whole call, asyncio's waiting included, and of the driver's own steps, between which it waits.

Place: main.py of a board that has the firmware's /lib and a /board.json; /bench.json says which of
the two it is. tools/benchmark/radio.py runs it in the rig, `mpremote run` on a real board.
"""

import asyncio
import gc
import json
import time

import machine

from node import board

FRAMES = 20
_LENGTH = 40
_PAUSE_MS = 300


def _median(values: list) -> int:
    return sorted(values)[len(values) // 2]


async def _send(radio) -> dict:
    frame = bytes(range(_LENGTH))
    after_us = []
    heap = []
    for _ in range(FRAMES):
        await asyncio.sleep_ms(_PAUSE_MS)
        gc.collect()
        before = gc.mem_alloc()
        await radio.send(frame)
        heap.append(gc.mem_alloc() - before)
        after_us.append(time.ticks_diff(time.ticks_us(), radio.sent_ticks_us))
    return {
        "after_us": _median(after_us),
        "heap": _median(heap),
        "steps_heap": _steps_of_send(radio),
    }


def _steps_of_send(radio) -> int:
    frame = bytes(range(_LENGTH))
    radio.standby()
    gc.collect()
    before = gc.mem_alloc()
    radio.start_send(frame)
    return gc.mem_alloc() - before


async def _receive(radio) -> dict:
    buffer = bytearray(255)
    after_us = []
    heap = []
    for _ in range(FRAMES):
        gc.collect()
        before = gc.mem_alloc()
        count = await radio.receive_into(buffer)
        heap.append(gc.mem_alloc() - before)
        after_us.append(time.ticks_diff(time.ticks_us(), radio.frame_ticks_us))
        if bytes(buffer[:count]) != bytes(range(_LENGTH)):
            raise ValueError("another frame than was sent")
    gc.collect()
    before = gc.mem_alloc()
    radio.read_into(buffer)
    steps = gc.mem_alloc() - before
    return {"after_us": _median(after_us), "heap": _median(heap), "steps_heap": steps}


async def _main(sends: bool) -> None:
    radio = board.radio(board.load(), machine)
    await radio.start()
    radio.set_channel(868100000, 7, 125000, 5, False)
    print("radio: ready")
    print("radio:", json.dumps(await (_send if sends else _receive)(radio)))


with open("/bench.json") as _file:
    _sends = json.load(_file)["sends"]
asyncio.run(_main(_sends))
