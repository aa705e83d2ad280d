"""Series of others, as they come: unsorted, doubled, with holes, in other units, or broken."""

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protocol.quality import FAULT
from tools.benchmark import datasets, sizes
from tools.benchmark.errors import BenchError

ROOT = Path(__file__).resolve().parents[2]
HEADER = "timestamp,node,quantity,value,unit"


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.benchmark", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def csv_folder(folder: Path, *rows: str) -> Path:
    (folder / "some.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return folder


def at(minute: int, second: int = 0) -> str:
    return f"2026-03-02T10:{minute:02}:{second:02}Z"


def test_windows_do_not_reach_across_a_gap(tmp_path: Path):
    rows = [f"{at(minute)},n,humidity,60,%RH" for minute in (0, 1, 2, 5, 6, 7, 8)]
    (data,) = datasets.load(csv_folder(tmp_path, *rows), None, ())
    assert data.interval_s == 60
    assert [(batch.first, batch.count) for batch in data.windows(2)] == [(0, 2), (3, 2), (5, 2)]
    assert [(batch.first, batch.count) for batch in data.windows(4)] == [(3, 4)]
    assert [batch.count for batch in data.windows(1)] == [1] * 7


def test_every_thins_by_time_and_never_invents(tmp_path: Path):
    rows = [f"{at(minute, 30)},n,temperature,{minute / 10},Cel" for minute in range(30)]
    folder = csv_folder(tmp_path, *rows)
    (data,) = datasets.load(folder, 600, ())
    assert [values for _, values in data.rows] == [[0], [10], [20]]
    assert all(time_s % 600 == 0 for time_s, _ in data.rows)
    (data,) = datasets.load(folder, 1, ())
    assert data.interval_s == 60


def test_a_value_that_a_file_does_not_have_is_a_fault_and_no_reading(tmp_path: Path):
    rows = [f"{at(minute)},n,humidity,60,%RH" for minute in range(4)]
    rows += [f"{at(minute)},n,noise,55.5,dBA" for minute in (0, 1, 3)]
    (data,) = datasets.load(csv_folder(tmp_path, *rows), None, ())
    (batch,) = data.windows(4)
    assert batch.quality == [[0, 0, 0, 0], [0, 0, FAULT, 0]]
    assert batch.columns[1] == [555, 555, None, 555]
    (row,) = [r for r in sizes.measure([data])["rows"] if (r["format"], r["window"]) == ("json", 4)]
    assert row["readings"] == 7


def test_quantities_chooses_among_those_of_the_files(tmp_path: Path):
    rows = [f"{at(0)},a,humidity,60,%RH", f"{at(0)},a,pm10,9,ug/m3", f"{at(0)},b,pm10,9,ug/m3"]
    folder = csv_folder(tmp_path, *rows)
    (data,) = datasets.load(folder, None, ("humidity",))
    assert (data.name, len(data.ids)) == ("a", 1)
    with pytest.raises(BenchError, match="--quantities"):
        datasets.load(folder, None, ("no2",))


@pytest.mark.parametrize(
    "row", ["yesterday,n,humidity,60,%RH", "2026-03-02T10:00:00Z,n,humidity,wet,%RH", "oops"]
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, row: str):
    with pytest.raises(BenchError, match=r"some\.csv: a row is .*, should have timestamp,node"):
        datasets.load(csv_folder(tmp_path, row), None, ())


@pytest.mark.parametrize("value", ["nan", "inf", "1e9"])
def test_a_value_that_no_sensor_gives_is_named(tmp_path: Path, value: str):
    with pytest.raises(BenchError, match="should have a value"):
        datasets.load(csv_folder(tmp_path, f"{at(0)},n,humidity,{value},%RH"), None, ())


# quantity: value, unit
CLIMATE = {
    "temperature": "21.3,Cel",
    "humidity": "61,%RH",
    "pressure": "1013.2,hPa",
    "battery_pct": "90,%",
}
THREE = ("temperature", "humidity", "pressure")


def climate(node: str, minutes: int, names: Iterable[str] = CLIMATE) -> list[str]:
    begin = datetime(2026, 3, 2, 0, 0, 7, tzinfo=UTC)
    return [
        f"{(begin + timedelta(minutes=minute)).isoformat()},{node},{name},{CLIMATE[name]}"
        for minute in range(minutes)
        for name in names
    ]


def test_data_is_counted_instead_of_what_is_generated_and_by_node(tmp_path: Path):
    rows = [*climate("a", 600), *climate("b", 600), *climate("c", 600, THREE)]
    arguments = ("--every", "15m", "--quantities", ",".join(CLIMATE), "--json")
    done = bench("bytes", "--data", csv_folder(tmp_path, *rows), *arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {row["set"] for row in result["rows"]} == {"a", "b"}
    keys = {"set", "format", "window", "readings", "bytes", "bytes_per_reading"}
    assert all(row.keys() == keys for row in result["rows"])
    assert {row["format"] for row in result["rows"]} == set(sizes.FORMATS)
    assert {(row["window"], row["readings"]) for row in result["rows"]} == {
        (window, 40 // window * window * 4) for window in sizes.WINDOWS
    }
    bound = {(row["set"], row["quantity"]) for row in result["bound"]}
    assert bound == {(node, name) for node in "ab" for name in (*CLIMATE, "all")}


def test_a_node_that_lacks_a_quantity_is_no_set(tmp_path: Path):
    folder = csv_folder(tmp_path, *climate("a", 3), *climate("c", 3, THREE))
    assert [data.name for data in datasets.load(folder, None, tuple(CLIMATE))] == ["a"]
    assert [data.name for data in datasets.load(folder, None, THREE)] == ["a", "c"]
    assert [len(data.ids) for data in datasets.load(folder, None, ())] == [4, 3]


def test_the_order_of_rows_and_their_doubles_do_not_matter(tmp_path: Path):
    rows = climate("a", 50)
    expected = datasets.load(csv_folder(tmp_path, *rows), None, ())
    random.Random(1).shuffle(rows)
    assert datasets.load(csv_folder(tmp_path, *rows, *rows[:60]), None, ()) == expected


def test_quantities_that_do_not_share_their_seconds_share_a_sample(tmp_path: Path):
    rows = [f"{at(minute, 0)},n,temperature,20,Cel" for minute in range(9)]
    rows += [f"{at(minute, 40)},n,humidity,60,%RH" for minute in range(9)]
    (data,) = datasets.load(csv_folder(tmp_path, *rows), None, ())
    assert data.interval_s == 60
    assert [values for _, values in data.rows] == [[200, 60]] * 9


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "scaled"),
    [
        ("temperature", "294.45", "K", 213),
        ("temperature", "70.34", "degF", 213),
        ("pressure", "101320", "Pa", 10132),
        ("pressure", "101.32", "kPa", 10132),
        ("pressure", "1013.2", "mbar", 10132),
        ("speed", "31", "mph", 50),
        ("speed", "10", "m/s", 36),
        ("water_level", "-42", "cm", -42),
        ("battery", "3700", "mV", 370),
        ("humidity", "0.61", "/", 61),
        ("vehicles", "17", "veh/5min", 17),
    ],
)
def test_other_units_become_ours(tmp_path: Path, quantity: str, value: str, unit: str, scaled: int):
    folder = csv_folder(tmp_path, f"{at(0)},n,{quantity},{value},{unit}")
    (data,) = datasets.load(folder, None, ())
    assert data.rows[0][1] == [scaled]


def test_what_no_node_measures_is_passed_over_and_an_empty_value_is_none(tmp_path: Path):
    rows = [f"{at(0)},n,happiness,very,", f"{at(0)},n,humidity,60,%RH", f"{at(1)},n,humidity,,%RH"]
    (data,) = datasets.load(csv_folder(tmp_path, *rows, ""), None, ())
    assert [values for _, values in data.rows] == [[60]]


def test_a_time_without_a_zone_is_utc_and_a_byte_order_mark_is_none(tmp_path: Path, monkeypatch):
    text = f"\ufeff{HEADER},note\n2026-03-02 10:00:00,n,humidity,60,%RH,wet\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (data,) = datasets.load(tmp_path, None, ())
    assert data.rows == [(1772445600, [60])]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"time,value\n1,2\n", "should have timestamp,node"),
        (HEADER.encode() + b"\n2026-03-02T10:00:00Z,n,humidity,60\n", "should have timestamp,node"),
        (HEADER.encode() + b"\n1956-03-02T10:00:00Z,n,humidity,60,%RH\n", "1970 to 2106"),
        (HEADER.encode() + b"\n2026-03-02T10:00:00Z,n\xff,humidity,60,%RH\n", "cannot be read"),
        (HEADER.encode() + b'\n"' + b"x" * 200_000 + b'",n,humidity,60,%RH\n', "cannot be read"),
        (
            HEADER.encode()
            + b"\n2026-01-02T10:00:00Z,n,humidity,60,%RH\n2026-03-02T10:00:00Z,n,humidity,60,%RH\n",
            "12 days at most",
        ),
        (HEADER.encode(), "no quantity that a node can measure"),
        (b"", "no quantity that a node can measure"),
    ],
)
def test_a_broken_file_is_one_line_and_exit_1(tmp_path: Path, content: bytes, words: str):
    (tmp_path / "broken.csv").write_bytes(content)
    done = bench("bytes", "--data", tmp_path, "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    error = done.stderr.splitlines()
    assert [line.startswith("tools/bench: ") for line in error] == [False, True]  # after progress
    assert words in error[-1]


def test_a_folder_that_looks_like_a_file_is_named(tmp_path: Path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BenchError, match=r"folder\.csv cannot be read"):
        datasets.load(tmp_path, None, ())


def test_a_file_of_a_hundred_thousand_rows_is_thinned(tmp_path: Path):
    rows = climate("a", 25_000)
    (data,) = datasets.load(csv_folder(tmp_path, *rows), 900, ())
    assert len(data.rows) == 25_000 // 15 + 1
