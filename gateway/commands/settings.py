"""Settings of a node, as they are wanted and as they are: try, confirm, read back, compare.

Place: a `config` command -> here -> steps in the queue; their Results -> here -> `.../config`.
Guarantee: nothing is called reported before the node's own text, read back, has the hash that the
node gave for the trial, and every wanted field. A node that reverted is not tried again by itself:
what cut it off would cut it off again.

    desired ──try──> trying ──confirm──> confirmed ──read──> reported
       └── refused ──> differs    └── no trial any more ──> reverted

A trial of CONFIG_TRY lies over the confirmed settings, never over another trial, so what does not
fit into one text is tried in several rounds. Commands are carried out one after the other, each
with its own fields: what a node refuses to one is not laid on the next.
"""

import hashlib
import json
from typing import Any, Protocol

from gateway.commands import answers
from gateway.commands.operations import TRY_BYTES, WAKES, json_text
from gateway.commands.records import (
    ACKNOWLEDGED,
    CANCELLED,
    CONFIG,
    EXPIRED,
    FAILED,
    NodeConfig,
    Order,
)
from gateway.commands.store import Store
from gateway.commands.tables import Configs

PAGE = 160  # of a CONFIG_READ; a shorter one is the last
_MOST_TEXT = 8192
_CONFIRM_MS = 7 * 86_400_000  # a node that sleeps through it is on trial for as long
_SOURCES = ("confirmed", "on trial", "its last good copy", "defaults, as nothing else is left")


class Owner(Protocol):
    """What is needed of Commands: the open orders, and how they change."""

    def orders_of(self, address: int) -> list[Order]:
        """Return the open orders of a node."""

    def queue(self, order: Order) -> None:
        """Take a new step."""

    def end(self, order: Order, state: str, result: dict) -> None:
        """Give an order another state, and tell it."""


