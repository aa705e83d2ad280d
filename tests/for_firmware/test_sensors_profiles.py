"""Profiles: what ships can be built, and what is wrong is named."""

import json
from pathlib import Path

import pytest

from node.errors import NodeError
from node.ports import Ports
from node.sensors import build
from protocol import quality as qualities
from protocol import quantities
from protocol.batch import INTERVALS
from tests.fakes import one_wire
from tests.for_firmware.sensing import measure
from tools.rig.profiles import HARDWARE, quantities_of
from tools.rig.profiles import PROFILES as SIMULATED

PROFILES = Path(__file__).parents[2] / "firmware" / "profiles"
NAMES = sorted(path.stem for path in PROFILES.glob("*.json"))
CLIMATE = {"kind": "climate", "driver": "simulated"}
LEVEL = {"kind": "level", "driver": "a02", "mount_height_m": 4.5}
PULSES = {"kind": "counter", "driver": "pulses"}


class Board:
    """Ports of a board that has everything; nothing of it works."""

    def __getattr__(self, name):
        return lambda *arguments: self


@pytest.mark.parametrize("name", SIMULATED)
def test_a_profile_measures_quantities_of_the_registry(name: str):
    profile = json.loads((PROFILES / f"{name}.json").read_text(encoding="utf-8"))
    sensors = build(profile, {"seed": 17})
    for sensor in sensors:
        readings = measure(sensor, interval_s=profile["interval_s"])
        assert len(readings) == len(sensor.quantities)
        for quantity, (value, code) in zip(sensor.quantities, readings, strict=True):
            width = quantities.by_name(quantity).width
            assert isinstance(value, int if width == 1 else list)
            assert width == 1 or len(value) == width
            assert 0 <= code < len(qualities.QUALITY_NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_interval_costs_four_bits_and_the_readme_tells_it(name: str):
    profile = json.loads((PROFILES / f"{name}.json").read_text(encoding="utf-8"))
    assert profile["interval_s"] in INTERVALS
    readme = (PROFILES / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {profile['interval_s']} s |" in readme


def test_four_profiles_run_on_a_board_without_sensors_and_eight_do_not():
    assert sorted(SIMULATED + HARDWARE) == NAMES
    for name in NAMES:
        text = (PROFILES / f"{name}.json").read_text(encoding="utf-8")
        assert ('"simulated"' in text) == (name in SIMULATED)


@pytest.mark.parametrize("name", NAMES)
def test_the_tools_know_what_a_profile_measures(name: str, monkeypatch):
    monkeypatch.setattr("time.ticks_ms", int, raising=False)
    one_wire.install(monkeypatch, None, None, is_bare=True)
    profile = json.loads((PROFILES / f"{name}.json").read_text(encoding="utf-8"))
    sensors = build(profile, {"seed": 17}, Board())
    names = [quantity for sensor in sensors for quantity in sensor.quantities]
    assert names == list(quantities_of(name))
    readme = (PROFILES / "README.md").read_text(encoding="utf-8")
    for sensor in profile["sensors"]:
        assert f"`{sensor['driver']}`" in readme
        assert f"`{sensor['kind']}`" in readme


def test_each_quantity_of_a_hardware_profile_stands_in_its_row_or_in_that_of_its_kin():
    readme = (PROFILES / "README.md").read_text(encoding="utf-8")
    table = readme.split("## What is measured")[0]
    for name in HARDWARE:
        for quantity in quantities_of(name):
            assert f"`{quantity}`" in table


def test_fields_of_kind_and_driver_stand_side_by_side():
    entry = {"kind": "level", "driver": "maxbotix", "uart": 1, "lost_mm": 9999}
    asked = []

    class Ports:
        def uart(self, number, baud):
            asked.append((number, baud))

    [sensor] = build({"sensors": [{**entry, "mount_height_m": 7}]}, {}, Ports())
    assert asked == [(1, 9600)]
    assert sensor.quantities == ("water_level",)


def test_what_the_board_lacks_is_one_line_that_names_it():
    with pytest.raises(NodeError, match=r"^/board\.json: uarts has no id 2, as a sensor wants$"):
        build({"sensors": [LEVEL]}, {}, Ports({"uarts": [{"id": 1}]}, None))
    solar = {"kind": "solar", "driver": "divider"}
    with pytest.raises(NodeError, match=r"^/board\.json: sensors\.solar is null"):
        build({"sensors": [solar]}, {}, Ports({"solar": None}, None))


@pytest.mark.parametrize(
    ("sensors", "complaint"),
    [
        (None, "sensors: None; expected a list of sensors"),
        ([], "sensors: []; expected a list of sensors"),
        (["climate"], "sensors[0]: 'climate'; expected an object with kind and driver"),
        ([{**CLIMATE, "kind": "fog"}], "sensors[0].kind: 'fog'; expected one of: battery, cli"),
        (
            [{**CLIMATE, "driver": "bme"}],
            "sensors[0].driver: 'bme'; expected one of: simulated, bme",
        ),
        (
            [{**CLIMATE, "driver": "a02"}],
            "sensors[0].driver: 'a02'; expected one of: simulated, bme",
        ),
        (
            [{**CLIMATE, "driver": ["x"]}],
            "sensors[0].driver: ['x']; expected one of: simulated, bm",
        ),
        ([{**CLIMATE, "address": 118}], "sensors[0].address: unknown field; expected one of: froz"),
        ([{**LEVEL, "uart": "2"}], "sensors[0].uart: '2'; expected a whole number"),
        ([{**LEVEL, "uart": 2.0}], "sensors[0].uart: 2.0; expected a whole number"),
        ([{**LEVEL, "uart": -1}], "sensors[0].uart: -1; expected 0 or more"),
        ([{**LEVEL, "lost_mm": 5}], "sensors[0].lost_mm: unknown field; expected one of: farthest"),
        ([{**LEVEL, "wire": "x"}], "sensors[0].wire: unknown field; expected one of: farthest"),
        ([{**PULSES, "pulse": True}], "sensors[0].pulse: True; expected a whole number"),
        ([PULSES, PULSES], "sensors[1].pulse: 0 twice; expected one sensor for each"),
        (
            [LEVEL, {"kind": "particles", "driver": "sds011", "uart": 2}],
            "sensors[1].uart: 2 twice; expected one sensor for each",
        ),
        ([{"kind": "climate"}], "sensors[0].driver: None; expected one of: simulated"),
        ([{**CLIMATE, "frozen": 3}], "sensors[0].frozen: unknown field; expected one of: frozen_"),
        ([{**CLIMATE, "frozen_after": 2.5}], "sensors[0].frozen_after: 2.5; expected a whole"),
        ([{**CLIMATE, "frozen_after": -1}], "sensors[0].frozen_after: -1; expected 0 or more"),
        ([CLIMATE, CLIMATE], "sensors: temperature twice; expected one sensor for each"),
        ([{**CLIMATE, "kind": "level"}], "sensors[0].mount_height_m: None; expected a number"),
    ],
)
def test_a_wrong_profile_is_refused_in_one_line(sensors, complaint: str, monkeypatch):
    monkeypatch.setattr("time.ticks_ms", int, raising=False)
    with pytest.raises(ValueError, match="sensors") as raised:
        build({"sensors": sensors}, {}, Board())
    assert str(raised.value).startswith(complaint)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"speedup": 0}, "options.speedup: 0; expected 1 or more"),
        ({"speedup": 0.5}, "options.speedup: 0.5; expected a whole number"),
        ({"seed": "x"}, "options.seed: 'x'; expected a whole number"),
        ({"fault_every": True}, "options.fault_every: True; expected a whole number"),
        ({"faults": 3}, "options.faults: unknown field; expected one of: fault_every, seed,"),
        ({"replay": {"file": "x"}}, "options.replay.path: None; expected the name of a file"),
        ({"replay": "x.csv"}, "options.replay: 'x.csv'; expected an object with path"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict, complaint: str):
    with pytest.raises(ValueError, match="options") as raised:
        build({"sensors": [CLIMATE]}, options)
    assert str(raised.value).startswith(complaint)
