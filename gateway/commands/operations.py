"""What a node can be told, under which name, with which arguments, and who may ask for it.

Place: `requests` and the command line -> `check` -> stored -> `to_command` -> session.
Guarantee: what `check` returns has a form on the wire. A key is never an argument here: `rekey`
names an epoch, and the key comes from the registry at the moment when it is sent.
"""

import json
from dataclasses import dataclass
from typing import Any

from gateway.commands.records import CLI, Order, RefusedError
from gateway.registry.node import Node
from protocol import commands

TRY_BYTES = 160  # of the JSON text of one CONFIG_TRY: SPEC.md, 4.4
WAKES = 10  # of a trial: what a node on the air needs to be heard in bad weather
_DEEPEST = 6
_MOST_FIELDS = 64


@dataclass(frozen=True)
class Argument:
    """A whole number `low` .. `high`; without `default` it has to be given."""

    name: str
    low: int
    high: int
    default: int | None = None


@dataclass(frozen=True)
class Operation:
    """`code` on the wire, or None; `by_topic`: whoever may publish may ask for it.

    careful   the command line wants --yes: it cannot be undone
    answers   how many answers it takes on the air: one brings it, one settles its Result
    """

    code: int | None
    arguments: tuple[Argument, ...] = ()
    by_topic: bool = True
    careful: bool = False
    answers: int = 2


OPERATIONS = {
    "sample": Operation(commands.SAMPLE),
    "reboot": Operation(commands.REBOOT),
    "mount_test": Operation(commands.MOUNT_TEST, (Argument("frames", 1, 50, 10),)),
    "log_page": Operation(commands.LOG_PAGE, (Argument("page", 0, 65535, 0),)),
    "maintenance": Operation(commands.MAINTENANCE, (Argument("minutes", 0, 65535),)),
    "config_read": Operation(commands.CONFIG_READ, (Argument("offset", 0, 65535, 0),)),
    # Its argument is `set`; try, confirm and some pages read back.
    "config": Operation(None, answers=10),
    "wipe": Operation(commands.WIPE, by_topic=False, careful=True),
    "rekey": Operation(
        commands.REKEY, (Argument("epoch", 1, 0xFFFFFFFF),), by_topic=False, careful=True
    ),
}

# What only the gateway itself asks for, on the way to settings.
STEPS = {
    "config_try": commands.CONFIG_TRY,
    "config_confirm": commands.CONFIG_CONFIRM,
}
WORDS = ("done", "refused", "failed", "unknown", "busy")  # by the code of a Result
# After these the node restarts as soon as its Result was answered; until then it is busy.
RESTARTING = ("reboot", "config_try")


def check(name: object, given: object, origin: str) -> dict[str, Any]:
    """Return the arguments of an operation, complete, or raise RefusedError."""
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise RefusedError("command", name, "one of " + ", ".join(OPERATIONS))
    if origin != CLI and not operation.by_topic:
        right = "sent by the operator: neckar-gateway command send"
        raise RefusedError("command", name, right, "not_allowed")
    if not isinstance(given, dict):
        raise RefusedError("arguments", given, "an object")
    if name == "config":
        return {"set": _settings(given)}
    known = {argument.name: argument for argument in operation.arguments}
    for key in given:
        if key not in known:
            right = f"one of {', '.join(known)}" if known else f"absent: {name} takes none"
            raise RefusedError(f"arguments.{_short(key)}", given[key], right)
    return {argument.name: _number(argument, given) for argument in operation.arguments}


def _number(argument: Argument, given: dict[str, Any]) -> int:
    value = given.get(argument.name, argument.default)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and argument.low <= int(value) <= argument.high:  # type: ignore[arg-type]
        return int(value)  # type: ignore[arg-type]
    right = f"a whole number from {argument.low} to {argument.high}"
    shown = "missing" if value is None else value
    raise RefusedError(f"arguments.{argument.name}", shown, right)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields to set; the node itself knows what they mean, and says so."""
    fields = given.get("set")
    if not isinstance(fields, dict) or len(given) != 1:
        raise RefusedError("arguments", given, 'like {"set": {"interval_s": 300}}')
    if len(fields) > _MOST_FIELDS:
        raise RefusedError("arguments.set", len(fields), f"at most {_MOST_FIELDS} fields")
    for name, value in fields.items():
        where = f"arguments.set.{_short(name)}"
        _check_value(where, value, 1)
        if len(json_text({name: value})) > TRY_BYTES:
            right = f"at most {TRY_BYTES} bytes of JSON; an object may be set field by field"
            raise RefusedError(where, value, right)
    return fields


def _check_value(where: str, value: object, depth: int) -> None:
    """The node keeps whole numbers, texts, true, false, lists and objects: RFC 8259 has more."""
    if isinstance(value, float):
        raise RefusedError(where, value, "a whole number: nodes have no others")
    if isinstance(value, int) and abs(value) >= 1 << 63:
        raise RefusedError(where, value, "below 2^63")
    children = value.values() if isinstance(value, dict) else value
    if isinstance(children, (str, int, type(None))):
        return
    if depth >= _DEEPEST:
        raise RefusedError(where, "nested", f"at most {_DEEPEST} deep")
    for child in children:  # type: ignore[attr-defined]
        _check_value(where, child, depth + 1)


def json_text(value: object) -> str:
    """Return the shortest JSON of a value, in ASCII."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def answers(op: str, arguments: dict[str, Any]) -> int:
    """Return how many answers on the air a command takes."""
    return OPERATIONS[op].answers + (arguments["frames"] if op == "mount_test" else 0)


def to_command(order: Order, node: Node | None) -> commands.Command:
    """Return the message for the node; ValueError where it has no form any more."""
    number = order.number or 0
    if order.op == "rekey":
        if node is None or node.epoch != order.arguments["epoch"] or len(node.key) != 16:
            raise ValueError("the registry has no key of this epoch any more")
        return commands.Command(number, commands.REKEY, (node.epoch, node.key))
    code = STEPS.get(order.op)
    if code is None:
        code = OPERATIONS[order.op].code
    if code is None:
        raise ValueError(f"{order.op} consists of steps")
    return commands.Command(number, code, tuple(order.arguments.values()))


def _short(name: str) -> str:
    return ascii(name)[1:-1][:40]
