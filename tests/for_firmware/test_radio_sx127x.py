"""The SX127x driver against the registers of the data sheet (revision 7) and its errata note."""

import asyncio

import pytest

from radio.sx127x import Sx127x
from tests.fakes.radio_pins import FakePin
from tests.fakes.sx127x_chip import CAD_DONE, RECEIVE_SINGLE, RX_DONE, RX_TIMEOUT, FakeSx127x

FRAME = bytes(range(20))


def started(**options):
    """Return a chip and its driver after `start`; what that wrote is forgotten."""
    chip = FakeSx127x()
    radio = Sx127x(*chip.pins(), **options)
    asyncio.run(radio.start())
    chip.writes.clear()
    return chip, radio


def send(radio, frame=FRAME):
    asyncio.run(radio.send(frame))


def test_a_start_calibrates_in_fsk_and_turns_to_lora_in_sleep():
    chip = FakeSx127x()
    asyncio.run(Sx127x(*chip.pins(), tcxo=True).start())
    assert chip.reset.levels[:2] == [0, 1]
    assert chip.writes[:18] == [
        (0x01, 0x00),
        (0x4B, 0x19),  # a TCXO
        (0x01, 0x01),
        (0x09, 0x00),  # no power meanwhile
        (0x06, 0xD9),  # 868.1 MHz: image calibration of the HF band (2.1.3.8)
        (0x07, 0x06),
        (0x08, 0x66),
        (0x3B, 0x42),
        (0x01, 0x00),
        (0x01, 0x80),
        (0x01, 0x81),
        (0x0E, 0),
        (0x0F, 0),
        (0x0C, 0x23),
        (0x11, 0x00),
        (0x23, 0xFF),
        (0x24, 0),
        (0x12, 0xFF),
    ]
    assert chip.last(0x01) == 0x87  # a look at the channel proves the interrupt line


def test_a_frame_fills_the_fifo_in_standby():
    chip, radio = started()
    radio.set_channel(869525000, 9, 125000, 5, False)
    send(radio)
    order = [w for w in chip.writes if w[0] in (0x01, 0x0D, 0x22, 0x40)]
    assert order == [(0x40, 0x40), (0x22, 20), (0x0D, 0), (0x01, 0x83)]
    assert chip.frames == [FRAME]
    assert chip.dio0.level == 0
    with pytest.raises(ValueError, match="empty"):
        radio.start_send(b"")


def test_what_was_set_once_is_not_told_again():
    chip, radio = started()
    send(radio)
    chip.writes.clear()
    send(radio)
    assert [r for r, _ in chip.writes] == [0x40, 0x22, 0x0D, 0x01, 0x12]


def test_modulation_and_framing_reach_the_chip():
    chip, radio = started()
    for hz, code in ((62500, 6), (125000, 7), (250000, 8), (500000, 9)):
        for sf in range(6, 13):
            radio.set_channel(868300000, sf, hz, 8, sf > 10)
            radio.set_framing(12, False, False, True, 0x34, 20)
            send(radio)
            registers = chip.registers
            assert registers[0x1D] == code << 4 | 4 << 1 | 1
            assert registers[0x1E] == sf << 4
            assert registers[0x26] == (0x0C if sf > 10 else 0x04)
            assert (registers[0x20], registers[0x21]) == (0, 12)
            assert registers[0x39] == 0x34
            assert (registers[0x33], registers[0x3B]) == (0x66, 0x19)
            assert registers[0x37] == (0x0C if sf == 6 else 0x0A)
            assert registers[0x31] & 7 == (5 if sf == 6 else 3)
    radio.set_framing(8, True, True, False, 0x12, 0)
    send(radio)
    assert (chip.registers[0x1D], chip.registers[0x1E]) == (0x98, 0xC4)
    assert (chip.registers[0x33], chip.registers[0x3B]) == (0x27, 0x1D)


def test_the_errata_of_the_note():
    chip, radio = started()
    radio.set_channel(868100000, 7, 500000, 5, False)
    send(radio)
    assert (chip.registers[0x36], chip.registers[0x3A]) == (0x02, 0x64)  # 2.1
    assert chip.registers[0x31] == 0xC3  # 2.3
    radio.set_channel(433175000, 7, 500000, 5, False)
    send(radio)
    assert (chip.registers[0x36], chip.registers[0x3A]) == (0x02, 0x7F)
    for hz in (62500, 125000, 250000):
        radio.set_channel(868100000, 7, hz, 5, False)
        send(radio)
        assert chip.registers[0x36] == 0x03
        assert chip.registers[0x31] == 0x43
        assert (chip.registers[0x2F], chip.registers[0x30]) == (0x40, 0x00)


@pytest.mark.parametrize("hz", [433175000, 863000000, 868100000, 869525000, 869999999])
def test_a_frequency_is_off_by_less_than_a_step(hz):
    chip, radio = started()
    radio.set_channel(hz, 8, 125000, 5, False)
    send(radio)
    steps = int.from_bytes(chip.registers[0x06:0x09], "big")
    assert 0 <= hz - steps * 32000000 / 2**19 < 62
    assert chip.last(0x01) == (0x8B if hz < 525000000 else 0x83)  # LowFrequencyModeOn


def test_pa_boost_gives_2_to_20_dbm():
    chip, radio = started()
    for dbm in range(-10, 30):
        given = radio.set_power(dbm)
        send(radio)
        config, dac, limit = (chip.registers[r] for r in (0x09, 0x4D, 0x0B))
        assert given == max(2, min(dbm, 20))
        assert config & 0x80
        # 3.4.2 and 3.4.3: 17 - (15 - OutputPower), with 3 dB more where RegPaDac says so.
        assert given == 17 - (15 - (config & 15)) + (3 if dac == 0x87 else 0)
        assert (dac, limit) == ((0x87, 0x31) if given > 17 else (0x84, 0x2B))


