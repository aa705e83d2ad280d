"""Nodes that carry out commands, and the gateway's Commands, over the protocol's real sessions.

Does not model: MicroPython, flash, links. A board here does with a command what
firmware/node/commands.py does: once, busy while it leaves, settings on trial.
"""

import hashlib
import json

from gateway.commands.commands import Commands
from gateway.commands.intake import Limits
from gateway.registry.node import Node
from protocol import commands as ops
from protocol import session as events
from protocol.ccm import Ccm
from protocol.commands import BUSY, DONE, REFUSED, Result
from protocol.counter import Counter
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.gateway_session import GatewaySession
from protocol.node_session import NodeSession
from protocol.reports import Status
from protocol.session import wired
from protocol.window import ReplayWindow
from tests.fakes.clock import FakeClock
from tests.fakes.node import RamJournal

LAB, CITY = "mitte", "heilbronn"
KEY = bytes(range(16))
READING = (ops.SAMPLE, ops.CONFIG_READ, ops.LOG_PAGE)


def digest_of(settings: dict) -> int:
    """Return the hash that a node gives its settings."""
    return int.from_bytes(hashlib.sha256(text_of(settings).encode()).digest()[:4], "big")


def text_of(settings: dict) -> str:
    """Return the settings' one text."""
    return json.dumps(settings, separators=(",", ":"), sort_keys=True)


def merged(base: dict, changes: dict) -> dict:
    """Lay changes over settings, as RFC 7386 does."""
    result = dict(base)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


class Board:
    """A node; `done` are the operations that it carried out, in order."""

    def __init__(self, address: int):
        self.address = address
        self.settings = {"interval_s": 600, "profile": "air"}
        self.trial: dict | None = None
        self.done: list[int] = []
        self.numbers: list[int] = []
        self.refuses = ""  # what it says of a trial
        self.deaf = False
        self.leaving = False
        self._limit = 0
        self._stored: Result | None = None
        self.journal = RamJournal()
        self.start()

    def start(self):
        """Power comes: all that is left is the journal, the counter and the last command."""
        self.leaving = False
        counter = Counter(self._limit, self._store)
        envelope = Envelope(Ccm(KEY), self.address, 1, TAG_WIRE)
        self.session = NodeSession(
            envelope, counter, self.journal, (1, "town"), lambda span: 0, wired(2000)
        )
        if self._stored is not None:
            self.session.outbox.resume(self._stored.number, self._stored)

    def _store(self, limit):
        self._limit = limit

    @property
    def used(self) -> dict:
        """Return the settings in use."""
        return self.settings if self.trial is None else merged(self.settings, self.trial)

    def status(self, now_ms: int, source: int = 0):
        """Say how it is."""
        fields = {"config_hash": digest_of(self.used), "config_source": source}
        self.session.send(Status(fields), now_ms)

    def carry_out(self, now_ms: int):
        """Do what came."""
        while (event := self.session.next_event()) is not None:
            if event[0] == events.COMMAND:
                command = event[1]
                result = self._do(command)
                if result.code == DONE and command.op in (ops.REBOOT, ops.CONFIG_TRY):
                    self._stored, self.leaving = result, True
                self.session.send(result, now_ms)

    def _do(self, command) -> Result:
        number, op = command.number, command.op
        if self.leaving and op not in READING:
            return Result(number, BUSY)
        self.done.append(op)
        self.numbers.append(number)
        if op == ops.CONFIG_TRY:
            if self.refuses:
                return Result(number, REFUSED, self.refuses)
            self.trial = json.loads(command.arguments[1])
            return Result(number, DONE, digest_of(self.used))
        if op == ops.CONFIG_CONFIRM:
            if self.trial is None:
                return Result(number, REFUSED, "no trial is in use")
            self.settings, self.trial = self.used, None
        if op == ops.CONFIG_READ:
            at = command.arguments[0]
            return Result(number, DONE, text_of(self.used)[at : at + 160])
        return Result(number, DONE)


