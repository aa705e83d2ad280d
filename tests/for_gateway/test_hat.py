"""A HAT on the virtual air: it hears, answers in time, and keeps its duty cycle."""

import asyncio

import pytest

from protocol.airtime import Modulation
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ
from tests.for_gateway.hat_bench import CS, RESET, RX, TX, HatBench, answered, warnings

FRAME = bytes(range(40))


@pytest.fixture
def bench(monkeypatch, tmp_path):
    return HatBench(monkeypatch, tmp_path)


@pytest.mark.parametrize("settings", [{}, {"cs": CS}, {"cs": CS, "rx_enable": RX, "tx_enable": TX}])
def test_a_frame_comes_and_its_answer_is_heard_whatever_the_wiring(monkeypatch, tmp_path, settings):
    bench = HatBench(monkeypatch, tmp_path, **settings)

    async def job():
        assert await answered(bench) == b"answer"
        ((way, frame),) = bench.frames
        assert frame == FRAME
        assert (way.name, way.wait_s > 0) == ("hat", True)
        rssi, snr_q, margin = way.quality
        assert -128 < rssi < -20 and snr_q > 0 and margin > 0

    bench.run(job())
    (device,) = bench.kernel.opened
    assert device.no_cs == ("cs" in settings)
    assert bench.link.status()["radio"]["self"]["missed_irqs"] == 0
    assert bench.air.counts() == {}
    if "rx_enable" in settings:
        assert 1 in bench.kernel.levels[RX] and 1 in bench.kernel.levels[TX]


def test_the_answer_begins_half_a_second_after_the_frame_at_its_power_and_channel(bench):
    sent = []

    async def job():
        way = await bench.send(FRAME)
        way.send(b"answer", lambda: sent.append(bench.air.timeline.now_us))
        await asyncio.sleep(2)

    bench.run(job())
    (uplink,) = [t for t in bench.air.sent if t.antenna is not bench.board.antenna]
    (answer,) = bench.sent()
    assert 500_000 <= answer.start_us - uplink.end_us < 510_000
    assert answer.tuning.frequency_hz == pytest.approx(ANSWER_HZ, abs=2)
    assert (answer.tuning.sf, round(answer.power_dbm)) == (9, 14)
    assert sent and sent[0] >= answer.end_us
    assert bench.results == {"done": 1}


def test_an_answer_that_took_long_still_goes_out_and_one_too_late_does_not(bench):
    async def job():
        for delay_s in (1.5, 2.1):
            way = await bench.send(FRAME)
            await asyncio.sleep(delay_s)
            way.send(b"answer")
            await asyncio.sleep(1)

    bench.run(job())
    assert len(bench.sent()) == 1
    assert bench.results == {"done": 1, "late": 1}


def test_it_listens_until_the_answer_is_due_and_after_it(bench):
    async def job():
        way = await bench.send(b"first")
        way.send(b"answer")
        assert await bench.send(b"second") is not None
        await asyncio.sleep(1)
        assert await bench.send(b"third") is not None

    bench.run(job())
    assert [frame for _, frame in bench.frames] == [b"first", b"second", b"third"]
    assert bench.results == {"done": 1}


def test_more_answers_than_can_wait_are_counted(bench):
    async def job():
        way = await bench.send(FRAME)
        for _ in range(20):
            way.send(b"answer")
        await asyncio.sleep(3)

    bench.run(job())
    assert bench.results["full"] == 12 == bench.link.out_dropped
    assert sum(bench.results.values()) == 20


def test_the_account_is_on_disk_before_the_frame_is_on_the_air(bench):
    async def job():
        await answered(bench)

    bench.run(job())
    (answer,) = bench.sent()
    assert bench.stored[-1] < answer.start_us
    state = (bench.folder / "duty-spidev0.1").read_bytes()
    air_ms = (Modulation(9, 125000).airtime_us(6) + 999) // 1000
    assert Ledger.from_state(state, 999).evidence(999) == [("O", air_ms, 360_000)]


def test_what_cannot_be_stored_is_not_sent_but_listening_goes_on(bench, caplog):
    async def job():
        bench.disk_works = False
        assert await answered(bench) is None
        bench.disk_works = True
        assert await answered(bench) == b"answer"

    bench.run(job())
    assert bench.results == {"no_account": 1, "done": 1}
    assert "cannot store the account of the duty cycle: [Errno 28]" in warnings(caplog)[0]


def test_a_lost_account_is_a_full_hour(monkeypatch, tmp_path, caplog):
    bench = HatBench(monkeypatch, tmp_path, fresh=False)

    async def job():
        assert await answered(bench) is None
        bench.clock.advance(3700)
        assert await answered(bench) == b"answer"

    bench.run(job())
    assert bench.results == {"no_budget": 1, "done": 1}
    assert "its account is lost: all answers in 61 minutes" in warnings(caplog)[0]


def test_frames_of_other_networks_and_damaged_ones_are_no_frames(bench):
    async def job():
        bench.node.set_framing(8, True, True, False, 0x34, 0)  # LoRaWAN's sync word
        assert await bench.send(FRAME) is None
        bench.node.set_framing(8, True, True, True, 0x12, 0)  # inverted
        assert await bench.send(FRAME) is None
        bench.node.set_framing(8, True, False, False, 0x12, 0)  # without CRC
        assert await bench.send(FRAME) is None
        bench.node.set_framing(8, True, True, False, 0x12, 0)
        assert await bench.send(FRAME) is not None

    bench.run(job())
    assert bench.link.frames == 1
    assert bench.link.garbled == 1


def test_a_frame_costs_few_transfers_so_that_the_loop_is_never_held_for_long(bench):
    async def job():
        await bench.send(FRAME)
        before = bench.kernel.transfers
        await bench.send(FRAME)
        assert 0 < bench.kernel.transfers - before <= 12

    bench.run(job())


def test_at_the_end_the_chip_is_held_in_reset_and_everything_is_given_back(bench):
    async def job():
        await bench.send(FRAME)

    bench.run(job())
    assert bench.kernel.levels[RESET][-1] == 0
    assert bench.kernel.requests[-1].is_released
    assert bench.kernel.opened[-1].opened is None
    assert not bench.link.is_open