class Settings:
    """Call `begin` for a `config` command, `step_over` and `status` with what nodes say."""

    def __init__(self, store: Store, city: str, owner: Owner):
        self._store = store
        self._configs = Configs(store)
        self._city = city
        self._owner = owner
        self._hashes = self._configs.hashes()

    def reload(self) -> None:
        """Take what is on disk."""
        self._hashes = self._configs.hashes()

    # ------------------------------------------------------------------ what somebody wants

    def begin(self, order: Order, now_ms: int) -> None:
        """Go for what a `config` command wants, unless another one is under way."""
        others = self._owner.orders_of(order.address)
        if any(other.origin == CONFIG or _has_begun(other) for other in others):
            return
        config = self._configs.get(order.address) or NodeConfig(order.address, "", "")
        desired = _laid_over(config.desired, order.arguments["set"])
        if len(json_text(desired)) > _MOST_TEXT:
            error = {"error": f"more than {_MOST_TEXT} bytes would be wanted of this node"}
            self._owner.end(order, FAILED, error)
            return
        order.attempts = 1
        self._store.update(order)
        config.point, config.lab = order.point, order.lab
        config.wanted, config.desired, config.tried = order.arguments["set"], desired, {}
        self._round(config, order.expires_ms, now_ms)
        self._save(config, now_ms)

    def abandoned(self, try_: Order, now_ms: int) -> None:
        """Withdraw a trial that nobody waits for any more, as when its command was cancelled."""
        if any(_has_begun(order) for order in self._owner.orders_of(try_.address)):
            return
        self._owner.end(try_, FAILED, {"error": CANCELLED})
        config = self._configs.get(try_.address)
        if config is not None:
            self._failed(config, "differs", "cancelled before it was tried")
            self._save(config, now_ms)

    def _round(self, config: NodeConfig, expires_ms: int, now_ms: int) -> None:
        """Try what the node does not have, or read where it has all."""
        config.state, config.reason, config.text = "desired", "", ""
        config.tried = _that_fits(_lacking(config.wanted, config.reported))
        if config.tried:
            arguments = {"wakes": WAKES, "text": json_text(config.tried)}
            self._step(config, "config_try", arguments, expires_ms, now_ms)
        else:
            config.hash = None
            self._read(config, now_ms, expires_ms)

    def _read(self, config: NodeConfig, now_ms: int, expires_ms: int | None = None) -> None:
        at = {"offset": len(config.text)}
        self._step(config, "config_read", at, expires_ms or now_ms + _CONFIRM_MS, now_ms)

    def _step(
        self, config: NodeConfig, op: str, arguments: dict, expires_ms: int, now_ms: int
    ) -> None:
        where = (config.address, config.point, config.lab)
        order = Order(*where, op, arguments, now_ms, expires_ms, "gateway", CONFIG)
        self._owner.queue(order)

    # ------------------------------------------------------------------ what the node says

    def step_over(self, step: Order, now_ms: int) -> None:
        """Go on after a step: acknowledged, failed or expired."""
        config = self._configs.get(step.address)
        if config is None:
            return
        if step.state == EXPIRED:
            self._failed(config, "differs", f"{step.op} expired")
        elif step.op == "config_try":
            self._tried(config, step, now_ms)
        elif step.op == "config_confirm":
            self._confirmed(config, step, now_ms)
        else:
            self._page(config, step, now_ms)
        self._save(config, now_ms)

    def _tried(self, config: NodeConfig, step: Order, now_ms: int) -> None:
        digest = step.result.get("value")
        if step.state != ACKNOWLEDGED or not isinstance(digest, int):
            self._failed(config, "differs", f"the node says: {_words(step)}")
            return
        config.state, config.hash = "trying", digest
        self._step(config, "config_confirm", {}, now_ms + _CONFIRM_MS, now_ms)

    def _confirmed(self, config: NodeConfig, step: Order, now_ms: int) -> None:
        if step.state == ACKNOWLEDGED:
            config.state, config.text = "confirmed", ""
            self._read(config, now_ms)
        elif step.result.get("code") == "refused":
            reason = "the trial was not confirmed in time: it may have cut the node off"
            self._failed(config, "reverted", reason)
        else:
            self._failed(config, "differs", f"the node says: {_words(step)}")

    def _page(self, config: NodeConfig, step: Order, now_ms: int) -> None:
        page = step.result.get("value")
        if step.state != ACKNOWLEDGED or not isinstance(page, str):
            self._failed(config, "differs", f"settings cannot be read: {_words(step)}")
            return
        config.text += page
        if len(page) == PAGE and len(config.text) < _MOST_TEXT:
            self._read(config, now_ms)
            return
        self._compare(config, now_ms)

    def _compare(self, config: NodeConfig, now_ms: int) -> None:
        """The whole text is there: is it what is wanted?"""
        digest = int.from_bytes(hashlib.sha256(config.text.encode()).digest()[:4], "big")
        try:
            reported = json.loads(config.text)
        except (ValueError, RecursionError):
            reported = None
        config.text = ""
        if not isinstance(reported, dict):
            self._failed(config, "differs", "what was read back is no JSON object")
            return
        expected, config.hash = config.hash, digest
        config.reported = reported
        if expected is not None and digest != expected:
            reason = f"read back with hash {digest:08x}, should be {expected:08x}"
            self._failed(config, "differs", reason)
            return
        lacking = _lacking(config.wanted, reported)
        # What one trial has no room for comes in the next; the same is never tried twice. What
        # changed by other means is only told: two who set a node would never come to an end.
        more = _that_fits(lacking)
        if config.state in ("desired", "confirmed") and more and more != config.tried:
            self._round(config, self._expiry(config.address, now_ms), now_ms)
        elif lacking:
            self._failed(config, "differs", _named(lacking))
        else:
            other = _lacking(config.desired, reported)
            config.desired = {  # a default that is there again need not be remembered
                k: v for k, v in config.desired.items() if v is not None or k in other
            }
            config.state, config.reason = ("differs", _named(other)) if other else ("reported", "")
            self._end_order(config, ACKNOWLEDGED)

    def concerns(self, address: int, fields: dict[str, int]) -> bool:
        """Say whether a status has news for us; it costs no look at the disk."""
        return address in self._hashes and self._hashes[address] != fields.get("config_hash", 0)

    def status(self, address: int, fields: dict[str, int], now_ms: int) -> None:
        """Hold the hash of a status against what the node should have."""
        config = self._configs.get(address)
        if config is None:
            return
        config.status_hash = self._hashes[address] = fields.get("config_hash", 0)
        if not any(order.origin == CONFIG for order in self._owner.orders_of(address)):
            self._drifted(config, fields.get("config_source", 0), now_ms)
        self._save(config, now_ms)

    def _drifted(self, config: NodeConfig, source: int, now_ms: int) -> None:
        """Settings changed without us: read what they are now."""
        if config.state == "reported" and config.status_hash == config.hash:
            return
        where = _SOURCES[source] if 0 <= source < len(_SOURCES) else f"source {source}"
        if config.state == "reported":
            config.state = "differs"
            config.reason = f"its settings changed by other means, it uses {where}"
        config.hash, config.text, config.wanted, config.tried = None, "", {}, {}
        self._read(config, now_ms)

    # ------------------------------------------------------------------ ends

    def _failed(self, config: NodeConfig, state: str, reason: str) -> None:
        config.state, config.reason = state, reason
        self._end_order(config, FAILED)

    def _end_order(self, config: NodeConfig, state: str) -> None:
        """End the command that wanted it, if that has not expired meanwhile."""
        for order in self._owner.orders_of(config.address):
            if _has_begun(order):
                result: dict[str, Any] = {"config": config.state}
                reason = {"error": config.reason} if state == FAILED else {}
                self._owner.end(order, state, result | reason)

    def _expiry(self, address: int, now_ms: int) -> int:
        begun = [o.expires_ms for o in self._owner.orders_of(address) if _has_begun(o)]
        return max([now_ms + 60_000, *begun])

    def _save(self, config: NodeConfig, now_ms: int) -> None:
        self._configs.save(config)
        self._hashes.setdefault(config.address, config.status_hash)
        self._store.tell(*answers.of_config(self._city, config, now_ms), retained=True)


