"""A mount from the label to the topic: real gateway and broker, a node that does as it is told."""

import asyncio
import sys

import pytest

from protocol.commands import DONE, MOUNT_TEST, Result
from protocol.session import COMMAND
from tests.for_tools.workshops import LAB, make
from tests.whole.city import CITY, City, until
from tools.flashing import keys, workshop
from tools.flashing.mount import flow
from tools.flashing.mount.given import Given

pytestmark = pytest.mark.whole

VERDICT = "green: 10 of 10 answered, margin 14 dB up, 12 dB down, SF9"


async def obey(wired) -> None:
    """Do what the gateway tells a node, as the firmware does; measure on."""
    session = wired.node.session
    while True:
        event = session.next_event()
        if event is not None and event[0] == COMMAND:
            assert (event[1].op, event[1].arguments) == (MOUNT_TEST, (10,))
            session.send(Result(event[1].number, DONE, VERDICT), 0)
        wired.node.journal.append()
        await asyncio.sleep(0.1)


async def typed(city, *words: str) -> str:
    """Type a command of the gateway; return what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "-c", str(city.folder / "gateway.toml"), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


def test_a_mount_from_the_label_to_the_topic(tmp_path):
    folder = tmp_path / "workshop"
    make(folder)
    (tmp_path / "city").mkdir()

    async def scenario():
        async with City(tmp_path / "city", nodes=1) as city:
            await city.gateway.start()
            helper = asyncio.create_task(obey(city.nodes[0]))
            await until(lambda: "wired-20" in city.platform.nodes, "the node is heard")
            text = (folder / "workshop.toml").read_text().replace(f"[labs.{LAB}]", "[labs.mitte]")
            text += f'\n[broker]\nhost = "127.0.0.1"\nport = {city.broker.port}\n'
            (folder / "workshop.toml").write_text(f'{text}tls = false\ncity = "{CITY}"\n')
            shop = workshop.load(folder)
            given = Given(code="neckar:20", point="wired-20", position="49.1427, 9.2109")
            done = await asyncio.to_thread(flow.mount, given, shop, None)
            assert done.record["link"]["up_db"] == 14
            key = keys.encoded(shop.signer().public)
            await typed(city, "technicians", "add", "Uli", key)
            said = await typed(city, "nodes", "import", str(done.path))
            assert said.endswith(": 1 mounts\n")
            assert "49.1427" in await typed(city, "points", "list", "--json")
            moved = Given(code="20", way="none", point="air-20", lab="mitte")
            again = await asyncio.to_thread(flow.mount, moved, shop, None)
            await typed(city, "nodes", "import", str(again.path))
            await until(lambda: "air-20" in city.platform.nodes, "its new topic")
            helper.cancel()
            await asyncio.gather(helper, return_exceptions=True)

    asyncio.run(scenario())
