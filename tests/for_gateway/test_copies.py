"""Several modems hear one frame; and short tags, which only nodes with a radio may use."""

import asyncio
import logging
from types import SimpleNamespace

import pytest

from gateway.app import _ears
from gateway.registry.node import Node
from protocol.ccm import Ccm
from protocol.envelope import Envelope, parse
from protocol.messages import decode
from tests.for_gateway.air import frame_of
from tests.for_gateway.bench import KEY, Bench, Cable, run

NODES = (Node(17, "air-17", "mitte", 1, KEY, radio=True), Node(18, "air-18", "mitte", 1, KEY))


class Modem(Cable):
    """A way back by LoRa."""

    def __init__(self, name, quality=(-90, 20, 17), wait_s=0.0):
        super().__init__()
        self.name = name
        self.quality = quality
        self.wait_s = wait_s


@pytest.fixture
def air(tmp_path):
    """Return a Bench whose first node has a radio."""
    return Bench(tmp_path / "spool.db", NODES)


def test_a_frame_that_two_modems_hear_is_answered_once_and_is_no_replay(air):
    async def job():
        roof, tower = Modem("roof"), Modem("tower", (-120, -40, 2))
        for counter in range(1, 6):
            air.ingest.frames(roof, [frame_of(counter)])
            air.ingest.frames(tower, [frame_of(counter)])
            await air.ingest.commit()
        assert (len(roof.sent), len(tower.sent)) == (5, 0)
        assert air.peer().copies == 5
        assert air.ingest.refused == {}
        assert air.ingest.heard[17].link == "roof"

    run(job())


def test_the_answer_says_how_the_modem_that_gives_it_heard_the_node(air):
    async def job():
        tower = Modem("tower", (-120, -40, 2))
        air.ingest.frames(tower, [frame_of(1)])
        await air.ingest.commit()
        envelope = Envelope(Ccm(KEY), 17, 1, 4)
        assert decode(envelope.open_answer(parse(tower.sent[0]), 1)).link == (-120, -40, 2)

    run(job())


def test_copies_that_come_late_and_in_bulk_are_copies(air):
    """A gateway that stood still reads one port empty, and then the other."""

    async def job():
        frames = [frame_of(counter) for counter in range(1, 7)]
        for modem in (Modem("roof"), Modem("tower"), Modem("hill")):
            for frame in frames:
                air.ingest.frames(modem, [frame])
        assert air.peer().copies == 12
        assert air.ingest.refused == {}

    run(job())


def test_the_same_frame_on_the_same_modem_is_a_replay(air):
    async def job():
        roof = Modem("roof")
        for _ in range(3):
            air.ingest.frames(roof, [frame_of(1)])
        assert (air.ingest.refused, air.peer().copies) == ({"replayed": 2}, 0)

    run(job())


@pytest.mark.parametrize("name", ["roof", "tower"])
def test_an_old_frame_is_a_replay_on_whichever_modem_it_comes(air, name):
    async def job():
        air.ingest.frames(Modem("roof"), [frame_of(1)])
        await air.ingest.commit()
        air.clock.advance(6)
        again = Modem(name)
        for _ in range(2):
            air.ingest.frames(again, [frame_of(1)])
            await air.ingest.commit()
        assert air.ingest.refused == {"replayed": 2}
        assert (again.sent, air.peer().copies) == ([], 0)

    run(job())


def test_after_a_restart_a_copy_is_a_replay_and_is_not_answered(air):
    async def job():
        air.ingest.frames(Modem("roof"), [frame_of(1)])
        await air.ingest.commit()
        air.spool.close()
        again = Bench(air.path, NODES)
        tower = Modem("tower")
        again.ingest.frames(tower, [frame_of(1)])
        await again.ingest.commit()
        assert (tower.sent, again.ingest.refused) == ([], {"replayed": 1})

    run(job())


def test_a_forged_frame_that_two_modems_hear_costs_one_try(air):
    async def job():
        bad = frame_of(1)[:-1] + bytes([frame_of(1)[-1] ^ 1])
        for name in ("roof", "tower"):
            air.ingest.frames(Modem(name), [bad])
        assert air.ingest.refused == {"bad_tag": 1}

    run(job())


def test_how_many_copies_are_kept_in_mind_is_bounded(air):
    async def job():
        for counter in range(1, 60):
            air.ingest.frames(Modem("roof"), [frame_of(counter)])
        assert len(air.peer()._lately) == 8

    run(job())


