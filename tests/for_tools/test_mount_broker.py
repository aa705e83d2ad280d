"""Brokers that are away or refuse, gateways that are silent, nodes that never fetch their order."""

import asyncio
import json

import aiomqtt
import pytest

from tests.brokers import TestBroker, free_port
from tools.flashing.errors import FlashError
from tools.flashing.mount import over_gateway
from tools.flashing.mount.over_gateway import Wanted
from tools.flashing.mount.verdict import Link
from tools.flashing.workshop_file import Broker

pytestmark = pytest.mark.whole

VERDICT = "green: 10 of 10 answered, margin 14 dB up, 12 dB down, SF9"
WANTED = Wanted(17, "mitte", "Uli")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """Return a real broker for all tests of this file."""
    broker = TestBroker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


class FakeGateway:
    """Takes commands and says what a test wants; `heard` are (topic, command).

    `words` are the results to a mount test, as changes to the usual ones. Does not model: nodes.
    """

    def __init__(self, port: int, words=(), points=("node-17",)):
        self._port = port
        self._words = words
        self._points = points
        self.heard: list[tuple[str, dict]] = []

    async def run(self, ready: asyncio.Event) -> None:
        version = aiomqtt.ProtocolVersion.V311
        async with aiomqtt.Client("127.0.0.1", self._port, protocol=version) as client:
            await client.subscribe("neckar/heilbronn/+/+/cmd", qos=1)
            ready.set()
            async for message in client.messages:
                topic, command = str(message.topic), json.loads(message.payload)
                self.heard.append((topic, command))
                for told in self._told(topic.split("/")[3], command):
                    await client.publish(topic.replace("/cmd", "/result"), told, qos=1)

    def _told(self, point: str, command: dict) -> list[bytes]:
        usual = {"schema": "neckar/1", "node": point, "lab": "mitte", "id": command["id"]}
        if command["command"] != "mount_test":
            return []
        if point not in self._points:
            words = "point is unknown"
            return [
                json.dumps({**usual, "state": "refused", "field": "point", "error": words}).encode()
            ]
        noise = [
            b"\xff",
            b"[]",
            b'{"state": "acknowledged"}',
            json.dumps({**usual, "id": "x"}).encode(),
        ]
        return noise + [json.dumps({**usual, **word}).encode() for word in self._words]


GOOD = ({"state": "queued"}, {"state": "sent"}, {"state": "acknowledged", "value": VERDICT})


def ask(broker, gateway, wanted=WANTED, **patience):
    """Return (what check returned or raised, the states that it told)."""
    states: list[str] = []
    given = Broker("127.0.0.1", broker.port, None, None, False, "heilbronn")

    async def scenario():
        ready = asyncio.Event()
        task = asyncio.create_task(gateway.run(ready))
        await ready.wait()
        try:
            return await asyncio.to_thread(
                over_gateway.check, given, None, wanted, states.append, **patience
            )
        except FlashError as e:
            for _ in range(100):  # what was published last is still on its way
                if not patience or gateway.heard[-1][1]["command"] == "cancel":
                    break
                await asyncio.sleep(0.02)
            return e
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return asyncio.run(scenario()), states


def test_a_node_is_asked_by_its_address_and_its_verdict_comes_back(broker):
    gateway = FakeGateway(broker.port, GOOD)
    found, states = ask(broker, gateway)
    assert found == Link("green", 10, 10, 14, 12, 9)
    assert states == ["queued", "sent"]
    ((topic, command),) = gateway.heard
    assert topic == "neckar/heilbronn/mitte/node-17/cmd"
    assert (command["command"], command["arguments"]) == ("mount_test", {"frames": 10})
    assert (command["by"], command["expires_s"]) == ("Uli", 900)
    assert command["id"].startswith("mount-17-")


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        ([{"state": "refused", "field": "commands", "error": "too many"}], "F533", "too many"),
        ([{"state": "queued"}, {"state": "failed", "error": "busy"}], "F536", "busy"),
        ([{"state": "failed", "code": "refused"}], "F536", "refused"),
        ([{"state": "expired", "was": "queued"}], "F536", "expired"),
        ([{"state": "acknowledged", "value": "purple"}], "F536", "purple"),
        ([{"state": "acknowledged"}], "F536", None),
    ],
)
def test_whatever_ends_a_command_has_a_code(broker, words, code, why):
    error, _ = ask(broker, FakeGateway(broker.port, words))
    assert (error.code, error.values["why"]) == (code, why)


def test_a_gateway_that_knows_no_such_node_is_named(broker):
    error, _ = ask(broker, FakeGateway(broker.port, points=()))
    assert (error.code, error.values["why"]) == ("F533", "point is unknown")


def test_a_silent_gateway_is_not_waited_for_and_the_order_is_taken_back(broker):
    gateway = FakeGateway(broker.port)
    error, _ = ask(broker, gateway, silence_s=0.2)
    assert error.code == "F535"
    first, last = gateway.heard[0][1], gateway.heard[-1][1]
    assert last == {"command": "cancel", "id": first["id"]}


def test_a_node_that_never_fetches_its_order_is_not_waited_for_either(broker):
    gateway = FakeGateway(broker.port, [{"state": "queued"}])
    error, states = ask(broker, gateway, silence_s=5, patience_s=0.3)
    assert (error.code, states) == ("F534", ["queued"])
    assert gateway.heard[-1][1]["command"] == "cancel"


def test_no_network_is_a_clear_word():
    for broker in (
        Broker("127.0.0.1", free_port(), None, None, False, "heilbronn"),
        Broker("no-such-host.invalid", 8883, None, None, True, "heilbronn"),
    ):
        with pytest.raises(FlashError) as e:
            over_gateway.check(broker, None, WANTED, print)
        assert (e.value.code, e.value.values["host"]) == ("F531", broker.host)


def test_a_broker_that_speaks_no_tls_is_not_spoken_to_without(broker):
    given = Broker("127.0.0.1", broker.port, None, None, True, "heilbronn")
    with pytest.raises(FlashError) as e:
        over_gateway.check(given, None, WANTED, print)
    assert e.value.code == "F531"


def test_a_broker_that_wants_a_password_says_so(tmp_path):
    closed = TestBroker(tmp_path)
    path = next(tmp_path.glob("*.conf"))
    path.write_text(path.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    closed.start()
    try:
        if closed.version != "5":
            pytest.skip("the embedded broker lets everybody in: mosquitto is needed")
        given = Broker("127.0.0.1", closed.port, "u", None, False, "heilbronn")
        with pytest.raises(FlashError) as e:
            over_gateway.check(given, "wrong", WANTED, print)
        assert e.value.code == "F532"
    finally:
        closed.stop()
