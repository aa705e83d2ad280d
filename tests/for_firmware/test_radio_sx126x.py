"""The SX126x driver against the command sequences of the data sheet (DS.SX1261-2, revision 2.1)."""

import asyncio

import pytest

from radio.sx126x import Sx126x
from tests.fakes.sx126x_chip import HEADER_VALID, PREAMBLE, RX_DONE, SET_RX, FakeSx126x

FRAME = bytes(range(20))


def started(chip=None, **options):
    """Return a chip and its driver after `start`; what that said to the chip is forgotten."""
    chip = chip or FakeSx126x()
    radio = Sx126x(*chip.pins(), **options)
    asyncio.run(radio.start())
    chip.commands.clear()
    return chip, radio


def send(radio, frame=FRAME):
    asyncio.run(radio.send(frame))


def without_reads(chip):
    """Return all commands but those that only look."""
    return [c.hex(" ") for c in chip.commands if c[0] not in (0x12, 0x1D, 0x10)]


def test_a_start_sets_the_chip_up_in_the_order_that_the_data_sheet_wants():
    chip = FakeSx126x()
    radio = Sx126x(*chip.pins(), tcxo_mv=1800, tcxo_ms=5)
    asyncio.run(radio.start())
    assert chip.reset.levels[:2] == [0, 1]
    after_check = chip.commands.index(b"\x80\x00")
    assert [c.hex(" ") for c in chip.commands[after_check:]][:21] == [
        "80 00",
        "97 02 00 01 40",  # 1.8 V, 320 steps of 15.625 us, before the calibration
        "07 00 00",
        "96 01",
        "89 7f",
        "17 00 00 00",
        "9d 01",
        "8a 01",
        "93 20",
        "8f 00 00",
        "9f 01",
        "0d 08 ac 96",  # boosted gain, and its place in the list of what sleep keeps (9.6)
        "0d 02 9f 01",
        "0d 02 a0 08",
        "0d 02 a1 ac",
        "1d 08 d8 00 00",
        "0d 08 d8 1e",  # erratum 15.2
        "08 03 f7 02 a3 00 00 00 00",
        "02 03 ff",
        "98 d7 db",  # the look at the channel that proves the interrupt line: image of 863-870 MHz
        "86 36 41 99 99",  # 868.1 MHz
    ]
    assert [c[0] for c in chip.commands[-3:]] == [0xC5, 0x12, 0x02]


def test_a_crystal_and_the_ldo_and_a_switch_of_the_host_are_left_alone():
    chip = FakeSx126x()
    radio = Sx126x(*chip.pins(), dio2_switch=False, dcdc=False, sx1261=True)
    asyncio.run(radio.start())
    assert not chip.sent(0x97) + chip.sent(0x9D) + chip.sent(0x96)
    assert chip.registers[0x08D8] == 0x08  # erratum 15.2 is not the SX1261's
    with pytest.raises(ValueError, match="1600, 1700"):
        Sx126x(*chip.pins(), tcxo_mv=2000)


def test_a_frame_is_sent_as_chapter_14_2_says():
    chip, radio = started()
    radio.set_channel(869525000, 9, 125000, 5, False)
    send(radio)
    assert without_reads(chip) == [
        "86 36 58 66 66",
        "8b 09 04 01 00",
        "0d 07 40 14",  # sync word 0x12 is 0x1424
        "0d 07 41 24",
        "95 02 02 00 01",  # 14 dBm (table 13-21)
        "0d 08 e7 38",  # 140 mA
        "8e 16 04",
        "8c 00 08 00 14 01 00",
        "0d 07 36 0d",  # erratum 15.4: bit 2 is set for normal IQ
        "0d 08 89 05",  # erratum 15.1: bit 2 is set below 500 kHz
        "0e 00 " + FRAME.hex(" "),
        "83 00 00 00",
        "02 00 01",
    ]
    assert radio.sent_ticks_us > 0


def test_what_was_set_once_is_not_told_again():
    chip, radio = started()
    send(radio)
    chip.commands.clear()
    send(radio)
    assert [c[0] for c in chip.commands if c[0] in (0x86, 0x8B, 0x95, 0x8E)] == []


