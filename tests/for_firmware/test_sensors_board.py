"""Sensors in the real MicroPython: the same values as here, and a heap that does not grow."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROFILES = ("air", "noise", "traffic", "water")
pytestmark = pytest.mark.board

START = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/firmware"]
import asyncio, gc, json
from node.sensors import build

CITY = {{"sensors": [
    {{"kind": kind, "driver": "simulated"}}
    for kind in ("battery", "co2", "directions", "probe", "solar", "thermometer")
]}}
CITY["sensors"].append({{"kind": "parking", "driver": "simulated", "occupied_below_m": 1.8}})

def load(name, **options):
    if name == "city":
        return build(CITY, options), 300
    with open({root!r} + "/firmware/profiles/" + name + ".json") as file:
        profile = json.load(file)
    return build(profile, options), profile["interval_s"]

async def sample(sensors, seconds, interval_s):
    results = []
    for sensor in sensors:  # MicroPython knows no await inside a comprehension
        results.append(await sensor.measure(seconds, interval_s))
    return results
"""

TWO_DAYS = """
for name in {profiles!r}:
    for speedup in (1, 600):
        sensors, interval_s = load(name, seed=17, speedup=speedup)
        for i in range(96):
            seconds = 1700000000 + i * 1800
            print(name, asyncio.run(sample(sensors, seconds, interval_s // speedup or 1)))
sensors = build(CITY, {{"seed": 17}})
for i in range(48):
    print("city", asyncio.run(sample(sensors, 1700000000 + i * 3600, 300)))
"""

LOADED = """
class Ports:
    def __getattr__(self, name):
        return lambda *arguments: self

before = set(sys.modules)
with open({root!r} + "/firmware/profiles/" + {profile!r} + ".json") as file:
    build(json.load(file), {{}}, Ports())
for name in sorted(set(sys.modules) - before):
    print(name)
"""

REPLAY = """
sensors, _ = load("traffic", replay={{"path": {path!r}}})
for i in range(5):
    print(asyncio.run(sample(sensors, i, 300)))
for path in ("/no/such.csv", {broken!r}):
    try:
        load("traffic", replay={{"path": path}})
    except (OSError, ValueError) as e:
        print(isinstance(e, ValueError), e.args[-1])
"""

# The first samples fill what is kept for good: the last raw values, the tables of the interpreter.
HEAP = """
before = 0
sensors, interval_s = load({profile!r}, **{options!r})

async def samples(count):
    for i in range(count):
        await sample(sensors, 1700000000 + i * interval_s, interval_s)

asyncio.run(samples(5))
gc.collect()
before = gc.mem_alloc()
asyncio.run(samples(200))
gc.collect()
print(gc.mem_alloc() - before)
"""


def micropython() -> str:
    """Return MicroPython beside this Python or on the PATH; without one the test is skipped."""
    beside = shutil.which("micropython", path=Path(sys.executable).parent)
    found = beside or shutil.which("micropython")
    if found is None:
        pytest.skip("no micropython beside this Python or on the PATH: make setup installs one")
    return found


def output(*command: str, program: str, **fields) -> str:
    """Run a program text with an interpreter and return what it prints."""
    text = (START + program).format(root=str(ROOT), profiles=PROFILES, **fields)
    done = subprocess.run(
        [*command, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_days_are_the_same_on_both_runtimes():
    here = output(sys.executable, program=TWO_DAYS)
    assert output(micropython(), program=TWO_DAYS) == here
    assert len(set(here.splitlines())) > 500


def test_a_replay_is_the_same_on_both_runtimes(tmp_path: Path):
    path = tmp_path / "replay.csv"
    path.write_text("vehicles,speed_classes\r\n7,0 3 2 1 1 0\r\n,\n")
    broken = tmp_path / "broken.csv"
    broken.write_text("vehicles\n7\nseven\n")
    files = {"path": str(path), "broken": str(broken)}
    here = output(sys.executable, program=REPLAY, **files)
    assert output(micropython(), program=REPLAY, **files) == here
    assert here.splitlines()[0] == "[[(7, 0), ([0, 3, 2, 1, 1, 0], 0)]]"
    assert here.splitlines()[-1] == f"True {broken} line 3: 'seven' is no integer"


def test_a_wake_loads_what_its_profile_needs_and_no_more():
    loaded = output(micropython(), program=LOADED, profile="parking").split()
    ours = [name for name in loaded if name.startswith("node.")]
    assert ours == [
        "node.drivers",
        "node.drivers.a02",
        "node.drivers.divider",
        "node.drivers.driver",
        "node.drivers.shots",
        "node.drivers.uart_driver",
        "node.sensors.echoes",
        "node.sensors.parking",
        "node.sensors.readings",
        "node.sensors.sensor",
        "node.sensors.single",
    ]


@pytest.mark.parametrize("profile", [*PROFILES, "city"])
def test_two_hundred_samples_leave_the_heap_as_it_was(profile: str):
    heap = (micropython(), "-X", "heapsize=172k")
    grown = int(output(*heap, program=HEAP, profile=profile, options={"seed": 17}))
    # The collector is conservative: a stale word on the stack may keep one small object.
    assert grown <= 64


def test_a_replay_of_any_length_leaves_the_heap_as_it_was(tmp_path: Path):
    path = tmp_path / "replay.csv"
    path.write_text("vehicles\n" + "123\n" * 150)
    heap = (micropython(), "-X", "heapsize=172k")
    options = {"replay": {"path": str(path)}}
    assert int(output(*heap, program=HEAP, profile="traffic", options=options)) <= 64
