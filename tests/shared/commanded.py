"""A node as its commands see it: real session, journal, recorder and settings, on files of its own.

What is not modelled: sensors, tasks, a link, the restart itself (`RestartError` is raised instead).
"""

from node import commands, config, counters, identity, maintenance, settings
from node.clock import Clock
from node.journal import Journal
from node.recorder import Recorder
from protocol.ccm import Ccm
from protocol.commands import Command
from protocol.envelope import TAG_WIRE, Envelope
from protocol.node_session import NodeSession
from tests.shared.own_files import move_to, write

IDENTITY = '{"node": 42, "epoch": 1, "key": "000102030405060708090a0b0c0d0e0f"}'
CONFIG = '{"profile":"air","uart":1}'
START_S = 1_800_000_000


class RestartError(Exception):
    """The node would have restarted here."""


class Life:
    """What commands want of `node.life`."""

    def __init__(self, clock, root):
        self.recorder = Recorder(clock, 1, root + "/log")
        self.restarts = []

    def restart(self, why):
        self.restarts.append(why)
        raise RestartError(why)


class Ticks:
    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class Uplink:
    """What commands want of `node.uplink`."""

    def __init__(self, clock):
        self._clock = clock
        self.is_leaving = False
        self.woken = 0
        self.waiting = []

    def background(self, coroutine):
        self.waiting.append(coroutine)

    def wake(self):
        self.woken += 1

    def time_is(self, unix_ms):
        self._clock.set(unix_ms)


class App:
    """One start of a node; what is in its files outlives it."""

    def __init__(self, root, boot=1):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks)
        self.life = Life(self.clock, root)
        config._profile = _profile
        settings.count_wake()
        self.config = _Config()
        config.load(self.config)
        self.journal = Journal(root + "/journal", self.clock, boot, (0,), 60, 8, 4)
        self.tag_length = TAG_WIRE
        self.counter = counters.frame_counter()
        self.session = NodeSession(
            Envelope(Ccm(self.config.key), self.config.node, self.config.epoch, TAG_WIRE),
            self.counter,
            self.journal,
            (boot, "test"),
            lambda span: 0,
        )
        self.uplink = Uplink(self.clock)
        self.maintenance = maintenance.Maintenance(self.clock)

    def sample(self, count):
        """Keep some samples."""
        for i in range(count):
            self.journal.append(START_S + 60 * i, True, [i], None)

    def resume(self):
        """Do what a start does with a command that was there before; say whether it restarted."""
        try:
            commands.Commands(self).resume()
        except RestartError:
            return True
        return False

    def told(self):
        """Return (number, code) that the session says of the last command."""
        outbox = self.session.outbox
        return outbox._command, outbox._result and outbox._result.code


class _Config:
    """What `config.load` fills."""


def _profile(name):
    if name not in ("air", "noise"):
        from node.errors import NodeError

        raise NodeError("/profiles/%s.json is missing" % name)
    return {"interval_s": 900, "sensors": [{"kind": "climate", "driver": "simulated"}]}


def new_node(root):
    """Make the files of a node that was just provisioned."""
    move_to(root)
    commands.PATH = root + "/state/command"
    maintenance._PATH = root + "/state/maintenance"
    write(identity.PATH, IDENTITY)
    write(settings.CONFIG, CONFIG)
    write(counters.FRAME_COUNTER, "0")


def finished(coroutine):
    """Run a coroutine that waits for nothing to its end; return its value."""
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value
    raise AssertionError("it waits")


def order(app, number, op, *arguments):
    """Carry a command out; return its Result."""
    app.session.outbox.is_new(Command(number, op, arguments))
    return finished(commands.Commands(app).handle(Command(number, op, arguments)))
