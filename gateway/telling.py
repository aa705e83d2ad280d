"""What is told beside the readings: retained statuses, and what became of commands.

Place: status, daily, commands -> here -> broker.
Guarantee: a refusal is a pity, but no reason to hold readings back: its topic is left out for a
while. A result is ticked off when the broker has it, or will not have it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from gateway.broker import Broker
from gateway.clock import Clock
from gateway.delivery import RefusedError
from gateway.refusals import Refusals

_EVERY_S = 1.0


class Statuses(Protocol):
    """What is needed of `gateway.status` and `gateway.daily`."""

    def connected(self) -> None:
        """A connection begins."""

    def messages(self, now_s: float) -> list[tuple[str, bytes]]:
        """Return (topic, payload) of what is due."""


class Telling:
    """`run` while there is a connection; `commands` as in `gateway.commands`."""

    def __init__(
        self,
        sources: Sequence[Statuses],
        commands: Any,
        refusals: Refusals,
        clock: Clock,
        status_s: float,
    ):
        self._sources = sources
        self._commands = commands
        self._refusals = refusals
        self._clock = clock
        self._every_s = min(_EVERY_S, status_s)

    def connected(self) -> None:
        """A connection begins: say everything anew."""
        for source in self._sources:
            source.connected()

    async def run(self, broker: Broker) -> None:
        """Tell what is due, for ever."""
        while True:
            now_s = self._clock.monotonic_s()
            for source in self._sources:
                await self._tell(broker, source.messages(now_s), retain=True)
            if self._commands is not None:
                await self._tell_results(broker)
            await asyncio.sleep(self._every_s)

    async def _tell_results(self, broker: Broker) -> None:
        results = self._commands.outgoing()
        for retain in (False, True):
            some = [result for result in results if result[3] == retain]
            told = await self._tell(broker, [result[1:3] for result in some], retain=retain)
            if done := [number for number, topic, *_ in some if topic in told]:
                self._commands.delivered(done)

    async def _tell(
        self, broker: Broker, messages: list[tuple[str, bytes]], retain: bool
    ) -> set[str]:
        """Return the topics that were not left out: the broker has taken or refused theirs."""
        left_out = self._refusals.left_out()
        messages = [message for message in messages if message[0] not in left_out]
        if messages:
            delivery = broker.start(messages, retain=retain)
            try:
                await delivery
            except RefusedError:
                self._refusals.note(delivery.refused)
        return {topic for topic, _ in messages}
