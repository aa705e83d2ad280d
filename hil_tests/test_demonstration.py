"""The whole, as `make demo` shows it: real firmware, gateway and broker, everything failing."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.board, pytest.mark.whole]

KEYS = {
    "nodes",
    "readings_measured",
    "readings_published",
    "readings_missing",
    "duplicates_delivered",
    "latency_ms",
    "bytes_on_wire",
    "bytes_per_reading",
    "gateway_rss_mb",
    "latency_air_ms",
    "frames_on_air",
    "airtime_ms_per_reading",
    "duty_violations",
}


def _demo(*arguments):
    command = [sys.executable, "-m", "tools.demonstration", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_chaos_ends_with_nothing_missing(tmp_path):
    done = _demo("--seconds", "25", "--chaos", "--json", "--seed", "7")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result.keys() >= KEYS
    assert result["nodes"] == 4
    assert result["readings_missing"] == 0
    assert result["duty_violations"] == 0
    assert result["frames_on_air"] > 10
    assert result["readings_published"] == result["readings_measured"] > 100


def test_real_csv_files_are_replayed(tmp_path):
    rows = ["timestamp,node,quantity,value,unit"]
    rows += [f"2026-01-01T00:{i:02d}:00Z,gauge,water_level,{1.23 + i / 100},m" for i in range(50)]
    (tmp_path / "levels.csv").write_text("\n".join(rows) + "\n")
    done = _demo("--seconds", "5", "--json", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["readings_missing"] == 0


@pytest.mark.parametrize(
    "arguments",
    [["--json"], ["--seconds", "0"], ["--seconds", "5", "--data", "/nowhere"], ["--colour"]],
)
def test_wrong_arguments_end_with_2(arguments):
    done = _demo(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_not_there_is_one_line():
    done = _demo("--seconds", "5", "--broker", "mqtt://127.0.0.1:1")
    assert done.returncode == 1
    assert "broker" in done.stderr
    assert "Traceback" not in done.stderr
