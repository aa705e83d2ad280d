"""The SX1262 by its data sheet: sending, receiving, timeouts, interrupts, errata."""

import pytest

from protocol.airtime import Modulation
from tests.for_tools.chips import CHANNEL_HZ, PREAMBLE_US, SYMBOL_US, Air, Host62

TX_DONE, RX_DONE, PREAMBLE, HEADER_VALID, HEADER_ERR, CRC_ERR = 1, 2, 4, 0x10, 0x20, 0x40
TIMEOUT = 0x200
STDBY_RC, STDBY_XOSC, FS, RX, TX = 2, 3, 4, 5, 6
DATA_AVAILABLE, TIMED_OUT, SENT = 2, 3, 6
FRAME = b"a frame of some length"
AIRTIME_US = Modulation(7).airtime_us(len(FRAME))


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def hosts(air):
    one, other = Host62(air), Host62(air)
    one.tune()
    other.tune()
    return one, other


def test_a_frame_goes_from_one_to_the_other_in_its_airtime(hosts):
    one, other = hosts
    other.receive()
    one.send(FRAME)
    start_us = one.air.now_us
    assert one.mode == TX
    one.air.wait(2 * AIRTIME_US)
    assert one.pins.rises("dio1") == [start_us + AIRTIME_US]
    assert (one.mode, one.status, one.irq) == (STDBY_RC, SENT, TX_DONE)
    assert (other.mode, other.status) == (RX, DATA_AVAILABLE)
    assert other.irq == PREAMBLE | HEADER_VALID | RX_DONE
    assert other.frame() == FRAME
    rssi, snr, signal = other.ask(0x14, 3)
    level_dbm = 14 - other.chip.antenna.ether.gain_db(one.chip.antenna, other.chip.antenna) * -1
    assert abs(signal / -2 - level_dbm) <= 0.5
    assert abs(rssi / -2 - level_dbm) <= 0.5
    assert 0 < snr < 128
    assert other.ask(0x10, 6) == bytes([0, 1, 0, 0, 0, 0])
    assert (other.register(0x0749), other.register(0x076B)) == (0x10, 0x10)


def test_a_level_stays_until_it_is_cleared(hosts):
    one, other = hosts
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    other.command(0x02, 0, PREAMBLE)
    assert (other.irq, other.chip.level("dio1")) == (HEADER_VALID | RX_DONE, 1)
    other.command(0x02, 0xFF, 0xFF)
    assert (other.irq, other.chip.level("dio1")) == (0, 0)


def test_an_interrupt_that_is_not_enabled_is_never_seen_and_pins_have_their_masks(hosts):
    one, other = hosts
    other.command(0x08, 0, RX_DONE | HEADER_VALID, 0, PREAMBLE, 0, RX_DONE, 0, HEADER_VALID)
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert other.irq == RX_DONE | HEADER_VALID
    assert [other.chip.level(pin) for pin in ("dio1", "dio2", "dio3")] == [0, 1, 1]


@pytest.mark.parametrize("fallback", [(0x20, STDBY_RC), (0x30, STDBY_XOSC), (0x40, FS)])
def test_after_a_frame_it_falls_back_to_the_mode_that_was_set(hosts, fallback):
    one, other = hosts
    one.command(0x93, fallback[0])
    other.command(0x93, fallback[0])
    other.receive(timeout=0)
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert one.mode == other.mode == fallback[1]


def test_continuous_reception_puts_frames_one_after_the_other(hosts):
    one, other = hosts
    other.command(0x8F, 0, 240)
    other.receive()
    for number in range(3):
        one.send(bytes([number]) * 10)
        one.air.wait(AIRTIME_US)
    assert other.ask(0x13, 2) == bytes([10, 240 + 20 - 256])
    assert other.frame() == bytes([2]) * 10
    assert other.ask(0x1E, 10, 250) == bytes([1]) * 10
    other.receive()
    one.send(b"anew")
    one.air.wait(AIRTIME_US)
    assert other.ask(0x13, 2) == bytes([4, 240])


def test_what_is_sent_is_what_stood_in_the_buffer_when_sending_started(hosts):
    one, other = hosts
    other.receive()
    one.command(0x8F, 100, 0)
    one.packet(5)
    one.command(0x0E, 100, *b"first")
    one.command(0x83, 0, 0, 0)
    one.command(0x0E, 100, *b"later")
    one.air.wait(AIRTIME_US)
    assert other.frame() == b"first"


def test_reception_times_out_in_steps_of_15_625_us(hosts):
    host = hosts[0]
    host.receive(timeout=6400)
    start_us = host.air.now_us
    host.air.wait(200_000)
    assert host.pins.rises("dio1") == [start_us + 100_000]
    assert (host.irq, host.mode, host.status) == (TIMEOUT, STDBY_RC, TIMED_OUT)