def test_a_short_tag_is_taken_only_of_a_node_with_a_radio_and_the_log_says_so(air, caplog):
    async def job():
        for way in (Modem("roof"), air.cable):
            air.ingest.frames(way, [frame_of(1, node=18)])
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
        envelope = Envelope(Ccm(KEY), 17, 1, tag_length)
        way = Modem("roof") if by_air else air.cable
        air.ingest.frames(way, [envelope.seal_up(1, b"\x62ok", True, True, False)])
        await air.ingest.commit()
        assert air.ingest.refused == {}
        assert len(way.sent) == 1

    run(job())


@pytest.mark.parametrize("way", [Modem("roof"), Cable()], ids=["air", "wire"])
def test_a_wired_node_is_heard_with_its_long_tag_on_both_ways(air, way):
    async def job():
        envelope = Envelope(Ccm(KEY), 18, 1, 8)
        air.ingest.frames(way, [envelope.seal_up(1, b"\x62ok", False, True, False)])
        assert air.ingest.refused == {}

    run(job())


def test_the_modem_that_hears_a_frame_better_gives_the_answer(air):
    async def job():
        roof, tower = Modem("roof", wait_s=0.01), Modem("tower", (-80, 30, 40), wait_s=0.01)
        air.ingest.frames(roof, [frame_of(1)])
        air.ingest.frames(tower, [frame_of(1)])
        await air.ingest.commit()
        assert (roof.sent, tower.sent) == ([], [])
        await asyncio.sleep(0.02)
        assert (len(roof.sent), len(tower.sent)) == (0, 1)
        envelope = Envelope(Ccm(KEY), 17, 1, 4)
        assert decode(envelope.open_answer(parse(tower.sent[0]), 1)).link == (-80, 30, 40)

    run(job())


def test_a_better_copy_may_come_after_the_commit_as_long_as_the_answer_waits(air):
    async def job():
        roof, tower = Modem("roof", wait_s=0.02), Modem("tower", (-80, 30, 40), wait_s=0.02)
        air.ingest.frames(roof, [frame_of(1)])
        await air.ingest.commit()
        air.ingest.frames(tower, [frame_of(1)])
        await asyncio.sleep(0.03)
        assert (len(roof.sent), len(tower.sent)) == (0, 1)

    run(job())


def test_a_copy_that_comes_after_the_answer_changes_nothing(air):
    async def job():
        roof, tower = Modem("roof", wait_s=0.2), Modem("tower", (-80, 30, 40), wait_s=0.2)
        air.ingest.frames(roof, [frame_of(1)])
        air.clock.advance(0.2)
        await air.ingest.commit()
        air.ingest.frames(tower, [frame_of(1)])
        await air.ingest.commit()
        await asyncio.sleep(0)
        assert (len(roof.sent), len(tower.sent)) == (1, 0)

    run(job())


def test_a_cable_hears_better_than_any_modem(air):
    async def job():
        roof = Modem("roof", (-20, 40, 99), wait_s=0.2)
        air.ingest.frames(roof, [frame_of(1)])
        air.hear(frame_of(1))
        await air.ingest.commit()
        assert (len(roof.sent), len(air.cable.sent)) == (0, 1)

    run(job())


def test_a_wired_node_that_a_modem_hears_is_answered_at_once(air):
    """No copies of its frames are looked for; nothing waits for one."""

    async def job():
        roof = Modem("roof", wait_s=0.2)
        envelope = Envelope(Ccm(KEY), 18, 1, 8)
        air.ingest.frames(roof, [envelope.seal_up(1, b"\x62ok", True, True, False)])
        await air.ingest.commit()
        assert len(roof.sent) == 1

    run(job())


def test_where_only_one_radio_hears_no_answer_waits_for_a_copy(air):
    async def job():
        air.ingest.answering.waits = False
        roof = Modem("roof", wait_s=0.2)
        air.ingest.frames(roof, [frame_of(1)])
        await air.ingest.commit()
        assert len(roof.sent) == 1

    run(job())


@pytest.mark.parametrize(("modems", "eui", "waits"), [(0, 1, False), (1, 0, False), (1, 1, True)])
def test_how_many_radios_may_hear_one_frame(modems, eui, waits):
    serial = [SimpleNamespace(radio=None), *[SimpleNamespace(radio=object())] * modems]
    udp = [SimpleNamespace(concentrators=(object(),) * eui)]
    assert (_ears(SimpleNamespace(serial=serial, udp=udp, hat=())) > 1) is waits
