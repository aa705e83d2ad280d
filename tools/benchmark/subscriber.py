"""The city's platform, reduced to what a benchmark needs: it keeps what it is sent, with the time.

Place: broker -> here -> result.
Guarantee: nothing is decoded while the clock runs, for this process shares the machine with the
gateway; afterwards every single reading is looked for.
"""

import asyncio
import json
import time

import aiomqtt

_ENTRY = b'"id":'

# sample id: names of the quantities that arrived, and when the last of them came
Arrivals = dict[str, tuple[set[str], int]]


class Subscriber:
    """Connect with `run`; `entries` counts samples in messages, by group and not yet by id."""

    def __init__(self, port: int, mqtt: str, city: str):
        self._port = port
        self._protocol = aiomqtt.ProtocolVersion.V5 if mqtt == "5" else aiomqtt.ProtocolVersion.V311
        self._topics = f"neckar/{city}/#"
        self._messages: list[tuple[int, bytes]] = []
        self.ready = asyncio.Event()
        self.first_ns = 0
        self.last_ns = 0
        self.entries = 0

    async def run(self) -> None:
        """Listen for ever."""
        async with aiomqtt.Client("127.0.0.1", self._port, protocol=self._protocol) as client:
            await client.subscribe(self._topics, qos=1)
            self.ready.set()
            async for message in client.messages:
                now_ns = time.monotonic_ns()
                self.first_ns = self.first_ns or now_ns
                if isinstance(message.payload, bytes) and _ENTRY in message.payload:
                    self._messages.append((now_ns, message.payload))
                    self.entries += message.payload.count(_ENTRY)
                    self.last_ns = now_ns

    def samples(self) -> Arrivals:
        """Return everything that arrived, reading by reading."""
        arrived: Arrivals = {}
        for at_ns, payload in self._messages:
            for sample in json.loads(payload)["samples"]:
                names = arrived.get(sample["id"], (set(), 0))[0]
                arrived[sample["id"]] = names | sample["values"].keys(), at_ns
        return arrived
