"""A cable that takes nothing: what the node could not send must not pile up in its memory."""

import asyncio
import io
import sys


class Stuck(io.IOBase):
    """A UART whose transmitter is held by flow control or a stalled peer."""

    def ioctl(self, op, arg):
        return 0  # never ready

    def readinto(self, buf):
        return None

    def write(self, buf):
        return None


def test_frames_that_a_stuck_cable_did_not_take_do_not_pile_up():
    if sys.implementation.name != "micropython":
        return  # the link is made of MicroPython's streams
    from node.links.wired import WiredLink

    link = WiredLink(Stuck())

    async def job():
        for _ in range(50):
            try:
                await asyncio.wait_for_ms(link.send(bytes(200)), 1)
            except (OSError, asyncio.TimeoutError):
                pass

    asyncio.run(job())
    asyncio.new_event_loop()
    held = len(link._out.out_buf)
    assert held < 1000, held
