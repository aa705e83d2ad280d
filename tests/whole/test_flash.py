"""From a bare board to the city's topic, by the commands of the README alone."""

import asyncio
import json
import sys

import pytest

from tests.for_tools.flashing_bench import PROFILE
from tests.for_tools.flashing_bundle import PUBLIC, bundle_in
from tests.whole.city import City, until
from tools.flashing import keys
from tools.flashing.bundle.opening import open_bundle
from tools.rig.esp32 import bench
from tools.rig.esp32.running import running

pytestmark = [pytest.mark.whole, pytest.mark.board]


async def typed(*words, folder):
    """Type a command in a folder; return what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *words),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


def test_a_bare_board_delivers_what_it_measures(tmp_path):
    rig = tmp_path / "rig"
    rig.mkdir()
    shop = ("tools.flashing", "--workshop", "workshop")

    async def scenario(board):
        async with City(tmp_path, nodes=1) as city:
            with (tmp_path / "gateway.toml").open("a") as config:
                config.write(f'\n[[serial]]\nname = "cable"\nport = "{rig}/esp32-0-uart1"\n')
            shown = await typed("gateway", "-c", "gateway.toml", "keys", "show", folder=tmp_path)
            bundle_in(tmp_path)
            trusted = keys.encoded(PUBLIC)
            made = ("--by", "uli", "--operator", "Stadt Heilbronn", "--trust", trusted)
            await typed(*shop, "init", *made, folder=tmp_path)
            (tmp_path / "gateway.txt").write_text(shown)
            lab = ("lab", "add", "mitte", "--gateway", "gateway.txt")
            await typed(*shop, *lab, folder=tmp_path)
            (tmp_path / "neckar.bundle").rename(tmp_path / "workshop" / "neckar.bundle")
            what = ("--port", board.port, "--lab", "mitte", "--board", "esp32-wired")
            which = ("--profile", PROFILE, "--point", "air-1", "--set", "interval_s=1", "--json")
            said = await typed(*shop, "node", *what, *which, folder=tmp_path)
            result = json.loads(said.strip().splitlines()[-1])
            assert (result["ok"], result["address"]) == (True, 1)
            await typed(*shop, "inventory", "--export", "mail.jsonl", folder=tmp_path)
            words = ("-c", "gateway.toml", "nodes", "import", "mail.jsonl", "--create")
            await typed("gateway", *words, folder=tmp_path)
            await city.gateway.start()
            await until(
                lambda: {sample for sample, _ in city.platform.readings} >= {"1/1/0", "1/1/3"},
                "samples from the first on",
            )
            node = city.platform.nodes["air-1"]
            await until(lambda: "firmware_commit" in node.status.get("self", {}), "its status")
            release = open_bundle(tmp_path / "workshop" / "neckar.bundle", [PUBLIC])
            assert node.status["self"]["firmware_commit"] == int(release.commit[:8], 16)

    wish = bench.Wish(board="esp32-wired", profile=PROFILE)
    with running(rig, wish) as (board,):
        asyncio.run(scenario(board))
