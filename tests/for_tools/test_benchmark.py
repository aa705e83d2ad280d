"""The benchmark's numbers are worth something: what it counts is checked, what it loses is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.envelope import TAG_RADIO, TAG_WIRE
from tools.benchmark import datasets, load, sizes
from tools.benchmark.errors import BenchError
from tools.benchmark.gateway import count_lost
from tools.benchmark.sealing import Sealer
from tools.benchmark.subscriber import Arrivals

ROOT = Path(__file__).resolve().parents[2]
HEADER = "timestamp,node,quantity,value,unit"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.benchmark", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_tools_bench_is_a_program():
    assert os.access(ROOT / "tools" / "bench", os.X_OK)
    assert "-m tools.benchmark" in (ROOT / "tools" / "bench").read_text()


def test_bytes_prints_one_json_object_with_sane_rows():
    done = bench("bytes", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    found = {(row["set"], row["format"], row["window"]): row for row in rows}
    profiles = ("air", "noise", "traffic", "water")
    wanted = {(p, f, w) for p in profiles for f in sizes.FORMATS for w in sizes.WINDOWS}
    assert found.keys() == wanted
    for row in rows:
        assert row["bytes_per_reading"] == round(row["bytes"] / row["readings"], 3)
    for profile in profiles:
        radio = [found[profile, "neckar", w]["bytes_per_reading"] for w in sizes.WINDOWS]
        wire = [found[profile, "neckar-wire", w]["bytes_per_reading"] for w in sizes.WINDOWS]
        text = [found[profile, "json", w]["bytes_per_reading"] for w in sizes.WINDOWS]
        assert radio == sorted(radio, reverse=True)
        assert all(a < b < c for a, b, c in zip(radio, wire, text, strict=True))


def test_a_frame_on_the_wire_costs_its_longer_tag_and_the_framing_and_no_more():
    (water,) = [s for s in datasets.generated() if s.name == "water"]
    rows = {row["format"]: row for row in sizes.measure([water])["rows"] if row["window"] == 1}
    extra = rows["neckar-wire"]["bytes"] - rows["neckar"]["bytes"]
    # Two zeros around a record, one byte of COBS within it.
    assert extra == len(water.rows) * (TAG_WIRE - TAG_RADIO + 3)


def test_a_frame_that_does_not_give_back_what_went_in_is_no_result(monkeypatch):
    seal = Sealer.seal

    def seal_something_else(self, counter, batch, whole=False):
        batch.columns[0][0] += 1
        frame = seal(self, counter, batch, whole)
        batch.columns[0][0] -= 1
        return frame

    monkeypatch.setattr(Sealer, "seal", seal_something_else)
    with pytest.raises(BenchError, match="does not give back"):
        sizes.measure(datasets.generated())


def test_json_counts_named_readings_and_a_time():
    (water,) = [s for s in datasets.generated() if s.name == "water"]
    batch = next(water.windows(2))
    messages = [json.loads(m) for m in sizes.json_messages(batch, water.newest_s(batch))]
    assert [list(m) for m in messages] == [["Time", "water_level"]] * 2
    assert [m["water_level"] for m in messages] == [v / 100 for v in batch.columns[0]]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("everything",),
        ("gateway", "--frames", "0"),
        ("gateway", "--frames", "many"),
        ("gateway", "--in-flight", "65"),
        ("bytes", "--frames", "300"),
        ("backlog", "--no-growth"),
        ("bytes", "--data", "no/such/folder"),
        ("bytes", "--every", "15m"),
        ("bytes", "--every", "999h"),
        ("bytes", "--data", "tools", "--json"),
        ("bytes", "--quantities", "happiness"),
        ("node", "--what"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_2(arguments: tuple[str, ...]):
    done = bench(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tools/bench: ")


NUMBERS = {"100": 16 * 20, "101": 16 * 2}


def arrivals() -> Arrivals:
    whole = frozenset(load.QUANTITIES)
    return {f"{node}/1/{i}": (whole, 1) for node, count in NUMBERS.items() for i in range(count)}


def test_lost_is_what_was_not_acknowledged_or_did_not_arrive_whole():
    assert count_lost(NUMBERS, arrivals(), 0, 16) == 0
    assert count_lost(NUMBERS, arrivals(), 3, 16) == 3
    arrived = arrivals()
    for sample in list(arrived)[:17]:
        del arrived[sample]
    assert count_lost(NUMBERS, arrived, 0, 16) == 2
    arrived = arrivals()
    arrived["101/1/31"] = frozenset({"temperature", "humidity", "pressure"}), 1
    assert count_lost(NUMBERS, arrived, 0, 16) == 1


@pytest.mark.whole
def test_a_small_gateway_run_delivers_everything():
    done = bench("gateway", "--frames", "300", "--no-growth", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["lost"] == 0
    assert result["frames_per_s"] > 0
    assert result["readings_per_s"] > 0
    assert result["cpu_us_per_frame"] > 0
    assert 0 < result["rss_idle_mb"] <= result["rss_max_mb"]
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p99"]
    assert result["startup_s"] > 0
    runs = [result[name] for name in ("single", "window", "burst")]
    assert [run["frames"] for run in runs] == [300, 75, 5_000]
    for run in runs:
        assert "mosquitto" in run["broker"] or "amqtt" in run["broker"]
