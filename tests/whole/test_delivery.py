"""From a node's journal to the platform's JSON, with everything going wrong on the way."""

import asyncio
import random

import pytest

from tests.fakes.node import INTERVAL_S, START_S, values_of
from tests.whole.city import City, until
from tools.rig.noise import CableNoise

pytestmark = pytest.mark.whole


def test_values_times_and_ids_arrive_as_they_were_measured(tmp_path):
    async def job():
        async with City(tmp_path, nodes=1) as city:
            city.measure(150)
            await city.gateway.start()
            await until(city.all_delivered, "150 samples at the platform")
            city.check_nothing_lost()
            for number in (0, 63, 64, 149):
                scaled = values_of(number)
                got = {
                    n: v for (i, n), v in city.platform.readings.items() if i == f"20/1/{number}"
                }
                assert got == {
                    "temperature": scaled[0] / 10,
                    "humidity": scaled[1],
                    "pressure": scaled[2] / 10,
                    "battery_pct": scaled[3],
                }
            assert city.platform.nodes["wired-20"].newest_s == START_S + 149 * INTERVAL_S

    asyncio.run(job())


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_when_everything_fails_in_turn(tmp_path, seed):
    """Gateway kills, a cut backhaul, power cuts of nodes and noise on the cables, under load."""

    async def job():
        dice = random.Random(seed)
        async with City(tmp_path, nodes=3) as city:
            for node in city.nodes:
                node.noise = CableNoise(dice.randrange(2**31), flip=1e-3, drop=5e-4, insert=5e-4)
            await city.gateway.start()
            for round_ in range(12):
                city.measure(dice.randrange(1, 40))
                await asyncio.sleep(dice.uniform(0.05, 0.4))
                what = (city.gateway.kill, None, city.backhaul.cut, city.backhaul.heal)[round_ % 4]
                if what is None:
                    await city.gateway.start()
                    dice.choice(city.nodes).node.reboot(boot=round_)
                elif what == city.gateway.kill:
                    await what()
                else:
                    what()
            for node in city.nodes:
                node.noise = None
            await until(city.all_delivered, "everything at the platform")
            city.check_nothing_lost()
            assert city.gateway.kills == 3

    asyncio.run(job())


def test_a_day_without_broker_is_caught_up_with_original_times(tmp_path):
    async def job():
        async with City(tmp_path) as city:
            city.backhaul.cut()
            await city.gateway.start()
            city.measure(2000)
            await until(
                lambda: all(n.node.journal.oldest == 2000 for n in city.nodes),
                "nodes are rid of all",
            )
            assert not city.platform.readings
            await city.gateway.kill()
            await city.gateway.start()
            city.backhaul.heal()
            await until(city.all_delivered, "the backlog at the platform")
            city.check_nothing_lost()
            assert city.platform.nodes["wired-20"].newest_s == START_S + 1999 * INTERVAL_S

    asyncio.run(job())


def test_a_clean_end_says_offline_and_a_kill_leaves_the_last_will(tmp_path):
    async def job():
        async with City(tmp_path, nodes=1) as city:
            await city.gateway.start()
            await until(lambda: city.platform.gateway.get("state") == "online", "online")
            await city.gateway.stop()
            assert city.gateway.exit_code == 0
            await until(lambda: city.platform.gateway.get("state") == "offline", "said goodbye")
            await city.gateway.start()
            await until(lambda: city.platform.gateway.get("state") == "online", "online again")
            await city.gateway.kill()
            await until(lambda: city.platform.gateway.get("state") == "offline", "the last will")

    asyncio.run(job())


def test_what_a_node_lost_is_named_in_its_status(tmp_path):
    async def job():
        async with City(tmp_path, nodes=1) as city:
            await city.gateway.start()
            city.measure(10)
            await until(city.all_delivered, "the first ten")
            node = city.nodes[0].node
            await city.gateway.kill()
            city.measure(30)
            node.journal.drop_below(25)  # its flash was too small for the outage
            await city.gateway.start()
            status = city.platform.nodes["wired-20"]
            await until(lambda: status.status.get("received") == 25, "10 and 15 are there")
            await until(lambda: status.status.get("lost") == 15, "15 are named as lost")
            assert status.status["expected"] == 40
            assert status.status["missing"] == 0

    asyncio.run(job())
