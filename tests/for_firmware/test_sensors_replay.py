"""Recorded readings: served in turn, refused when broken, mixed with what is measured."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.drivers.driver import Driver
from node.sensors import build
from node.sensors.replay import Overlay, Replay, columns
from node.sensors.sensor import Sensor
from protocol.quality import FAULT, VALID
from protocol.quantities import LIMIT
from tests.for_firmware.sensing import measure

AIR = {
    "sensors": [
        {"kind": "particles", "driver": "simulated", "warm_up_s": 0},
        {"kind": "climate", "driver": "simulated"},
    ]
}


@pytest.fixture
def write(tmp_path: Path):
    """Return a function that writes a replay file and returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "replay.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return str(path)

    return write


def test_rows_come_in_turn_and_start_over(write):
    replay = Replay(write("pm25,pm10\n7,12\n8,\n"), ("pm10",))
    assert replay.quantities == ("pm10",)
    assert [measure(replay) for _ in range(3)] == [[(12, VALID)], [(None, FAULT)], [(12, VALID)]]


@pytest.mark.parametrize("text", ["temperature\n-5\n\n7", "temperature\r\n-5\r\n\r\n7\r\n"])
def test_line_ends_do_not_matter_and_an_empty_line_is_an_empty_cell(write, text: str):
    replay = Replay(write(text), ("temperature",))
    assert [measure(replay)[0][0] for _ in range(4)] == [-5, None, 7, -5]


def test_a_histogram_is_a_list(write):
    path = write("vehicles,speed_classes\n7,0 3 2 1 1 0\n9,\n")
    replay = Replay(path, ("vehicles", "speed_classes"))
    assert measure(replay) == [(7, VALID), ([0, 3, 2, 1, 1, 0], VALID)]
    assert measure(replay) == [(9, VALID), (None, FAULT)]


@given(
    rows=st.lists(
        st.lists(st.one_of(st.none(), st.integers(-LIMIT, LIMIT)), min_size=2, max_size=2),
        min_size=1,
        max_size=30,
    )
)
def test_what_was_written_is_served(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("replay") / "replay.csv"
    lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
    path.write_text("\n".join(["pm25,temperature", *lines]), encoding="utf-8")
    replay = Replay(str(path), ("temperature", "pm25"))
    for pm25, temperature in rows + rows:
        values = [value for value, _ in measure(replay)]
        assert values == [temperature, pm25]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("pm25,pm10\n1,2\n3\n", "line 3: 1 cells, not 2"),
        ("pm25,pm10\n1,2,3\n", "line 2: 3 cells, not 2"),
        ("pm25,pm10\n1,2.5\n", "line 2: '2.5' is no integer"),
        ("pm25,pm10\n1,524288\n", "line 2: 524288 is beyond 524287"),
        ("pm25,pm10\n1,2 3\n", "line 2: '2 3' is not 1 integer"),
        ("pm10,speed_classes\n1,2 3\n", "line 2: '2 3' is not 6 integer"),
        ("pm25,pm10\n", "no rows"),
        ("pm25\n1\n", "no column pm10"),
        ("", "no column pm10"),
        ("pm10" + "\n1" * 40 + "\n" + "9" * 9000, "line 42: "),
    ],
)
def test_a_broken_file_is_refused_with_its_line(write, text: str, complaint: str):
    names = ("pm10", "speed_classes") if "classes" in text else ("pm10",)
    with pytest.raises(ValueError, match=r"replay\.csv") as raised:
        Replay(write(text), names)
    assert complaint in str(raised.value)


def test_a_missing_file_is_named():
    with pytest.raises(OSError, match=r"/no/such\.csv: cannot open the replay") as raised:
        columns("/no/such.csv")
    assert raised.value.errno == 2


def test_the_file_serves_what_it_covers_and_the_sensors_the_rest(write):
    path = write("temperature,pm25,pm10\n111,22,33\n112,23,34\n")
    served = build(AIR, {"replay": {"path": path}})
    plain = build(AIR, {})
    assert [sensor.quantities for sensor in served] == [sensor.quantities for sensor in plain]
    assert isinstance(served[0], Replay)
    assert isinstance(served[1], Overlay)
    assert [measure(sensor)[0][0] for sensor in served] == [22, 111]
    assert [measure(sensor)[0][0] for sensor in served] == [23, 112]
    assert measure(served[1])[1:] == measure(plain[1])[1:]


def test_a_sensor_that_fails_does_not_make_the_recording_late(write):
    path = write("temperature,pm25\n1,1\n2,2\n3,3\n4,4\n")
    served = build(AIR, {"replay": {"path": path}, "fault_every": 3})
    for row in (1, 2, 3, 4, 1, 2, 3, 4):
        for sensor in served:
            try:
                readings = dict(zip(sensor.quantities, measure(sensor), strict=True))
            except OSError:
                continue
            assert row in (readings.get("temperature", (0,))[0], readings.get("pm25", (0,))[0])


def test_a_sensor_under_a_recording_keeps_its_task(write):
    class Busy(Sensor):
        quantities = ("pm25", "pm10")

        async def run(self) -> None:
            """Collect."""

    busy = Busy(Driver())
    assert Overlay(busy, Replay(write("pm10\n1\n"), ("pm10",))).run == busy.run
    plain = build(AIR, {})[0]
    assert not hasattr(Overlay(plain, Replay(write("pm10\n1\n"), ("pm10",))), "run")


def test_a_recording_goes_on_after_a_sleep(write):
    path = write("pm25\n1\n2\n3\n")
    replay = Replay(path, ("pm25",))
    assert [measure(replay)[0][0] for _ in range(2)] == [1, 2]
    awake = Replay(path, ("pm25",))
    awake.restore(replay.state())
    assert [measure(awake)[0][0] for _ in range(2)] == [3, 1]
    for state in (None, [], ["x"], [1, 2]):
        awake.restore(state)
    assert measure(awake)[0][0] == 2


def test_a_sensor_and_its_recording_sleep_together(write):
    path = write("pm25\n1\n2\n3\n")
    served = build(AIR, {"replay": {"path": path}})[0]
    measure(served)
    awake = build(AIR, {"replay": {"path": path}})[0]
    for state in (None, [1], [None, None], served.state()):
        awake.restore(state)
    assert measure(awake)[0][0] == 2


def test_a_sensor_under_a_recording_is_prepared_and_released(write):
    calls = []

    class Slow(Driver):
        lead_s = 7

        def start(self):
            calls.append("start")

        def stop(self):
            calls.append("stop")

    sensor = Sensor(Slow())
    sensor.quantities = ("pm25", "pm10")
    overlay = Overlay(sensor, Replay(write("pm10\n1\n"), ("pm10",)))
    overlay.prepare()
    overlay.release()
    assert (overlay.lead_s, calls) == (7, ["start", "stop"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("pm2.5\n1\n", "line 1: 'pm2.5' is no quantity of the registry"),
        ("no2,o3\n1,2\n", "no2, o3; expected some of: pm25, pm10, temperature"),
    ],
)
def test_a_recording_of_something_else_is_refused(write, text: str, complaint: str):
    with pytest.raises(ValueError, match=r"replay\.csv") as raised:
        build(AIR, {"replay": {"path": write(text)}})
    assert complaint in str(raised.value)
