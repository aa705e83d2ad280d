"""The connection to the city's broker: aiomqtt and paho, with our own way for messages.

Place: under `publisher` and `commands`.
Guarantee: a Delivery is done only after the broker acknowledged every message of it without an
error. aiomqtt 2.5 ignores the reason code of an MQTT 5 PUBACK, so a message that the broker refused
("not authorized", "quota exceeded") would count as delivered; here it is a RefusedError. What the
broker sends us is bounded: more commands than fit are dropped and counted.

paho connects, subscribes, pings and ends. Messages go around it: all that have room in the window
are encoded into one buffer and written with one call, and `mqtt.wire` takes their PUBACKs out of
what paho reads. Two of paho's private methods are used for that: `_create_socket`, `_packet_queue`.
"""

import asyncio
import contextlib
import ssl
from collections import deque
from typing import Any, Self

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from gateway import tls
from gateway.config_mqtt import Mqtt
from gateway.delivery import Delivery, RefusedError
from gateway.mqtt.flow import Flow
from gateway.mqtt.inbox import Inbox, OnMessage
from gateway.mqtt.packets import Encoder, is_refusal
from gateway.mqtt.properties import explained, of_connection
from gateway.mqtt.wire import Wire
from gateway.outputs.json import SCHEMA

_KEEPALIVE_S = 30
_PUBLISH = 0x30
_CHECKS = 4  # within a timeout
_LONGEST_TOPIC = 65535
_FIRST_MID = 1024  # packet identifiers below are paho's, for its subscriptions


