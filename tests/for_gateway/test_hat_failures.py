"""A HAT whose chip hangs, whose wires break, or that is not there: it comes back, and says so."""

import asyncio
import sys

import pytest

from gateway.errors import ConfigError
from gateway.links.opening import make_links, open_links
from tests.fakes.clock import FakeClock
from tests.for_firmware.virtual_time import run
from tests.for_gateway.hat_bench import BUSY, HAT, HatBench, answered, warnings

FRAME = bytes(range(40))


@pytest.fixture
def bench(monkeypatch, tmp_path):
    return HatBench(monkeypatch, tmp_path)


def break_busy(bench):
    bench.kernel.held[BUSY] = 1


def break_spi(bench):
    bench.kernel.broken = True


def break_supply(bench):
    bench.board.chip.power(False)


def mend(bench):
    bench.kernel.held.clear()
    bench.kernel.broken = False
    bench.board.chip.power(True)


@pytest.mark.parametrize("fail", [break_busy, break_spi, break_supply])
def test_a_chip_that_hangs_is_started_again_counted_and_logged_once(bench, caplog, fail):
    async def job():
        assert await answered(bench) == b"answer"
        fail(bench)
        await asyncio.sleep(300)
        radio = bench.link.status()["radio"]
        assert radio["error"]
        said = warnings(caplog)
        assert 1 <= len(said) == len(set(said)) <= 2  # what failed, and what is found then
        mend(bench)
        await asyncio.sleep(61)
        assert bench.link.status()["radio"]["error"] == ""
        assert await answered(bench) == b"answer"

    bench.run(job())
    assert bench.link.status()["radio"]["self"]["restarts"] == 1
    assert warnings(caplog)[-1] == "hat: radio: works"


def test_an_answer_while_the_radio_is_down_is_counted_and_not_sent(bench):
    async def job():
        way = await bench.send(FRAME)
        break_busy(bench)
        way.send(b"answer")
        await asyncio.sleep(3)

    bench.run(job())
    assert bench.results == {"no_radio": 1}
    assert bench.sent() == []


def test_a_chip_that_is_dead_from_the_start_is_named_and_found_later(bench, caplog):
    break_supply(bench)

    async def job():
        await asyncio.sleep(5)
        assert "SPI reads" in warnings(caplog)[0] or "BUSY" in warnings(caplog)[0]
        mend(bench)
        await asyncio.sleep(61)
        assert await answered(bench) == b"answer"

    bench.run(job())


def test_events_that_get_lost_cost_one_answer_but_no_frame(bench):
    async def job():
        assert await bench.send(b"before") is not None
        bench.kernel.deaf = True
        assert await bench.send(b"first") is None
        async with asyncio.timeout(15):
            while len(bench.frames) < 2:
                await asyncio.sleep(0.01)
        way, frame = bench.frames[1]
        assert frame == b"first"
        way.send(b"its node does not listen any more")
        await asyncio.sleep(3)
        assert bench.results == {"late": 1}
        assert await answered(bench, b"second") == b"answer"
        bench.kernel.deaf = False
        assert await answered(bench) == b"answer"

    bench.run(job())
    assert bench.link.status()["radio"]["self"]["missed_irqs"] >= 1


def test_a_device_that_is_missing_is_a_line_for_the_operator_or_looked_for_later(
    monkeypatch, tmp_path
):
    bench = HatBench(monkeypatch, tmp_path, optional=True)
    bench.kernel.missing = True

    async def job():
        (link,) = make_links((), (), (HAT,), FakeClock(), lambda way, frames: None, tmp_path)
        with pytest.raises(ConfigError) as caught:
            open_links([link])
        wanted = "a device that exists (raspi-config: SPI on), or optional = true"
        assert str(caught.value) == f"hat[0].spi is '/dev/spidev0.1', should be {wanted}"
        assert bench.kernel.opened[-1].opened is None
        open_links([bench.link])
        assert not bench.link.is_open
        task = asyncio.create_task(bench.link.run())
        await bench.node.start()
        await asyncio.sleep(5)
        bench.kernel.missing = False
        await asyncio.sleep(12)
        assert bench.link.is_open
        assert await answered(bench) == b"answer"
        assert bench.link.reconnects == 1
        task.cancel()
        await asyncio.wait([task])
        bench.link.close()

    run(bench.air.timeline, job())


def test_libraries_that_are_not_installed_are_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "spidev", None)

    async def job():
        (link,) = make_links((), (), (HAT,), FakeClock(), lambda way, frames: None, tmp_path)
        with pytest.raises(ConfigError, match=r"neckar\[hat\].*spidev"):
            open_links([link])

    asyncio.run(job())
