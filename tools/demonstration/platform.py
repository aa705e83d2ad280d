"""The city's platform, played by a subscriber that writes down everything it is sent.

Place: broker -> here -> view and result.
Guarantee: counts what was delivered, not what was sent: a reading is one quantity of one sample id;
a second delivery of it is a duplicate, and must carry the same value.
"""

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiomqtt


@dataclass
class NodeView:
    """What the platform knows of one node."""

    values: dict[str, Any] = field(default_factory=dict)
    newest_s: float = 0.0
    late: int = 0
    status: dict[str, Any] = field(default_factory=dict)


class Platform:
    """Connect with `run`; everything is in the attributes."""

    def __init__(self, host: str, port: int, city: str, protocol: aiomqtt.ProtocolVersion):
        self._host = host
        self._port = port
        self._topics = f"neckar/{city}/#"
        self._protocol = protocol
        self.ready = asyncio.Event()
        self.nodes: dict[str, NodeView] = {}
        self.gateway: dict[str, Any] = {}
        self.readings: dict[tuple[str, str], Any] = {}
        self.duplicates = 0
        self.contradictions = 0
        self.latencies_ms: defaultdict[str, list[float]] = defaultdict(list)  # by node

    async def run(self) -> None:
        """Listen for ever; a lost connection is taken up again."""
        while True:
            try:
                await self._listen()
            except aiomqtt.MqttError:
                await asyncio.sleep(0.2)

    async def _listen(self) -> None:
        async with aiomqtt.Client(
            self._host, self._port, protocol=self._protocol, identifier="neckar-demo-platform"
        ) as client:
            await client.subscribe(self._topics, qos=1)
            self.ready.set()
            async for message in client.messages:
                if isinstance(message.payload, bytes) and message.payload:
                    self.take(str(message.topic), json.loads(message.payload), message.retain)

    def take(self, topic: str, document: dict[str, Any], retained: bool = False) -> None:
        """Take one message."""
        _, _, lab, name, what = topic.split("/")
        if lab == "gateways":
            self.gateway = document
            return
        view = self.nodes.setdefault(name, NodeView())
        if what == "status":
            view.status = document
        elif not retained and "samples" in document:
            for sample in document["samples"]:
                self._take_sample(name, view, sample)

    def _take_sample(self, name: str, view: NodeView, sample: dict[str, Any]) -> None:
        measured_s = datetime.fromisoformat(sample["time"]).timestamp()
        if measured_s >= view.newest_s:
            view.newest_s = measured_s
            view.values.update(sample["values"])
        fresh = False
        for quantity, value in sample["values"].items():
            key = (sample["id"], quantity)
            if key not in self.readings:
                fresh = True
                self.readings[key] = value
            else:
                self.duplicates += 1
                self.contradictions += self.readings[key] != value
        if fresh and sample["uncertainty_s"] == 1:
            self.latencies_ms[name].append(1000 * (time.time() - measured_s))
        view.late += fresh and sample["late"]
