"""Several modems hear one frame; and short tags, which only nodes with a radio may use."""

import asyncio
import json
import logging

import pytest

from gateway import status
from gateway.app import App
from gateway.config import Node, load
from gateway.ingest import Ingest
from protocol.ccm import Ccm
from protocol.envelope import Envelope, parse
from protocol.messages import decode
from tests.fakes.clock import FakeClock
from tests.for_gateway.air import frame_of
from tests.for_gateway.bench import KEY, Bench, Cable, run

NODES = (Node(17, "air-17", "mitte", 1, KEY, radio=True), Node(18, "air-18", "mitte", 1, KEY))


class Modem(Cable):
    """A way back by LoRa."""

    def __init__(self, name, quality=(-90, 20, 17)):
        super().__init__()
        self.name = name
        self.quality = quality


@pytest.fixture
def air(tmp_path):
    """Return a Bench whose first node has a radio."""
    bench = Bench(tmp_path / "spool.db")
    bench.ingest = Ingest(NODES, bench.spool, bench.worker, bench.clock, bench._wake, 0)
    return bench


def test_a_frame_that_two_modems_hear_is_answered_once_and_is_no_replay(air):
    async def job():
        await air.ingest.load()
        roof, tower = Modem("roof"), Modem("tower", (-120, -40, 2))
        for counter in range(1, 6):
            air.ingest.frame(roof, frame_of(counter))
            air.ingest.frame(tower, frame_of(counter))
            await air.ingest.commit()
        assert (len(roof.sent), len(tower.sent)) == (5, 0)
        assert air.peer().copies == 5
        assert air.ingest.refused == {}
        assert air.ingest.heard[17].link == "roof"

    run(job())


def test_the_answer_says_how_the_modem_that_gives_it_heard_the_node(air):
    async def job():
        await air.ingest.load()
        tower = Modem("tower", (-120, -40, 2))
        air.ingest.frame(tower, frame_of(1))
        await air.ingest.commit()
        envelope = Envelope(Ccm(KEY), 17, 1, 4)
        assert decode(envelope.open_answer(parse(tower.sent[0]), 1)).link == (-120, -40, 2)

    run(job())


def test_copies_that_come_late_and_in_bulk_are_copies(air):
    """A gateway that stood still reads one port empty, and then the other."""

    async def job():
        await air.ingest.load()
        frames = [frame_of(counter) for counter in range(1, 7)]
        for modem in (Modem("roof"), Modem("tower"), Modem("hill")):
            for frame in frames:
                air.ingest.frame(modem, frame)
        assert air.peer().copies == 12
        assert air.ingest.refused == {}

    run(job())


def test_the_same_frame_on_the_same_modem_is_a_replay(air):
    async def job():
        await air.ingest.load()
        roof = Modem("roof")
        for _ in range(3):
            air.ingest.frame(roof, frame_of(1))
        assert (air.ingest.refused, air.peer().copies) == ({"replayed": 2}, 0)

    run(job())


@pytest.mark.parametrize("name", ["roof", "tower"])
def test_an_old_frame_is_a_replay_on_whichever_modem_it_comes(air, name):
    async def job():
        await air.ingest.load()
        air.ingest.frame(Modem("roof"), frame_of(1))
        await air.ingest.commit()
        air.clock.advance(6)
        again = Modem(name)
        for _ in range(2):
            air.ingest.frame(again, frame_of(1))
            await air.ingest.commit()
        assert air.ingest.refused == {"replayed": 2}
        assert (again.sent, air.peer().copies) == ([], 0)

    run(job())


def test_after_a_restart_a_copy_is_a_replay_and_is_not_answered(air):
    async def job():
        await air.ingest.load()
        air.ingest.frame(Modem("roof"), frame_of(1))
        await air.ingest.commit()
        await air.ingest.load()
        tower = Modem("tower")
        air.ingest.frame(tower, frame_of(1))
        await air.ingest.commit()
        assert (tower.sent, air.ingest.refused) == ([], {"replayed": 1})

    run(job())


def test_a_forged_frame_that_two_modems_hear_costs_one_try(air):
    async def job():
        await air.ingest.load()
        bad = frame_of(1)[:-1] + bytes([frame_of(1)[-1] ^ 1])
        for name in ("roof", "tower"):
            air.ingest.frame(Modem(name), bad)
        assert air.ingest.refused == {"bad_tag": 1}

    run(job())


def test_how_many_copies_are_kept_in_mind_is_bounded(air):
    async def job():
        await air.ingest.load()
        for counter in range(1, 60):
            air.ingest.frame(Modem("roof"), frame_of(counter))
        assert len(air.peer()._lately) == 8

    run(job())


def test_a_short_tag_is_taken_only_of_a_node_with_a_radio_and_the_log_says_so(air, caplog):
    async def job():
        await air.ingest.load()
        for way in (Modem("roof"), air.cable):
            air.ingest.frame(way, frame_of(1, node=18))
            air.clock.advance(61)
            assert air.ingest.refused["bad_tag"] == 1
            air.ingest.refused.clear()
        said = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert said[0].endswith("from air-18 on roof (it came by LoRa: has it radio = true?)")
        assert said[1].endswith("from air-18 on cable")

    run(job())


@pytest.mark.parametrize("tag_length", [4, 8])
@pytest.mark.parametrize("by_air", [True, False])
def test_a_node_with_a_radio_is_heard_with_both_tags_on_both_ways(air, by_air, tag_length):
    async def job():
        await air.ingest.load()
        envelope = Envelope(Ccm(KEY), 17, 1, tag_length)
        way = Modem("roof") if by_air else air.cable
        air.ingest.frame(way, envelope.seal_up(1, b"\x62ok", True, True, False))
        await air.ingest.commit()
        assert air.ingest.refused == {}
        assert len(way.sent) == 1

    run(job())


@pytest.mark.parametrize("way", [Modem("roof"), Cable()], ids=["air", "wire"])
def test_a_wired_node_is_heard_with_its_long_tag_on_both_ways(air, way):
    async def job():
        await air.ingest.load()
        envelope = Envelope(Ccm(KEY), 18, 1, 8)
        air.ingest.frame(way, envelope.seal_up(1, b"\x62ok", False, True, False))
        assert air.ingest.refused == {}

    run(job())


def test_the_status_tells_of_radios_and_copies(tmp_path, good):
    (tmp_path / "gateway.toml").write_text(
        good.replace("[[node]]", "[serial.radio]\nfrequency_hz = 868100000\n\n[[node]]")
    )

    async def job():
        app = App(load(tmp_path / "gateway.toml"), FakeClock())
        await app.ingest.load()
        app.ingest.peers[17].copies = 3
        (_, gateway), (_, node) = status.messages(app)
        radio = json.loads(gateway)["links"]["mast-1"]["radio"]
        assert radio == {
            "frequency_hz": 868100000,
            "sf": 9,
            "answers": {},
            "firmware": None,
            "error": None,
            "duty": {},
            "self": {},
        }
        assert json.loads(node)["copies"] == 3
        app.worker.close()
        app.spool.close()

    asyncio.run(job())
