"""Whatever comes on a cmd topic: a refusal that says what would be right, counted, never raised."""

import json
import random

import pytest

from gateway.commands.records import TOPIC, RefusedError
from gateway.commands.requests import Request
from gateway.registry.node import Node
from tests.for_gateway.town import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "commands.db")


@pytest.mark.parametrize(
    "payload, field, wanted",
    [
        ({"command": "dance"}, "command", "one of sample, reboot"),
        ({}, "command", "one of"),
        ({"command": 5}, "command", "one of"),
        ({"command": ["sample"]}, "command", "one of"),
        ({"command": "wipe"}, "command", "by the operator"),
        ({"command": "rekey", "arguments": {"epoch": 2}}, "command", "by the operator"),
        ({"command": "config_try"}, "command", "one of"),
        ({"command": "sample", "when": "now"}, "when", "one of command, arguments"),
        ({"command": "sample", "arguments": []}, "arguments", "an object"),
        ({"command": "sample", "arguments": {"x": 1}}, "arguments.x", "absent"),
        ({"command": "maintenance"}, "arguments.minutes", "from 0 to 65535"),
        ({"command": "maintenance", "arguments": {"minutes": 65536}}, "arguments.minutes", "65535"),
        ({"command": "maintenance", "arguments": {"minutes": 1.5}}, "arguments.minutes", "whole"),
        ({"command": "maintenance", "arguments": {"minutes": True}}, "arguments.minutes", "whole"),
        ({"command": "mount_test", "arguments": {"frames": 0}}, "arguments.frames", "1 to 50"),
        ({"command": "mount_test", "arguments": {"count": 3}}, "arguments.count", "one of frames"),
        ({"command": "log_page", "arguments": {"page": -1}}, "arguments.page", "from 0"),
        ({"command": "config", "arguments": {"interval_s": 5}}, "arguments", '{"set":'),
        ({"command": "config", "arguments": {"set": 5}}, "arguments", '{"set":'),
        ({"command": "config", "arguments": {"set": {"a": 0.5}}}, "arguments.set.a", "whole"),
        (
            {"command": "config", "arguments": {"set": {"a": [1, [0.5]]}}},
            "arguments.set.a",
            "whole",
        ),
        ({"command": "config", "arguments": {"set": {"a": 1 << 63}}}, "arguments.set.a", "2^63"),
        ({"command": "config", "arguments": {"set": {"a": "x" * 160}}}, "arguments.set.a", "160"),
        (
            {"command": "config", "arguments": {"set": {"a": [[[[[[[1]]]]]]]}}},
            "arguments.set.a",
            "deep",
        ),
        (
            {"command": "config", "arguments": {"set": {f"f{i}": 1 for i in range(65)}}},
            "arguments.set",
            "64 fields",
        ),
        ({"command": "sample", "id": ""}, "id", "1 to 64"),
        ({"command": "sample", "id": 7}, "id", "1 to 64"),
        ({"command": "sample", "id": "a b"}, "id", "1 to 64"),
        ({"command": "sample", "expires_s": 0}, "expires_s", "seconds from 1"),
        ({"command": "sample", "expires_s": True}, "expires_s", "seconds from 1"),
        ({"command": "sample", "expires_s": "1h"}, "expires_s", "seconds from 1"),
        ({"command": "sample", "expires_s": 10**18}, "expires_s", "seconds from 1"),
        ({"command": "sample", "by": 5}, "by", "text"),
        ({"command": "sample", "by": "a\nb"}, "by", "text"),
        ({"command": "sample", "by": "\ud800"}, "by", "text"),
        ({"command": "cancel"}, "id", "to cancel"),
        ({"command": "cancel", "id": "unheard-of"}, "id", "known here"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(town, payload, field, wanted):
    town.say(raw=json.dumps(payload).encode())
    town.run(1)
    said = town.last()
    assert (said["state"], said["field"]) == ("refused", field)
    assert wanted in said["wanted"] and field in said["error"]
    assert "value" in said
    assert town.commands.store.newest(9) == []
    assert sum(n for name, n in town.commands.counters.items() if "refused" in name) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"reboot",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b"null",
        b'"sample"',
        b'{"command": "sample"',
        b'{"command": "sample"}}',
        b"[" * 4000,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        b'{"command": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"9" * 4000,
        b'{"command": "sample", "expires_s": ' + b"9" * 4040 + b"}",
        b'{"command": "sample", "expires_s": NaN}',
        b'{"command": "sample", "by": "' + b"\\ud800" + b'"}',
        b"x" * 5000,
        b"{" + b" " * 10_000_000 + b"}",
    ],
)
def test_what_is_no_command_is_refused_and_nothing_stops(town, raw):
    town.say(raw=raw)
    town.say("sample", id="after")
    town.run(3)
    assert town.states()[0] == "refused"
    assert town.states(id="after")[-1] == "acknowledged"
    assert all(len(json.dumps(message)) < 2000 for _, message in town.told)


def test_a_payload_has_a_size(town):
    whole = b'{"command": "sample"}'
    town.say(raw=whole + b" " * (4096 - len(whole)))
    town.say(raw=whole + b" " * (4097 - len(whole)))
    assert town.commands.counters["accepted"] == 1
    assert town.commands.counters["refused_too_big"] == 1


def test_random_bytes_and_spoilt_commands_never_raise(town):
    chance = random.Random(11)
    good = b'{"command": "config", "arguments": {"set": {"a": 1}}, "id": "x", "by": "y"}'
    for _ in range(3000):
        spoilt = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        town.clock.advance(1)
        town.say(raw=bytes(spoilt) if chance.random() < 0.7 else chance.randbytes(40))
    town.run(1)


@pytest.mark.parametrize(
    "topic",
    [
        "neckar/heilbronn/mitte/air-17/cmd/x",
        "neckar/heilbronn/cmd",
        "neckar/stuttgart/mitte/air-17/cmd",
        "neckar/heilbronn/Mitte/air-17/cmd",
        "neckar/heilbronn/mitte//cmd",
        "neckar/heilbronn/mitte/air 17/cmd",
        "neckar/heilbronn/mitte/" + "a" * 65 + "/cmd",
        "",
        "cmd",
    ],
)
def test_a_topic_that_is_none_of_ours_is_counted_and_not_answered(town, topic):
    town.commands.on_message(topic, b'{"command": "sample"}')
    town.publish()
    assert town.told == []
    assert town.commands.counters["refused_topic"] == 1


def test_unknown_wrong_and_revoked_places_are_refused(town):
    town.nodes[18] = Node(18, "air-18", "mitte", 1, bytes(16), revoked=True)
    town.nodes[19] = Node(19, "node-19", "mitte", 1, bytes(16))
    town.say("sample", point="air-99")
    town.say("sample", point="air-18")
    town.commands.on_message("neckar/heilbronn/west/air-17/cmd", b'{"command": "sample"}')
    town.commands.on_message("neckar/heilbronn/west/node-17/cmd", b'{"command": "sample"}')
    town.run(1)
    assert town.commands.counters["refused_unknown"] == 4
    town.say("sample", point="node-19")  # hardware that hangs nowhere
    town.run(1)
    assert town.last(point="node-19")["state"] == "queued"


def test_hardware_is_told_by_its_address_wherever_it_hangs(town):
    town.say("sample", point="node-17")
    assert town.last(point="air-17")["state"] == "queued"


def test_retained_commands_are_refused_and_an_empty_one_is_none(town):
    town.say("reboot", retained=True)
    town.say(raw=b"", retained=True)
    town.run(2)
    assert town.states() == ["refused"]
    assert town.last()["field"] == "retained"
    assert town.boards[17].done == []


def test_a_flood_is_passed_over_and_what_comes_after_it_is_not(town, caplog):
    for _ in range(5000):
        town.commands.on_message("neckar/heilbronn/mitte/air-17/cmd", b"nonsense")
    assert town.commands.counters["refused_flood"] == 4950
    assert len(town.commands.outgoing()) == 50
    assert len(caplog.records) == 2  # one of each kind
    town.clock.advance(1)
    for _ in range(20):
        town.commands.on_message("neckar/heilbronn/mitte/air-17/cmd", b"nonsense")
    assert town.commands.counters["refused_flood"] == 4965
    town.run(10)
    town.say("sample")
    town.run(3)
    assert town.states()[-1] == "acknowledged"


def test_refusals_wait_for_the_broker_in_a_bounded_room(town):
    for _ in range(300):
        town.clock.advance(1)
        town.commands.on_message("neckar/heilbronn/mitte/air-17/cmd", b"nonsense")
    assert len(town.commands.outgoing()) == 100
    assert town.commands._outbox.dropped == 200
    town.publish()
    assert town.commands.outgoing() == []


def test_no_value_of_a_setting_is_in_a_record_of_security(town):
    town.say("config", arguments={"set": {"radio": {"secret": "Geheim"}}})
    assert town.security[0][1]["arguments"] == "radio"
    assert "Geheim" not in repr(town.security)


def test_a_lab_is_not_given_a_key(town):
    request = Request("mitte", "", "rekey", {"epoch": 2})
    with pytest.raises(RefusedError, match="one node at a time"):
        town.commands._desk._intake.take(request, TOPIC, 0)
