"""A serial port that comes and goes, is full, speaks noise, or would reset its node."""

import asyncio
import errno
import fcntl
import os
import select
import struct
import termios
import time

import pytest
import serial.serialposix

from protocol.stream import to_record
from tests.for_gateway.air import RADIO, Port, frame_of, state

FRAMES = [frame_of(counter) for counter in range(1, 6)]


def scenario(tmp_path, job, **options):
    """Run `job(port)` with an open port of a wired node."""

    async def run():
        port = Port(tmp_path / "wire", None, **options)
        port.link.open()
        try:
            result = job(port)
            if result is not None:
                await result
        finally:
            port.close()

    asyncio.run(run())


def records(frames):
    return b"".join(b"\x00" + to_record(frame) for frame in frames)


def test_at_the_opening_rts_falls_before_dtr_so_that_no_board_is_reset(tmp_path, monkeypatch):
    lines = []
    names = {termios.TIOCM_RTS: "rts", termios.TIOCM_DTR: "dtr"}
    real = fcntl.ioctl

    def ioctl(fd, request, *arguments):
        if request in (termios.TIOCMBIS, termios.TIOCMBIC):
            (bits,) = struct.unpack("I", arguments[0])
            lines.append((names[bits], int(request == termios.TIOCMBIS)))
            return 0
        return real(fd, request, *arguments)

    monkeypatch.setattr(serial.serialposix.fcntl, "ioctl", ioctl)
    scenario(tmp_path, lambda port: None)
    assert lines == [("rts", 0), ("dtr", 0)]


def test_all_frames_of_a_chunk_come_in_one_call(tmp_path):
    calls = []

    def job(port):
        port.say(noise=records(FRAMES))
        assert calls == [FRAMES]
        assert port.link.frames == len(FRAMES)

    scenario(tmp_path, job, on_frames=lambda way, frames: calls.append(frames))


def test_noise_between_frames_is_left_to_those_who_know_and_they_stay_in_order(tmp_path):
    def job(port):
        noise = [b"\x84noise", b"\x00", b"\x7f"]
        mixed = [FRAMES[0], noise[0], FRAMES[1], noise[1], noise[2], FRAMES[2]]
        port.say(noise=records(mixed))
        assert [frame for _, frame in port.frames] == mixed
        assert all(way is port.link for way, _ in port.frames)

    scenario(tmp_path, job)


@pytest.mark.parametrize("byte", [0xFF, 0x01, 0x83])
def test_a_line_that_never_pauses_costs_no_memory(tmp_path, byte):
    def job(port):
        port.say(noise=bytes([byte]) * 200_000)
        assert port.link.garbled == 1
        assert len(port.link._reader._pending) <= 512
        port.say(noise=records(FRAMES))
        assert [frame for _, frame in port.frames] == FRAMES

    scenario(tmp_path, job)


def test_random_noise_at_line_rate_neither_raises_nor_hides_the_frames_after_it(tmp_path):
    def job(port):
        port.say(noise=os.urandom(300_000))
        port.frames.clear()
        port.say(noise=records(FRAMES))
        assert [frame for _, frame in port.frames][-5:] == FRAMES

    scenario(tmp_path, job)


def test_noise_is_still_counted_after_the_port_was_opened_again(tmp_path):
    def job(port):
        port.say(noise=b"\x00\x05\x01\x00" * 3)
        assert port.link.garbled == 3
        port.unplug()
        port.link._readable()
        port.plug()
        port.link.open()
        assert port.link.garbled == 3

    scenario(tmp_path, job)


def test_a_frame_counts_as_sent_when_the_port_has_taken_all_of_it(tmp_path):
    async def job(port):
        sent = []
        frame = bytes(range(1, 200)) * 50
        for number in range(6):
            port.link.send(frame, lambda number=number: sent.append(number))
        assert 0 < len(port.link._out) <= 6 * (len(frame) + 50)
        before = list(sent)
        assert before == list(range(len(sent)))
        assert len(before) < 6  # a PTY holds some kilobytes
        end = time.monotonic() + 5
        while len(sent) < 6 and time.monotonic() < end:
            if select.select([port._ends[0]], [], [], 0.01)[0]:
                os.read(port._ends[0], 65536)
            await asyncio.sleep(0)
        assert sent == list(range(6))
        assert not port.link._out

    scenario(tmp_path, job)


def test_a_port_that_takes_nothing_drops_answers_and_counts_them(tmp_path):
    def job(port):
        sent = []
        for _ in range(40):
            port.link.send(bytes(range(1, 250)) * 40, lambda: sent.append(1))
        assert port.link.out_dropped > 20
        assert len(port.link._out) < 80_000
        before = len(sent)
        assert before < 3  # a PTY holds some kilobytes
        port.link.close()
        assert not port.link._out and not port.link._awaiting
        port.link.send(b"nobody", lambda: sent.append(1))
        assert len(sent) == before

    scenario(tmp_path, job)


def test_a_plug_that_shakes_is_counted_each_time_and_logged_once(tmp_path, caplog):
    async def job(port):
        running = asyncio.create_task(port.link.run())
        await asyncio.sleep(0)
        for _ in range(3):
            port.unplug()
            port.link._readable()
            assert not port.link.is_open
            port.plug()
            while not port.link.is_open:
                await asyncio.sleep(0.005)
        assert port.link.reconnects == 3
        said = [r.getMessage() for r in caplog.records]
        assert sum("is gone" in line for line in said) == 1
        assert sum("is open again" in line for line in said) == 1
        port.say(noise=records(FRAMES))
        assert len(port.frames) == 5
        running.cancel()

    scenario(tmp_path, job)


def test_a_device_that_opens_and_takes_no_byte_leaves_the_others_their_turn(tmp_path, monkeypatch):
    """An adapter that dies: it is there, it opens, and each write is an error."""
    opened = []

    async def run():
        port = Port(tmp_path / "wire", RADIO)
        way = port.link.open

        def refuse(fd, data):
            raise OSError(errno.EIO, "Input/output error")

        def counted():
            opened.append(1)
            assert len(opened) < 100, "nobody else has a turn"
            way()

        monkeypatch.setattr("gateway.links.serial_port.os.write", refuse)
        monkeypatch.setattr(port.link, "open", counted)
        running = asyncio.create_task(port.link.run())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not running.done()
        running.cancel()
        port.close()

    asyncio.run(run())
    assert len(opened) == 1


def test_a_modem_that_complains_at_line_rate_does_not_fill_the_log(tmp_path, caplog):
    async def job():
        port = Port(tmp_path / "wire", RADIO)
        port.link.open()
        for _ in range(500):
            port.say(state("no chip"))
            port.say(state())
        port.close()

    asyncio.run(job())
    assert sum("radio:" in r.getMessage() for r in caplog.records) == 2


def test_its_face_is_that_of_every_link(tmp_path):
    def job(port):
        link = port.link
        assert (link.kind, link.name, link.device) == ("serial", "wire", str(port.path))
        assert (link.quality, link.wait_s, link.optional) == (None, 0.0, False)
        assert link.status() == {}

    scenario(tmp_path, job)
