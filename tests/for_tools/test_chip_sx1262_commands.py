"""The SX1262 by its data sheet: SPI, status, BUSY, settings, registers."""

import pytest

from tests.for_tools.chips import CHANNEL_HZ, Air, Host62, transfer

STDBY_RC = 2
BAD_COMMAND, FAILED = 4, 5
PLL_LOCK_ERR = 0x40


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def host(air):
    return Host62(air)


def test_after_power_on_it_is_busy_for_the_calibration_and_then_in_standby(air):
    host = Host62(air)
    assert host.pins.edges[:2] == [(0, "busy", 1), (3500, "busy", 0)]
    # Chips are seen to answer 0xAA to the first command.
    assert transfer(host.chip, [0xC0, 0]) == b"\xaa\xaa"
    assert host.errors == 0


@pytest.mark.parametrize(
    ("before", "command", "busy_us"),
    [
        ([], [0x80, 1], 31),
        ([], [0xC1], 50),
        ([], [0x82, 0, 0, 0], 83),
        ([], [0x83, 0, 0, 0], 126),
        ([0x80, 1], [0xC1], 40),
        ([0x80, 1], [0x82, 0, 0, 0], 62),
        ([0x80, 1], [0x83, 0, 0, 0], 105),
        ([0xC1], [0x82, 0, 0, 0], 41),
        ([0xC1], [0x83, 0, 0, 0], 76),
        ([0x82, 0, 0, 0], [0xC1], 15),
        ([0x82, 0, 0, 0], [0x83, 0, 0, 0], 92),
    ],
)
def test_a_change_of_mode_is_busy_as_long_as_table_8_2_says(host, before, command, busy_us):
    host.tune()
    if before:
        host.command(*before)
    assert host.command(*command) == busy_us


def test_the_ramp_of_the_amplifier_comes_on_top(host):
    host.tune()
    host.command(0x8E, 14, 7)  # 3400 us; the table has 10
    assert host.command(0x83, 0, 0, 0) == 126 + 3390


def test_a_calibration_is_busy_for_3500_us_and_wants_stdby_rc(host):
    assert host.command(0x89, 0x7F) == 3500
    host.command(0x80, 1)
    host.command(0x89, 0x7F)
    assert host.status == FAILED


def test_what_is_clocked_while_busy_is_lost_and_counted(host):
    host.ready()
    transfer(host.chip, [0x80, 1])
    assert transfer(host.chip, [0x0D, 0x07, 0x40, 0x34, 0x44]) == bytes(5)
    host.ready()
    assert host.register(0x0740) == 0x14
    assert host.chip.counts["lost while busy"] == 1


def test_nss_may_fall_while_busy_if_the_bytes_come_later(host):
    host.ready()
    transfer(host.chip, [0x80, 1])
    host.chip.select(0)
    host.ready()
    host.chip.exchange(bytes([0x0D, 0x07, 0x40, 0x34]))
    host.chip.select(1)
    assert host.register(0x0740) == 0x34


@pytest.mark.parametrize(
    "data",
    [[0xFE], [0x83, 0, 0], [0x86, 1, 2, 3], [0x08, 0, 0], [0x0D, 7, 0x40], [0x8C, 0, 8]],
)
def test_an_unknown_opcode_or_too_few_parameters_are_a_processing_error(host, data):
    host.command(*data)
    assert host.status == BAD_COMMAND
    host.command(0x80, 0)
    assert host.status == 1


def test_a_nop_does_nothing_and_is_no_error(host):
    host.command(0x80, 0)
    host.command(0x00)
    assert host.status == 1


@pytest.mark.parametrize(
    "data",
    [
        [0x8A, 9],
        [0x8B, 4, 4, 1, 0],
        [0x8B, 13, 4, 1, 0],
        [0x8B, 7, 7, 1, 0],
        [0x8B, 7, 4, 0, 0],
        [0x8B, 7, 4, 5, 0],
        [0x8C, 0, 8, 2, 1, 1, 0],
        [0x8E, 14, 8],
        [0x93, 0x10],
        [0x95, 4, 8, 0, 1],
        [0x95, 4, 7, 0, 0],
        [0x88, 5, 22, 10, 0, 0, 0, 0],
        [0x88, 2, 22, 10, 2, 0, 0, 0],
        [0x96, 2],
        [0xD1],
    ],
)
def test_a_parameter_out_of_its_table_is_a_failure_and_changes_nothing(host, data):
    host.tune()
    before = repr(host.chip.memory.settings)
    host.command(*data)
    assert host.status == FAILED
    assert repr(host.chip.memory.settings) == before


def test_reading_leaves_the_status_as_it_is(host):
    host.command(0xFE)
    assert (host.irq, host.errors, host.register(0x0740)) == (0, 0, 0x14)
    assert host.status == BAD_COMMAND


def test_modulation_before_the_packet_type_is_not_taken_for_lora(host):
    host.command(0x8B, 9, 4, 1, 0)  # of GFSK there are eight
    assert host.status == FAILED
    host.command(0x8A, 1)
    host.command(0x8B, 9, 4, 1, 0)
    assert host.chip.memory.settings.sf == 9
    host.command(0x8A, 0)
    host.command(0x8A, 1)
    assert host.chip.memory.settings.sf == 7  # 13.4.2: what belongs to the other type is lost
    assert host.ask(0x11, 1) == b"\x01"


def test_registers_have_the_resets_of_table_12_1_and_are_read_in_a_row(host):
    assert host.ask(0x1D, 2, 0x07, 0x40) == b"\x14\x24"
    resets = {0x0736: 0x0D, 0x0889: 0x01, 0x08AC: 0x94, 0x08D8: 0xC8, 0x0902: 0, 0x0911: 5}
    assert {address: host.register(address) for address in resets} == resets
    host.write_register(0x0740, 0x34, 0x44)
    assert host.ask(0x1D, 2, 0x07, 0x40) == b"\x34\x44"
    assert host.chip.memory.sync_word == 0x34


def test_the_buffer_is_a_ring_that_reading_and_writing_wrap_in(host):
    host.command(0x0E, 254, 1, 2, 3)
    assert host.ask(0x1E, 4, 254) == b"\x01\x02\x03\x00"
    assert host.ask(0x1E, 1, 0) == b"\x03"


def test_the_frequency_is_in_steps_of_a_2_25th_of_32_mhz(host):
    host.tune(frequency_hz=CHANNEL_HZ)
    assert abs(host.chip.memory.settings.frequency_hz - CHANNEL_HZ) <= 1


def test_without_a_frequency_the_pll_does_not_lock(host):
    host.command(0x8A, 1)
    host.command(0x82, 0, 0, 0)
    assert (host.status, host.mode, host.errors) == (FAILED, STDBY_RC, PLL_LOCK_ERR)
    host.command(0x07, 0, 0)
    assert host.errors == 0


def test_without_the_packet_type_nothing_is_sent(host):
    host.command(0x86, 0x36, 0x41, 0x99, 0x9A)
    host.command(0x83, 0, 0, 0)
    assert (host.status, host.mode) == (FAILED, STDBY_RC)
