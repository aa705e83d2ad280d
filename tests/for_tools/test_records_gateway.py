"""The real gateway takes the records of a workshop as they are: each kind, at each gateway."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.for_tools.workshops import (
    ESCROW,
    GATEWAY,
    LAB,
    NOW,
    SECOND,
    STRANGER,
    claim,
    finished,
    mac,
    make,
    private,
    public,
)
from tools.flashing import inventory, keys, workshop_making

ROOT = Path(__file__).parents[2]
CONFIG = """
[gateway]
id = "gw"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1:1"
[spool]
path = "spool.db"
[commands]
path = "commands.db"
[http]
port = 0
[registry]
path = "registry.db"
key_file = "gateway.key"
[[serial]]
name = "a"
port = "/dev/ttyS0"
"""


class Site:
    """A gateway's folder with its key; `say` runs its command line."""

    def __init__(self, folder: Path, key):
        folder.mkdir()
        self.config = folder / "gateway.toml"
        self.config.write_text(CONFIG)
        self.key_file = folder / "gateway.key"
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(keys.encoded(private(key)) + "\n")

    def say(self, *words: str, text: bytes = b"") -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "-c", str(self.config), *words],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "firmware")},
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def nodes(self) -> dict[int, dict]:
        code, said = self.say("nodes", "list", "--json")
        assert code == 0, said
        return {row["address"]: row for row in json.loads(said)}


@pytest.fixture
def workshop(tmp_path):
    """Return a workshop in which every kind of record was made."""
    made = make(tmp_path / "workshop")
    store = made.records
    place = {"lat": 49.1427, "lon": 9.2109, "height_m": 3.5, "direction_deg": 180, "pole": "L 12"}
    finished(store, 1, NOW, point="air-10", place=place)
    finished(store, 2, NOW, point="air-11")
    finished(store, 3, NOW)
    finished(store, 2, NOW, point="air-11")  # again in the same second: epoch 2
    store.burn(claim(store, 2, NOW + 5, point="air-11"))
    finished(store, 4, NOW, point="air-10", replaces=10)  # board 1 goes, board 4 comes
    store.retire(mac(1), {"erased": "4 MB", "read": "ff"}, NOW, "Uli")
    store.retire(mac(3), {}, NOW + 9, "Uli")
    finished(store, 3, NOW + 10, point="noise-3", radio=False)
    claim(store, 5, NOW)  # begun only: not for the gateway
    return made


def test_the_gateway_takes_claims_reflashes_swaps_and_retirements(workshop, tmp_path):
    exported = inventory.exported(workshop.records.read().known)
    assert len(exported.splitlines()) == 8
    for number, key in enumerate((GATEWAY, SECOND, ESCROW)):
        site = Site(tmp_path / f"site{number}", key)
        code, said = site.say("nodes", "import", "-", "--create", text=exported)
        assert (code, said) == (0, "stdin: 4 new nodes, 6 new keys, 2 retired\n")
        found = {
            address: (row["hardware"], row["epoch"], row["state"], row["point"], row["radio"])
            for address, row in site.nodes().items()
        }
        assert found == {
            10: ("246f28000001", 1, "retired", None, True),
            11: ("246f28000002", 2, "in_service", "air-11", True),
            12: ("246f28000003", 2, "in_service", "noise-3", False),
            13: ("246f28000004", 1, "in_service", "air-10", True),
        }


def test_the_gateway_takes_the_files_one_by_one_in_any_order(workshop, tmp_path):
    site = Site(tmp_path / "site", SECOND)
    files = sorted((workshop.folder / "records").iterdir(), reverse=True)
    code, said = site.say("nodes", "import", "--create", *map(str, files))
    assert code == 0, said
    assert {row["state"] for row in site.nodes().values()} == {"in_service", "retired"}
    exported = inventory.exported(workshop.records.read().known)
    code, said = site.say("nodes", "import", "-", text=exported)
    assert (code, said) == (0, "stdin: 8 known already\n")


def test_a_stranger_can_open_nothing_until_it_is_sealed_again(workshop, tmp_path):
    site = Site(tmp_path / "site", STRANGER)
    known = workshop.records.read().known
    code, said = site.say("nodes", "import", "-", "--create", text=inventory.exported(known))
    assert code == 2
    assert "is not sealed for this gateway" in said
    publics = [public(GATEWAY), public(STRANGER)]
    assert workshop.records.seal_again(private(ESCROW), lambda _: publics) == 7
    again = workshop.records.read()
    assert again.problems == []
    code, said = site.say("nodes", "import", "-", "--create", text=inventory.exported(again.known))
    assert (code, said) == (0, "stdin: 4 new nodes, 6 new keys, 2 retired\n")
    first = Site(tmp_path / "first", GATEWAY)
    first.say("nodes", "import", "-", "--create", text=inventory.exported(known))
    code, said = first.say("nodes", "import", "-", text=inventory.exported(again.known))
    assert (code, said) == (0, "stdin: 8 known already\n")


def test_what_a_gateway_prints_of_its_key_goes_into_the_workshop(tmp_path):
    site = Site(tmp_path / "site", STRANGER)
    code, said = site.say("keys", "show")
    assert code == 0
    make(tmp_path / "workshop")
    made = workshop_making.add_lab(tmp_path / "workshop", "bahnhof", gateways=[said])
    assert made.recipients("bahnhof") == [public(STRANGER), public(ESCROW)]
    assert said.strip() == keys.told(public(STRANGER))
    escrow = keys.make_private_key(tmp_path / "escrow.key")
    code, said = site.say("keys", "show", str(tmp_path / "escrow.key"))
    assert said.strip() == keys.told(escrow)


def test_a_point_that_moves_to_other_hardware_twice_is_taken(tmp_path):
    store = make(tmp_path / "workshop").records
    finished(store, 1, point="air-10")
    finished(store, 2, point="air-10", replaces=10)
    finished(store, 1, point="air-10", replaces=11)  # the old one is mended and comes back
    finished(store, 2, point="air-11")
    finished(store, 3, point="air-11", replaces=11, lab=LAB)
    finished(store, 2, point="air-12")
    finished(store, 3, point="air-12", replaces=11)
    finished(store, 2, point="air-11")  # free since board 3 has left
    for _ in range(3):
        store.retire(mac(3), {}, NOW, "Uli")
        finished(store, 4, point="air-12")  # in the same second
        finished(store, 4, point="air-13")
        finished(store, 3, point="air-12")
    site = Site(tmp_path / "site", GATEWAY)
    exported = inventory.exported(store.read().known)
    code, said = site.say("nodes", "import", "-", "--create", text=exported)
    assert code == 0, said
    points = {address: row["point"] for address, row in site.nodes().items()}
    assert points == {10: "air-10", 11: "air-11", 12: "air-12", 13: "air-13"}
    assert {row.address: row.point for row in inventory.rows(store.read().known)} == points
