"""A node comes up with its profile, measures, and says what keeps it from doing so."""

import asyncio
import json

import pytest

from hil_tests.bench import Bench, until
from protocol import quantities

pytestmark = pytest.mark.board

ESP32_RATIO = 1.57  # heap of the 64-bit port to heap of an ESP32, for the same objects


@pytest.mark.parametrize(
    ("profile", "columns"), [("air", 5), ("noise", 2), ("traffic", 7), ("water", 1)]
)
def test_every_profile_delivers_samples_within_the_memory_of_an_esp32(tmp_path, profile, columns):
    async def job():
        async with Bench(tmp_path, profile) as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 4, "four samples")
            assert sorted(bench.peer.samples) == list(range(len(bench.peer.samples)))
            assert all(len(values) == columns for values in bench.peer.samples.values())
            await until(lambda: bench.peer.status["uptime_s"] >= 2, "a second status")
            assert bench.peer.status["heap_free"] / ESP32_RATIO > 25_000
            assert bench.peer.status["reset_cause"] == 1
            assert bench.peer.status["task_restarts"] == 0
            assert bench.peer.session.refused == dict.fromkeys(bench.peer.session.refused, 0)

    asyncio.run(job())


def test_replayed_values_arrive_as_they_stand_in_the_file(tmp_path):
    async def job():
        bench = Bench(tmp_path, "water", sensors={"replay": {"path": "/replay.csv"}})
        bench.write("/replay.csv", b"water_level\n-51\n-49\n200\n")
        async with bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 4, "four samples")
            assert [bench.peer.samples[n] for n in range(4)] == [[-51], [-49], [200], [-51]]

    asyncio.run(job())


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/identity.json", None, "/identity.json is missing"),
        ("/identity.json", b"{", "/identity.json is not a JSON object"),
        ("/identity.json", b'{"node": 1, "epoch": 1, "key": "00"}', "key is ***, should be text"),
        ("/state/frame_counter", None, "/state/frame_counter is lost"),
        ("/state/frame_counter", b"x", "/state/frame_counter is lost"),
    ],
)
def test_a_wrong_file_is_one_clear_line_on_the_console(tmp_path, path, content, words):
    async def job():
        bench = Bench(tmp_path)
        bench.write(path, content)
        async with bench:
            await bench.board.power_on()
            await until(lambda: words in bench.said(), "the reason on the console")
            assert "cannot start" in bench.said()
            assert "Traceback" not in bench.said()
            assert not bench.peer.frames

    asyncio.run(job())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "/config.json is missing"),
        (b"{", "/config.json is not a JSON object"),
        (b'{"profile": "air", "uart": 7}', "uart is 7, should be a number"),
        (b'{"profile": "air", "uarts": 1}', "uarts is not a field"),
        (b'{"profile": "fire"}', "/profiles/fire.json is missing"),
    ],
)
def test_wrong_settings_are_one_clear_line_and_the_node_talks_all_the_same(
    tmp_path, content, words
):
    async def job():
        bench = Bench(tmp_path)
        bench.write("/config.json", content)
        async with bench:
            await bench.board.power_on()
            await until(lambda: words in bench.said(), "the reason on the console")
            await until(lambda: bench.peer.hellos and bench.peer.status, "words of the node")
            assert bench.peer.status["config_source"] == (
                0 if content and b"fire" in content else 3
            )
            await until(lambda: any(words[:40] in note for note in bench.peer.notes), "a note")
            assert "Traceback" not in bench.said()
            assert not bench.peer.samples

    asyncio.run(job())


def test_a_node_told_to_rest_delivers_and_measures_nothing_new(tmp_path):
    async def job():
        async with Bench(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            await bench.board.power_cut()
            from tools.rig.image import read_image, write_image

            config = json.loads(read_image(bench.image)["/config.json"])
            config["measure"] = False
            write_image(bench.image, {"/config.json": json.dumps(config).encode()})
            known = len(bench.peer.samples)
            await bench.board.power_on()
            await until(lambda: bench.peer.status["uptime_s"] >= 4, "it runs and reports")
            assert len(bench.peer.samples) <= known + 1
            assert bench.peer.status["journal_samples"] == 0

    asyncio.run(job())


def test_sample_names_fit_the_registry(tmp_path):
    """The rig's table of what a profile measures is what the firmware measures."""
    from tools.rig.profiles import quantities_of

    async def job():
        async with Bench(tmp_path, "air") as bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.samples, "a sample")
            ids = sorted(quantities.by_name(name).qid for name in quantities_of("air"))
            assert len(bench.peer.samples[0]) == len(ids)

    asyncio.run(job())