class Broker(aiomqtt.Client):
    """One connection; use it with `async with`, and make a new one after an error.

    `on_message(topic, payload, retained)` is called for what `listen` asked for. `session_s`: how
    long the broker shall keep commands for us while we are away.
    """

    def __init__(
        self,
        config: Mqtt,
        client_id: str,
        will: aiomqtt.Will | None,
        on_message: OnMessage | None = None,
        session_s: int = 0,
    ):
        is_5 = config.version == "5"
        super().__init__(
            config.host,
            config.port,
            username=config.username,
            password=config.password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if is_5 else aiomqtt.ProtocolVersion.V311,
            will=explained(will, SCHEMA) if will and is_5 else will,
            timeout=config.timeout_s,
            keepalive=_KEEPALIVE_S,
            clean_session=None if is_5 else not session_s,
            clean_start=not session_s if is_5 else MQTT_CLEAN_START_FIRST_ONLY,
            properties=of_connection(session_s) if is_5 else None,
            tls_context=tls.of(config),
        )
        self._client.connect_timeout = config.timeout_s
        self._connect_plainly = self._client._create_socket
        self._client._create_socket = self._open_wire  # type: ignore[method-assign]
        self._encoder = Encoder(is_5, config.expiry_s, SCHEMA)
        self._flow = Flow(config.window)
        self._timeout_s = config.timeout_s
        self._mid = _FIRST_MID
        self._under_way: dict[int, tuple[Delivery, int, bool, float, str]] = {}
        self._live: deque[tuple[str, bytes, bool, Delivery]] = deque()
        self._backlog: deque[tuple[str, bytes, bool, Delivery]] = deque()
        self._inbox = Inbox(self._loop, on_message)
        self._packet_limit = self._fits_surely = 2**28
        self._may_retain = True
        self._wire: Wire | None = None
        self._goodbye: str | None = None  # what the broker said when it ended the connection
        self.refusals: dict[str, str] = {}  # topics, and why; `_refused`: if that was the last word
        self._refused = ""
        self._moved_s = 0.0
        self._overtaking_s = 0.0  # when the newest was written that is acknowledged
        self._sent = 0
        self._watch: asyncio.TimerHandle | None = None

    @property
    def under_way(self) -> int:
        """Return how many messages are not acknowledged."""
        return self._flow.messages

    @property
    def commands_dropped(self) -> int:
        """Return how many messages came faster than they were looked at."""
        return self._inbox.dropped

    @property
    def oldest(self) -> str | None:
        """Return the topic of the oldest message without its acknowledgement."""
        return next((entry[4] for entry in self._under_way.values()), None)

    def max_payload(self, topic: str) -> int:
        """Return how many bytes a message to this topic may have at this broker."""
        return self._packet_limit - self._encoder.overhead(topic)

    async def deliver(self, messages: list[tuple[str, bytes]], retain: bool = False) -> None:
        """Publish with QoS 1, in order, and wait for every PUBACK.

        Raises MqttError where the connection is lost or no PUBACK comes within the timeout.
        """
        await self.start(messages, retain)

    def start(
        self, messages: list[tuple[str, bytes]], retain: bool = False, backlog: bool = False
    ) -> Delivery:
        """Publish with QoS 1; return at once. Several may be under way.

        Order holds among messages of a lane. A `backlog` goes behind what is live, and leaves
        room for it on the line. What waits for the window is kept: start no more than you have
        memory for. MqttError where there is no connection.
        """
        if self._wire is None or self._wire.fileno() < 0 or self._disconnected.done():
            raise aiomqtt.MqttError("not connected")
        delivery = Delivery(len(messages))
        queue = self._backlog if backlog else self._live
        for topic, payload in messages:
            if len(payload) > self._fits_surely and len(payload) > self.max_payload(topic):
                most = self.max_payload(topic)
                delivery.refuse(f"{len(payload)} bytes to {topic}, the broker takes {most}", topic)
            else:
                queue.append((topic, payload, retain and self._may_retain, delivery))
        self._pump()
        return delivery

    async def listen(self, topics: list[str]) -> None:
        """Subscribe with QoS 1; RefusedError where the broker does not allow one of them."""
        if not topics:
            return
        codes: Any = await self.subscribe([(topic, 1) for topic in topics])
        for topic, code in zip(topics, codes, strict=True):
            if is_refusal(getattr(code, "value", code)):
                raise RefusedError(f"no subscription to {topic}: {code}")

    # -- what goes out

    def _pump(self) -> None:
        """Write whatever has room, as one piece."""
        now_s = self._loop.time()
        parts: list[bytes] = []
        for queue, backlog in ((self._live, False), (self._backlog, True)):
            while queue and self._flow.has_room(backlog):
                topic, payload, retain, delivery = queue.popleft()
                mid = self._free_mid()
                parts += self._encoder.parts(topic, payload, mid, retain)
                size = len(payload)
                self._flow.sent(size, backlog)
                self._under_way[mid] = (delivery, size, backlog, now_s, topic)
        if parts:
            self._write(memoryview(b"".join(parts)))

    def _free_mid(self) -> int:
        """Return a packet identifier that is not under way."""
        while True:
            self._mid = self._mid + 1 if self._mid < 65535 else _FIRST_MID
            if self._mid not in self._under_way:
                return self._mid

    def _write(self, data: memoryview) -> None:
        assert self._wire is not None  # noqa: S101 - for the type checker: `start` looked
        if not self._client.want_write():
            # An error here comes again when paho tries, who then says goodbye in good order.
            with contextlib.suppress(OSError):
                data = data[self._wire.send(data) :]
        if data:
            self._client._packet_queue(_PUBLISH, data, 0, 1)  # type: ignore[arg-type]

    def _on_acks(self, acks: list[tuple[int, int]]) -> None:
        now_s = self._moved_s = self._loop.time()
        for mid, code in acks:
            entry = self._under_way.pop(mid, None)
            if entry is None:
                continue
            delivery, size, backlog, sent_s, topic = entry
            self._flow.acknowledged(size, backlog, sent_s, now_s)
            self._overtaking_s = max(self._overtaking_s, sent_s)
            if is_refusal(code):
                self._refused = f"{ReasonCode(PacketTypes.PUBACK, identifier=code)}: {topic}"
                self.refusals[topic] = self._refused
                delivery.refuse(self._refused, topic)
            else:
                self._refused = ""
                delivery.acknowledge()
        if self._flow.is_worth_writing() or (self._live and self._flow.backlog_messages):
            self._pump()

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        self._inbox.put(message.topic, bytes(message.payload), bool(message.retain))

    # -- the connection

    def _open_wire(self) -> Any:
        """Connect, in paho's thread."""
        try:
            connected: Any = self._connect_plainly()
        except ssl.SSLCertVerificationError as e:
            why = f"{e.verify_message} (mqtt.ca_file, mqtt.url)"
            raise OSError(f"the broker's certificate is refused: {why}") from e
        self._wire = Wire(connected, self._on_acks)
        return self._wire

    def _on_connect(
        self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None
    ) -> None:
        # MQTT 5.0, 3.2.2.3: what the broker takes; paho does not look.
        self._flow.window = min(self._flow.window, getattr(properties, "ReceiveMaximum", 65535))
        self._packet_limit = getattr(properties, "MaximumPacketSize", self._packet_limit)
        self._fits_surely = self._packet_limit - _LONGEST_TOPIC - 256
        self._may_retain = bool(getattr(properties, "RetainAvailable", 1))
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._goodbye = str(reason_code)
        if not self._connected.done():  # aiomqtt would wait for the timeout
            self._connected.set_exception(aiomqtt.MqttError(self._lost()))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _lost(self) -> str:
        why = self._goodbye or (self._wire.error if self._wire else None)
        if why and self._refused:  # mosquitto 2.0.11 ends the connection after a refusal
            why += f", after a refusal: {self._refused}"
        return f"connection lost: {why}" if why else "connection lost"

    async def __aenter__(self) -> Self:
        """Connect; MqttError says why not."""
        try:
            await super().__aenter__()
        except BaseException:
            self._abandon()
            raise
        self._disconnected.add_done_callback(self._cut_off)
        self._watch = self._loop.call_later(self._timeout_s / _CHECKS, self._check)
        return self

    async def __aexit__(self, *error: Any) -> None:
        """Disconnect; what is under way is not waited for."""
        if self._watch:
            self._watch.cancel()
        try:
            await super().__aexit__(*error)
        finally:
            self._fail(aiomqtt.MqttError("not connected"))
            self._abandon()

    def _check(self) -> None:
        """Leave a broker that takes and never acknowledges.

        One that is only slow acknowledges something now and then, or takes bytes: the window is
        bounded, so whoever never acknowledges will not take bytes for ever. One that passed over
        a message acknowledges what was written long after it (in order: MQTT 5.0, 4.6).
        """
        now_s = self._loop.time()
        if self._wire and self._wire.sent != self._sent:
            self._sent, self._moved_s = self._wire.sent, now_s
        overtaken_s = self._overtaking_s - next((e[3] for e in self._under_way.values()), now_s)
        if self._under_way and max(now_s - self._moved_s, overtaken_s) >= self._timeout_s:
            self._fail(aiomqtt.MqttError(f"no acknowledgement within {self._timeout_s:g} s"))
        self._watch = self._loop.call_later(self._timeout_s / _CHECKS, self._check)

    def _cut_off(self, disconnected: "asyncio.Future[None]") -> None:
        disconnected.exception()  # seen
        self._fail(aiomqtt.MqttError(self._lost()))

    def _fail(self, error: Exception) -> None:
        """End every delivery that is not done."""
        unfinished = [entry[0] for entry in self._under_way.values()]
        unfinished += [entry[3] for queue in (self._live, self._backlog) for entry in queue]
        self._live.clear()
        self._backlog.clear()
        for delivery in unfinished:
            delivery.fail(error)

    def _abandon(self) -> None:
        """Leave nothing behind: aiomqtt keeps socket and task where no CONNACK came."""
        if self._misc_task:
            self._misc_task.cancel()
        if self._wire and self._wire.fileno() >= 0:
            self._loop.remove_reader(self._wire.fileno())
            self._loop.remove_writer(self._wire.fileno())
            self._wire.close()
