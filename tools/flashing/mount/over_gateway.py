"""The test of a link without a cable: a command by MQTT, which the gateway gives to the node.

Place: flow -> here -> broker -> gateway ))) node; its result back -> `verdict.parse`.
Guarantee: the command has an end, here and at the gateway: where nobody waits any more it is taken
back. The connection is encrypted and the broker's certificate checked, unless the workshop says
that this broker has none. What is published and what comes back: docs/commands.md.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import aiomqtt

from tools.flashing.errors import FlashError
from tools.flashing.mount.verdict import Link, parse
from tools.flashing.workshop_file import Broker

PATIENCE_S = 900
_SILENCE_S = 60  # docs/commands.md: no result within a minute means that the gateway was away
_CONNECT_S = 10
_REFUSED = ("not authori", "bad user", "identifier rejected")


class Wanted(NamedTuple):
    """Whose link is tested; by its address, for at its point other hardware may hang by now."""

    address: int
    lab: str
    by: str
    frames: int = 10


def check(
    broker: Broker,
    password: str | None,
    wanted: Wanted,
    on_state: Callable[[str], None],
    patience_s: float = PATIENCE_S,
    silence_s: float = _SILENCE_S,
) -> Link:
    """Return what the node says of its link; F531 to F536 where it does not.

    `on_state` is told each state of the command: queued, sent.
    """
    return asyncio.run(_check(broker, password, wanted, on_state, (patience_s, silence_s)))


async def _check(
    broker: Broker,
    password: str | None,
    wanted: Wanted,
    on_state: Callable[[str], None],
    waits_s: tuple[float, float],
) -> Link:
    try:
        async with _client(broker, password) as client:
            await client.subscribe(f"neckar/{broker.city}/{wanted.lab}/+/result", qos=1)
            return await _Asked(client, broker.city, wanted).result(on_state, *waits_s)
    except aiomqtt.MqttError as e:
        raise _told(broker, e) from e
    except (OSError, ssl.SSLError, ValueError) as e:
        raise FlashError("F531", host=broker.host, port=broker.port, why=str(e)) from e


def _client(broker: Broker, password: str | None) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user,
        password=password,
        identifier=f"neckar-mount-{time.time_ns() & 0xFFFFFFFF:08x}",
        protocol=aiomqtt.ProtocolVersion.V311,
        timeout=_CONNECT_S,
        tls_context=ssl.create_default_context() if broker.tls else None,
    )


def _told(broker: Broker, error: aiomqtt.MqttError) -> FlashError:
    why = str(error)
    code = "F532" if any(words in why.lower() for words in _REFUSED) else "F531"
    return FlashError(code, host=broker.host, port=broker.port, why=why)


class _Asked:
    """One command to a node."""

    def __init__(self, client: aiomqtt.Client, city: str, wanted: Wanted):
        self._client = client
        self._wanted = wanted
        self._topic = f"neckar/{city}/{wanted.lab}/node-{wanted.address}"
        self._id = f"mount-{wanted.address}-{time.time_ns():x}"

    async def result(
        self, on_state: Callable[[str], None], patience_s: float, silence_s: float
    ) -> Link:
        """Publish the command and return its end; take it back where that does not come."""
        wanted = self._wanted
        await self._publish(
            command="mount_test",
            arguments={"frames": wanted.frames},
            id=self._id,
            expires_s=max(1, int(patience_s)),
            by=wanted.by,
        )
        loop = asyncio.get_running_loop()
        begin, is_heard = loop.time(), False
        try:
            while True:
                wait_s = begin + (patience_s if is_heard else silence_s) - loop.time()
                told = await asyncio.wait_for(self._next(), wait_s)
                is_heard = True
                link = self._taken(told)
                if link is not None:
                    return link
                on_state(str(told["state"]))
        except TimeoutError:
            await self._publish(command="cancel", id=self._id)
            if not is_heard:
                raise FlashError("F535", lab=wanted.lab, seconds=int(silence_s)) from None
            minutes = max(1, round(patience_s / 60))
            raise FlashError("F534", address=wanted.address, minutes=minutes) from None

    async def _publish(self, **what: Any) -> None:
        await self._client.publish(f"{self._topic}/cmd", json.dumps(what), qos=1)

    async def _next(self) -> dict[str, Any]:
        """Return the next word about this command."""
        async for message in self._client.messages:
            try:
                told = json.loads(message.payload)
            except (TypeError, ValueError):
                continue
            if isinstance(told, dict) and told.get("id") == self._id and "state" in told:
                return told
        raise aiomqtt.MqttError("the connection was closed")

    def _taken(self, told: dict[str, Any]) -> Link | None:
        """Return the verdict of the last word; None where it is not the last."""
        state, address = told["state"], self._wanted.address
        if state == "refused":
            raise FlashError("F533", address=address, lab=self._wanted.lab, why=told.get("error"))
        if state in ("failed", "expired"):
            why = told.get("error") or told.get("code") or state
            raise FlashError("F536", address=address, why=why)
        if state != "acknowledged":
            return None
        link = parse(str(told.get("value")))
        if link is None:
            raise FlashError("F536", address=address, why=told.get("value"))
        return link
