"""The SX1262 by its data sheet: what sleep, reset, supply and oscillator do to it; faults."""

import pytest

from tests.for_tools.chips import Air, Host62, transfer

STDBY_RC = 2
FAILED = 5
XOSC_START_ERR = 0x20


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def host(air):
    return Host62(air)


class TestSleep:
    def asleep(self, host, config):
        host.ready()
        transfer(host.chip, [0x84, config])
        host.air.wait(600)

    def test_busy_stays_high_until_nss_falls(self, host):
        self.asleep(host, 4)
        host.air.wait(1_000_000)
        assert host.chip.level("busy") == 1
        transfer(host.chip, [0xC0, 0])
        assert host.ready() == 340
        assert host.mode == STDBY_RC

    def test_a_warm_start_keeps_settings_and_loses_buffer_flags_and_rx_gain(self, host):
        host.tune()
        host.write_register(0x0740, 0x34, 0x44)
        host.write_register(0x08AC, 0x96)
        host.command(0x0E, 0, 1, 2, 3)
        self.asleep(host, 4)
        host.chip.select(0)
        host.chip.select(1)
        assert host.ready() == 340
        assert host.ask(0x11, 1) == b"\x01"
        assert host.register(0x0740) == 0x34
        assert host.register(0x08AC) == 0x94
        assert host.ask(0x1E, 3, 0) == bytes(3)
        assert host.chip.memory.settings.sf == 7

    def test_the_retention_list_keeps_the_rx_gain(self, host):
        host.write_register(0x08AC, 0x96)
        host.write_register(0x029F, 1, 0x08, 0xAC)
        self.asleep(host, 4)
        host.chip.select(0)
        host.chip.select(1)
        assert host.register(0x08AC) == 0x96

    def test_a_cold_start_forgets_everything_and_calibrates(self, host):
        host.tune()
        host.write_register(0x0740, 0x34, 0x44)
        self.asleep(host, 0)
        host.chip.select(0)
        host.chip.select(1)
        assert host.ready() == 3500
        assert host.ask(0x11, 1) == b"\x00"
        assert host.register(0x0740) == 0x14
        assert host.chip.memory.settings.frequency_hz == 0

    def test_it_falls_asleep_for_500_us_in_which_it_cannot_be_woken(self, host):
        transfer(host.chip, [0x84, 4])
        host.air.wait(400)
        transfer(host.chip, [0xC0, 0])
        host.air.wait(10_000)
        assert host.chip.level("busy") == 1
        transfer(host.chip, [0xC0, 0])
        assert host.ready() == 340

    def test_it_is_entered_from_standby_only(self, host):
        host.tune()
        host.receive()
        host.command(0x84, 4)
        assert host.status == FAILED
        assert host.mode == 5


class TestReset:
    def test_it_forgets_all_and_is_busy_meanwhile(self, host):
        host.tune()
        host.chip.reset(0)
        assert host.chip.level("busy") == 1
        assert host.chip.exchange(b"\xc0\x00") == b"\xff\xff"
        host.air.wait(1000)
        host.chip.reset(1)
        assert host.ready() == 3500
        assert host.ask(0x11, 1) == b"\x00"

    def test_without_supply_everything_is_low_and_miso_too(self, host):
        host.tune()
        host.chip.power(False)
        assert [host.chip.level(pin) for pin in host.chip.pins] == [0, 0, 0, 0]
        assert transfer(host.chip, [0xC0, 0]) == bytes(2)
        host.chip.power(True)
        assert host.ready() == 3500

    def test_not_selected_it_says_nothing(self, host):
        assert host.chip.exchange(b"\xc0\x00") == b"\xff\xff"
        assert host.mode == STDBY_RC


class TestTcxo:
    def test_it_is_an_error_until_dio3_is_set(self, air):
        host = Host62(air, tcxo=True)
        assert host.errors == XOSC_START_ERR
        host.tune()
        host.command(0x07, 0, 0)
        for command in ([0x80, 1], [0xC1], [0x82, 0, 0, 0], [0x83, 0, 0, 0], [0xC5]):
            host.command(*command)
            assert (host.status, host.mode, host.errors) == (FAILED, STDBY_RC, XOSC_START_ERR)
            host.command(0x07, 0, 0)
        host.command(0x89, 0x7F)
        assert host.errors == XOSC_START_ERR

    def test_it_delays_each_start_from_stdby_rc_and_dio3_feeds_it(self, air):
        host = Host62(air, tcxo=True, tcxo_mv=1800)
        host.tune()
        host.command(0x07, 0, 0)
        host.command(0x97, 2, 0, 0x01, 0x40)  # 1.8 V, 320 steps: 5 ms
        assert host.command(0x89, 0x7F) == 3500 + 5000
        assert host.chip.modem.oscillator.uncalibrated == 0
        assert host.chip.level("dio3") == 0
        assert host.command(0x80, 1) == 31 + 5000
        assert host.chip.level("dio3") == 1
        assert host.command(0x82, 0, 0, 0) == 62
        host.command(0x80, 0)
        assert host.chip.level("dio3") == 0
        assert host.errors == 0

    @pytest.mark.parametrize(
        ("voltage", "steps"), [(0, 320), (7, 320), (2, 60)], ids=["1.6", "3.3", "0.9 ms"]
    )
    def test_a_wrong_voltage_or_too_little_time_does_not_start_it(self, air, voltage, steps):
        host = Host62(air, tcxo=True, tcxo_mv=1800, tcxo_start_us=1000)
        host.command(0x07, 0, 0)
        host.command(0x97, voltage, *steps.to_bytes(3, "big"))
        host.command(0x80, 1)
        assert (host.status, host.mode, host.errors) == (FAILED, STDBY_RC, XOSC_START_ERR)

    def test_a_crystal_does_not_start_with_dio3_set(self, host):
        host.command(0x97, 2, 0, 0x01, 0x40)
        host.command(0x80, 1)
        assert (host.status, host.errors) == (FAILED, XOSC_START_ERR)


def test_faults_can_be_put_in(host):
    host.chip.hold("busy", 1)
    assert host.chip.level("busy") == 1
    host.chip.reset(0)
    host.chip.reset(1)
    host.air.wait(10_000)
    assert host.chip.level("busy") == 1
    host.chip.hold("busy", None)
    assert host.chip.level("busy") == 0
    host.chip.miso = 0xFF
    assert transfer(host.chip, [0xC0, 0]) == b"\xff\xff"
    host.chip.miso = None
    assert host.mode == STDBY_RC
