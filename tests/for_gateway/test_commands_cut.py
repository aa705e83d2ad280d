"""A gateway that is cut at any write, or whose disk refuses, goes on where it was: once each."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from gateway.commands.records import CommandsError, Order
from gateway.commands.store import Store
from protocol import commands as ops
from protocol.commands import Result
from tests.for_gateway.town import Town


class CutError(BaseException):
    """The gateway is gone: nothing may catch this."""


class Cut:
    """A connection that is gone from its n-th statement on."""

    def __init__(self, db, left):
        self.real = db
        self.left = left
        db.execute("PRAGMA synchronous = OFF")  # what is cut here is a process, not the power

    def __getattr__(self, name):
        return getattr(self.real, name)

    def execute(self, sql, *values):
        self.left -= 1
        if self.left < 0:
            raise CutError
        return self.real.execute(sql, *values)

    def executemany(self, sql, values):
        self.left -= 1
        if self.left < 0:
            raise CutError
        return self.real.executemany(sql, values)


def _live(town, *lives):
    """Reboot and set a node; the gateway dies after so many statements, and starts again."""
    lives = list(lives)
    town.commands.store.db = cut = Cut(town.commands.store.db, lives.pop(0))
    said = [
        ("reboot", {}, "r"),
        ("config", {"set": {"interval_s": 60}}, "c"),
        ("maintenance", {"minutes": 5}, "m"),
    ]
    died = False
    for _ in range(45):
        try:
            while said:  # the broker brings again what was not acknowledged
                command, arguments, key = said[0]
                town.say(command, arguments=arguments, id=key)
                said.pop(0)
            town.run(1)
            if not said and not town.commands.open:
                break
        except CutError:
            died = True
            cut.real.close()
            town.start()
            if lives:
                town.commands.store.db = cut = Cut(town.commands.store.db, lives.pop(0))
    return died, cut.left


def _check(town):
    board = town.boards[17]
    assert sorted(board.done) == sorted(
        [ops.REBOOT, ops.CONFIG_TRY, ops.CONFIG_CONFIRM, ops.CONFIG_READ, ops.MAINTENANCE]
    )
    assert len(set(board.numbers)) == len(board.numbers)
    assert board.settings["interval_s"] == 60
    for key in "rcm":
        assert town.states(id=key)[-1] == "acknowledged"
    assert town.config()["state"] == "reported"
    assert town.commands.open == 0


def _town(path):
    town = Town(path)
    town.commands.store.db.execute("PRAGMA synchronous = OFF")
    town.run(2)
    return town


def test_a_cut_at_every_statement_loses_nothing_and_repeats_nothing(tmp_path):
    died, left = _live(town := _town(tmp_path / "whole.db"), 10**6)
    _check(town)
    assert not died
    statements = 10**6 - left
    assert statements > 100
    for at in range(0, statements, 3):
        town = _town(tmp_path / f"{at}.db")
        assert _live(town, at)[0]
        _check(town)


@pytest.mark.parametrize("seed", range(12))
def test_a_gateway_that_dies_again_and_again_still_gets_there(tmp_path, seed):
    chance = random.Random(seed)
    town = _town(tmp_path / "commands.db")
    died, _ = _live(town, *[chance.randrange(60) for _ in range(8)])
    assert died
    _check(town)


def test_a_disk_that_refuses_is_waited_for(tmp_path):
    town = _town(tmp_path / "commands.db")
    town.say("sample", id="before")
    store = town.commands.store
    store.db.execute("PRAGMA query_only = ON")
    town.run(3)  # the node did it, its Result cannot be stored
    town.say("sample", id="during")
    town.publish = lambda: None
    town.run(3)
    assert town.boards[17].done == [ops.SAMPLE]
    assert town.commands.counters["store_errors"] > 0
    assert town.commands.counters["refused_store"] == 1
    store.db.execute("PRAGMA query_only = OFF")
    del town.publish
    town.run(3)
    assert town.states(id="before")[-1] == "acknowledged"
    assert town.boards[17].done == [ops.SAMPLE]
    assert "refused" in town.states(id="during")


def test_a_database_that_breaks_under_it_stops_nobody(tmp_path):
    town = _town(tmp_path / "commands.db")
    town.say("sample", point="")
    town.say("config", arguments={"set": {"a": 1}})
    town.run(1, talk=False)
    town.commands.store.db.close()
    commands = town.commands
    town.say("sample")
    town.say("cancel", id="x")
    town.say("sample", point="", id="y")
    commands.attach(town.nodes[17], town.sessions[17])
    commands.sent(17, 1)
    commands.result(17, Result(1, 0))
    commands.status(17, {"config_hash": 7})
    commands._outbox.news()
    for _ in range(3):
        commands.tick()
        commands.delivered([message.id for message in commands.outgoing()] + [1])
    assert commands.counters["refused_store"] == 3
    assert commands.counters["store_errors"] >= 6


def test_a_row_that_the_disk_changed_is_an_error_and_no_crash(tmp_path):
    town = _town(tmp_path / "commands.db")
    town.say("sample")
    town.commands.store.db.execute("UPDATE command SET arguments = '{'")
    town.commands._stale = True
    town.run(1)
    assert town.commands.counters["store_errors"] >= 1


_WRITER = """
import sys
from pathlib import Path
from gateway.commands.records import Order
from gateway.commands.store import Store
store = Store(Path(sys.argv[1]))
for n in range(10**6):
    with store.transaction():
        order = store.add(Order(17, "p", "l", "sample", {}, n, 10**15, "me", "cli", str(n)))
        store.tell("t", str(n).encode())
    order.state = "acknowledged"
    store.update(order)
    print(n, order.number, flush=True)
