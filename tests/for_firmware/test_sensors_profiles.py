"""Profiles: what ships can be built, and what is wrong is named."""

import json
from pathlib import Path

import pytest

from node.sensors import build
from protocol import quality as qualities
from protocol import quantities
from protocol.batch import INTERVALS
from tests.for_firmware.sensing import measure

PROFILES = Path(__file__).parents[2] / "firmware" / "profiles"
NAMES = sorted(path.stem for path in PROFILES.glob("*.json"))
CLIMATE = {"kind": "climate", "driver": "simulated"}


@pytest.mark.parametrize("name", NAMES)
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


def test_four_profiles_ship():
    assert NAMES == ["air", "noise", "traffic", "water"]


@pytest.mark.parametrize(
    ("sensors", "complaint"),
    [
        (None, "sensors: None; expected a list of sensors"),
        ([], "sensors: []; expected a list of sensors"),
        (["climate"], "sensors[0]: 'climate'; expected an object with kind and driver"),
        ([{**CLIMATE, "kind": "fog"}], "sensors[0].kind: 'fog'; expected one of: climate, level,"),
        ([{**CLIMATE, "driver": "bme"}], "sensors[0].driver: 'bme'; expected one of: simulated"),
        ([{"kind": "climate"}], "sensors[0].driver: None; expected one of: simulated"),
        ([{**CLIMATE, "frozen": 3}], "sensors[0].frozen: unknown field; expected one of: frozen_"),
        ([{**CLIMATE, "frozen_after": 2.5}], "sensors[0].frozen_after: 2.5; expected a whole"),
        ([{**CLIMATE, "frozen_after": -1}], "sensors[0].frozen_after: -1; expected 0 or more"),
        ([CLIMATE, CLIMATE], "sensors: temperature twice; expected one sensor for each"),
        ([{**CLIMATE, "kind": "level"}], "sensors[0].mount_height_m: None; expected a number"),
    ],
)
def test_a_wrong_profile_is_refused_in_one_line(sensors, complaint: str):
    with pytest.raises(ValueError, match="sensors") as raised:
        build({"sensors": sensors}, {})
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
