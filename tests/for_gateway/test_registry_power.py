"""A power cut at any moment of an import leaves the old registry or the new one."""

import os
import random
import shutil
import signal

import pytest

from gateway.registry.database import Database
from gateway.registry.registry import Registry
from tests.for_gateway.registered import (
    NOW_S,
    PRIVATE,
    facts,
    key_of,
    mount,
    record,
    take,
    trust,
)

SEED = 20261125
FIRST = [record(1), record(2)]
SECOND = [
    record(1, 2, made="2025-06-02T12:00:00Z", point="air-20"),
    *(record(address) for address in range(3, 12)),
    record(2, made="2025-06-03T12:00:00Z", state="retired", sealed=None),
    mount(3, "2025-06-04T12:00:00Z", place={"height_m": 3.5}, point="air-3"),
    mount(1, "2025-06-04T12:00:00Z"),
]


def _facts(path):
    with Database(path, "ops", NOW_S) as database:
        assert database.row("PRAGMA integrity_check")[0] == "ok"
        assert not database.rows("PRAGMA foreign_key_check")
        return facts(database)


@pytest.fixture
def old(tmp_path):
    """Return a registry with the first file in it, all of it in one file on disk."""
    path = tmp_path / "old.db"
    with Database(path, "ops", NOW_S) as database:
        trust(database)
        take(database, *FIRST)
    assert [p.name for p in tmp_path.iterdir()] == ["old.db"]
    return path


def _steps(path) -> int:
    """Return how many steps SQLite makes for the second file."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with Database(path, "ops", NOW_S) as database:
        database.db.set_progress_handler(step, 1)
        take(database, *SECOND)
    return count


def _killed(path, at_step: int) -> int:
    """Import in a process that is killed at a step; return the signal it ended with, or 0."""
    child = os.fork()
    if child == 0:
        try:
            left = at_step

            def step() -> int:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return 0

            with Database(path, "ops", NOW_S) as database:
                database.db.set_progress_handler(step, 1)
                take(database, *SECOND)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def test_a_kill_at_any_step_leaves_the_old_or_the_new(old, tmp_path):
    before = _facts(old)
    new = shutil.copy(old, tmp_path / "new.db")
    steps = _steps(new)
    after = _facts(new)
    assert before != after
    rng = random.Random(SEED)
    cuts = [1, steps, *rng.sample(range(2, steps), 40), *range(steps - 5, steps + 1)]
    killed = 0
    for number, cut in enumerate(cuts):
        path = shutil.copy(old, tmp_path / f"{number}.db")
        killed += _killed(path, cut) == signal.SIGKILL
        found = _facts(path)
        assert found in (before, after)
        with Database(path, "ops", NOW_S) as database:  # and it can be done again
            take(database, *SECOND)
            again = facts(database)
        assert {k: v for k, v in again.items() if k != "key"} == {
            k: v for k, v in after.items() if k != "key"
        }
    assert killed >= len(cuts) - 2


def _parts(old, tmp_path):
    """Return (file before, its log after the import, file after the log was worked in)."""
    path = shutil.copy(old, tmp_path / "parts.db")
    with Database(path, "ops", NOW_S) as database:
        take(database, *SECOND)
        log = (tmp_path / "parts.db-wal").read_bytes()
        before = path.read_bytes()
        database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        after = path.read_bytes()
    return before, log, after


def _opened(tmp_path, content: bytes, log: bytes):
    path = tmp_path / "torn.db"
    path.write_bytes(content)
    (tmp_path / "torn.db-wal").write_bytes(log)
    found = _facts(path)
    for rest in tmp_path.glob("torn.db*"):
        rest.unlink()
    return found


def test_a_log_torn_at_any_byte_is_the_old_or_the_new(old, tmp_path):
    before, log, _ = _parts(old, tmp_path)
    was, new = _facts(old), _opened(tmp_path, before, log)
    assert was != new
    rng = random.Random(SEED)
    page = 4096 + 24
    cuts = [0, 1, 31, *range(32, len(log), page), *rng.sample(range(len(log)), 40)]
    for cut in cuts:
        assert _opened(tmp_path, before, log[:cut]) == was
        garbage = log[:cut] + rng.randbytes(len(log) - cut)
        assert _opened(tmp_path, before, garbage) == was


def test_a_cut_while_the_log_is_worked_in_is_the_new(old, tmp_path):
    before, log, after = _parts(old, tmp_path)
    new = _opened(tmp_path, before, log)
    rng = random.Random(SEED)
    for _ in range(20):
        pages = [
            (after if rng.random() < 0.5 else before)[at : at + 4096]
            for at in range(0, len(before), 4096)
        ]
        assert _opened(tmp_path, b"".join(pages), log) == new


def test_a_gateway_that_runs_meanwhile_sees_the_old_or_the_new(old, tmp_path):
    registry = Registry(old, PRIVATE)
    with Database(old, "ops", NOW_S) as database:
        seen = []

        def step() -> int:
            seen.append((registry.find(1).epoch, bool(registry.find(11))))
            return 0

        database.db.set_progress_handler(step, 500)
        take(database, *SECOND)
    assert len(seen) > 5
    assert set(seen) == {(1, False)}
    assert registry.changed() == {1, 2, *range(3, 12)}
    assert (registry.find(1).epoch, registry.find(11).key) == (2, key_of(11))
