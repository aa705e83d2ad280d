"""A node on a battery: sleeps deeply, wakes for a sample or a frame, loses nothing on the way."""

import asyncio
import itertools
import json

import pytest

from hil_tests.air_bench import AirBench
from protocol import cbor
from tools.rig.chip import HARD_RESET
from tools.rig.image import read_image, write_image
from tools.rig.parts.bme280 import Bme280
from tools.rig.parts.wiring import Parts

pytestmark = pytest.mark.board

HOUR_S = 3600
INTERVAL_S = 900
BATTERY = {
    "interval_s": INTERVAL_S,
    "status_s": 6 * HOUR_S,
    "power": "battery",
    "battery_mah": 2500,
    "watchdog_s": 600,
}
ANSWERED = {"channels": [[868100000, 9]], "every": 8, "ask_every": 2, "start_spread_s": 1}


def battery_bench(folder, **more) -> AirBench:
    """Return a bench in a world whose time jumps."""
    config = {**BATTERY, "radio": ANSWERED, **more}
    return AirBench(folder, "heltec-v3", "warp", **config)


async def started(bench: AirBench) -> None:
    """Switch modem and node on."""
    await bench.modem.board.power_on(60)
    await bench.board.power_on(60)


async def passes(bench: AirBench, hours: float) -> None:
    """Let so much time pass from now on."""
    now_s = (await bench.world.do("now"))["s"]
    await asyncio.wait_for(bench.world.do("until", s=now_s + hours * HOUR_S), 120)
    await asyncio.sleep(0.2)  # what the modem heard last


def test_a_day_on_a_battery_is_delivered_at_the_right_times(tmp_path):
    async def job():
        async with battery_bench(tmp_path) as bench:
            await started(bench)
            await bench.world.do("loss", share=0.2)
            await passes(bench, 26)
            await bench.world.do("loss", share=0.0)
            await passes(bench, 6)
            return bench.peer, list(bench.board.boots), await bench.world.do("report")

    peer, boots, report = asyncio.run(job())
    assert len(peer.samples) >= 24 * 4
    assert sorted(peer.samples) == list(range(len(peer.samples)))
    times = [peer.times[number] for number in sorted(peer.times)]
    spans = [later - earlier for earlier, later in itertools.pairwise(times)]
    # The first ones were taken before anybody told the time.
    assert set(spans[8:]) == {INTERVAL_S}
    assert all(time_s % INTERVAL_S == 0 for time_s in times[8:])
    woken = [cause for cause, _ in boots[1:]]
    assert set(woken) == {4}, "nothing but deep sleep ended a wake"
    assert peer.status["wakes"] > 24 * 4
    assert peer.status["crashes"] == peer.status["task_restarts"] == 0
    # A wake that only samples costs less than the sleep before it; see docs/benchmarks.md.
    assert peer.status["uc_cpu"] > 0
    assert peer.status["uc_sleep"] == pytest.approx(INTERVAL_S * 25, rel=0.05)
    assert peer.status["days_left"] > 30
    assert report["violations"] == {}


def journal_of(image) -> int:
    """Return how many samples the journal of a node holds, by its records."""
    files = read_image(image)
    count = 0
    for path, data in files.items():
        if len(path) == 17 and path.startswith("/journal/"):
            at = 0
            while at < len(data):
                count += isinstance(cbor.loads(data[at + 1 : at + 1 + data[at]])[0], int)
                at += data[at] + 5
    return count


def test_samples_in_rtc_memory_outlive_a_brown_out(tmp_path):
    async def job():
        async with battery_bench(tmp_path) as bench:
            await started(bench)
            await passes(bench, 4)
            waiting = await until_samples_wait(bench)
            before = journal_of_running(bench)
            await bench.board.brown_out()
            await passes(bench, 0.1)
            after = journal_of_running(bench)
            await passes(bench, 8)
            return waiting, before, after, bench.peer

    waiting, before, after, peer = asyncio.run(job())
    assert after >= before + waiting
    assert sorted(peer.samples) == list(range(len(peer.samples)))
    assert peer.status["brownouts"] == 1
    # The first two were both taken at the start, before and after the time was told.
    times = [peer.times[number] for number in sorted(peer.times)][1:]
    assert len(set(times)) == len(times)


def journal_of_running(bench: AirBench) -> int:
    """Return the same while the board runs: a copy is read."""
    copy = bench.folder / "copy.img"
    copy.write_bytes((bench.folder / "flash.img").read_bytes())
    return journal_of(copy)


async def until_samples_wait(bench: AirBench) -> int:
    """Let time pass until some samples are in RTC memory of a board that sleeps; say how many."""
    for _ in range(40):
        await passes(bench, 0.1)
        data = (bench.folder / "node-rtc.bin").read_bytes()
        kept = json.loads(data[7 : 2 + int.from_bytes(data[:2], "little")])
        if bench.board.sleeping and len(kept["pending"]) >= 2:
            return len(kept["pending"])
    raise AssertionError("no sample came into RTC memory")


def test_a_power_cut_costs_what_was_in_rtc_memory_and_no_number(tmp_path):
    async def job():
        async with battery_bench(tmp_path) as bench:
            await started(bench)
            await passes(bench, 4)
            waiting = await until_samples_wait(bench)
            await bench.board.power_cut()
            await bench.board.power_on(60)
            await passes(bench, 9)
            return waiting, bench.peer

    waiting, peer = asyncio.run(job())
    assert waiting < 8
    assert sorted(peer.samples) == list(range(len(peer.samples)))
    assert len(peer.samples) >= 13 * 4 - waiting - 9


def test_real_sensors_are_read_in_short_wakes_and_what_fails_has_a_name(tmp_path):
    def weather(seconds):
        return {"temperature": 10 + seconds / HOUR_S, "humidity": 60.0, "pressure": 1001.5}

    chip = Bme280(weather)
    profile = {"interval_s": INTERVAL_S, "sensors": [{"kind": "climate", "driver": "bme280"}]}

    async def job():
        bench = battery_bench(tmp_path, profile="ours", parts=Parts(i2c=[chip]))
        async with bench:
            files = {"/profiles/ours.json": json.dumps(profile).encode()}
            write_image(tmp_path / "flash.img", files)
            await started(bench)
            await passes(bench, 5)
            chip.faults.missing = True
            await passes(bench, 5)
            return bench.peer

    peer = asyncio.run(job())
    warmth = [peer.samples[number][0] for number in sorted(peer.samples)]
    assert warmth[4:12] == sorted(warmth[4:12])
    assert 100 <= warmth[4] <= 130
    assert None in [values[0] for values in peer.samples.values()]
    assert peer.status["faulty_sensors"] == 1
    assert peer.status["sensor_faults"] > 0


def test_settings_on_trial_end_by_a_restart_and_not_in_the_middle_of_a_sleep(tmp_path):
    trial = {"left": 5, "set": {"interval_s": 300}}

    async def job():
        async with battery_bench(tmp_path) as bench:
            write_image(tmp_path / "flash.img", {"/config.try": json.dumps(trial).encode()})
            await started(bench)
            await passes(bench, 9)
            return bench.peer, [cause for cause, _ in bench.board.boots]

    peer, causes = asyncio.run(job())
    assert causes.count(HARD_RESET) == 1
    assert sorted(peer.samples) == list(range(len(peer.samples)))
    assert peer.status["interval_s"] == INTERVAL_S
    assert peer.status["config_source"] == 0
    assert peer.status["crashes"] == 0
