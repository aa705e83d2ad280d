"""At most one command of a node is with its session: the next goes when the Result of this came.

Place: `Commands` -> here -> GatewaySession.send; the node fetches it with a Poll.
Guarantee: a session that was built anew gets the command again, with the same number, so that the
node does it once. Whoever restarts is left alone until it is back: a node that is about to go says
that it is busy, and each such word keeps it longer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.commands.operations import to_command
from gateway.commands.records import CONFIG, Order
from gateway.registry.node import Node
from protocol.commands import Command

_FULL_S = 1.0


class Session(Protocol):
    """What is needed of a GatewaySession."""

    def send(self, message: Any, now_ms: int) -> None:
        """Queue a message for the node; ValueError where its queue is full."""

    def withdraw(self, message: Any) -> None:
        """Take one back."""


@dataclass
class _Posted:
    session: Session
    order_id: int
    command: Command


class Posting:
    """`offer` the open orders of a node whenever something about them changed."""

    def __init__(self, find: Callable[[int], Node | None]):
        self._find = find
        self._posted: dict[int, _Posted] = {}
        self._held: dict[int, float] = {}

    def held(self) -> set[int]:
        """Return who is held, or was until just now."""
        return set(self._held)

    def hold(self, address: int, until_s: float) -> None:
        """Give a node nothing until then (monotonic seconds)."""
        self._held[address] = until_s

    def offer(
        self, address: int, orders: list[Order], session: Session | None, now_s: float, now_ms: int
    ) -> Order | None:
        """Let the session have the right command; return one that has no form any more.

        It wants to be asked again where the node is held.
        """
        posted = self._posted.get(address)
        order = self._next(address, orders, posted, now_s)
        if posted is not None:
            is_it = order is not None and posted.order_id == order.id
            if is_it and posted.session is session and posted.command.number == order.number:  # type: ignore[union-attr]
                return None
            posted.session.withdraw(posted.command)
            del self._posted[address]
        if order is None or session is None:
            return None
        try:
            command = to_command(order, self._find(address) if order.op == "rekey" else None)
        except ValueError:
            return order
        try:
            session.send(command, now_ms)
        except ValueError:
            self.hold(address, now_s + _FULL_S)  # 8 messages wait for it already
            return None
        self._posted[address] = _Posted(session, order.id, command)
        return None

    def _next(
        self, address: int, orders: list[Order], posted: _Posted | None, now_s: float
    ) -> Order | None:
        """Return what is with the session, else a step towards settings, else the oldest."""
        if now_s < self._held.get(address, 0.0):
            return None
        self._held.pop(address, None)
        ready = [order for order in orders if order.number is not None and order.released]
        if posted is not None:
            for order in ready:
                if order.id == posted.order_id:
                    return order
        # On trial a node counts its wakes: what confirms is not kept waiting.
        return min(ready, key=lambda o: (o.state != "sent", o.origin != CONFIG, o.id), default=None)