def test_a_header_stops_the_timer_and_a_preamble_only_where_that_was_set(hosts):
    one, other = hosts
    symbols_us = 10 * SYMBOL_US
    for stop, heard in ((1, True), (0, False)):
        other.command(0x9F, stop)
        other.command(0x02, 0xFF, 0xFF)
        other.receive(timeout=symbols_us * 8 // 125)
        one.send(FRAME)
        one.air.wait(2 * AIRTIME_US)
        assert bool(other.irq & RX_DONE) is heard
        assert bool(other.irq & TIMEOUT) is not heard
    other.command(0x02, 0xFF, 0xFF)
    other.receive(timeout=(PREAMBLE_US + 9 * SYMBOL_US) * 8 // 125)  # into the frame
    one.send(FRAME)
    one.air.wait(2 * AIRTIME_US)
    assert other.irq & RX_DONE
    assert not other.irq & TIMEOUT


def test_the_symbol_timeout_ends_a_search_without_a_preamble(hosts):
    host = hosts[0]
    host.command(0xA0, 20)
    host.receive(timeout=0)
    start_us = host.air.now_us
    host.air.wait(100_000)
    assert host.pins.rises("dio1") == [start_us + 20 * SYMBOL_US]
    assert (host.irq, host.mode) == (TIMEOUT, STDBY_RC)


def test_sending_times_out(hosts):
    one = hosts[0]
    one.packet(255)
    one.command(0x83, 0, 0, 64)
    one.air.wait(1_000_000)
    assert (one.irq, one.mode) == (TIMEOUT, STDBY_RC)


def test_a_damaged_frame_is_received_with_a_wrong_crc(hosts):
    one, other = hosts
    one.air.ether.loss = 1.0
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert other.irq & (RX_DONE | CRC_ERR) == RX_DONE | CRC_ERR
    assert len(other.frame()) == len(FRAME)
    assert other.ask(0x10, 4) == bytes([0, 1, 0, 1])


def test_a_frame_longer_than_payload_length_is_a_wrong_header(hosts):
    one, other = hosts
    other.packet(len(FRAME) - 1)
    other.receive(timeout=0)
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert other.irq & (RX_DONE | HEADER_ERR) == HEADER_ERR
    assert other.mode == STDBY_RC


def test_implicit_headers_need_the_length_and_leave_the_timer_running(hosts):
    one, other = hosts
    other.packet(len(FRAME), implicit=1)
    other.receive(timeout=2 * AIRTIME_US * 8 // 125)
    one.send(FRAME, implicit=1)
    one.air.wait(AIRTIME_US)
    assert other.frame() == FRAME
    other.command(0x02, 0xFF, 0xFF)
    other.receive()  # no timer of its own: erratum 15.3 ends it
    other.air.wait(2 * AIRTIME_US)
    assert (other.irq, other.mode) == (TIMEOUT, STDBY_RC)


def test_the_way_out_of_erratum_15_3_stops_the_timer(hosts):
    one, other = hosts
    other.packet(len(FRAME), implicit=1)
    other.receive(timeout=2 * AIRTIME_US * 8 // 125)
    one.send(FRAME, implicit=1)
    one.air.wait(AIRTIME_US)
    other.write_register(0x0902, 0)
    other.write_register(0x0944, other.register(0x0944) | 2)
    other.command(0x02, 0xFF, 0xFF)
    other.receive()
    other.air.wait(2 * AIRTIME_US)
    assert (other.irq, other.mode) == (0, RX)


@pytest.mark.parametrize(("bit", "heard"), [(0x0D, False), (0x09, True)])
def test_long_inverted_frames_need_the_bit_of_erratum_15_4(hosts, bit, heard):
    one, other = hosts
    other.packet(255, iq=1)
    other.write_register(0x0736, bit)
    other.receive()
    one.send(bytes(100), iq=1)
    one.air.wait(300_000)
    assert bool(other.irq & CRC_ERR) is not heard


def test_another_sync_word_is_not_heard(hosts):
    one, other = hosts
    one.write_register(0x0740, 0x34, 0x44)
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert not other.irq & RX_DONE
    other.write_register(0x0740, 0x34, 0x44)
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert other.irq & RX_DONE


def test_rssi_now_is_noise_or_a_signal_and_the_random_register_needs_reception(hosts):
    one, other = hosts
    other.receive()
    quiet = other.ask(0x15, 1)[0] / -2
    assert -120 < quiet < -110
    values = {other.ask(0x1D, 4, 0x08, 0x19) for _ in range(20)}
    assert len(values) == 20
    one.send(FRAME)
    assert other.ask(0x15, 1)[0] / -2 > quiet + 20


def test_standby_and_supply_end_a_frame_on_the_air(hosts):
    one, other = hosts
    other.receive()
    for stop in (lambda: one.command(0x80, 0), lambda: one.chip.power(False)):
        one.send(FRAME)
        one.air.wait(AIRTIME_US // 2)
        stop()
        one.air.wait(AIRTIME_US)
        assert one.air.ether.antennas["antenna 0"].sending is None
        assert not other.irq & RX_DONE or other.irq & CRC_ERR


def test_interrupts_that_are_lost_never_come(hosts):
    one = hosts[0]
    one.chip.lost_irqs = TX_DONE
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert (one.irq, one.mode) == (0, STDBY_RC)


def test_the_channel_is_what_the_command_said(hosts):
    one, other = hosts
    other.tune(frequency_hz=CHANNEL_HZ + 200_000)
    other.receive()
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert other.irq == 0