"""


@pytest.mark.parametrize("round_", range(4))
def test_a_kill_at_any_moment_keeps_every_command_and_number(tmp_path, round_):
    path = tmp_path / "commands.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    lines = [writer.stdout.readline() for _ in range(3 + 7 * round_)]
    time.sleep(0.0007 * round_)  # somewhere within a commit
    os.kill(writer.pid, signal.SIGKILL)
    lines += writer.stdout.read().splitlines(keepends=True)
    writer.wait()
    said = [line.split() for line in lines if line.endswith("\n")]  # the last may be cut
    store = Store(path)
    orders = store.newest(10**6)[::-1]
    assert len(orders) >= len(said)
    for (n, number), order in zip(said, orders, strict=False):
        assert (order.key, str(order.number), order.state) == (n, number, "acknowledged")
    assert [payload for _, _, payload, _ in store.untold(10**6)] == [
        order.key.encode() for order in orders
    ]
    numbers = [order.number for order in orders]
    assert store.next_number(17) == (numbers[-1] + 1) % 65536


def test_a_group_of_writes_that_fails_leaves_nothing_behind(tmp_path):
    store = Store(tmp_path / "commands.db")
    with pytest.raises(CommandsError), store.transaction():
        store.add(Order(17, "p", "l", "sample", {}, 0, 1, "me", "cli", "x"))
        store.add(Order(17, "p", "l", "sample", {}, 0, 1, "me", "cli", "x"))  # the same id
    assert store.newest(9) == []
    assert not store.db.in_transaction


def test_a_file_that_is_none_of_ours_is_one_sentence(tmp_path):
    path = tmp_path / "commands.db"
    path.write_bytes(b"not a database, certainly" * 100)
    with pytest.raises(CommandsError, match=r"commands\.db"):
        Store(path)
    path.unlink()
    with pytest.raises(CommandsError, match="nowhere"):
        Store(tmp_path / "nowhere" / "commands.db")
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(CommandsError, match="version 99"):
        Store(path)


def test_a_new_file_is_for_the_service_alone(tmp_path):
    Store(tmp_path / "commands.db").close()
    assert (tmp_path / "commands.db").stat().st_mode & 0o777 == 0o640
