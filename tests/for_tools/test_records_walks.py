"""Whatever a workshop does, in whatever order, with a clock that jitters: the gateway takes it."""

import random

import pytest

from gateway.registry.database import Database
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.importing import Choices
from gateway.registry.merge import merge
from gateway.registry.record_files import parse
from tests.for_tools.workshops import GATEWAY, NOW, claim, mac, private, public, records
from tools.flashing import durable, inventory
from tools.flashing.errors import FlashError

BOARDS = 4
POINTS = (None, "air-1", "air-1", "air-2")
KEY = GatewayKey(private(GATEWAY))
# Of a point: taken, not in this lab, its own place taken; of a claim: none; of a board: unknown.
REFUSALS = {"F345", "F347", "F348", "F349", "F342", "F343"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(durable.os, "fsync", lambda _: None)


def _step(store, rng, now):
    """Do one thing with one board; return whether it was refused."""
    board = rng.randrange(1, BOARDS + 1)
    known = store.known(mac(board))
    try:
        act = rng.choice(["claim", "claim", "claim", "finish", "finish", "burn", "retire"])
        if act == "claim":
            replaces = rng.choice([None, None, *range(10, 10 + BOARDS)])
            lab = rng.choice(["innenstadt"] * 9 + ["bahnhof"])
            claim(
                store, board, now, point=rng.choice(POINTS), replaces=replaces, lab=lab,
                recipients=[public(GATEWAY)],
            )  # fmt: skip
        elif act == "retire":
            store.retire(mac(board), {}, now, "Uli")
        elif known is not None:
            getattr(store, act)(known, *([{}, now] if act == "finish" else []))
    except FlashError as e:
        assert e.code in REFUSALS, e
        return True
    return False


def _registry(path, records_of):
    """Import records as one file; return {address: (epoch, state, point)} as the gateway has it."""
    with Database(path, "ops", NOW + 9999) as database:
        checked = parse("mail", b"".join(records_of), NOW + 9999)
        merge(database, KEY, "mail", checked, Choices(create=True))
        rows = database.rows("SELECT address, epoch, state FROM node")
        return {row["address"]: (row["epoch"], row["state"]) for row in rows}


@pytest.mark.parametrize("seed", range(30))
def test_the_gateway_takes_whatever_the_workshop_lets_through(tmp_path, seed):
    rng = random.Random(seed)
    store = records(tmp_path / "workshop")
    refused = 0
    for _ in range(60):
        refused += _step(store, rng, NOW + rng.randrange(30))
    found = store.read()
    assert found.problems == []
    assert 0 < refused < 60
    lines = inventory.exported(found.known).splitlines(keepends=True)
    whole = _registry(tmp_path / "whole.db", lines)
    rng.shuffle(lines)
    assert _registry(tmp_path / "shuffled.db", lines) == whole
    for address, (epoch, state) in whole.items():
        done = [
            k for k in found.known if k.address == address and k.state in ("finished", "retired")
        ]
        newest = max(done, key=lambda known: known.age)
        assert epoch == newest.epoch
        assert (state == "retired") == (newest.state == "retired")
