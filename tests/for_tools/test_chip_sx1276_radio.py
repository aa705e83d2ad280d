"""The SX1276 by its data sheet: sending, receiving, flags, DIO pins, CAD; with an SX1262 too."""

import pytest

from protocol.airtime import SX127X, Modulation
from tests.for_tools.chips import SYMBOL_US, Air, Host62, Host76

SLEEP, STDBY, FSTX, TX, FSRX, RXCONTINUOUS, RXSINGLE, CAD = range(8)
RX_TIMEOUT, RX_DONE, CRC_ERROR, VALID_HEADER = 0x80, 0x40, 0x20, 0x10
TX_DONE, CAD_DONE, CAD_DETECTED = 0x08, 0x04, 0x01
FRAME = b"a frame of some length"
AIRTIME_US = Modulation(7).airtime_us(len(FRAME))
SLACK_US = 500  # for starting


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def hosts(air):
    one, other = Host76(air), Host76(air)
    one.tune()
    other.tune()
    return one, other


def test_a_frame_goes_from_one_to_the_other_in_its_airtime(hosts):
    one, other = hosts
    other.go(RXCONTINUOUS)
    one.write(0x40, 0x40)  # DIO0 is TxDone
    start_us = one.air.now_us
    one.send(FRAME)
    assert one.mode == TX
    one.air.wait(AIRTIME_US + SLACK_US)
    assert one.pins.rises("dio0") == [start_us + 120 + AIRTIME_US]
    assert (one.mode, one.irq) == (STDBY, TX_DONE)
    assert (other.mode, other.irq) == (RXCONTINUOUS, RX_DONE | VALID_HEADER)
    assert other.frame() == FRAME
    assert other.read(0x14, 4) == bytes([0, 1, 0, 1])
    assert other.read(0x1C) & 0x40
    assert other.read(0x18) >> 5 == 1


def test_levels_are_coded_as_5_5_5_says(hosts):
    one, other = hosts
    strong_dbm = 14 + one.chip.antenna.ether.gain_db(one.chip.antenna, other.chip.antenna)
    for weaker_db in (0, 10, 20, 30):
        other.chip.antenna.attenuation_db = weaker_db
        other.go(STDBY)
        other.go(RXCONTINUOUS)
        one.send(FRAME)
        one.air.wait(AIRTIME_US + SLACK_US)
        snr, rssi = other.read(0x19), other.read(0x1A)
        snr_db = (snr - 256 if snr > 127 else snr) / 4
        level_dbm = -157 + (rssi * 16 / 15 if snr_db >= 0 else rssi + snr_db)
        assert abs(level_dbm - (strong_dbm - weaker_db)) <= 1
    assert snr_db < 0


def test_flags_are_cleared_by_writing_ones_and_masked_ones_never_set(hosts):
    one, other = hosts
    other.write(0x11, VALID_HEADER)
    other.go(RXCONTINUOUS)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert other.irq == RX_DONE
    other.write(0x12, 0x0F)
    assert other.irq == RX_DONE
    other.write(0x12, RX_DONE)
    assert other.irq == 0
    other.write(0x11, 0)
    assert other.irq == 0


@pytest.mark.parametrize(
    ("mapping", "levels"),
    [
        ((0x00, 0x00), [1, 0, 0, 0, 0, 1]),  # RxDone, RxTimeout, Fhss, CadDone, CadDetected, ready
        ((0x01, 0x00), [1, 0, 0, 1, 0, 1]),  # DIO3: ValidHeader
        ((0x42, 0x10), [0, 0, 0, 1, 0, 0]),  # DIO0: TxDone; DIO3: PayloadCrcError; DIO5: ClkOut
    ],
)
def test_pins_show_the_flags_they_are_mapped_to(hosts, mapping, levels):
    one, other = hosts
    one.air.ether.loss = 1.0
    other.write(0x40, *mapping)
    other.go(RXCONTINUOUS)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert other.irq & (RX_DONE | CRC_ERROR | VALID_HEADER) == RX_DONE | CRC_ERROR | VALID_HEADER
    assert [other.chip.level(pin) for pin in other.chip.pins] == levels
    other.write(0x12, 0xFF)
    assert [other.chip.level(pin) for pin in other.chip.pins][:5] == [0] * 5


def test_continuous_reception_puts_frames_one_after_the_other(hosts):
    one, other = hosts
    other.write(0x0F, 240)
    other.go(RXCONTINUOUS)
    for number in range(3):
        one.send(bytes([number]) * 10)
        one.air.wait(AIRTIME_US)
    assert (other.read(0x13), other.read(0x10), other.read(0x25)) == (10, 4, 13)
    assert other.frame() == bytes([2]) * 10
    other.go(STDBY)
    other.go(RXCONTINUOUS)
    one.send(b"anew")
    one.air.wait(AIRTIME_US)
    assert other.read(0x10) == 240


def test_what_is_sent_is_what_stood_in_the_fifo_when_sending_started(hosts):
    one, other = hosts
    other.go(RXCONTINUOUS)
    one.send(FRAME)
    one.air.wait(200)
    one.write(0x0D, 0)
    one.write(0x00, *bytes(len(FRAME)))
    one.air.wait(AIRTIME_US)
    assert other.frame() == FRAME