def _words(step: Order) -> str:
    return str(step.result.get("error") or step.result.get("code") or step.state)


def _laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the changes laid over it; None stays: it means the default again."""
    result = dict(base)
    for name, value in changes.items():
        below = result.get(name)
        both = isinstance(value, dict) and isinstance(below, dict)
        result[name] = _laid_over(below, value) if both else value  # type: ignore[arg-type]
    return result


def _has_begun(order: Order) -> bool:
    return order.op == "config" and order.attempts > 0


def _named(fields: dict[str, Any]) -> str:
    return "the node has another value of " + ", ".join(map(ascii, fields))


def _lacking(wanted: dict[str, Any], reported: dict[str, Any] | None) -> dict[str, Any]:
    """Return the fields that the node does not have, or is not known to have."""
    return dict(wanted) if reported is None else _difference(wanted, reported)


def _difference(desired: dict[str, Any], reported: dict[str, Any]) -> dict[str, Any]:
    lacking: dict[str, Any] = {}
    for name, value in desired.items():
        has = reported.get(name)
        if isinstance(value, dict) and isinstance(has, dict):
            if inner := _difference(value, has):
                lacking[name] = inner
        elif has != value or isinstance(has, bool) != isinstance(value, bool):
            lacking[name] = value
    return lacking


def _that_fits(fields: dict[str, Any]) -> dict[str, Any]:
    """Return as many fields as one trial holds; each alone does."""
    chosen: dict[str, Any] = {}
    for name, value in fields.items():
        if len(json_text({**chosen, name: value})) <= TRY_BYTES:
            chosen[name] = value
    return chosen
