"""A UDP port of the gateway without a network: datagrams go in, and out into a list.

Does not model: the network. What a concentrator would say is said by the test.
"""

import asyncio
import base64
import json
import logging
import os

from gateway.links.concentrator import serve_all
from gateway.links.config import Concentrator, UdpPort
from gateway.links.udp_forwarder import UdpForwarder
from protocol.duty import Ledger
from tests.fakes.clock import FakeClock

EUI = "aa555a0000000101"
OTHER = "aa555a0000000102"
HERE, THERE = ("192.0.2.1", 40001), ("192.0.2.99", 40099)
TMST = 1_000_000


class Socket:
    """Keeps what is sent, as (datagram, address); `broken` refuses it."""

    def __init__(self):
        self.sent = []
        self.broken = False

    def sendto(self, data, address):
        if self.broken:
            raise OSError(101, "Network is unreachable")
        self.sent.append((data, address))


class UdpBench:
    """`frames` are (way back, frame); `downlinks()` is what was told to forwarders."""

    def __init__(self, folder, fresh=True, listen=("127.0.0.1", 1700), dbm=27):
        self.clock = FakeClock()
        self.frames = []
        self.folder = folder
        if fresh:
            for eui in (EUI, OTHER):
                (folder / f"duty-{eui}").write_bytes(Ledger().state())
        concentrators = tuple(
            Concentrator(eui, name, dbm, 2) for eui, name in ((EUI, "roof"), (OTHER, "tower"))
        )
        settings = UdpPort("city", *listen, concentrators)
        self.link = UdpForwarder(settings, self.clock, self._take, folder)
        self.socket = Socket()
        self._token = 0

    def unplug(self):
        """Put the list in the place of the socket."""
        self.link._socket = self.socket
        return self

    def _take(self, way, frames):
        self.frames += [(way, frame) for frame in frames]

    def say(self, kind, body=b"", eui=EUI, address=HERE, token=None):
        """Let a datagram come."""
        self._token += 1
        token = self._token.to_bytes(2, "big") if token is None else token
        self.link.take(b"\x02" + token + bytes([kind]) + bytes.fromhex(eui) + body, address)

    def pull(self, eui=EUI, address=HERE):
        self.say(2, eui=eui, address=address)

    def push(self, frame, tmst=TMST, eui=EUI, sf=9, **fields):
        """Let a frame be heard; return its way back, or None."""
        item = {"tmst": tmst, "freq": 868.1, "stat": 1, "modu": "LORA", "datr": f"SF{sf}BW125"}
        item |= {"rssi": -100, "lsnr": 3.0, "data": base64.b64encode(frame).decode()}
        before = len(self.frames)
        self.say(0, json.dumps({"rxpk": [item | fields]}).encode(), eui, (HERE[0], 50000))
        return self.frames[-1][0] if len(self.frames) > before else None

    def ack(self, token, error=None, eui=EUI, address=HERE):
        """Say what became of an answer."""
        body = json.dumps({"txpk_ack": {"error": error}}).encode() if error else b""
        self.say(5, body, eui, address, token)

    async def _serve(self):
        await serve_all(list(self.link.concentrators.values()))

    def serve(self):
        """Let the link send what it was given."""
        asyncio.run(self._serve())

    def downlinks(self):
        """Return (token, txpk, address) of the answers that left since the last call."""
        sent, self.socket.sent = self.socket.sent, []
        return [
            (data[1:3], json.loads(data[4:])["txpk"], address)
            for data, address in sent
            if data[3] == 3
        ]

    def concentrator(self, eui=EUI):
        return self.link.concentrators[eui]

    def results(self, eui=EUI):
        return dict(self.concentrator(eui).results)


def answer(bench, text=b"answer", **push):
    """Let a frame come and answer it; return what left for it, and who was told that it did."""
    sent = []
    way = bench.push(os.urandom(8), **push)
    way.send(text, lambda: sent.append(text))
    bench.serve()
    return bench.downlinks(), sent


def warnings(caplog):
    """Return the lines that an operator sees."""
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
