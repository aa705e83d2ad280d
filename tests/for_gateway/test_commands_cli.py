"""What an operator types is stored for the gateway, or refused in one line and not kept."""

import json
import threading

import pytest

from gateway import cli
from gateway.commands.directory import RegistryDirectory
from gateway.commands.records import CommandsError
from gateway.commands.store import Store
from gateway.registry import service
from gateway.registry.database import Database
from gateway.registry.registry import Registry
from protocol import commands as ops
from tests.for_gateway.registered import NOW_S, PRIVATE, key_of, record, take
from tests.for_gateway.town import Town

LAB = "mitte"  # of the Town too


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command line and returns (exit code, what it said)."""
    with Database(tmp_path / "registry.db", "ops", NOW_S) as database:
        take(
            database,
            record(17, lab=LAB),
            record(18, lab=LAB),
            record(19, lab=LAB, point=None),
            record(20, lab="west"),
        )
    config = tmp_path / "gateway.toml"
    config.write_text(
        f"""
[gateway]
id = "gw-1"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1:1883"
[spool]
path = "{tmp_path}/spool.db"
[registry]
path = "{tmp_path}/registry.db"
[[serial]]
name = "mast-1"
port = "{tmp_path}/tty0"
optional = true
"""
    )

    def run(*words):
        try:
            code = cli.main(["-c", str(config), "command", *words])
        except SystemExit as e:
            code = e.code
        said = capsys.readouterr()
        return code, (said.out + said.err).strip()

    run.path = tmp_path / "commands.db"
    return run


def test_a_command_waits_for_the_gateway(run):
    code, said = run("send", "air-17", "maintenance", "minutes=30", "--expires", "2h")
    assert code == 0 and "queued" in said and "maintenance" in said
    (order,) = Store(run.path).newest(9)
    assert (order.address, order.op, order.arguments) == (17, "maintenance", {"minutes": 30})
    assert order.expires_ms - order.created_ms == 7_200_000
    assert order.origin == "cli" and order.who


def test_a_running_gateway_takes_it_within_a_tick_and_tells_it(run):
    town = Town(run.path)
    town.clock._unix_ms = 2**44  # after the wall clock of the command line
    town.commands.tick()
    run("send", "17", "reboot", "--expires", "300d")
    town.clock._unix_ms = Store(run.path).newest(1)[0].created_ms + 1000
    town.run(5)
    assert town.boards[17].done == [ops.REBOOT]
    assert town.states() == ["queued", "sent", "acknowledged"]
    assert town.security[0] == (
        "command_accepted",
        {**town.security[0][1], "command": "reboot", "origin": "cli", "point": "air-17"},
    )
    run("lab", LAB, "sample")
    town.run(1)
    assert [fields["lab"] for _, fields in town.security] == [LAB, LAB]
    assert town.security[1][1]["point"] == ""


def test_settings_are_typed_field_by_field(run):
    code, _ = run(
        "config", "air-17", "interval_s=60", "radio.every=4", "profile=water", "uart=null"
    )
    assert code == 0
    (order,) = Store(run.path).newest(9)
    wanted = {"interval_s": 60, "radio": {"every": 4}, "profile": "water", "uart": None}
    assert order.arguments == {"set": wanted}


def test_a_lab_and_what_became_of_it(run):
    assert run("lab", LAB, "sample")[0] == 0
    code, said = run("list")
    assert code == 0
    assert "lab-1  mitte  sample  running  2 nodes: 2 waiting" in said
    lines = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert lines[0]["progress"] == {"waiting": 2}
    assert {line["address"] for line in lines[1:]} == {17, 18}
    code, said = run("cancel", "lab-1")
    assert (code, said) == (0, "2 of 2 had not left and are cancelled")
    assert run("cancel", "lab-1")[0] == 2


def test_one_is_cancelled_and_not_twice(run):
    run("send", "air-17", "sample")
    assert run("cancel", "1")[0] == 0
    code, said = run("cancel", "1")
    assert code == 2 and "should be queued" in said


@pytest.mark.parametrize("state, code", [("acknowledged", 0), ("failed", 1)])
def test_waiting_ends_with_what_became_of_it(run, state, code, monkeypatch):
    store = Store(run.path)

    def sleep(seconds):  # meanwhile the gateway goes on
        (order,) = store.newest(9)
        order.state, order.result = state, {"code": "x"}
        store.update(order)

    monkeypatch.setattr("gateway.cli.command.time.sleep", sleep)
    got, said = run("send", "air-17", "sample", "--wait")
    assert got == code and f"{state}  code=x" in said


def test_hardware_that_hangs_nowhere_is_reached_by_its_address(run):
    assert run("send", "19", "sample")[0] == 0
    assert run("send", "node-19", "sample")[0] == 0
    assert [order.point for order in Store(run.path).newest(9)] == ["node-19", "node-19"]


@pytest.mark.parametrize(
    "words, said",
    [
        (("send", "air-99", "sample"), "target is 'air-99', should be a point or an address"),
        (("send", "99", "sample"), "target is '99'"),
        (("send", "air-17", "dance"), "command is 'dance', should be one of sample"),
        (("send", "air-17", "config"), "neckar-gateway command config"),
        (("send", "air-17", "maintenance"), "arguments.minutes is 'missing'"),
        (("send", "air-17", "maintenance", "minutes=x"), "arguments.minutes is 'x'"),
        (("send", "air-17", "maintenance", "30"), "argument is '30', should be like NAME=VALUE"),
        (("send", "air-17", "wipe"), "--yes is 'missing'"),
        (("send", "air-17", "sample", "--expires", "soon"), "--expires is 'soon'"),
        (("send", "air-17", "sample", "--expires", "0s"), "--expires is '0s'"),
        (("send", "air-17", "sample", "--expires", "9999d"), "at most 366d"),
        (("lab", "nowhere", "sample"), "lab is 'nowhere'"),
        (("lab", LAB, "rekey", "epoch=2", "--yes"), "one node at a time"),
        (("config", "air-17", "interval_s=0.5"), "arguments.set.interval_s is 0.5"),
        (("config", "air-17", "radio=1", "radio.every=4"), "radio.every is 4"),
        (("cancel", "7"), "id is '7'"),
        (("cancel", "all"), "id is 'all'"),
        (("send",), "required"),
        ((), "required"),
    ],
)
def test_what_is_wrong_is_one_line_with_code_2_and_nothing_is_stored(run, words, said):
    code, text = run(*words)
    assert code == 2 and said in text
    assert len(text.splitlines()) <= 1 or "usage" in text
    assert Store(run.path).newest(9) == []


def test_two_who_write_at_once_both_get_through(run):
    store = Store(run.path)
    errors: list = []

    def other():
        try:
            own = Store(run.path)
            for _ in range(50):
                own.next_number(17)
        except Exception as e:
            errors.append(e)

    thread = threading.Thread(target=other)
    thread.start()
    numbers = [store.next_number(18) for _ in range(50)]
    thread.join()
    assert errors == []
    assert len(set(numbers)) == 50
    assert store.changed() and not store.changed()


def test_the_gateway_finds_who_is_meant_with_its_key_and_the_command_line_without(run):
    path = run.path.with_name("registry.db")
    registry = Registry(path, PRIVATE)
    gateway, shell = RegistryDirectory(path, registry.find), RegistryDirectory(path)
    assert gateway.find(17).key == key_of(17) and shell.find(17).key == b""
    for places in (gateway, shell):
        node = places.find(19)
        assert (node.name, node.lab, node.radio) == ("node-19", LAB, True)
        assert places.find(99) is None
        assert places.address_of_point("air-18") == 18
        assert places.address_of_point("air-99") is None
        assert places.addresses_of_lab(LAB) == [17, 18]
    registry.close()
    with pytest.raises(CommandsError, match=r"nowhere\.db"):
        RegistryDirectory(path.with_name("nowhere.db"))


def test_hardware_that_was_swapped_is_reached_at_its_point(run):
    path = run.path.with_name("registry.db")
    with Database(path, "ops", NOW_S + 10) as database:
        service.swap(database, "air-17", 19, "lightning")
    assert RegistryDirectory(path).address_of_point("air-17") == 19
    assert RegistryDirectory(path).find(19).name == "air-17"
    assert RegistryDirectory(path).addresses_of_lab(LAB) == [18, 19]
