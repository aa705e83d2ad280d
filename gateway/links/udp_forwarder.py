"""Concentrators over UDP: what their packet forwarders heard becomes frames, answers go back.

Place: datagrams -> semtech -> Concentrator -> ingest, with the way back; answers -> PULL_RESP.
Guarantee: only concentrators of the configuration are heard and acknowledged. Whatever else comes
is counted by kind, logged at most once a minute, and costs no memory; nothing raises. The protocol
has no authentication: what protects readings is the seal of each frame. A forged PULL_DATA takes
no answers away while the true forwarder pulls.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.links import semtech
from gateway.links.concentrator import Address, Concentrator, Order, serve_all
from gateway.links.config import UdpPort
from gateway.links.duty import Account
from gateway.links.reopening import PAUSE_FIRST_S, reopen
from gateway.links.way import Air, OnSent, quality_of
from gateway.ratelimit import RateLimit

log = logging.getLogger("gateway.udp")

_LARGEST = 65536
_AT_ONCE = 64  # datagrams, then the loop sees to others
_KHZ = 125  # of the channels that Neckar uses


class UdpForwarder:
    """One socket for many concentrators. `on_frames(way back, [frame])` gets every frame.

    `folder` is where the accounts of the duty cycle are.
    """

    kind = "udp"

    def __init__(
        self,
        settings: UdpPort,
        clock: Clock,
        on_frames: Callable[[Any, list[bytes]], None],
        folder: Path,
    ):
        self.name = settings.name
        self.device = f"{settings.host}:{settings.port}"
        self.optional = False
        self._settings = settings
        self._clock = clock
        self._on_frames = on_frames
        self._limit = RateLimit(log, clock)
        self._socket: socket.socket | None = None
        self._lost = asyncio.Event()
        self._work = asyncio.Event()
        self.concentrators = {c.eui: self._concentrator(c, folder) for c in settings.concentrators}
        self.refused: Counter[str] = Counter()
        self.bytes_in = 0
        self.datagrams = 0
        self.reconnects = 0
        self.out_dropped = 0

    def _concentrator(self, settings: Any, folder: Path) -> Concentrator:
        path = folder / f"duty-{settings.eui}"
        account = Account(path, settings.downlink_dbm, settings.antenna_dbi, self._clock)
        wait_s = account.load()
        if wait_s:
            text = "%s: the hour is used up, or its account is lost: all answers in %d minutes"
            log.warning(text, settings.name, wait_s // 60 + 1)
        return Concentrator(settings, account, self._clock, self._write, self._limit)

    @property
    def frames(self) -> int:
        """Return how many frames came."""
        return sum(c.frames for c in self.concentrators.values())

    @property
    def garbled(self) -> int:
        """Return how many datagrams and packets were none of ours."""
        return self.refused.total()

    @property
    def is_open(self) -> bool:
        """Say whether the port is ours."""
        return self._socket is not None

    def open(self) -> None:
        """Bind the port; OSError says why not."""
        host = self._settings.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            udp.setblocking(False)
            udp.bind((host, self._settings.port))
        except OSError:
            udp.close()
            raise
        self._socket = udp
        self._lost.clear()
        asyncio.get_running_loop().add_reader(udp.fileno(), self._readable)

    async def run(self) -> None:
        """Keep the port open and send answers, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_open())
            group.create_task(self._serve())

    async def _keep_open(self) -> None:
        while True:
            if self._socket is None:
                await reopen(self, self._limit)
            await self._lost.wait()
            await asyncio.sleep(PAUSE_FIRST_S)

    async def _serve(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            await serve_all(list(self.concentrators.values()))

    def close(self) -> None:
        """Give the port back."""
        if self._socket is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._lost.set()

    # ------------------------------------------------------------------ datagrams

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(_LARGEST)
            except BlockingIOError:
                return
            except OSError as e:
                self._limit.warning("lost", "%s: %s is lost: %s", self.name, self.device, e)
                self.close()
                return
            self.take(data, address)

    def take(self, data: bytes, address: Address) -> None:
        """Take one datagram."""
        self.datagrams += 1
        self.bytes_in += len(data)
        try:
            datagram = semtech.parse(data)
            self._dispatch(datagram, address)
        except semtech.DatagramError as e:
            self._refuse(e.kind, address)

    def _refuse(self, kind: str, address: Address, count: int = 1) -> None:
        self.refused[kind] += count
        text = "%s: a datagram or packet of %s is refused: %s"
        self._limit.warning(kind, text, self.name, address[0], kind)

    def _dispatch(self, datagram: semtech.Datagram, address: Address) -> None:
        concentrator = self.concentrators.get(datagram.eui)
        if concentrator is None:
            self.refused["unknown_concentrator"] += 1
            text = "%s: concentrator %s at %s is not in the configuration"
            self._limit.warning("unknown", text, self.name, datagram.eui, address[0])
            return
        if datagram.kind == semtech.PUSH_DATA:
            self._push(concentrator, datagram, address)
        elif datagram.kind == semtech.PULL_DATA:
            if concentrator.pull(address):
                concentrator.heard_s = self._clock.monotonic_s()
                self._write(semtech.acknowledge(datagram), address)
            else:
                self._refuse("rival", address)
        elif not concentrator.tx_ack(datagram, address):
            self._refuse("stray_tx_ack", address)

    def _push(
        self, concentrator: Concentrator, datagram: semtech.Datagram, address: Address
    ) -> None:
        push = semtech.parse_push(datagram.body)
        # Acknowledged before it is worked on (3.1): that is how the forwarder measures the network.
        self._write(semtech.acknowledge(datagram), address)
        concentrator.heard_s = self._clock.monotonic_s()
        if concentrator.is_repeated(datagram):
            self.refused["repeated"] += 1
            return
        if push.stat:
            concentrator.stat = push.stat
        for kind, count in Counter(push.refused).items():
            self._refuse(kind, address, count)
        for received in push.frames:
            if received.bandwidth_khz == _KHZ and received.sf >= 7:
                self._hand_over(concentrator, received)
            else:
                self._refuse("modulation", address)

    def _hand_over(self, concentrator: Concentrator, received: semtech.Received) -> None:
        concentrator.frames += 1
        quality = quality_of(received.rssi_dbm, received.snr_q, received.sf)
        answer = partial(self._answer, concentrator, received, self._clock.monotonic_s())
        self._on_frames(Air(concentrator.name, quality, answer), [received.frame])

    # ------------------------------------------------------------------ answers

    def _answer(
        self,
        concentrator: Concentrator,
        received: semtech.Received,
        at_s: float,
        frame: bytes,
        on_sent: OnSent | None,
    ) -> None:
        if not 1 <= len(frame) <= semtech.LONGEST_FRAME:
            raise ValueError("an answer has 1 to 255 bytes")
        concentrator.order(Order(received, at_s, frame, on_sent))
        self._work.set()

    def _write(self, data: bytes, address: Address) -> None:
        if self._socket is None:
            self.out_dropped += 1
            return
        try:
            self._socket.sendto(data, address)
        except OSError as e:  # no route, or no room: the forwarder asks again, or the node does
            self.out_dropped += 1
            self._limit.warning("send", "%s: cannot send to %s: %s", self.name, address[0], e)

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of this port."""
        return {
            "datagrams": self.datagrams,
            "refused": dict(self.refused),
            "concentrators": {c.name: c.status() for c in self.concentrators.values()},
        }
