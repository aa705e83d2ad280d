"""What is delivered: only what the broker acknowledged, within its bounds, live before backlog."""

import asyncio
import socket

import aiomqtt
import pytest

from gateway.broker import Broker, RefusedError
from gateway.config_mqtt import Mqtt
from tests.brokers import TestBroker, mosquitto
from tests.for_gateway.fake_broker import FakeBroker, connack


def messages(count, topic="t", size=3):
    return [(f"{topic}/{i}", b"x" * size) for i in range(count)]


def run(job, **fields):
    """Run `job(fake, broker)` on a fake broker and a connection to it."""

    async def both():
        ways = {key: fields.pop(key) for key in ("acknowledge", "narrow") if key in fields}
        fake = FakeBroker(fields.pop("hello", connack(b"")), **ways)
        async with fake, fake.client(**fields) as broker:
            await job(fake, broker)

    asyncio.run(both())


def test_nothing_is_delivered_before_the_last_acknowledgement():
    async def job(fake, broker):
        delivery = broker.start(messages(3))
        await fake.has(3)
        first, second, third = (mid for mid, *_ in fake.published)
        fake.ack(third, first)
        await asyncio.sleep(0.02)
        assert not delivery.done
        assert broker.under_way == delivery.left == 1
        fake.ack(second)
        await delivery
        assert broker.under_way == 0

    run(job, acknowledge=False)


def test_several_deliveries_are_under_way_at_once():
    async def job(fake, broker):
        one, two = broker.start(messages(2, "a")), broker.start(messages(2, "b"))
        await fake.has(4)
        fake.ack(*(mid for mid, topic, *_ in fake.published if topic.startswith("b")))
        await two
        assert not one.done
        fake.ack(*(mid for mid, topic, *_ in fake.published if topic.startswith("a")))
        await one

    run(job, acknowledge=False)


def test_no_messages_are_delivered_at_once():
    async def job(fake, broker):
        assert broker.start([]).done
        await broker.deliver([])

    run(job)


def test_all_arrive_in_order_whatever_the_window():
    async def job(fake, broker):
        many = messages(500)
        await asyncio.gather(broker.deliver(many[:250]), broker.deliver(many[250:]))
        assert fake.topics() == [topic for topic, _ in many]

    for window in (1, 2, 7, 1000):
        run(job, window=window)


RECEIVE_MAXIMUM_3 = b"\x21\x00\x03"


@pytest.mark.parametrize(
    ("hello", "window", "most"),
    [(connack(b""), 5, 5), (connack(RECEIVE_MAXIMUM_3), 5, 3), (connack(RECEIVE_MAXIMUM_3), 2, 2)],
)
def test_the_window_is_the_smaller_one_of_ours_and_the_brokers(hello, window, most):
    async def job(fake, broker):
        delivery = broker.start(messages(9))
        await fake.has(most)
        fake.acknowledge = True
        fake.ack(*(mid for mid, *_ in fake.published))
        await delivery
        assert len(fake.published) == 9

    run(job, hello=hello, window=window, acknowledge=False)


def test_an_identifier_is_not_used_again_while_it_is_under_way():
    async def job(fake, broker):
        broker._mid = 65533
        broker.start(messages(4))
        await fake.has(4)
        broker._mid = 65533
        broker.start(messages(4))
        await fake.has(8)
        numbers = [mid for mid, *_ in fake.published]
        assert len(set(numbers)) == 8
        assert numbers[:3] == [65534, 65535, 1024]

    run(job, acknowledge=False)


def test_live_messages_pass_a_backlog_that_fills_the_window():
    async def job(fake, broker):
        broker.start(messages(20, "old"), backlog=True)
        await fake.has(6)  # three quarters of the window
        broker.start(messages(2, "new"))
        await fake.has(8)
        assert fake.topics()[-2:] == ["new/0", "new/1"]
        broker.start(messages(1, "newest"))
        fake.ack(fake.published[0][0])
        await fake.has(9)  # though one message is hardly worth a write
        assert fake.topics()[-1] == "newest/0"
        fake.acknowledge = True
        fake.ack(*(mid for mid, *_ in fake.published))
        await fake.has(23)
        assert fake.topics()[9:] == [f"old/{i}" for i in range(6, 20)]

    run(job, window=8, acknowledge=False)


def test_what_the_kernel_does_not_take_at_once_follows_in_order():
    async def job(fake, broker):
        broker._wire._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        many = [(f"t/{i}", bytes([i]) * 9000) for i in range(100)]
        await broker.deliver(many)
        assert [(topic, payload) for _, topic, payload, _, _ in fake.published] == many

    run(job, narrow=True)


MAXIMUM_PACKET_200 = b"\x27\x00\x00\x00\xc8"