class Town:
    """`say` something to a topic, `run` for some seconds, and look at `told`."""

    def __init__(self, path, addresses=(17,), radio=False, budget=lambda: 1.0, limits=None):
        self.path = path
        self.clock = FakeClock()
        self.budget = budget
        self.limits = limits or Limits()
        self.nodes = {a: Node(a, f"air-{a}", LAB, 1, KEY, radio) for a in addresses}
        self.boards = {a: Board(a) for a in addresses}
        self.sessions: dict[int, GatewaySession] = {}
        self.security: list = []
        self.told: list[tuple[str, dict]] = []
        self.retained: dict[str, dict] = {}
        self.lost = lambda what: False  # what gets lost on its way: "up", "down"
        self.start()

    def start(self):
        """The gateway starts, from what is on disk; sessions keep their windows."""
        windows = {a: (s.replay, s.samples) for a, s in self.sessions.items()}
        self.sessions = {}
        self.commands = Commands(
            self.path,
            self.clock,
            self,
            CITY,
            self.limits,
            self.sessions.get,
            lambda: self.budget(),
            lambda kind, fields: self.security.append((kind, fields)),
        )
        for address in self.nodes:
            self.build(address, *windows.get(address, (ReplayWindow(), None)))

    def build(self, address, replay=None, samples=None):
        """Build a session, as ingest does after an error too."""
        if replay is None:
            replay, samples = self.sessions[address].replay, self.sessions[address].samples
        envelope = Envelope(Ccm(KEY), address, 1, TAG_WIRE)
        self.sessions[address] = GatewaySession(envelope, replay, samples)
        self.commands.attach(self.nodes[address], self.sessions[address])

    # the registry

    def find(self, address):
        return self.nodes.get(address)

    def address_of_point(self, point):
        return next((a for a, node in self.nodes.items() if node.name == point), None)

    def addresses_of_lab(self, lab):
        return [a for a, node in self.nodes.items() if node.lab == lab]

    # what goes on

    def say(self, command=None, point="air-17", retained=False, raw=None, **fields):
        """Publish to a cmd topic."""
        payload = json.dumps({"command": command, **fields}).encode() if raw is None else raw
        where = f"{LAB}/{point}" if point else LAB
        self.commands.on_message(f"neckar/{CITY}/{where}/cmd", payload, retained)
        self.publish()

    def run(self, seconds=1, talk=True):
        """Let time pass: each second every node that hears says something, then a tick."""
        for _ in range(seconds):
            self.clock.advance(1)
            for board in self.boards.values():
                if talk and not board.deaf:
                    self.exchange(board)
            self.commands.tick()
            self.publish()

    def exchange(self, board):
        """Let a node and the gateway talk until nobody has anything to say."""
        if board.leaving and not board.session.outbox.holds(6):
            board.start()
        board.journal.append()
        for _ in range(20):
            now_ms = self.clock.unix_ms()
            board.session.handle_timeout(now_ms)
            frame = board.session.data_to_send(now_ms)
            if frame is None:
                return
            if not self.lost("up"):
                self.receive(board, frame, now_ms)
            board.carry_out(now_ms)

    def receive(self, board, frame, now_ms):
        """Do what ingest does with a frame."""
        session = self.sessions[board.address]
        session.receive(parse(frame), now_ms)
        while (event := session.next_event()) is not None:
            if event[0] == events.RESULT:
                self.commands.result(board.address, event[2])
            elif event[0] == events.STATUS:
                self.commands.status(board.address, event[2].fields)
            session.acknowledge(event, session.promise(), now_ms)
            self.publish()
        while (answer := session.answer_to_send()) is not None:
            message, frame = answer
            if isinstance(message, ops.Command):
                self.commands.sent(board.address, message.number)
            if not self.lost("down"):
                board.session.receive(frame, now_ms)

    def publish(self):
        """Take what is to be published, as a broker that is there."""
        messages = self.commands.outgoing()
        for _, topic, payload, retained in messages:
            self.told.append((topic, json.loads(payload)))
            if retained:
                self.retained[topic] = json.loads(payload)
        self.commands.delivered([message.id for message in messages])

    def states(self, **what) -> list[str]:
        """Return the states that were told, of messages with these fields."""
        return [
            message["state"]
            for topic, message in self.told
            if topic.endswith("/result") and all(message.get(k) == v for k, v in what.items())
        ]

    def last(self, topic="result", point="air-17") -> dict:
        """Return the last message of a topic."""
        where = f"neckar/{CITY}/{LAB}/{point}/{topic}" if point else f"neckar/{CITY}/{LAB}/{topic}"
        return [message for t, message in self.told if t == where][-1]

    def config(self, point="air-17") -> dict:
        """Return what is retained about a node's settings."""
        return self.retained[f"neckar/{CITY}/{LAB}/{point}/config"]

    def config_states(self) -> list[str]:
        """Return all states of settings that were told, without repetitions."""
        states = [m["state"] for topic, m in self.told if topic.endswith("/config")]
        return [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s]
