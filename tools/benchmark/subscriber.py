"""The city's platform, reduced to what a benchmark needs: it keeps what it is sent, with the time.

Place: broker -> mqtt -> here -> result.
Guarantee: nothing is decoded while the clock runs, for this process shares the machine with the
gateway; afterwards every single reading is looked for.
"""

import json
import time

from tools.benchmark import mqtt

_ENTRY = b'"id":'
_SAMPLES = b'"samples":'

# sample id: names of the quantities that arrived, and when the last of them came
Arrivals = dict[str, tuple[frozenset[str], int]]


class Subscriber:
    """`start`, then `entries` counts samples in messages, by group and not yet by id."""

    def __init__(self, port: int, city: str):
        self._port = port
        self._topics = f"neckar/{city}/#"
        self._messages: list[tuple[int, bytes]] = []
        self._reader: mqtt.Reader | None = None
        self.first_ns = 0
        self.last_ns = 0
        self.entries = 0

    async def start(self) -> None:
        """Subscribe to everything of the city."""
        self._reader = await mqtt.subscribe(self._port, "bench", self._topics, self._take)

    def close(self) -> None:
        """Hear no more."""
        if self._reader is not None:
            self._reader.close()

    def _take(self, topic: bytes, payload: bytes) -> None:
        now_ns = time.monotonic_ns()
        self.first_ns = self.first_ns or now_ns
        if _SAMPLES in payload:
            self._messages.append((now_ns, payload))
            self.entries += payload.count(_ENTRY)
            self.last_ns = now_ns

    @property
    def messages(self) -> int:
        """Return how many messages with samples came."""
        return len(self._messages)

    def forget(self) -> None:
        """Let go of everything that came so far; `entries` counts on."""
        self._messages.clear()

    def samples(self) -> Arrivals:
        """Return everything that arrived, reading by reading."""
        arrived: Arrivals = {}
        names: dict[frozenset[str], frozenset[str]] = {}  # the same few sets again and again
        nothing: frozenset[str] = frozenset()
        for at_ns, payload in self._messages:
            for sample in json.loads(payload)["samples"]:
                have = arrived.get(sample["id"], (nothing, 0))[0].union(sample["values"])
                arrived[sample["id"]] = names.setdefault(have, have), at_ns
        return arrived