def test_single_reception_times_out_after_its_symbols(hosts):
    host = hosts[0]
    host.write(0x1E, 0x74 | 1, 0x10)  # 272 symbols
    start_us = host.air.now_us
    host.go(RXSINGLE)
    host.air.wait(300 * SYMBOL_US)
    assert host.pins.rises("dio1") == [start_us + 71 + 272 * SYMBOL_US]
    assert (host.irq, host.mode) == (RX_TIMEOUT, STDBY)


def test_single_reception_hears_a_frame_to_its_end_and_returns_to_standby(hosts):
    one, other = hosts
    other.write(0x1F, 20)
    other.go(RXSINGLE)
    other.air.wait(8 * SYMBOL_US)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert (other.irq, other.mode) == (RX_DONE | VALID_HEADER, STDBY)
    assert other.frame() == FRAME


def test_a_frame_longer_than_the_maximum_is_not_received(hosts):
    one, other = hosts
    other.write(0x23, len(FRAME) - 1)
    other.go(RXCONTINUOUS)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert not other.irq & RX_DONE


def test_rssi_and_random_bits_need_reception(hosts):
    one, other = hosts
    assert (other.read(0x1B), other.read(0x2C)) == (0, 0)
    other.go(RXCONTINUOUS)
    other.air.wait(200)
    quiet = other.read(0x1B)
    assert -120 < quiet - 157 < -110
    assert len({other.read(0x2C) for _ in range(50)}) > 10
    one.send(FRAME)
    one.air.wait(1000)
    assert other.read(0x1B) > quiet + 20


class TestCad:
    def test_on_a_quiet_channel_it_is_done_within_two_symbols(self, hosts):
        host = hosts[0]
        host.write(0x40, 0x80)
        start_us = host.air.now_us
        host.go(CAD)
        host.air.wait(10 * SYMBOL_US)
        assert (host.irq, host.mode) == (CAD_DONE, STDBY)
        (done_us,) = host.pins.rises("dio0")
        assert SYMBOL_US < done_us - start_us < 2 * SYMBOL_US

    def test_it_detects_a_preamble(self, hosts):
        one, other = hosts
        one.send(FRAME)
        one.air.wait(2 * SYMBOL_US)
        other.go(CAD)
        other.air.wait(3 * SYMBOL_US)
        assert (other.irq, other.mode) == (CAD_DONE | CAD_DETECTED, STDBY)


class TestSf6:
    def tune(self, host):
        host.write(0x1D, 0x73, 0x64)
        host.write(0x22, len(FRAME))

    def test_needs_its_detection(self, hosts):
        one, other = hosts
        airtime_us = Modulation(6, explicit=False, chip=SX127X).airtime_us(len(FRAME))
        for host in hosts:
            self.tune(host)
        other.go(RXCONTINUOUS)
        one.send(FRAME)
        one.air.wait(airtime_us + SLACK_US)
        assert one.irq & TX_DONE
        assert other.irq == 0
        other.go(STDBY)
        other.write(0x31, 0xC5)
        other.write(0x37, 0x0C)
        other.go(RXCONTINUOUS)
        one.send(FRAME)
        one.air.wait(airtime_us + SLACK_US)
        assert other.irq == RX_DONE  # there is no header
        assert other.frame() == FRAME

    def test_with_a_header_it_is_not_sent(self, hosts):
        one = hosts[0]
        one.write(0x1E, 0x64)
        one.send(FRAME)
        one.air.wait(100_000)
        assert (one.irq, one.mode) == (0, TX)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("sf", [7, 10, 12])
def test_both_chips_understand_each_other(air, sf, inverted):
    new, old = Host62(air), Host76(air)
    new.tune(sf=sf, iq=int(inverted))
    new.write_register(0x0736, 0x09 if inverted else 0x0D)
    old.tune(sf=sf, iq=inverted)
    if sf > 10:
        new.command(0x8B, sf, 4, 1, 1)
        old.write(0x26, 0x08)
    airtime_us = Modulation(sf).airtime_us(len(FRAME))
    old.go(RXCONTINUOUS)
    new.send(FRAME, iq=int(inverted))
    air.wait(airtime_us + SLACK_US)
    assert old.irq == RX_DONE | VALID_HEADER
    assert old.frame() == FRAME
    new.packet(255, iq=int(inverted))
    new.receive()
    old.send(FRAME)
    air.wait(airtime_us + SLACK_US)
    assert new.frame() == FRAME


def test_one_bit_of_polarity_is_for_sending_and_one_for_receiving(hosts):
    one, other = hosts
    one.write(0x33, 0x67)  # receives inverted, sends straight, as gateways do not
    other.go(RXCONTINUOUS)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert other.irq & RX_DONE


def test_sending_does_not_start_on_a_frequency_out_of_reach(hosts):
    one = hosts[0]
    one.write(0x06, 0, 0, 1)
    one.send(FRAME)
    one.air.wait(AIRTIME_US + SLACK_US)
    assert (one.irq, one.mode) == (0, TX)
    one.go(STDBY)
    assert one.mode == STDBY