def test_rfo_gives_minus_4_to_14_dbm():
    chip, radio = started(pa_boost=False)
    for dbm in range(-10, 30):
        given = radio.set_power(dbm)
        send(radio)
        config = chip.registers[0x09]
        highest = 10.8 + 0.6 * (config >> 4 & 7)
        assert given == max(-4, min(dbm, 14))
        assert not config & 0x80
        assert abs(highest - (15 - (config & 15)) - given) <= 0.2
        assert (chip.registers[0x4D], chip.registers[0x0B]) == (0x84, 0x2B)


def test_no_more_power_than_the_board_may_give():
    _, radio = started(max_dbm=14)
    assert radio.set_power(20) == 14


def test_detection():
    chip, radio = started()
    assert asyncio.run(radio.detect()) is False
    assert chip.last(0x40) == 0x80
    chip.reaction[0x87] = CAD_DONE | 1
    assert asyncio.run(radio.detect()) is True


def test_the_first_call_after_a_sleep_wakes_it():
    chip, radio = started()
    radio.sleep()
    assert chip.registers[0x01] == 0x80
    chip.writes.clear()
    send(radio)
    assert chip.writes[0] == (0x01, 0x81)


@pytest.mark.parametrize(
    ("hz", "snr_db4", "register", "dbm"),
    [
        (868100000, 32, 100, -51),  # -157 + 16/15 of it (5.5.5)
        (868100000, 0, 60, -93),
        (868100000, -32, 50, -115),  # below the noise: the SNR counts
        (868100000, -80, 40, -137),
        (433175000, 32, 100, -58),
        (433175000, -32, 50, -122),
    ],
)
def test_a_frame_comes_with_its_levels(hz, snr_db4, register, dbm):
    chip, radio = started()
    radio.set_channel(hz, 8, 125000, 5, False)
    buffer = bytearray(255)

    async def run():
        task = asyncio.create_task(radio.receive_into(buffer))
        await asyncio.sleep(0)
        chip.hear(FRAME, at=250, snr=snr_db4, rssi=register)
        return await task

    assert asyncio.run(run()) == 20
    assert buffer[:20] == FRAME
    assert (radio.frame_rssi_dbm, radio.frame_snr_db4) == (dbm, snr_db4)
    assert chip.registers[0x01] & 0x87 == 0x85  # it goes on listening
    chip.registers[0x1B] = 50
    assert radio.rssi_dbm() == (-114 if hz < 525000000 else -107)
    radio.standby()
    assert radio.rssi_dbm() is None


def test_with_its_second_line_the_chip_times_a_reception():
    chip = FakeSx127x()
    radio = Sx127x(*chip.pins(), dio1=chip.dio1)
    asyncio.run(radio.start())
    chip.reaction[RECEIVE_SINGLE] = RX_TIMEOUT
    assert asyncio.run(radio.receive_into(bytearray(255), 1)) == 0
    symbols = (chip.registers[0x1E] & 3) << 8 | chip.registers[0x1F]
    assert symbols == 7 * 1000 // 1024 + 1  # 1 ms, and five symbols in which a preamble is found
    assert radio.timeouts == 1
    assert radio.missed_irqs == 0


def test_the_chip_counts_no_more_than_1023_symbols():
    chip = FakeSx127x()
    radio = Sx127x(*chip.pins(), dio1=chip.dio1)
    asyncio.run(radio.start())
    assert radio.start_receive(5000) == 1048
    assert (chip.registers[0x1E] & 3, chip.registers[0x1F]) == (3, 0xFF)


def test_without_it_the_host_does():
    chip, radio = started()

    async def run():
        started_at = asyncio.get_running_loop().time()
        count = await radio.receive_into(bytearray(255), 20)
        return count, asyncio.get_running_loop().time() - started_at

    count, seconds = asyncio.run(run())
    assert count == 0
    assert 0.02 < seconds < 0.1
    assert [v for r, v in chip.writes if r == 0x01] == [0x85, 0x81]


def test_what_begins_in_time_is_heard_to_its_end():
    chip, radio = started()
    buffer = bytearray(255)

    async def run():
        task = asyncio.create_task(radio.receive_into(buffer, 10))
        await asyncio.sleep(0.005)
        chip.registers[0x18] = 0x03  # a signal, synchronised
        await asyncio.sleep(0.025)
        chip.registers[0x18] = 0x0F  # its header
        await asyncio.sleep(0.03)
        assert not task.done()
        chip.hear(FRAME)
        return await task

    assert asyncio.run(run()) == 20
    assert radio.timeouts == 0


def test_noise_that_looks_like_a_preamble_does_not_hold_a_reception():
    chip, radio = started()
    chip.registers[0x18] = 0x01

    async def run():
        return await asyncio.wait_for(radio.receive_into(bytearray(255), 10), 2)

    assert asyncio.run(run()) == 0


def test_this_chip_has_no_sf5_and_sf6_has_no_header():
    _, radio = started()
    with pytest.raises(ValueError, match="spreading factor"):
        radio.set_channel(868100000, 5, 125000, 5, False)
    radio.set_channel(868100000, 6, 125000, 5, False)
    with pytest.raises(ValueError, match="SF6"):
        radio.start_receive(0)


def test_a_frame_without_header_has_the_length_that_was_set():
    chip, radio = started(rx_pin=FakePin(), tx_pin=FakePin())
    radio.set_framing(8, False, True, False, 0x12, 20)
    radio.start_receive(0)
    assert chip.last(0x22) == 20
    chip.hear(FRAME, events=RX_DONE)
    assert radio.read_into(bytearray(20)) == 20
