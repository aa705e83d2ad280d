"""Brokers that skip a message, leave after a refusal, or send more than MQTT 3.1.1 can forbid."""

import asyncio
import itertools
import ssl
from unittest import mock

import aiomqtt
import pytest

from gateway.broker import Broker
from gateway.config_mqtt import Mqtt
from gateway.mqtt.inbox import Inbox
from gateway.mqtt.wire import Wire
from tests.brokers import TestBroker, mosquitto
from tests.for_gateway.fake_broker import FakeBroker


def run(job):
    """Run `job(fake)` on a fake broker that acknowledges nothing by itself."""

    async def whole():
        async with FakeBroker(acknowledge=False) as fake:
            await job(fake)

    asyncio.run(asyncio.wait_for(whole(), 20))


def test_a_broker_that_passes_over_one_message_is_noticed():
    async def job(fake):
        async with fake.client(timeout_s=0.1) as broker:
            passed_over = broker.start([("a", b"x")])
            await fake.has(1)
            fake.acknowledge = True
            for _ in range(50):
                if not passed_over.done:
                    await broker.deliver([("b", b"x")])
                    await asyncio.sleep(0.02)
            assert passed_over.done
            with pytest.raises(aiomqtt.MqttError, match="no acknowledgement within"):
                await passed_over

    run(job)


def test_a_broker_that_leaves_after_a_refusal_is_quoted_with_the_topic():
    """mosquitto 2.0.11, of Debian 12, does: "the broker closed it" alone tells nobody why."""

    async def job(fake):
        async with fake.client() as broker:
            delivery = broker.start([("lab/a", b"x"), ("lab/b", b"x"), ("lab/c", b"x")])
            await fake.has(3)
            fake.ack(fake.published[0][0])
            fake.ack(fake.published[1][0], code=0x87)
            fake.cut()
            with pytest.raises(aiomqtt.MqttError, match="refusal: Not authorized: lab/b"):
                await delivery

    run(job)


def test_between_two_commands_everybody_has_a_turn():
    """A command is a sync of the disk, in which no port is read."""

    async def job():
        turns = []
        inbox = Inbox(asyncio.get_running_loop(), lambda *message: turns.append("command"))
        for _ in range(4):
            inbox.put("a/cmd", b"{}", False)
        for _ in range(6):
            await asyncio.sleep(0)
            turns.append("port")
        assert turns.count("command") == 4
        assert ["command", "command"] not in [turns[i : i + 2] for i in range(len(turns))]

    asyncio.run(job())


def test_commands_that_come_over_tls_as_fast_as_they_can_do_not_end_the_connection():
    packet = b"\x30\xfd\x1f" + b"\x00\x01a" + bytes(4090)
    stream = iter(packet * 200)
    secured = mock.create_autospec(ssl.SSLSocket, instance=True)
    secured.recv.side_effect = lambda size: bytes(itertools.islice(stream, 16_384))  # a record
    wire = Wire(secured, lambda acks: None)
    assert b"".join(wire.recv(4096) for _ in range(200)) == packet * 200


@pytest.mark.skipif(mosquitto() is None, reason="needs a broker that keeps sessions")
@pytest.mark.parametrize("retain", [False, True])
def test_a_command_of_a_megabyte_does_not_end_the_delivery_for_ever(tmp_path, retain):
    """MQTT 3.1.1: nobody can tell the broker how much we take, and it says it again each time."""
    real = TestBroker(tmp_path)

    async def attempt(got):
        mqtt = Mqtt("127.0.0.1", real.port, version="3.1.1", timeout_s=5)
        client = Broker(mqtt, "gw", None, lambda *message: got.append(message), session_s=60)
        async with client as broker:
            await broker.listen(["neckar/hn/+/+/cmd"])
            if got is not None:
                async with asyncio.timeout(5):
                    while not got:
                        await asyncio.sleep(0.01)
            await broker.deliver([("reading", b"1")])

    async def job():
        await attempt(None)
        async with aiomqtt.Client("127.0.0.1", real.port) as somebody:
            await somebody.publish("neckar/hn/a/b/cmd", bytes(1_000_000), qos=1, retain=retain)
        got = []
        await attempt(got)
        assert got[0][0] == "neckar/hn/a/b/cmd"
        assert 4096 < len(got[0][1]) < 131_072
        if retain:
            await attempt([])
        else:
            await attempt(None)

    real.start()
    try:
        asyncio.run(job())
    finally:
        real.stop()
