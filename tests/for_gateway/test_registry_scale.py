"""60,000 nodes cost a gateway a few megabytes, and a key is opened when its node is heard."""

import subprocess
import sys

import pytest

from gateway.registry.database import Database, bind
from tests.for_gateway.registered import GATEWAY, NOW_S, PRIVATE, key_of

NODES = 60_000
# Grown by 65 kB of flags and SQLite's cache of pages, which is bounded.
MOST_MB = 6

_MEASURE = f"""
import sys
from pathlib import Path
from gateway.registry.registry import Registry
from gateway.registry.gateway_key import GatewayKey

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

private = bytes.fromhex(sys.argv[2])
first = Registry(Path(sys.argv[3]), private)  # what any registry costs
opened = 0
unwrap = GatewayKey.unwrap
def counted(*a):
    global opened
    opened += 1
    return unwrap(*a)
GatewayKey.unwrap = counted
before = resident_mb()
registry = Registry(Path(sys.argv[1]), private)
assert registry.count() == {NODES}
assert opened == 0
for address in range(0, {NODES}, 7):
    assert registry.find(address).name == f"p-{{address}}"
    registry.point_of(address, 1, 1e9)
    registry.changed()
print(resident_mb() - before)
"""


@pytest.fixture
def crowd(tmp_path):
    """Return a registry of 60,000 nodes, put in by hand: an import of as many takes a while."""
    path = tmp_path / "registry.db"
    with Database(path, "ops", NOW_S) as database, database.change() as change:
        bind(change, GATEWAY.id)
        change.execute("INSERT INTO lab (id) VALUES ('x')")
        many = database.db.executemany
        all_nodes = range(NODES)
        many("INSERT INTO point (id, lab) VALUES (?, 'x')", [(f"p-{i}",) for i in all_nodes])
        many(
            "INSERT INTO node (address, hardware, radio, lab, state, epoch, change)"
            " VALUES (?, ?, 1, 'x', 'in_service', 1, ?)",
            [(i, f"h{i}", i) for i in all_nodes],
        )
        many(
            "INSERT INTO node_key VALUES (?, 1, ?, ?, 'good', ?, 'a.json:1', 0)",
            [(i, GATEWAY.wrap(i, 1, key_of(i)), b"%d" % i, "x" * 300) for i in all_nodes],
        )
        many(
            "INSERT INTO installation VALUES (?, 0, 1, ?, NULL, 1, 'me', 'record')",
            [(i, f"p-{i}") for i in all_nodes],
        )
    return path


def test_sixty_thousand_nodes_cost_six_megabytes_at_most(crowd, tmp_path):
    Database(tmp_path / "empty.db").db.close()
    arguments = [str(crowd), PRIVATE.hex(), str(tmp_path / "empty.db")]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < MOST_MB
