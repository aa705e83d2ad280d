"""The drivers on register-level models of their chips, on one ether, in virtual time."""

import asyncio

import pytest

from protocol.airtime import SX126X, SX127X, Modulation
from tests.for_firmware.radio_boards import Air
from tests.for_firmware.virtual_time import patch_clock, run

PAIRS = [
    ("sx1262", "sx1262"),
    ("sx1276", "sx1276"),
    ("sx1262", "sx1276"),
    ("sx1276", "sx1262"),
]
MODELS = ("sx1262", "sx1276")
FRAME = bytes(range(60))
HZ = 868100000


@pytest.fixture
def air(monkeypatch):
    air = Air()
    patch_clock(monkeypatch, air.timeline)
    return air


def two(air, sender, receiver, **options):
    """Return two boards 100 m apart."""
    one = air.board(sender, "one", **options)
    other = air.board(receiver, "other", position=(100.0, 0.0))
    return one.radio, other.radio


async def pass_one(sender, receiver, frame=FRAME, timeout_ms=None):
    """Send while the other listens; return what it got."""
    buffer = bytearray(255)
    task = asyncio.create_task(receiver.receive_into(buffer, timeout_ms))
    await asyncio.sleep(0.01)
    await sender.send(frame)
    count = await asyncio.wait_for(task, 1)
    return bytes(buffer[:count])


