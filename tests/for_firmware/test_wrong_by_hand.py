"""What a hand gets wrong in the files of a node: settings, profile, board; the node still talks."""

import importlib
import json
import sys
import types
from pathlib import Path

import pytest

from node import board, config, mount, numbering, settings
from node.errors import NodeError
from node.ports import Ports
from node.sensors import build
from tests.fakes.machine import Machine
from tests.shared.own_files import emptied, move_to, write

BOARD = Path(__file__).parents[2] / "firmware" / "boards" / "t-beam-sx1262.json"
SOUND = {"profile": "air", "link": "lora", "radio": {"every": 4}}


@pytest.fixture(name="root")
def own_files(tmp_path, monkeypatch):
    for place, name in ((settings, "CONFIG"), (settings, "_TRIAL"), (settings, "_GOOD")):
        monkeypatch.setattr(place, name, getattr(place, name))
    root = str(tmp_path)
    move_to(root)
    yield root
    emptied(root)


def given(found, good=SOUND):
    """Return (settings, source, problem) of a start with these in /config.json."""
    write(settings.CONFIG, json.dumps(found))
    write(settings._GOOD, json.dumps(good))
    return config.given()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"radio": {"channels": [[868100000, 13]]}}, "radio.channels[0][1] is 13"),
        ({"radio": {"erp_dbm": 99}}, "radio.erp_dbm is 99"),
        ({"radio": {"every": 8.5}}, "radio: 8.5 is not a whole number"),
        ({"radio": {"loud": 1}}, "radio.loud is not a field"),
        ({"sensors": {"speedup": 1.5}}, "sensors: 1.5 is not a whole number"),
    ],
)
def test_settings_with_which_no_start_succeeds_give_way_to_the_last_good_copy(root, wrong, words):
    found, source, problem = given({**SOUND, **wrong})
    assert (found, source) == (SOUND, settings.GOOD)
    assert words in problem


def test_a_file_too_deep_for_the_stack_gives_way_too(root):
    write(settings.CONFIG, '{"profile": ' + "[" * 500 + "]" * 500 + "}")
    write(settings._GOOD, json.dumps(SOUND))
    found, source, problem = settings.read(lambda found: repr_of(found["profile"]))
    assert (found, source) == (SOUND, settings.GOOD)
    assert problem


def repr_of(value):
    """Do what a check does with a value that it refuses, on a small stack."""
    if isinstance(value, list):
        raise RuntimeError("maximum recursion depth exceeded")


def test_a_radio_that_is_not_in_use_may_say_anything(root):
    found = {**SOUND, "link": "wired", "radio": {"loud": 1}}
    assert given(found) == (found, settings.CONFIRMED, None)


@pytest.mark.parametrize("sensors", [None, {}, "air", [], [{}] * 33])
def test_a_profile_without_a_list_of_sensors_is_named(monkeypatch, sensors):
    monkeypatch.setattr(
        "node.fields.read_object", lambda path: {"interval_s": 60, "sensors": sensors}
    )
    with pytest.raises(NodeError, match=r"^/profiles/air\.json: sensors is .*should be a list of"):
        config._profile("air")


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), 1e300])
@pytest.mark.parametrize("place", ["mount_height_m", "nearest_m", "speedup"])
def test_numbers_without_end_are_one_line(place, value):
    entry = {"kind": "level", "driver": "simulated", "mount_height_m": 3}
    options = {}
    (options if place == "speedup" else entry)[place] = value
    with pytest.raises(ValueError, match=f"{place}: .*; expected"):
        build({"sensors": [entry]}, options)


def test_the_uart_of_the_link_is_no_sensors():
    wires = {"uarts": [{"id": 1, "tx": 4, "rx": 5}, {"id": 2, "tx": 6, "rx": 7}]}
    machine = types.SimpleNamespace(UART=lambda number, **how: number)
    assert Ports(wires, machine, 1).uart(2, 9600) == 2
    assert Ports(wires, machine).uart(1, 9600) == 1
    entry = {"kind": "particles", "driver": "sds011", "uart": 1}
    with pytest.raises(NodeError, match=r"^uart: 1 carries the link"):
        build({"sensors": [entry]}, {}, Ports(wires, machine, 1))


def test_a_port_that_refuses_pins_costs_the_sensors_only(monkeypatch):
    def refuse(*_):
        raise OSError(258, "no such pins")

    monkeypatch.setitem(sys.modules, "machine", Machine())
    monkeypatch.delitem(sys.modules, "node.app", raising=False)
    apps = importlib.import_module("node.app")
    sys.modules.pop("node.app")  # its machine goes with this test
    monkeypatch.setattr("node.sensors.build", refuse)
    node = types.SimpleNamespace(problem=None, ports=None)
    node.config = types.SimpleNamespace(profile={"sensors": [1]}, profile_name="air", sensors={})
    assert apps.App._sensors(node) == []
    assert node.problem.startswith("/profiles/air.json: ") and "no such pins" in node.problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"led": {"pin": 77, "on": 1}}, "led.pin is 77"),
        ({"button": 5}, "button"),
        ({"energy": None, "sensors": None}, "sensors"),
    ],
)
def test_a_board_whose_sensors_are_wrong_still_has_its_radio(tmp_path, change, words):
    given = json.loads(BOARD.read_text(encoding="utf-8"))
    path = str(tmp_path / "board.json")
    write(path, json.dumps({**given, **change}))
    with pytest.raises(NodeError, match=words):
        board.load(path)
    for _ in range(2):  # nothing of the first is left in the second
        bare = board.load(path, True)
        wires = board.wires(bare)
        assert bare["radio"] == given["radio"] and bare["led"] is None
        assert wires["onewire"] is None and wires["pulses"] == []


def test_a_board_whose_radio_is_wrong_is_no_board(tmp_path):
    given = json.loads(BOARD.read_text(encoding="utf-8"))
    path = str(tmp_path / "board.json")
    write(path, json.dumps({**given, "radio": {"chip": "sx1262"}}))
    with pytest.raises(NodeError, match=r"radio\."):
        board.load(path, True)


def test_two_mount_tests_at_once_are_refused():
    node = types.SimpleNamespace(uplink=types.SimpleNamespace(on_link=print))
    with pytest.raises(NodeError, match="going on"):
        mount.test(node, 3).send(None)


def test_anchors_of_wrong_types_are_damaged(tmp_path):
    from protocol import cbor

    for wrong in ({1: 5}, {1: [5]}, {1: [5, None]}, {1: [5, 6, 7]}, [1], 5):
        write(str(tmp_path / "anchors"), cbor.dumps(wrong))
        assert numbering.load_anchors(str(tmp_path)) is numbering.DAMAGED, wrong
    write(str(tmp_path / "anchors"), cbor.dumps({1: [5, 6]}))
    assert numbering.load_anchors(str(tmp_path)) == {1: [5, 6]}
