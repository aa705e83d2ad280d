"""Radio drivers at work take nothing from the heap, which MicroPython can lock to prove it."""

import asyncio
import gc

from radio.driver import RECEIVE, STANDBY
from radio.sx126x import Sx126x
from radio.sx127x import Sx127x
from tests.shared.radio_wires import Line, Wire126x, Wire127x

try:
    from micropython import heap_lock, heap_unlock
except ImportError:

    def heap_lock() -> None:
        """Nothing to lock here: the same steps run all the same."""

    def heap_unlock() -> int:
        """Nothing to unlock."""
        return 0


FRAME = bytes(range(20))
BUFFER = bytearray(255)


def sx126x() -> tuple:
    """Return a started driver and its wire."""
    wire = Wire126x()
    radio = Sx126x(wire, Line(), Line(), wire.busy, wire.dio1, 1800, rx_pin=Line(), tx_pin=Line())
    asyncio.run(radio.start())
    return radio, wire


def sx127x() -> tuple:
    """Return a started driver and its wire."""
    wire = Wire127x()
    radio = Sx127x(wire, Line(), Line(), wire.dio0, Line(), rx_pin=Line(), tx_pin=Line())
    asyncio.run(radio.start())
    return radio, wire


def locked(step, radio=None, wire=None):
    """Run something with a locked heap; MemoryError where it wants any."""
    gc.collect()
    heap_lock()
    try:
        step(radio, wire)
    finally:
        heap_unlock()


def settings(radio, wire) -> None:
    radio.set_channel(869525000, 12, 62500, 8, True)
    radio.set_framing(12, True, True, True, 0x34, 0)
    radio.set_power(17)
    radio.set_channel(868100000, 7, 500000, 5, False)
    radio.set_framing(8, True, True, False, 0x12, 0)
    radio.set_power(9)


def sending(radio, wire) -> None:
    radio.start_send(FRAME)
    radio.frame_ms(len(FRAME))
    assert radio.events() & radio.tx_done
    radio.sent_ticks_us = radio.take_interrupt()
    radio.finish_send()


def receiving(radio, wire) -> None:
    radio.start_receive(0)
    for _ in range(3):
        assert radio.events() & radio.rx_end == 0
        wire.hear()
        assert radio.read_into(BUFFER) == 20
    assert radio.mode == RECEIVE
    radio.rssi_dbm()
    radio.hearing()
    assert radio.overruns == 0


def receiving_once(radio, wire) -> None:
    assert radio.start_receive(500) > 0
    wire.hear()
    assert radio.read_into(BUFFER) == 20
    assert radio.mode == STANDBY


def detecting(radio, wire) -> None:
    radio.start_detect()
    assert radio.finish_detect(radio.events()) is False


def sleeping(radio, wire) -> None:
    radio.sleep()
    radio.standby()


STEPS = (settings, sending, receiving, receiving_once, detecting, sleeping, settings, sending)


def test_an_sx126x_at_work_takes_nothing_from_the_heap():
    radio, wire = sx126x()
    for step in STEPS:
        locked(step, radio, wire)
    assert bytes(BUFFER[:20]) == FRAME
    assert (radio.frame_rssi_dbm, radio.frame_snr_db4) == (-96, -32)


def test_an_sx127x_at_work_takes_nothing_from_the_heap():
    radio, wire = sx127x()
    for step in STEPS:
        locked(step, radio, wire)
    assert bytes(BUFFER[:20]) == FRAME
    assert radio.frame_snr_db4 == -32


def test_the_lock_would_tell():
    """A slice in a step ends in a MemoryError, where the heap can be locked at all."""
    try:
        locked(lambda radio, wire: BUFFER[:20])
    except MemoryError:
        return
    try:
        import micropython  # noqa: F401
    except ImportError:
        return
    raise AssertionError("the heap was not locked")


def test_the_drivers_wait_in_this_asyncio_too():
    for radio, wire in (sx126x(), sx127x()):
        asyncio.run(radio.send(FRAME))
        radio.start_receive(0)
        wire.hear()
        assert asyncio.run(radio.receive_into(BUFFER)) == 20
        assert asyncio.run(radio.receive_into(BUFFER, 1)) == 0
        assert radio.timeouts == 1
        assert radio.missed_irqs == 0
