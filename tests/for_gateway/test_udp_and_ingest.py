"""From a datagram to an answer that a node can open, with nothing between them faked."""

import asyncio
import contextlib
import socket

from gateway.links.config import Concentrator, UdpPort
from gateway.links.udp_forwarder import UdpForwarder
from gateway.registry.node import Node
from protocol.ccm import Ccm
from protocol.duty import Ledger
from protocol.envelope import Envelope, parse
from protocol.messages import decode
from tests.for_gateway.air import frame_of
from tests.for_gateway.bench import KEY, Bench
from tests.for_gateway.packet_forwarder import PacketForwarder

EUIS = ("aa555a0000000101", "aa555a0000000102")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


def test_what_two_concentrators_hear_is_one_frame_and_one_answer_that_its_node_can_open(tmp_path):
    async def run():
        bench = Bench(tmp_path / "spool.db", (Node(17, "air-17", "mitte", 1, KEY, radio=True),))
        for eui in EUIS:
            (tmp_path / f"duty-{eui}").write_bytes(Ledger().state())
        port = free_port()
        settings = UdpPort(
            "city", "127.0.0.1", port, tuple(Concentrator(eui, eui, 14, 2) for eui in EUIS)
        )
        link = UdpForwarder(settings, bench.clock, bench.ingest.frames, tmp_path)
        link.open()
        tasks = [asyncio.create_task(link.run()), asyncio.create_task(bench.ingest.run())]
        roof, tower = [await PacketForwarder.connect(port, eui) for eui in EUIS]
        frame = frame_of(1)
        for client, rssi in ((roof, -100), (tower, -80)):
            await client.pull()
            await client.push([client.rxpk(frame, rssi=rssi)])
        waiting = [asyncio.create_task(client.txpk()) for client in (roof, tower)]
        done, late = await asyncio.wait(waiting, timeout=10, return_when="FIRST_COMPLETED")
        (answer,) = done
        for task in late:
            task.cancel()
        envelope = Envelope(Ccm(KEY), 17, 1, 4)
        ack = decode(envelope.open_answer(parse(answer.result()["frame"]), 1))
        assert ack.link[0] in (-100, -80)
        assert bench.peer().copies == 1
        assert bench.ingest.refused == {}
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        link.close()
        for client in (roof, tower):
            client.close()
        bench.worker.close()

    asyncio.run(run())
