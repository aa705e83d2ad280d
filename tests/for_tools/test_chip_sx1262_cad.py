"""The SX1262 by its data sheet: channel activity detection, and listening by turns."""

import pytest

from protocol.airtime import Modulation
from tests.for_tools.chips import SYMBOL_US, Air, Host62

RX_DONE = 2
CAD_DONE, CAD_DETECTED = 0x80, 0x100
STDBY_RC, RX = 2, 5
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


class TestCad:
    def look(self, host, symbols=2, exit_mode=0, timeout=0):
        host.command(0x02, 0xFF, 0xFF)
        host.command(0x88, symbols, 22, 10, exit_mode, *timeout.to_bytes(3, "big"))
        host.command(0xC5)

    def test_on_a_quiet_channel_it_is_done_after_its_symbols(self, hosts):
        host = hosts[0]
        self.look(host, symbols=2)
        start_us = host.air.now_us
        assert host.mode == RX
        host.air.wait(20 * SYMBOL_US)
        assert host.pins.rises("dio1") == [start_us + 4 * SYMBOL_US]
        assert (host.irq, host.mode) == (CAD_DONE, STDBY_RC)

    def test_it_detects_a_preamble(self, hosts):
        one, other = hosts
        one.send(FRAME)
        one.air.wait(SYMBOL_US)
        self.look(other)
        one.air.wait(20 * SYMBOL_US)
        assert (other.irq, other.mode) == (CAD_DONE | CAD_DETECTED, STDBY_RC)

    def test_it_may_go_on_to_receive(self, hosts):
        one, other = hosts
        one.command(0x8C, 0, 40, 0, len(FRAME), 1, 0)
        one.command(0x0E, 0, *FRAME)
        one.command(0x83, 0, 0, 0)
        one.air.wait(2 * SYMBOL_US)
        self.look(other, exit_mode=1, timeout=100_000)
        one.air.wait(3 * AIRTIME_US)
        assert other.irq & (CAD_DETECTED | RX_DONE) == CAD_DETECTED | RX_DONE
        assert other.frame() == FRAME


class TestTurns:
    def test_it_sleeps_and_listens_by_turns_until_a_frame_comes(self, hosts):
        one, other = hosts
        listen_us, sleep_us = 10 * SYMBOL_US, 30 * SYMBOL_US
        other.command(
            0x94,
            *(listen_us * 8 // 125).to_bytes(3, "big"),
            *(sleep_us * 8 // 125).to_bytes(3, "big"),
        )
        other.air.wait(listen_us + SYMBOL_US)
        assert other.chip.level("busy") == 1
        other.air.wait(sleep_us)
        assert other.chip.level("busy") == 0
        one.command(0x8C, 0, 38, 0, len(FRAME), 1, 0)
        one.command(0x0E, 0, *FRAME)
        one.command(0x83, 0, 0, 0)
        one.air.wait(AIRTIME_US + 60 * SYMBOL_US)
        assert other.irq & RX_DONE
        assert other.mode == STDBY_RC
        assert other.frame() == FRAME

    def test_nss_wakes_it_for_good(self, hosts):
        other = hosts[1]
        other.command(0x94, 0, 0, 64, 0, 64, 0)
        other.air.wait(100_000)
        assert other.chip.level("busy") == 1
        other.chip.select(0)
        other.chip.select(1)
        assert other.ready() == 340
        other.air.wait(1_000_000)
        assert other.mode == STDBY_RC
