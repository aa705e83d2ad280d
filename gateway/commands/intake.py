"""A request becomes a command on disk, or is refused; used by the gateway and the command line.

Place: requests or cli -> here -> store.
Guarantee: a node has at most `max_queued` open commands and all nodes together MOST_OPEN: what
does not fit is refused. The same id again is never a second command.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from gateway.commands import answers
from gateway.commands.records import (
    CANCELLED,
    FAILED,
    GROUP,
    QUEUED,
    RUNNING,
    Group,
    Order,
    RefusedError,
)
from gateway.commands.requests import Request
from gateway.commands.store import Store
from gateway.commands.tables import Groups
from gateway.registry.node import Node

MOST_OPEN = 10_000  # 1.5 KB of memory each
_BY_ADDRESS = re.compile(r"node-(\d{1,5})")
MOST_GROUPS = 32  # that run at the same time


class Directory(Protocol):
    """What is needed of the registry."""

    def find(self, address: int) -> Node | None:
        """Return the node of an address; only the gateway's has its key."""

    def address_of_point(self, point: str) -> int | None:
        """Return the address of the hardware that serves a measuring point now."""

    def addresses_of_lab(self, lab: str) -> list[int]:
        """Return the addresses of the hardware that serves the points of a lab now."""


@dataclass(frozen=True)
class Limits:
    """How many commands may be open for a node, and how long one lives that does not say so."""

    max_queued: int = 64
    default_expiry_s: int = 86400


class Intake:
    """`take` a request; it returns what was stored, or what the same id has stored before."""

    def __init__(self, store: Store, directory: Directory, city: str, limits: Limits):
        self._store = store
        self._groups = Groups(store)
        self._directory = directory
        self._city = city
        self._limits = limits

    def take(self, request: Request, origin: str, now_ms: int) -> tuple[Order | Group, bool]:
        """Return (command, is it new), or raise RefusedError."""
        expires_s = request.expires_s or self._limits.default_expiry_s
        expires_ms = now_ms + 1000 * expires_s
        if not request.point:
            return self._group(request, origin, now_ms, expires_ms)
        node = self._node(request)
        known = self._store.by_key(node.id, request.key) if request.key else None
        if known is not None:
            _same(request, known.op, known.arguments)
            return known, False
        self._check_room(node.id, 1)
        order = Order(
            node.id,
            node.name,
            node.lab,
            request.command,
            request.arguments,
            now_ms,
            expires_ms,
            request.who,
            origin,
            request.key,
        )
        with self._store.transaction():
            self._store.add(order)
            self._store.tell(*answers.of_order(self._city, order, now_ms))
        return order, True

    def address_of(self, point: str) -> int | None:
        """Return the address at a point; `node-<address>` is that hardware, wherever it hangs."""
        address = self._directory.address_of_point(point)
        if address is None and (match := _BY_ADDRESS.fullmatch(point)):
            address = int(match[1])
        return address

    def _node(self, request: Request) -> Node:
        address = self.address_of(request.point)
        node = None if address is None else self._directory.find(address)
        names = () if node is None else (node.name, f"node-{node.id}")
        if node is None or node.lab != request.lab or request.point not in names:
            right = f"a measuring point of lab {request.lab} that has a node"
            raise RefusedError("point", request.point, right, "unknown")
        if node.revoked:
            right = "one whose node is not revoked"
            raise RefusedError("point", request.point, right, "unknown")
        return node

    def _check_room(self, address: int | None, count: int) -> None:
        most = self._limits.max_queued
        if address is not None and self._store.open_count(address) >= most:
            right = f"fewer than {most}: cancel one, or wait"
            raise RefusedError("commands that wait for this node", most, right, "full")
        waiting = self._store.open_count()
        if waiting + count > MOST_OPEN:
            right = f"at most {MOST_OPEN} with {count} more: cancel some, or wait"
            raise RefusedError("commands that wait in all", waiting, right, "full")

    def _group(
        self, request: Request, origin: str, now_ms: int, expires_ms: int
    ) -> tuple[Group, bool]:
        known = self._groups.by_key(request.lab, request.key) if request.key else None
        if known is not None:
            _same(request, known.op, known.arguments)
            return known, False
        found = [self._directory.find(a) for a in self._directory.addresses_of_lab(request.lab)]
        nodes = [node for node in found if node is not None and not node.revoked]
        if not nodes:
            raise RefusedError("lab", request.lab, "a lab that has nodes", "unknown")
        if request.command == "rekey":
            raise RefusedError("command", "rekey", "sent to one node at a time", "not_allowed")
        if len(self._groups.running()) >= MOST_GROUPS:
            right = f"below {MOST_GROUPS}: cancel one, or wait"
            raise RefusedError("commands to labs that run", MOST_GROUPS, right, "full")
        self._check_room(None, len(nodes))
        group = Group(
            request.lab,
            request.command,
            request.arguments,
            now_ms,
            expires_ms,
            request.who,
            origin,
            request.key,
            total=len(nodes),
        )
        with self._store.transaction():
            self._groups.add(group)
            for node in nodes:
                self._store.add(self._member(group, node))
            counts = self._groups.progress(group.id)
            self._store.tell(*answers.of_group(self._city, group, counts, now_ms))
        return group, True

    def _member(self, group: Group, node: Node) -> Order:
        order = Order(
            node.id,
            node.name,
            node.lab,
            group.op,
            group.arguments,
            group.created_ms,
            group.expires_ms,
            group.who,
            GROUP,
            group=group.id,
            released=False,
        )
        if self._store.open_count(node.id) >= self._limits.max_queued:
            order.state, order.result = FAILED, {"error": "too many commands wait for this node"}
        return order

    # ------------------------------------------------------------------ ends

    def cancel(self, order: Order, now_ms: int) -> None:
        """End a command that has not left; RefusedError where it did, or is over."""
        if order.state != QUEUED:
            right = f"queued: command {order.id} {_too_late(order)}"
            raise RefusedError("state", order.state, right, "too_late")
        self.end(order, FAILED, {"error": CANCELLED}, now_ms)

    def cancel_group(self, group: Group, now_ms: int) -> int:
        """End all members of a group that have not left; return how many."""
        if group.state != RUNNING:
            right = f"running: command {group.id} to the lab is over"
            raise RefusedError("state", group.state, right, "too_late")
        with self._store.transaction():
            members = [m for m in self._store.members(group.id) if m.state == QUEUED]
            for member in members:
                self.end(member, FAILED, {"error": CANCELLED}, now_ms, aloud=member.released)
            group.state = CANCELLED
            self._groups.update(group)
            counts = self._groups.progress(group.id)
            self._store.tell(*answers.of_group(self._city, group, counts, now_ms))
        return len(members)

    def end(self, order: Order, state: str, result: dict, now_ms: int, aloud: bool = True) -> None:
        """Give a command another state, and tell it."""
        order.state, order.result = state, result
        with self._store.transaction():
            self._store.update(order)
            if aloud:
                self._store.tell(*answers.of_order(self._city, order, now_ms))


def _same(request: Request, op: str, arguments: dict) -> None:
    """The same id for something else is a mistake; for the same it is a repetition."""
    if (op, arguments) != (request.command, request.arguments):
        raise RefusedError("id", request.key, f"new: it was given to another {op} before")


def _too_late(order: Order) -> str:
    return "was sent, its node may carry it out" if order.is_open else f"is {order.state}"
