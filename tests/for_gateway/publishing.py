"""A Publisher over a bench's spool, and a broker in memory that does what a test says.

Does not model: MQTT, a window, a line. The publisher's own retries, lanes and confirmations are
real.
"""

import asyncio
import contextlib
import json
import re
from unittest import mock

import aiomqtt

from gateway import confirming
from gateway.config import Config
from gateway.config_mqtt import Mqtt
from gateway.delivery import Delivery
from gateway.publisher import Publisher
from gateway.records import Frame
from protocol import messages
from protocol.batch import Batch
from protocol.sampletime import UNIX

LATE_S = 300
NOW_S = 1_800_000_500  # where a FakeClock begins
_NUMBER = re.compile(rb'"id":"\d+/\d+/(\d+)"')


class Statuses:
    """One retained message each time."""

    def __init__(self):
        self.connections = 0

    def connected(self):
        self.connections += 1

    def messages(self, now_s):
        return [("neckar/hn/gateways/gw/status", b"{}")]


class MemoryBroker:
    """Takes messages: `live`, `backlog` and `aside` are (topic, payload) as they came.

    `sessions` has the (live, backlog) of each connection.

    `refused(topic)` says what it acknowledges with an error; while `holds` is set nothing is
    acknowledged until `release`, and while `holds_backlog` is set nothing of that.
    """

    def __init__(self, refused=lambda topic: False):
        self.refused = refused
        self.refusals = {}
        self.oldest = None
        self.holds = False
        self.holds_backlog = False
        self._is_cut = False
        self.sessions = []
        self.aside = []
        self.under_way = 0
        self.connections = 0
        self._held = []

    @contextlib.asynccontextmanager
    async def connect(self):
        self.connections += 1
        self.refusals = {}
        self.sessions.append(([], []))
        self._is_cut = False
        try:
            yield self
        finally:
            self.cut()

    def start(self, some, retain=False, backlog=False):
        if self._is_cut:
            raise aiomqtt.MqttError("not connected")
        delivery = Delivery(len(some))
        to = self.aside if retain else self.sessions[-1][backlog]
        to += some
        if not retain and (self.holds or (backlog and self.holds_backlog)):
            self._held.append((delivery, some))
        else:
            self._acknowledge(delivery, some)
        return delivery

    def _acknowledge(self, delivery, some):
        for topic, _ in some:
            if self.refused(topic):
                self.refusals[topic] = "Not authorized"
                delivery.refuse("Not authorized", topic)
            else:
                delivery.acknowledge()

    def release(self, count=10**9):
        """Acknowledge what was held."""
        held, self._held = self._held[:count], self._held[count:]
        for delivery, some in held:
            self._acknowledge(delivery, some)

    def cut(self):
        """The line is cut."""
        self._is_cut = True
        held, self._held = self._held, []
        for delivery, _ in held:
            delivery.fail(aiomqtt.MqttError("connection lost"))

    @property
    def held(self):
        return len(self._held)

    @staticmethod
    def max_payload(topic):
        return 2**28

    @staticmethod
    async def listen(topics):
        """Take a subscription."""

    @property
    def live(self):
        """Return what came live, over all connections."""
        return [message for session in self.sessions for message in session[False]]

    @property
    def backlog(self):
        """Return what came as backlog, over all connections."""
        return [message for session in self.sessions for message in session[True]]

    @property
    def taken(self):
        """Return all readings, whichever way they came."""
        return self.live + self.backlog


def publisher_of(bench, broker=None, host="h", port=1, where=None, commands=None, **mqtt):
    """Return a Publisher that connects to `broker`, or to a host."""
    fields = {"timeout_s": 10.0, "retry_max_s": 0.1, "linger_ms": 0, **mqtt}
    config = Config(
        gateway="gw",
        city="hn",
        late_after_s=LATE_S,
        status_s=30,
        mqtt=Mqtt(host, port, **fields),
        spool=None,
        registry=None,
        http=None,
        log=None,
        commands=None,
    )
    publisher = Publisher(
        config,
        bench.spool,
        bench.worker,
        bench.clock,
        where or bench.registry.where,
        [Statuses()],
        None,
        commands,
    )
    bench.ingest._on_segments = publisher.segments
    if broker is not None:
        publisher.broker = broker.connect
    return publisher


@contextlib.asynccontextmanager
async def running(publisher):
    """Let a publisher run meanwhile."""
    with mock.patch.object(confirming, "_EVERY_S", 0.001):
        task = asyncio.create_task(publisher.run())
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until(condition, most_s=5.0):
    """Let everybody have their turns until it holds."""
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.001)


async def settle(turns=200):
    """Let everybody have so many turns, and the disk's thread too."""
    for _ in range(turns):
        await asyncio.sleep(0)
    await asyncio.sleep(0.005)


def row(number, node=17):
    """Return a row of one sample, whose number is `number`."""
    batch = Batch(number, (0,), [[200]], 10, UNIX, NOW_S)
    return Frame(node, 1, number, 1, NOW_S * 1000, messages.encode(batch))


def numbers_of(found):
    """Return the sample numbers in the order in which they were sent, once for each group."""
    return [int(n) for _, payload in found for n in _NUMBER.findall(payload)]


def samples_of(found):
    """Return (topic, entry) of every sample."""
    return [(topic, entry) for topic, body in found for entry in json.loads(body)["samples"]]
