"""Brokers that say nothing, cut, throttle, lie, flood: noticed, bounded, nothing left behind."""

import asyncio
from pathlib import Path

import aiomqtt
import pytest

from gateway.broker import RefusedError
from tests.for_gateway.fake_broker import CONNACK, FakeBroker, connack


def run(job, **fields):
    """Run `job(fake)` on a fake broker."""

    async def whole():
        async with FakeBroker(**fields) as fake:
            await job(fake)

    asyncio.run(asyncio.wait_for(whole(), 20))


def open_sockets():
    """Return how many sockets this process has open."""
    files = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum(str(path.readlink()).startswith("socket:") for path in files)


async def reason(client, messages=()):
    """Return why a connection ends, or is not made."""
    with pytest.raises(aiomqtt.MqttError) as e:
        async with client as broker:
            await broker.deliver(list(messages))
            await asyncio.Event().wait()
    return str(e.value)


def test_a_broker_that_never_acknowledges_is_noticed():
    async def job(fake):
        said = await reason(fake.client(timeout_s=0.2), [("a", b"x")])
        assert said == "no acknowledgement within 0.2 s"

    run(job, acknowledge=False)


def test_a_broker_that_takes_bytes_for_ever_and_never_acknowledges_is_noticed():
    async def job(fake):
        many = [("a", bytes(10_000)) for _ in range(1000)]
        said = await reason(fake.client(timeout_s=0.2, window=1000), many)
        assert said == "no acknowledgement within 0.2 s"
        assert sum(fake.sizes) < 2 * 2**20  # bounded by bytes as well

    run(job, acknowledge=False)


def test_a_broker_that_throttles_is_not_taken_for_one():
    async def job(fake):
        async def slowly():
            await fake.has(8)
            for mid, *_ in fake.published:
                await asyncio.sleep(0.1)
                fake.ack(mid)

        async with fake.client(timeout_s=0.4) as broker:
            await asyncio.gather(broker.deliver([("a", b"x")] * 8), slowly())

    run(job, acknowledge=False)


def test_a_quiet_connection_is_no_broker_that_never_acknowledges():
    async def job(fake):
        async with fake.client(timeout_s=0.1) as broker:
            await broker.deliver([("a", b"x")])
            await asyncio.sleep(0.3)
            fake.acknowledge = False
            delivery = broker.start([("a", b"x")])
            await fake.has(2)
            fake.ack(fake.published[1][0])
            await delivery

    run(job)


def test_a_line_that_died_in_silence_is_noticed_by_pings():
    """The broker asks for a ping each second (MQTT 5.0, 3.2.2.3.14), and does not answer."""

    async def job(fake):
        fake.answers_pings = False
        said = await reason(fake.client(timeout_s=15), [("a", b"x")])
        assert said.startswith("connection lost")

    run(job, hello=connack(b"\x13\x00\x01"), acknowledge=False)


def test_a_cut_ends_every_delivery_and_says_so():
    async def job(fake):
        async with fake.client(window=2) as broker:
            deliveries = [broker.start([("a", b"x")] * 3, backlog=i > 1) for i in range(4)]
            await fake.has(2)
            fake.cut()
            for delivery in deliveries:
                with pytest.raises(aiomqtt.MqttError, match="connection lost"):
                    await delivery
            with pytest.raises(aiomqtt.MqttError, match="not connected"):
                broker.start([("a", b"x")])

    run(job, acknowledge=False)


def test_what_the_broker_says_when_it_leaves_is_the_reason():
    async def job(fake):
        async with fake.client() as broker:
            delivery = broker.start([("a", b"x")])
            await fake.has(1)
            fake.send(b"\xe0\x01\x97")
            with pytest.raises(aiomqtt.MqttError, match="connection lost: Quota exceeded"):
                await delivery

    run(job, acknowledge=False)


@pytest.mark.parametrize(
    ("hello", "said"),
    [
        (b"\x20\x03\x00\x87\x00", "Not authorized"),
        (b"\x20\x03\x00\x86\x00", "Bad user name or password"),
        (b"\xe0\x01\x8b", "Server shutting down"),
        (b"\xff\xff\xff\xff\xff", "connection lost"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 40, "connection lost"),
    ],
)
def test_a_broker_that_does_not_let_us_in_says_why_at_once(hello, said):
    async def job(fake):
        before = open_sockets()
        assert said in await reason(fake.client(timeout_s=15))
        await fake.ended.wait()
        assert open_sockets() <= before

    run(job, hello=hello)