def test_a_message_is_as_long_as_the_broker_takes_and_no_longer():
    async def job(fake, broker):
        most = broker.max_payload("a/b")
        await broker.deliver([("a/b", bytes(most))])
        assert fake.sizes == [198]  # of 200: two bytes for a longer length are kept free
        with pytest.raises(RefusedError, match="the broker takes"):
            await broker.deliver([("a/b", bytes(most + 1)), ("a/b", b"short")])
        assert len(fake.published) == 2
        assert broker.under_way == 0

    run(job, hello=connack(MAXIMUM_PACKET_200), expiry_s=60)


def test_a_broker_without_retained_messages_gets_none():
    async def job(fake, broker):
        await broker.deliver(messages(1), retain=True)
        assert [retain for *_, retain, _ in fake.published] == [False]

    run(job, hello=connack(b"\x25\x00"))


def test_a_refused_message_is_not_a_delivered_one_and_the_others_go_on():
    async def job(fake, broker):
        delivery = broker.start(messages(3))
        await fake.has(3)
        first, second, third = (mid for mid, *_ in fake.published)
        fake.ack(first, third)
        fake.ack(second, code=0x87)
        with pytest.raises(RefusedError, match="Not authorized"):
            await delivery
        assert delivery.refused == {"t/1": "Not authorized: t/1"}
        with pytest.raises(RefusedError):
            await delivery

    run(job, acknowledge=False)


def test_nobody_subscribed_is_no_refusal():
    async def job(fake, broker):
        delivery = broker.start(messages(1))
        await fake.has(1)
        fake.ack(fake.published[0][0], code=0x10)
        await delivery

    run(job, acknowledge=False)


def test_a_waiter_that_is_cancelled_takes_nothing_back():
    async def job(fake, broker):
        delivery = broker.start(messages(1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(delivery, 0.01)
        await fake.has(1)
        fake.ack(fake.published[0][0])
        await delivery

    run(job, acknowledge=False)


def test_the_end_is_said_to_the_broker():
    async def job():
        async with FakeBroker() as fake:
            async with fake.client() as broker:
                await broker.deliver(messages(1))
            await fake.ended.wait()
            assert fake.said_goodbye
            with pytest.raises(aiomqtt.MqttError, match="not connected"):
                broker.start(messages(1))

    asyncio.run(job())


@pytest.mark.skipif(mosquitto() is None, reason="needs mosquitto, for MQTT 5")
class TestOnMosquitto:
    """The same at a real broker, seen by somebody who subscribes."""

    def _seen(self, tmp_path, version, messages, retain=False):
        """Return what a subscriber with MQTT 5 sees of these messages."""
        real = TestBroker(tmp_path)
        real.start()

        async def job():
            version_5 = aiomqtt.ProtocolVersion.V5
            async with aiomqtt.Client("127.0.0.1", real.port, protocol=version_5) as subscriber:
                await subscriber.subscribe("#", qos=1)
                mqtt = Mqtt("127.0.0.1", real.port, version=version, expiry_s=3600)
                will = aiomqtt.Will("will", b"{}", 1, True)
                async with Broker(mqtt, "gw", will) as broker:
                    await broker.deliver(messages, retain=retain)
                seen = []
                while len(seen) < len(messages):
                    seen.append(await anext(subscriber.messages))
                return seen

        try:
            return asyncio.run(asyncio.wait_for(job(), 10))
        finally:
            real.stop()

    def test_mqtt_5_says_what_it_is_and_how_long_it_is_good(self, tmp_path):
        (message,) = self._seen(tmp_path, "5", [("a/b", b"{}")])
        assert message.properties.ContentType == "application/json"
        assert message.properties.UserProperty == [("schema", "neckar/1")]
        assert 3590 <= message.properties.MessageExpiryInterval <= 3600

    def test_a_retained_message_outlives_its_gateway(self, tmp_path):
        (message,) = self._seen(tmp_path, "5", [("a/b", b"{}")], retain=True)
        assert message.properties.UserProperty == [("schema", "neckar/1")]
        assert not hasattr(message.properties, "MessageExpiryInterval")

    def test_mqtt_3_1_1_has_none_of_it(self, tmp_path):
        (message,) = self._seen(tmp_path, "3.1.1", [("a/b", b"{}")])
        assert message.payload == b"{}"
        assert message.properties is None or message.properties.isEmpty()

    @pytest.mark.parametrize("version", ["5", "3.1.1"])
    def test_messages_of_any_size_arrive_in_order(self, tmp_path, version):
        sent = [(f"t/ä{i % 3}", bytes([i]) * (i * i * 7)) for i in range(200)]
        seen = self._seen(tmp_path, version, sent)
        assert [(str(message.topic), message.payload) for message in seen] == sent