def test_modulation_and_framing_reach_the_chip():
    chip, radio = started()
    for hz, sf, code in ((62500, 5, 3), (125000, 7, 4), (250000, 10, 5), (500000, 12, 6)):
        radio.set_channel(868300000, sf, hz, 8, True)
        radio.set_framing(12, False, False, True, 0x34, 20)
        send(radio)
        assert chip.sent(0x8B)[-1] == bytes([0x8B, sf, code, 4, 1])
        assert chip.sent(0x8C)[-1] == bytes([0x8C, 0, 12, 1, 20, 0, 1])
        assert chip.registers[0x0889] & 4 == (0 if hz == 500000 else 4)  # erratum 15.1
        assert chip.registers[0x0736] & 4 == 0  # erratum 15.4
        assert (chip.registers[0x0740], chip.registers[0x0741]) == (0x34, 0x44)


@pytest.mark.parametrize("hz", [433175000, 863000000, 868100000, 869525000, 869999999, 915000000])
def test_a_frequency_is_off_by_less_than_a_step(hz):
    chip, radio = started()
    radio.set_channel(hz, 8, 125000, 5, False)
    send(radio)
    steps = int.from_bytes(chip.sent(0x86)[-1][1:], "big")
    assert 0 <= hz - steps * 32000000 / 2**25 < 1
    image = {4: "6b6f", 8: "d7db", 9: "e1e9"}[hz // 100000000]
    assert image == "d7db" or chip.sent(0x98)[-1].hex() == "98" + image


def power_of(chip, radio, dbm):
    radio.set_power(dbm)
    send(radio)
    drive = int.from_bytes(chip.sent(0x8E)[-1][1:2], "big", signed=True)
    return chip.sent(0x95)[-1][1:].hex(), drive


def test_power_follows_table_13_21_over_the_whole_range():
    chip, radio = started()
    optimal = {22: "04070001", 20: "03050001", 17: "02030001", 14: "02020001"}
    for dbm in range(-9, 23):
        pa, drive = power_of(chip, radio, dbm)
        assert pa == optimal.get(dbm, "04070001")
        assert drive == (22 if dbm in optimal else dbm)
        assert chip.registers[0x08E7] == 0x38
    assert [radio.set_power(dbm) for dbm in (-30, -9, 22, 30)] == [-9, -9, 22, 22]


def test_the_small_amplifier_gives_up_to_15_dbm():
    chip, radio = started(sx1261=True)
    optimal = {15: ("06000101", 14), 10: ("01000101", 13)}
    for dbm in range(-17, 16):
        assert power_of(chip, radio, dbm) == optimal.get(dbm, ("04000101", dbm))
        assert chip.registers[0x08E7] == 0x18
    assert [radio.set_power(dbm) for dbm in (-30, 22)] == [-17, 15]


def test_no_more_power_than_the_board_may_give():
    _, radio = started(max_dbm=14)
    assert radio.set_power(22) == 14


def test_detection_takes_the_values_of_its_application_note():
    chip, radio = started()
    for sf, peak in enumerate((18, 19, 22, 22, 23, 24, 25, 28), 5):
        symbols = 1 if sf in (7, 8) else 2  # the codes of two and of four
        radio.set_channel(868100000, sf, 125000, 5, sf > 10)
        assert asyncio.run(radio.detect()) is False
        assert chip.sent(0x88)[-1] == bytes([0x88, symbols, peak, 10, 0, 0, 0, 0])
    chip.reaction[0xC5] = 0x180
    assert asyncio.run(radio.detect()) is True


def test_a_sleep_is_warm_and_the_next_call_wakes_it():
    chip, radio = started()
    radio.sleep()
    assert chip.commands[-1] == b"\x84\x04"
    chip.commands.clear()
    send(radio)
    assert chip.commands[0] == b"\xc0\x00"
    assert not chip.sent(0x89)
    assert chip.sent(0x86)
    assert chip.sent(0x83)


def test_a_cold_sleep_forgets_everything_and_gets_it_back():
    chip, radio = started(tcxo_mv=1800)
    radio.sleep(warm=False)
    assert chip.commands[-1] == b"\x84\x00"
    chip.commands.clear()
    send(radio)
    opcodes = [c[0] for c in chip.commands]
    assert [opcodes.count(o) for o in (0x97, 0x89, 0x9D, 0x98, 0x08, 0x83)] == [1] * 6
    assert chip.registers[0x0740] == 0x14  # nothing was tried at the wiring


def test_the_antenna_switch_of_the_host_is_never_both_ways():
    from tests.fakes.radio_pins import FakePin

    seen = []
    rx = FakePin(0, lambda level: seen.append(("rx", level)))
    tx = FakePin(0, lambda level: seen.append(("tx", level)))
    chip, radio = started(rx_pin=rx, tx_pin=tx)
    seen.clear()
    chip.reaction[SET_RX] = 0
    radio.start_receive(0)
    send(radio)
    radio.sleep()
    levels = {"rx": 0, "tx": 0}
    for pin, level in seen:
        levels[pin] = level
        assert sum(levels.values()) < 2
    assert ("tx", 1) in seen
    assert ("rx", 1) in seen
    assert levels == {"rx": 0, "tx": 0}


def test_a_frame_comes_with_its_levels():
    chip, radio = started()
    buffer = bytearray(255)

    async def run(packet, at):
        task = asyncio.create_task(radio.receive_into(buffer))
        await asyncio.sleep(0)
        chip.hear(FRAME, at=at, packet=packet)
        return await task

    assert asyncio.run(run(b"\x50\x20\x51", 0)) == 20
    assert (radio.frame_rssi_dbm, radio.frame_snr_db4) == (-40, 32)
    assert buffer[:20] == FRAME
    assert chip.sent(SET_RX) == [b"\x82\xff\xff\xff"]
    # Below the noise RssiPkt is the noise, SignalRssiPkt is the frame always; the ring wraps.
    assert asyncio.run(run(b"\xd8\xc4\xf4", 250)) == 20
    assert (radio.frame_rssi_dbm, radio.frame_snr_db4) == (-122, -60)
    assert buffer[:20] == FRAME
    # SignalRssiPkt is a byte of half a dB: what is weaker follows from noise and SNR.
    assert asyncio.run(run(b"\xea\xb4\xff", 0)) == 20
    assert (radio.frame_rssi_dbm, radio.frame_snr_db4) == (-136, -76)
    assert len(chip.sent(SET_RX)) == 1  # it went on listening
    assert radio.frame_ticks_us > 0
    chip.answers[0x15] = b"\xb4"
    assert radio.rssi_dbm() == -90
    radio.standby()
    assert radio.rssi_dbm() is None


def test_a_timed_reception_leaves_its_timer_to_the_chip():
    chip, radio = started()
    chip.reaction[SET_RX] = 0x200

    assert asyncio.run(radio.receive_into(bytearray(255), 20)) == 0
    ms = 20 + 6  # five symbols, in which a preamble is found, rounded up
    assert chip.sent(SET_RX)[0] == b"\x82" + (64 * ms).to_bytes(3, "big")
    assert radio.timeouts == 1
    # Erratum 15.3 after each of them.
    assert chip.registers[0x0902] == 0
    assert chip.registers[0x0944] & 2


def test_what_begins_in_time_is_heard_to_its_end():
    chip, radio = started()
    chip.reaction[SET_RX] = PREAMBLE  # the chip stops its timer there
    buffer = bytearray(255)

    async def run():
        task = asyncio.create_task(radio.receive_into(buffer, 10))
        await asyncio.sleep(0.13)  # 10 ms, 6 ms and the margin of 100 ms are over
        chip.raise_events(HEADER_VALID)
        await asyncio.sleep(0.13)
        assert not task.done()
        chip.hear(FRAME)
        return await task

    assert asyncio.run(run()) == 20
    assert radio.timeouts == 0


def test_noise_that_looks_like_a_preamble_does_not_hold_a_reception():
    chip, radio = started()
    chip.reaction[SET_RX] = PREAMBLE

    async def run():
        return await asyncio.wait_for(radio.receive_into(bytearray(255), 10), 2)

    assert asyncio.run(run()) == 0
    assert radio.timeouts == 1


def test_a_frame_without_header_has_the_length_that_was_set():
    chip, radio = started()
    radio.set_framing(8, False, True, False, 0x12, 20)
    radio.start_receive(0)
    assert chip.sent(0x8C)[-1][4] == 20
    chip.hear(FRAME, events=RX_DONE)
    chip.frame = (0, 0)
    assert radio.read_into(bytearray(20)) == 20
    with pytest.raises(ValueError, match="without header"):
        radio.start_send(bytes(19))
