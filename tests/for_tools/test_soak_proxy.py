"""The way to the broker breaks where it was told to, and nowhere else."""

import asyncio

import pytest

from tools.soaking.proxy import DOWN, UP, Proxy, Splitter, is_puback

PUBLISH = b"\x30\x05\x00\x01tok"
ACK = b"\x40\x02\x00\x01"
LONG = b"\x30\xc8\x01" + bytes(200)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_packets_come_out_whole_from_chunks_of_any_size(size):
    data = PUBLISH + ACK + LONG + ACK
    splitter = Splitter()
    packets = [p for at in range(0, len(data), size) for p in splitter.feed(data[at : at + size])]
    assert packets == [PUBLISH, ACK, LONG, ACK]
    assert [is_puback(packet) for packet in packets] == [False, True, False, True]


class Far:
    """A broker that notes what it hears, and says what it is told."""

    def __init__(self):
        self.heard = b""
        self.writer = None
        self.came = asyncio.Event()
        self.ended = asyncio.Event()

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        self.writer = writer
        self.came.set()
        while chunk := await reader.read(1000):
            self.heard += chunk
        self.ended.set()
        writer.close()


def through(job):
    """Run `job(proxy, far, reader, writer)` with a connection through a proxy."""

    async def run():
        far = Far()
        proxy = Proxy("127.0.0.1", await far.start())
        await proxy.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await far.came.wait()
        try:
            await asyncio.wait_for(job(proxy, far, reader, writer), 10)
        finally:
            writer.close()
            await proxy.stop()
            far.server.close()

    asyncio.run(run())


def test_what_passes_is_not_changed():
    async def job(proxy, far, reader, writer):
        writer.write(LONG)
        far.writer.write(PUBLISH + ACK)
        assert await reader.readexactly(len(PUBLISH + ACK)) == PUBLISH + ACK
        writer.write_eof()
        await far.ended.wait()
        assert far.heard == LONG
        assert proxy.acks == 1

    through(job)


@pytest.mark.parametrize("count", [1, 2, 57, 203])
def test_a_cut_on_the_way_up_leaves_so_many_bytes(count):
    async def job(proxy, far, reader, writer):
        proxy.cut_after_bytes(UP, count)
        writer.write(LONG)
        assert await reader.read() == b""
        await far.ended.wait()
        assert far.heard == LONG[:count]

    through(job)


def test_a_cut_on_the_way_down_may_split_a_packet():
    async def job(proxy, far, reader, writer):
        proxy.cut_after_bytes(DOWN, len(PUBLISH) + 3)
        far.writer.write(PUBLISH + ACK + ACK)
        assert await reader.read() == PUBLISH + ACK[:3]

    through(job)


@pytest.mark.parametrize(("passes", "left"), [(False, 1), (True, 2)])
def test_a_cut_comes_before_or_after_the_puback_that_was_named(passes, left):
    async def job(proxy, far, reader, writer):
        proxy.cut_at_ack(2, passes)
        far.writer.write(ACK + PUBLISH + ACK + ACK)
        assert await reader.read() == ACK + PUBLISH + (ACK if left == 2 else b"")

    through(job)


def test_a_stall_keeps_the_connection_and_loses_nothing():
    async def job(proxy, far, reader, writer):
        proxy.stall(DOWN)
        far.writer.write(ACK)
        writer.write(PUBLISH)
        while far.heard != PUBLISH:
            await asyncio.sleep(0)
        assert not reader._buffer
        proxy.heal()
        assert await reader.readexactly(len(ACK)) == ACK

    through(job)


def test_a_broker_that_is_away_refuses_until_it_is_healed():
    async def job(proxy, far, reader, writer):
        proxy.away()
        assert await reader.read() == b""
        other, _ = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises(ConnectionResetError):
            assert await other.read() == b""
            raise ConnectionResetError  # an end without a word is as good
        proxy.heal()
        far.came.clear()
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await far.came.wait()
        writer.close()

    through(job)


def test_an_order_is_carried_out_once():
    async def job(proxy, far, reader, writer):
        proxy.cut_after_bytes(UP, 3)
        writer.write(PUBLISH)
        assert await reader.read() == b""
        far.came.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await far.came.wait()
        far.heard = b""
        writer.write(PUBLISH)
        while far.heard != PUBLISH:
            await asyncio.sleep(0)
        writer.close()

    through(job)
