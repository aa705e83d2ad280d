"""The connection to the city's broker: aiomqtt, with the broker's refusals taken seriously.

Place: under `publisher`.
Guarantee: `deliver` returns only after the broker acknowledged every message without an error.
aiomqtt 2.5 ignores the reason code of an MQTT 5 PUBACK, so a message that the broker refused
("not authorized", "quota exceeded") would count as delivered; here it is a `RefusedError`.
"""

import asyncio
import ssl
from typing import Any

import aiomqtt

from gateway.config import Mqtt


class RefusedError(Exception):
    """The broker acknowledged a message with an error; the text is its reason."""


class Broker(aiomqtt.Client):
    """One connection; use it with `async with`, and make a new one after an error."""

    def __init__(self, config: Mqtt, client_id: str, will: aiomqtt.Will):
        self._refusal: str | None = None
        self._timeout_s = config.timeout_s
        super().__init__(
            config.host,
            config.port,
            username=config.username,
            password=config.password,
            identifier=client_id,
            protocol=(
                aiomqtt.ProtocolVersion.V5
                if config.version == "5"
                else aiomqtt.ProtocolVersion.V311
            ),
            will=will,
            timeout=config.timeout_s,
            keepalive=30,
            tls_context=ssl.create_default_context(cafile=config.ca_file) if config.tls else None,
            max_inflight_messages=1000,
        )
        self.pending_calls_threshold = 10_000  # it warns above 10; a batch is many on purpose

    def _on_publish(
        self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any
    ) -> None:
        if reason_code.is_failure:
            self._refusal = str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    async def deliver(self, messages: list[tuple[str, bytes]], retain: bool = False) -> None:
        """Publish with QoS 1, in order, and wait for every PUBACK."""
        self._refusal = None
        async with asyncio.TaskGroup() as group:
            # Tasks start in the order they are made, and publish() hands over before it waits:
            # the order on the wire is the order of the list.
            for topic, payload in messages:
                group.create_task(self.publish(topic, payload, qos=1, retain=retain))
        if self._refusal:
            raise RefusedError(self._refusal)
