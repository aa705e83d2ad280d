"""A concentrator for tests, from PROTOCOL.TXT of Lora-net/packet_forwarder alone.

It shares no code with the gateway: what it says and understands is what the specification says.

    client = await PacketForwarder.connect(port, "AA555A0000000101")
    await client.pull(); await client.push([client.rxpk(b"frame")]); txpk = await client.txpk()

Does not model: a radio, and the time on it.
"""

import asyncio
import base64
import json

PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)
PATIENCE_S = 10


class PacketForwarder(asyncio.DatagramProtocol):
    """`tmst` is its clock in us; `answers` are datagrams that came, by kind."""

    def __init__(self, eui):
        self.eui = bytes.fromhex(eui)
        self.tmst = 0
        self.answers = {kind: asyncio.Queue() for kind in (PUSH_ACK, PULL_ACK, PULL_RESP)}
        self.strange = []
        self._token = 0
        self._transport = None
        self._response_token = b""

    @classmethod
    async def connect(cls, port, eui, host="127.0.0.1"):
        """Return one that talks to this port."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_datagram_endpoint(lambda: cls(eui), remote_addr=(host, port))
        return client

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        queue = self.answers.get(data[3]) if len(data) >= 4 and data[0] == 2 else None
        if queue is None:
            self.strange.append(data)
        else:
            queue.put_nowait(data)

    def error_received(self, exc):
        self.strange.append(exc)

    def close(self):
        """Switch it off."""
        self._transport.close()

    def send(self, data):
        """Send any bytes."""
        self._transport.sendto(data)

    def head(self, kind):
        """Return a head with a fresh token."""
        self._token = (self._token + 257) % 65536
        return bytes([2]) + self._token.to_bytes(2, "big") + bytes([kind]) + self.eui

    def rxpk(self, frame, **fields):
        """Return what it says of a frame that has just ended."""
        return {
            "time": "2026-03-31T16:21:17.528002Z",
            "tmst": self.tmst,
            "chan": 2,
            "rfch": 0,
            "freq": 868.1,
            "stat": 1,
            "modu": "LORA",
            "datr": "SF9BW125",
            "codr": "4/5",
            "rssi": -103,
            "lsnr": -5.2,
            "size": len(frame),
            "data": base64.b64encode(frame).decode(),
            **fields,
        }

    async def push(self, packets, stat=None):
        """Send frames and its status; wait for the PUSH_ACK with the same token."""
        body = {"rxpk": packets} if packets else {}
        if stat is not None:
            body["stat"] = stat
        await self._ask(self.head(PUSH_DATA), json.dumps(body).encode(), PUSH_ACK)

    async def pull(self):
        """Open the way down; wait for the PULL_ACK."""
        await self._ask(self.head(PULL_DATA), b"", PULL_ACK)

    async def _ask(self, head, body, kind):
        self.send(head + body)
        answer = await asyncio.wait_for(self.answers[kind].get(), PATIENCE_S)
        assert answer == head[:3] + bytes([kind])

    async def txpk(self):
        """Wait for a PULL_RESP; return its `txpk`, the data decoded as `frame`."""
        data = await asyncio.wait_for(self.answers[PULL_RESP].get(), PATIENCE_S)
        self._response_token = data[1:3]
        txpk = json.loads(data[4:])["txpk"]
        txpk["frame"] = base64.b64decode(txpk["data"], validate=True)
        assert len(txpk["frame"]) == txpk["size"]
        return txpk

    def tx_ack(self, error=None, body=None):
        """Say what became of the last `txpk`."""
        if body is None:
            body = json.dumps({"txpk_ack": {"error": error}}).encode() if error else b""
        self.send(bytes([2]) + self._response_token + bytes([TX_ACK]) + self.eui + body)