def test_one_that_says_nothing_leaves_nothing_behind():
    """aiomqtt keeps socket, reader and task of a connection whose CONNACK does not come."""

    async def job(fake):
        before, tasks = open_sockets(), len(asyncio.all_tasks())
        for _ in range(3):
            assert "timed out" in await reason(fake.client(timeout_s=0.1))
            await fake.ended.wait()
            fake.ended.clear()
        assert open_sockets() <= before
        assert len(asyncio.all_tasks()) <= tasks
        fake.ended.set()

    run(job, hello=b"")


def test_nobody_there_is_an_error_of_the_connection():
    async def job():
        async with FakeBroker() as fake:
            client = fake.client()
        assert "refused" in await reason(client)

    asyncio.run(job())


def test_acknowledgements_cut_anywhere_among_other_packets_count():
    async def job(fake):
        async with fake.client() as broker:
            delivery = broker.start([("a", b"x")] * 3)
            await fake.has(3)
            one, two, three = (mid.to_bytes(2, "big") for mid, *_ in fake.published)
            long = b"\x40\x85\x01" + two + b"\x00" + b"\x80\x01" + b"\x1f\x00\x7d" + b"y" * 125
            for byte in b"\x40\x02" + one + b"\xd0\x00" + long + b"\x40\x03" + three + b"\x00":
                fake.send(bytes((byte,)))
                await asyncio.sleep(0)
            await delivery

    run(job, acknowledge=False)


def test_an_acknowledgement_of_nothing_changes_nothing():
    async def job(fake):
        async with fake.client() as broker:
            delivery = broker.start([("a", b"x")])
            await fake.has(1)
            (mid, *_) = fake.published[0]
            fake.ack(mid + 1, 5, 0)
            await asyncio.sleep(0.02)
            assert not delivery.done
            fake.ack(mid, mid)
            await delivery
            assert broker.under_way == 0

    run(job, acknowledge=False)


def publish(topic, payload, retain=False):
    """Return an MQTT 5 PUBLISH of QoS 0."""
    body = len(topic).to_bytes(2, "big") + topic + b"\x00" + payload
    assert len(body) < 128
    return bytes((0x30 | retain, len(body))) + body


def test_commands_come_with_topic_payload_and_whether_they_are_old():
    async def job(fake):
        seen = []
        async with fake.client(on_message=lambda *message: seen.append(message)) as broker:
            await broker.listen(["a/cmd"])
            fake.send(publish(b"a/cmd", b"{") + publish(b"a/cmd", b"", retain=True))
            await broker.deliver([("a", b"x")])
            await asyncio.sleep(0.02)
        assert seen == [("a/cmd", b"{", False), ("a/cmd", b"", True)]

    run(job)


def test_a_flood_of_commands_is_bounded_and_counted():
    async def job(fake):
        seen = []
        async with fake.client(on_message=lambda *message: seen.append(message)) as broker:
            await broker.listen(["a/cmd"])
            fake.send(publish(b"a/cmd", b"0123456789") * 5000)
            async with asyncio.timeout(5):
                while len(seen) + broker.commands_dropped < 5000:
                    await asyncio.sleep(0.001)
            assert broker.commands_dropped > 0
            await broker.deliver([("a", b"x")])  # and readings go on

    run(job)


def test_a_packet_too_long_that_is_no_command_ends_the_connection():
    async def job(fake):
        async with fake.client() as broker:
            await broker.deliver([("a", b"x")])
            fake.send(b"\x90\xff\xff\xff\x7f" + bytes(1000))
            delivery = broker.start([("a", b"x")])
            with pytest.raises(aiomqtt.MqttError, match="longer than 262144 bytes"):
                await delivery

    run(job, hello=CONNACK)


def test_a_subscription_that_is_not_allowed_is_no_silence():
    async def job(fake):
        fake.suback = 0x87
        async with fake.client() as broker:
            with pytest.raises(RefusedError, match="no subscription to a/cmd: Not authorized"):
                await broker.listen(["a/cmd"])

    run(job)


@pytest.mark.parametrize("session_s", [0, 3600])
def test_the_broker_keeps_commands_only_where_it_is_asked_to(session_s):
    async def job(fake):
        async with fake.client(session_s=session_s):
            clean_start = fake.connect[7] >> 1 & 1
            assert clean_start == (not session_s)
            assert b"\x11" + session_s.to_bytes(4, "big") in fake.connect

    run(job)
