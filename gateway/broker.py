"""The connection to the city's broker: aiomqtt, with the broker's refusals taken seriously.

Place: under `publisher`.
Guarantee: `deliver` returns only after the broker acknowledged every message without an error.
aiomqtt 2.5 ignores the reason code of an MQTT 5 PUBACK, so a message that the broker refused
("not authorized", "quota exceeded") would count as delivered; here it is a `RefusedError`.

`deliver` hands messages to paho, which aiomqtt wraps, and waits for all PUBACKs at once: a task and
an event for each message, as `Client.publish` has them, cost more than the message.
"""

import asyncio
import ssl
from typing import Any

import aiomqtt

from gateway.config import Mqtt

_IN_FLIGHT = 1000


class RefusedError(Exception):
    """The broker acknowledged a message with an error; the text is its reason."""


class Broker(aiomqtt.Client):
    """One connection; use it with `async with`, and make a new one after an error."""

    def __init__(self, config: Mqtt, client_id: str, will: aiomqtt.Will):
        self._refusal: str | None = None
        self._window = _IN_FLIGHT
        self._unanswered: set[int] = set()
        self._wake_at = 0
        self._answered: asyncio.Future[None] | None = None
        self._timeout_s = config.timeout_s
        is_5 = config.version == "5"
        super().__init__(
            config.host,
            config.port,
            username=config.username,
            password=config.password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if is_5 else aiomqtt.ProtocolVersion.V311,
            will=will,
            timeout=config.timeout_s,
            keepalive=30,
            tls_context=ssl.create_default_context(cafile=config.ca_file) if config.tls else None,
            max_inflight_messages=_IN_FLIGHT,
        )

    def _on_connect(
        self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None
    ) -> None:
        # MQTT 5: how many messages the broker takes at once; paho does not look.
        self._window = min(getattr(properties, "ReceiveMaximum", _IN_FLIGHT), _IN_FLIGHT)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any
    ) -> None:
        if reason_code.is_failure:
            self._refusal = str(reason_code)
        self._unanswered.discard(mid)
        enough = len(self._unanswered) <= self._wake_at
        if enough and self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    async def deliver(self, messages: list[tuple[str, bytes]], retain: bool = False) -> None:
        """Publish with QoS 1, in order, and wait for every PUBACK.

        Raises MqttError where the connection is lost or no PUBACK comes within the timeout.
        """
        self._refusal = None
        self._unanswered.clear()
        for topic, payload in messages:
            if len(self._unanswered) >= self._window:
                await self._wait_until(self._window // 2)
            info = self._client.publish(topic, payload, qos=1, retain=retain)
            if info.rc:
                raise aiomqtt.MqttCodeError(info.rc, "not connected")
            self._unanswered.add(info.mid)
        await self._wait_until(0)
        if self._refusal:
            raise RefusedError(self._refusal)

    async def _wait_until(self, unanswered: int) -> None:
        """Wait until at most so many messages are without their PUBACK."""
        while len(self._unanswered) > unanswered:
            before = len(self._unanswered)
            self._wake_at = unanswered
            self._answered = asyncio.get_running_loop().create_future()
            either: set[asyncio.Future[Any]] = {self._answered, self._disconnected}
            await asyncio.wait(either, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if self._disconnected.done():
                raise aiomqtt.MqttError("connection lost")
            if len(self._unanswered) == before:
                raise aiomqtt.MqttError(f"no acknowledgement within {self._timeout_s:g} s")
