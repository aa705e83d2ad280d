"""Attacks on both drivers at work: lost interrupts, frames that are no good."""

import asyncio

import pytest

from radio import driver
from radio.errors import RadioError
from tests.fakes import sx126x_chip
from tests.fakes.sx126x_chip import FakeSx126x
from tests.for_firmware.radio_bench import Bench

FRAME = bytes(range(20))


@pytest.fixture(params=["sx126x", "sx127x"])
def bench(request):
    return Bench(request.param)


def test_a_lost_interrupt_costs_time_but_no_frame(bench):
    """TxDone without an interrupt counts as sent; from then on the driver looks by itself."""
    bench.start()
    bench.chip.line = False
    asyncio.run(bench.radio.send(FRAME))
    assert bench.radio.missed_irqs == 1
    assert bench.radio.sent_ticks_us > 0

    async def timed():
        began = asyncio.get_running_loop().time()
        await bench.radio.send(FRAME)
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(timed()) < 0.05
    assert bench.radio.missed_irqs == 1
    bench.chip.line = True
    asyncio.run(bench.radio.send(FRAME))
    bench.chip.line = False
    asyncio.run(bench.radio.send(FRAME))  # it had trusted the line again
    assert bench.radio.missed_irqs == 2


def test_a_reception_without_interrupts_is_found(bench, monkeypatch):
    monkeypatch.setattr(driver, "_LOOK_MS", 50)
    bench.start()
    bench.chip.line = False
    buffer = bytearray(255)

    async def run():
        task = asyncio.create_task(bench.radio.receive_into(buffer))
        await asyncio.sleep(0)
        bench.chip.hear(FRAME)
        return await asyncio.wait_for(task, 2)

    assert asyncio.run(run()) == 20
    assert bench.radio.missed_irqs == 1


def test_a_frame_that_never_gets_out_is_an_error_and_the_chip_is_held_in_reset(bench):
    bench.start()
    bench.chip.reaction[bench.sending] = 0
    with pytest.raises(RadioError, match="does not get out"):
        asyncio.run(bench.radio.send(FRAME))
    assert bench.chip.reset.level == 0
    bench.chip.reaction[bench.sending] = bench.names.TX_DONE
    with pytest.raises(RadioError, match="not started"):
        asyncio.run(bench.radio.send(FRAME))
    bench.start()
    asyncio.run(bench.radio.send(FRAME))


def test_spi_that_breaks_at_work_is_no_event(bench):
    """0xFF would be TxDone too."""
    bench.start()
    bench.chip.miso = 0xFF
    with pytest.raises(RadioError, match="0xFF at work"):
        asyncio.run(bench.radio.send(FRAME))


def test_a_look_at_the_channel_that_never_ends(bench):
    bench.start()
    bench.chip.reaction[bench.looking] = 0
    with pytest.raises(RadioError, match="does not finish looking"):
        asyncio.run(bench.radio.detect())


def test_a_chip_that_stopped_listening_is_noticed(bench, monkeypatch):
    monkeypatch.setattr(driver, "_LOOK_MS", 20)
    bench.start()
    bench.radio.start_receive(0)
    if isinstance(bench.chip, FakeSx126x):
        bench.chip.status = 0x22
    else:
        bench.chip.registers[0x01] = 0x09
    with pytest.raises(RadioError, match="stopped listening"):
        asyncio.run(bench.radio.receive_into(bytearray(255)))


def hear(bench, *frames, **options):
    """Let frames come while nobody looks; return what `receive_into` makes of them, or None."""
    buffer = bytearray(30)

    async def run():
        bench.radio.start_receive(0)
        for frame in frames:
            bench.chip.hear(frame, **options)
        try:
            return await asyncio.wait_for(bench.radio.receive_into(buffer), 0.05)
        except TimeoutError:
            return None

    return asyncio.run(run())


def counts(radio):
    return (radio.crc_errors, radio.header_errors, radio.overruns, radio.overlong, radio.spurious)


def test_a_wrong_crc_is_counted_and_dropped(bench):
    bench.start()
    assert hear(bench, FRAME, events=bench.names.RX_DONE | bench.crc_error) is None
    assert counts(bench.radio) == (1, 0, 0, 0, 0)


def test_a_wrong_header_is_counted():
    bench = Bench("sx126x").start()
    assert hear(bench, b"", events=sx126x_chip.HEADER_ERR) is None
    assert counts(bench.radio) == (0, 1, 0, 0, 0)


def test_a_header_without_crc_is_noise(bench):
    bench.start()
    bench.chip.registers[0x076B if isinstance(bench.chip, FakeSx126x) else 0x1C] = 0
    assert hear(bench, FRAME) is None
    assert counts(bench.radio) == (1, 0, 0, 0, 0)


def test_a_frame_longer_than_the_buffer_is_counted_and_dropped(bench):
    bench.start()
    assert hear(bench, bytes(31)) is None
    assert counts(bench.radio) == (0, 0, 0, 1, 0)
    assert hear(bench, bytes(30)) == 30


def test_frames_that_nobody_read_in_time_are_counted(bench):
    bench.start()
    assert hear(bench, FRAME, FRAME, bytes(7)) == 7
    assert counts(bench.radio) == (0, 0, 2, 0, 0)
    bench.chip.hear(FRAME)
    bench.radio.standby()  # with a frame unread
    assert counts(bench.radio) == (0, 0, 3, 0, 0)


def test_a_frame_between_two_calls_is_not_lost(bench):
    bench.start()
    assert hear(bench, FRAME) == 20
    bench.chip.hear(bytes(9))
    assert asyncio.run(bench.radio.receive_into(bytearray(30), 10)) == 9
    assert counts(bench.radio) == (0, 0, 0, 0, 0)


def test_an_interrupt_out_of_nothing_is_counted(bench):
    bench.start()

    async def run():
        task = asyncio.create_task(bench.radio.receive_into(bytearray(30)))
        await asyncio.sleep(0.005)
        bench.line.drive(1)
        bench.line.level = 0
        await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(run())
    assert counts(bench.radio) == (0, 0, 0, 0, 1)


def test_settings_that_no_chip_has(bench):
    radio = bench.radio
    for wrong in (
        (100000000, 7, 125000, 5, False),
        (868100000, 4, 125000, 5, False),
        (868100000, 13, 125000, 5, False),
        (868100000, 7, 125001, 5, False),
        (868100000, 7, 125000, 4, False),
        (868100000, 7, 125000, 9, False),
    ):
        with pytest.raises(ValueError, match="no such"):
            radio.set_channel(*wrong)
    for wrong in (
        (5, True, True, False, 0x12, 0),
        (8, True, True, False, 256, 0),
        (8, True, True, False, 0x12, 256),
    ):
        with pytest.raises(ValueError, match=r"no such|one byte"):
            radio.set_framing(*wrong)
    bench.start()
    with pytest.raises(ValueError, match="255"):
        radio.start_send(bytes(256))


def test_a_cancelled_call_leaves_a_radio_that_works(bench):
    bench.start()
    bench.chip.reaction[bench.sending] = 0

    async def give_up(coroutine):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(coroutine, 0.01)

    asyncio.run(give_up(bench.radio.send(FRAME)))
    asyncio.run(give_up(bench.radio.receive_into(bytearray(30))))
    asyncio.run(give_up(bench.radio.receive_into(bytearray(30), 1000)))
    bench.chip.reaction[bench.sending] = bench.names.TX_DONE
    asyncio.run(bench.radio.send(FRAME))
    assert bench.radio.missed_irqs == 0
