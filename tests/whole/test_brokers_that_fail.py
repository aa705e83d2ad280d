"""A broker that refuses, or takes and never acknowledges, costs no reading and is noticed."""

import asyncio
import os
import signal

import pytest

from tests.brokers import mosquitto
from tests.whole.city import City, until

pytestmark = pytest.mark.whole


@pytest.mark.skipif(mosquitto() is None, reason="needs mosquitto, for MQTT 5 refusals by ACL")
def test_a_refused_message_is_not_a_delivered_one(tmp_path):
    """MQTT 5 says "not authorized" within an acknowledgement; the reading stays on disk."""
    acl = tmp_path / "acl"
    allowed = ("neckar/+/gateways/#", "neckar/+/+/+/status", "neckar/+/+/+/climate")
    acl.write_text("topic read #\n" + "".join(f"topic write {t}\n" for t in allowed))

    async def job():
        async with City(tmp_path, nodes=1, broker_extra=f"acl_file {acl}") as city:
            await city.gateway.start()
            city.measure(5)
            await until(lambda: "Not authorized" in city.log(), "the refusal is in the log")
            await asyncio.sleep(0.5)
            assert {name for _, name in city.platform.readings} <= {
                "temperature",
                "humidity",
                "pressure",
            }
            assert city.log().count("Not authorized") < 5  # said, not repeated for ever
            acl.write_text("topic readwrite #\n")
            os.kill(city.broker.pid, signal.SIGHUP)
            await until(
                lambda: len(city.platform.readings) == 20, "delivered once it is allowed", 100
            )
            city.check_nothing_lost()

    asyncio.run(job())


async def _never_acknowledge(reader, writer):
    """Accept the connection and every byte after it; answer nothing but the CONNECT."""
    await reader.read(1024)
    version_5 = b"\x20\x03\x00\x00\x00"
    writer.write(version_5 if mosquitto() else b"\x20\x02\x00\x00")
    while await reader.read(65536):
        pass


def test_a_broker_that_never_acknowledges_is_left_and_nothing_is_lost(tmp_path):
    async def job():
        server = await asyncio.start_server(_never_acknowledge, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with City(tmp_path, nodes=1) as city:
            city.write_config(port)
            city.measure(20)
            await city.gateway.start()
            await until(lambda: "readings wait on disk" in city.log(), "it is noticed")
            await until(lambda: city.nodes[0].node.journal.oldest == 20, "the node is rid of all")
            await city.gateway.stop()
            server.close()
            city.write_config()
            await city.gateway.start()
            await until(city.all_delivered, "the right broker gets everything")
            city.check_nothing_lost()

    asyncio.run(job())


def test_a_cut_at_any_byte_of_the_connection_loses_nothing(tmp_path):
    async def job():
        async with City(tmp_path, nodes=1) as city:
            await city.gateway.start()
            for round_ in range(8):
                city.measure(50)
                await asyncio.sleep(0.03 + 0.013 * round_)
                city.backhaul.cut()
                await asyncio.sleep(0.1)
                city.backhaul.heal()
            await until(city.all_delivered, "everything at the platform")
            city.check_nothing_lost()

    asyncio.run(job())
