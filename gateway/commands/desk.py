"""What comes on cmd topics: taken, cancelled, said again, or refused.

Place: `Commands.on_message` -> here -> intake.
Guarantee: the only thing raised is a GatewayError: RefusedError for who asked, another for the
disk.
"""

from typing import Any

from gateway.commands import answers
from gateway.commands.intake import Intake
from gateway.commands.records import TOPIC, Group, Order, RefusedError
from gateway.commands.requests import Request
from gateway.commands.store import Store
from gateway.commands.tables import Groups


class Desk:
    """`serve` a request."""

    def __init__(self, store: Store, city: str, intake: Intake):
        self._store = store
        self._groups = Groups(store)
        self._city = city
        self._intake = intake

    def serve(self, request: Request, now_ms: int) -> tuple[str, Order | Group]:
        """Do what is asked; return how it is counted (accepted, repeated, cancelled), and what."""
        with self._store.transaction():
            if request.command == "cancel":
                return "cancelled", self._cancel(request, now_ms)
            what, is_new = self._intake.take(request, TOPIC, now_ms)
            if not is_new:
                self._repeat(what, now_ms)
        return "accepted" if is_new else "repeated", what

    def _cancel(self, request: Request, now_ms: int) -> Order | Group:
        found = self._found(request)
        if found is None:
            right = "the id of a command that is known here"
            raise RefusedError("id", request.key, right, "unknown")
        if isinstance(found, Order):
            self._intake.cancel(found, now_ms)
        else:
            self._intake.cancel_group(found, now_ms)
        return found

    def _found(self, request: Request) -> Order | Group | None:
        key = request.key or ""
        if not request.point:
            return self._groups.by_key(request.lab, key)
        address = self._intake.address_of(request.point)
        return None if address is None else self._store.by_key(address, key)

    def _repeat(self, what: Order | Group, now_ms: int) -> None:
        """The same id again: say again how far it is."""
        if isinstance(what, Order):
            message = answers.of_order(self._city, what, now_ms)
        else:
            counts = self._groups.progress(what.id)
            message = answers.of_group(self._city, what, counts, now_ms)
        self._store.tell(*message)


def fields_of(request: Request, address: int | None, origin: str = TOPIC) -> dict[str, Any]:
    """Return what a record of security has: of settings only the names.

    `address` is None where it is for a whole lab.
    """
    arguments: Any = request.arguments.get("set", request.arguments)
    said = " ".join(
        name if request.command == "config" else f"{name}={value}"
        for name, value in arguments.items()
    )
    return {
        "address": address,
        "lab": request.lab,
        "point": request.point,
        "command": request.command,
        "arguments": said,
        "id": request.key or "",
        "origin": origin,
        "by": request.who,
    }
