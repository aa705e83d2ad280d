"""A real UDP port and a packet forwarder that was written from the specification alone."""

import asyncio
import contextlib
import os
import socket

import pytest

from gateway.errors import ConfigError
from gateway.links.config import Concentrator, UdpPort
from gateway.links.opening import make_links, open_links
from tests.fakes.clock import FakeClock
from tests.for_gateway.packet_forwarder import PATIENCE_S, PacketForwarder
from tests.for_gateway.udp_bench import EUI, OTHER, UdpBench


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.bind((host, 0))
        return udp.getsockname()[1]


@contextlib.asynccontextmanager
async def running(folder, host="127.0.0.1"):
    """Yield (bench, port) of a link that runs."""
    port = free_port(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    bench = UdpBench(folder, listen=(host, port))
    bench.link.open()
    task = asyncio.create_task(bench.link.run())
    try:
        yield bench, port
    finally:
        task.cancel()
        bench.link.close()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.001)


def test_frames_go_up_and_answers_down_to_the_forwarder_that_heard_them(tmp_path):
    async def run():
        async with running(tmp_path) as (bench, port):
            roof = await PacketForwarder.connect(port, EUI)
            tower = await PacketForwarder.connect(port, OTHER)
            await roof.pull()
            await tower.pull()
            tower.tmst = 4_294_900_000
            stat = {"time": "2026-01-12 08:59:28 GMT", "rxnb": 2, "ackr": 100.0}
            await tower.push([tower.rxpk(b"first"), tower.rxpk(b"second", datr="SF12BW125")], stat)
            assert [frame for _, frame in bench.frames] == [b"first", b"second"]
            sent = []
            bench.frames[1][0].send(b"answer", lambda: sent.append("answer"))
            txpk = await tower.txpk()
            assert (txpk["frame"], txpk["datr"], txpk["freq"]) == (b"answer", "SF12BW125", 869.525)
            assert txpk["tmst"] == (4_294_900_000 + 500_000) % 2**32
            assert not sent
            tower.tx_ack()
            await until(lambda: sent)
            assert roof.answers[3].empty()
            assert bench.results(OTHER) == {"done": 1}
            assert bench.link.status()["concentrators"]["tower"]["self"] == {
                "rxnb": 2,
                "ackr": 100.0,
            }
            assert not roof.strange + tower.strange
            for client in (roof, tower):
                client.close()

    asyncio.run(run())


def test_many_answers_at_once_are_stored_together_and_all_leave(tmp_path):
    async def run():
        async with running(tmp_path) as (bench, port):
            roof = await PacketForwarder.connect(port, EUI)
            await roof.pull()
            packets = [roof.rxpk(bytes([i]), datr="SF7BW125") for i in range(1, 21)]
            await roof.push(packets)
            for way, frame in bench.frames:
                way.send(b"to " + frame)
            told = [await roof.txpk() for _ in bench.frames]
            assert [txpk["frame"] for txpk in told] == [b"to " + f for _, f in bench.frames]
            begins = [txpk["tmst"] for txpk in told]
            assert len(set(begins)) == 20
            roof.close()

    asyncio.run(run())


def test_a_flood_of_noise_does_not_keep_a_frame_from_coming_through(tmp_path):
    async def run():
        async with running(tmp_path) as (bench, port):
            roof = await PacketForwarder.connect(port, EUI)
            for size in (0, 1, 3, 11, 12, 500, 9000, 65000):
                roof.send(os.urandom(size))
                roof.send(roof.head(0) + b"{" * size)
                await asyncio.sleep(0)
            await roof.pull()
            await roof.push([roof.rxpk(b"frame")])
            assert [frame for _, frame in bench.frames] == [b"frame"]
            assert bench.link.garbled >= 8
            roof.close()

    asyncio.run(run())


def test_a_port_that_fails_is_opened_again(tmp_path):
    async def run():
        async with running(tmp_path) as (bench, port):
            bench.link.close()
            await until(lambda: bench.link.is_open)
            assert bench.link.reconnects == 1
            roof = await PacketForwarder.connect(port, EUI)
            await roof.push([roof.rxpk(b"frame")])
            assert len(bench.frames) == 1
            roof.close()

    asyncio.run(run())


def test_it_speaks_ipv6_too(tmp_path):
    async def run():
        async with running(tmp_path, "::1") as (bench, port):
            roof = await PacketForwarder.connect(port, EUI, "::1")
            await roof.pull()
            await roof.push([roof.rxpk(b"frame")])
            bench.frames[0][0].send(b"answer")
            assert (await roof.txpk())["frame"] == b"answer"
            roof.close()

    try:
        free_port(socket.AF_INET6, "::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "a port that no other program holds (ss -ulpn names it)"),
        ("192.0.2.1", "an address of this machine, or 0.0.0.0 for all of them"),
    ],
)
def test_a_port_that_cannot_be_had_is_named_with_what_to_do(tmp_path, host, words):
    async def run():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            udp = UdpPort("city", host, port, (Concentrator(EUI, "roof", 14, 2),))
            links = make_links((), (udp,), (), FakeClock(), lambda way, frames: None, tmp_path)
            with pytest.raises(ConfigError) as caught:
                open_links(links)
            assert str(caught.value) == f"udp[0].listen is '{host}:{port}', should be {words}"

    asyncio.run(run())
