"""A node that sends just the batches it is told to, with any numbers and times."""

from protocol import messages, quick_reader
from protocol.batch import Batch
from protocol.ccm import Ccm
from protocol.envelope import Envelope
from protocol.sampletime import UNIX
from tests.for_gateway.bench import KEY

DAY_S = 86_400
MIDNIGHT_S = 20_000 * DAY_S
LATE_S = 300


class Source:
    """A node that sends the batches it is told to, with their full numbers."""

    def __init__(self, bench, epoch=1, key=KEY):
        self.bench = bench
        self.counter = 0
        self.envelope = Envelope(Ccm(key), 17, epoch, 8)

    def say(self, message, asks=False):
        """Hand a message to the gateway."""
        plain = messages.encode(message)
        self.bench.hear(self.envelope.seal_up(self.counter, plain, asks, True))
        self.counter += 1


def batch(first, count, newest_s, interval_s=60, older=None, places=None):
    """Return samples `first` .. of which the last was taken at `newest_s`."""
    found = Batch(first, (0,), [[200] * count], interval_s, UNIX, newest_s)
    found.older = older
    found.places = places
    return found


def at(bench, time_s):
    """Set the gateway's clock."""
    bench.clock._unix_ms = time_s * 1000


def learn():
    """Show the quick reader what batches look like, as days of running do."""
    quick_reader._heads.clear()
    for count in range(1, 21):
        for interval_s in (1, 60, 3600):
            message = messages.decode(messages.encode(batch(0, count, 0, interval_s)))
            quick_reader.learn(message)