@pytest.mark.parametrize(("sender", "receiver"), PAIRS)
@pytest.mark.parametrize("timeout_ms", [None, 200])
def test_frames_pass_with_all_settings(air, sender, receiver, timeout_ms):
    one, other = two(air, sender, receiver)

    async def scenario():
        await air.start()
        for sf in range(7, 13):
            for bandwidth_hz in (62500, 125000, 250000, 500000):
                for inverted, sync_word in ((False, 0x12), (True, 0x34)):
                    low_rate = (1000000 // bandwidth_hz << sf) >= 16000
                    for radio in (one, other):
                        radio.set_channel(HZ, sf, bandwidth_hz, 5 + sf % 4, low_rate)
                        radio.set_framing(8, True, True, inverted, sync_word, 0)
                    assert await pass_one(one, other, timeout_ms=timeout_ms) == FRAME

    run(air.timeline, scenario())
    assert other.timeouts == other.crc_errors == other.spurious == other.missed_irqs == 0
    assert one.missed_irqs == one.spurious == 0
    assert air.counts() == {}


@pytest.mark.parametrize(("sender", "receiver"), PAIRS)
def test_frames_without_header_pass(air, sender, receiver):
    one, other = two(air, sender, receiver)

    async def scenario():
        await air.start()
        for sf in (7, 12):
            for radio in (one, other):
                radio.set_channel(HZ, sf, 125000, 5, sf > 10)
                radio.set_framing(12, False, True, False, 0x12, len(FRAME))
            assert await pass_one(one, other) == FRAME
            assert await pass_one(one, other, timeout_ms=500) == FRAME

    run(air.timeline, scenario())
    assert air.counts() == {}


@pytest.mark.parametrize("model", MODELS)
def test_sending_takes_the_time_on_air_and_is_stamped_at_its_end(air, model):
    radio = air.board(model, "one").radio

    async def scenario():
        await air.start()
        for sf in (7, 9, 12):
            radio.set_channel(HZ, sf, 125000, 5, sf > 10)
            for length in (1, 60, 255):
                await radio.send(bytes(length))
                (sent,) = air.sent
                air.sent.clear()
                modulation = Modulation(sf, chip=SX126X if model == "sx1262" else SX127X)
                assert sent.end_us - sent.start_us == modulation.airtime_us(length)
                assert radio.sent_ticks_us == sent.end_us

    run(air.timeline, scenario())


@pytest.mark.parametrize(("sender", "receiver"), PAIRS)
def test_levels_are_those_of_the_frame(air, sender, receiver):
    one, other = two(air, sender, receiver)
    antenna = air.boards[0].antenna

    async def scenario():
        await air.start()
        for radio in (one, other):
            radio.set_channel(HZ, 12, 125000, 5, True)
        snrs = []
        for attenuation_db in range(0, 41, 4):
            antenna.attenuation_db = attenuation_db
            assert await pass_one(one, other) == FRAME
            level_dbm = air.sent[-1].levels_dbm[air.boards[1].antenna]
            snr_db = level_dbm - air.ether.noise_dbm(125000)
            assert abs(other.frame_rssi_dbm - level_dbm) <= 1.6
            assert snr_db > 31 or abs(other.frame_snr_db4 / 4 - snr_db) <= 0.25
            snrs.append(other.frame_snr_db4)
            assert abs(other.frame_ticks_us - air.sent[-1].end_us) <= 1
        assert min(snrs) < -40 < 0 < max(snrs)

    run(air.timeline, scenario())


@pytest.mark.parametrize(
    ("model", "options", "lowest", "highest"),
    [
        ("sx1262", {}, -9, 22),
        ("sx1262", {"sx1261": True}, -17, 15),
        ("sx1276", {}, 2, 20),
        ("sx1276", {"pa_boost": False}, -4, 14),
    ],
)
def test_the_power_at_the_antenna_is_what_was_asked_for(air, model, options, lowest, highest):
    fitted = None
    if options.get("sx1261"):
        fitted = {"tcxo": True, "dio2_switch": True, "variant": "SX1261"}
    if "pa_boost" in options:
        fitted = {"pa_boost": False}
    board = air.board(model, "one", fitted=fitted, **options)

    async def scenario():
        await air.start()
        for dbm in range(-20, 25):
            given = board.radio.set_power(dbm)
            assert given == max(lowest, min(dbm, highest))
            await board.radio.send(b"1")
            assert abs(air.sent[-1].power_dbm - given) <= 0.25, dbm

    run(air.timeline, scenario())


@pytest.mark.parametrize(("sender", "receiver"), PAIRS)
def test_detection_finds_a_frame_of_its_own_settings_only(air, sender, receiver):
    one, other = two(air, sender, receiver)

    async def look(sf, hz):
        other.set_channel(hz, sf, 125000, 5, False)
        task = asyncio.create_task(one.send(FRAME))
        await asyncio.sleep(0.012)
        found = await other.detect()
        await task
        return found

    async def scenario():
        await air.start()
        one.set_framing(24, True, True, False, 0x12, 0)
        for sf in range(7, 11):
            one.set_channel(HZ, sf, 125000, 5, False)
            assert await look(sf, HZ) is True
            assert await look(sf, 868500000) is False
            assert await other.detect() is False

    run(air.timeline, scenario())
    assert air.counts() == {}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("warm", [True, False])
def test_a_radio_works_after_each_sleep(air, model, warm):
    one, other = two(air, model, "sx1262")

    async def scenario():
        await air.start()
        for radio in (one, other):
            radio.set_channel(869525000, 9, 125000, 6, False)
            radio.set_framing(10, True, True, True, 0x34, 0)
        one.set_power(5)
        for pause_s in (0, 0.0001, 0.3):
            one.sleep(warm)
            await asyncio.sleep(pause_s)
            assert await pass_one(one, other) == FRAME
            one.sleep(warm)
            await asyncio.sleep(pause_s)
            assert await pass_one(other, one) == FRAME
            one.sleep(warm)
            assert await one.detect() is False
            one.sleep(warm)
            one.standby()
        assert {round(sent.power_dbm) for sent in air.sent if sent.antenna.name == "one"} == {5}

    run(air.timeline, scenario())
    assert air.counts() == {}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("second_line", [True, False])
@pytest.mark.parametrize("sf", [7, 12])
def test_a_timed_reception_ends_in_time(air, model, second_line, sf):
    options = {} if model == "sx1262" else {"second_line": second_line}
    radio = air.board(model, "one", **options).radio

    async def scenario():
        await air.start()
        radio.set_channel(HZ, sf, 125000, 5, sf > 10)
        early_ms = 5 * (8 << sf) / 1000
        for timeout_ms in (0, 1, 50, 3000):
            began_us = air.timeline.now_us
            assert await radio.receive_into(bytearray(255), timeout_ms) == 0
            took_ms = (air.timeline.now_us - began_us) / 1000
            assert timeout_ms + early_ms <= took_ms <= timeout_ms + early_ms + 40
        assert radio.timeouts == 4
        assert radio.missed_irqs == 0

    run(air.timeline, scenario())


@pytest.mark.parametrize(("sender", "receiver"), PAIRS)
def test_a_preamble_that_began_in_time_is_heard_to_its_end(air, sender, receiver):
    one, other = two(air, sender, receiver)

    async def scenario():
        await air.start()
        for radio in (one, other):
            radio.set_channel(HZ, 10, 125000, 5, False)
        buffer = bytearray(255)
        task = asyncio.create_task(other.receive_into(buffer, 100))
        await asyncio.sleep(0.09)
        await one.send(FRAME)
        assert await task == len(FRAME)

    run(air.timeline, scenario())


@pytest.mark.parametrize("model", MODELS)
def test_frames_that_nobody_reads_are_counted_and_the_next_is_read(air, model):
    one, other = two(air, "sx1262", model)

    async def scenario():
        await air.start()
        buffer = bytearray(255)
        other.start_receive(0)
        for number in range(5):
            await one.send(bytes([number]) * 50)
        assert await other.receive_into(buffer) == 50
        assert buffer[:50] == b"\x04" * 50
        assert other.overruns == 4
        for number in range(20):  # round the ring of 256 bytes, again and again
            assert await pass_one(one, other, bytes([number]) * 50) == bytes([number]) * 50
        assert other.overruns == 4

    run(air.timeline, scenario())


@pytest.mark.parametrize("model", MODELS)
def test_damaged_and_long_frames_do_not_stop_a_reception(air, model):
    one, other = two(air, "sx1262", model)

    async def scenario():
        await air.start()
        buffer = bytearray(40)
        for timeout_ms in (None, 3000):
            task = asyncio.create_task(other.receive_into(buffer, timeout_ms))
            await asyncio.sleep(0.01)
            air.ether.loss = 1.0
            await one.send(FRAME[:40])
            air.ether.loss = 0.0
            await one.send(FRAME)
            await one.send(FRAME[:40])
            assert await asyncio.wait_for(task, 1) == 40
        assert (other.crc_errors, other.overlong, other.overruns) == (2, 2, 0)

    run(air.timeline, scenario())
