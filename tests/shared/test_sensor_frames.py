"""Drivers of sensors on a UART, on every runtime: frames in pieces, text, numbers, and counting."""

import asyncio

from node.drivers.a02 import A02
from node.drivers.divider import Divider
from node.drivers.ld2415h import Ld2415h
from node.drivers.maxbotix import MaxBotix
from node.drivers.pulses import Pulses
from node.drivers.sds011 import Sds011

DUST = bytes([0xAA, 0xC0, 0xD4, 0x04, 0x3A, 0x0A, 0xA1, 0x60, 0x1D, 0xAB])
SLEEPS = bytes([0xAA, 0xC5, 0x06, 0x01, 0x00, 0x00, 0xA1, 0x60, 0x08, 0xAB])
SHOT = bytes([0xFF, 0x07, 0xA1, 0xA7])
LOST = bytes([0xFF, 0xFF, 0xFD, 0xFB])
SETTINGS = b"X1:01 X2:00 X3:05 X4:01 X5:00 X6:00 X7:05 X8:03 X9:01 X0:01\r\n"


class Board:
    """A UART that delivers the pieces it is given, a pin, a voltage: all ports in one."""

    IRQ_FALLING = 2

    def __init__(self, pieces=()):
        self.pieces = list(pieces)
        self.sent = b""
        self.volts = [3000, 3720, 3721, 9999, 3719]

    def uart(self, number, baud):
        return self

    def pulses(self, number):
        return self

    def millivolts(self, name):
        return lambda: self.volts.pop(0)

    def read(self):
        return self.pieces.pop(0) if self.pieces else None

    def write(self, data):
        self.sent += data

    def irq(self, handler, trigger):
        self.handler = handler

    def value(self):
        return 1


def heard(driver, data, size):
    """Return the frames that a driver finds in this data when it comes in pieces of this size."""
    board = Board([data[i : i + size] for i in range(0, len(data), size)])
    chip = driver(board)
    frames = []
    while board.pieces:
        frames += chip._listen()
    return frames


def test_frames_are_found_however_they_are_cut():
    for size in (1, 2, 3, 7, 200):
        assert heard(Sds011, b"\xaa\x00" + DUST + b"\xab" + SLEEPS + DUST[:9], size) == [
            (123.6, 261.8),
            (),
        ]
        assert heard(A02, b"\x07\xff" + SHOT + LOST + SHOT[:3], size) == [1.953, 0]
        assert heard(MaxBotix, b"34\rR1234\rTempI\rR5000\rR12", size) == [1.234, 0]
        text = b"V+012.3\r\n?\r\nV-101.0\r\n" + SETTINGS + b"V+0"
        assert heard(Ld2415h, text, size) == [12.3, -101.0, 0]


def test_a_frame_that_is_damaged_is_counted():
    chip = Sds011(Board([DUST[:5] + b"\x00" + DUST[6:]]))
    assert chip._listen() == []
    assert chip.damaged == 1
    chip = A02(Board([b"\xff\x07\xa2\xa7"]))
    assert (chip._listen(), chip.damaged) == ([], 1)


def test_a_radar_closes_a_vehicle_after_a_second():
    radar = Ld2415h(Board())
    for speed in (55.0, 52.0, -20.0, -61.5, -61.0, 7.0, 300.0):
        radar._see(speed)
    for _ in range(11):
        assert sum(radar._classes._counts) == 0
        radar._close(radar._towards, 1)
        radar._close(radar._away, -1)
    assert radar._classes.take() == [0, 0, 1, 0, 0, 0] + [0, 0, 0, 1, 0, 0]


def test_edges_are_counted_once():
    board = Board()
    pulses = Pulses(board, 0, 0, lambda: 0)

    async def scenario():
        task = asyncio.create_task(pulses.run())
        await asyncio.sleep(0)
        for _ in range(5):
            board.handler(board)
        first = await pulses.counts(0, 300)
        board.handler(board)
        second = await pulses.counts(0, 300)
        task.cancel()
        return first, second

    assert asyncio.run(scenario()) == ([5], [1])


def test_a_voltage_is_the_middle_of_five():
    assert asyncio.run(Divider(Board(), "battery").read(0)) == 3.72
