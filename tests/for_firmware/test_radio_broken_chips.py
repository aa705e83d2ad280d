"""Broken boards: the drivers on register-level models of chips with faults, in virtual time."""

import asyncio

import pytest

from radio.errors import NotReadyError, RadioError
from radio.recovery import Recovery
from tests.for_firmware.radio_boards import Air
from tests.for_firmware.virtual_time import patch_clock, run

FRAME = bytes(range(60))


@pytest.fixture
def air(monkeypatch):
    air = Air()
    patch_clock(monkeypatch, air.timeline)
    return air


FAULTS = [
    ("sx1262", {}, lambda b: b.chip.power(False), "0x00 everywhere"),
    ("sx1276", {}, lambda b: b.chip.power(False), "0x00 everywhere"),
    ("sx1262", {}, lambda b: setattr(b.chip, "miso", 0xFF), "0xFF everywhere"),
    ("sx1276", {}, lambda b: setattr(b.chip, "miso", 0xFF), "0xFF everywhere"),
    ("sx1262", {}, lambda b: b.chip.hold("busy", 1), "BUSY stays high"),
    ("sx1262", {}, lambda b: b.chip.hold("busy", 0), "BUSY"),
    ("sx1262", {}, lambda b: b.chip.hold("dio1", 0), "never rises"),
    ("sx1276", {}, lambda b: b.chip.hold("dio0", 0), "never rises"),
    ("sx1262", {}, lambda b: b.chip.hold("dio1", 1), "always high"),
    ("sx1276", {}, lambda b: b.chip.hold("dio0", 1), "always high"),
    ("sx1262", {"tcxo_mv": None}, lambda b: None, "is a TCXO fitted"),
    ("sx1262", {"fitted": {"dio2_switch": True}}, lambda b: None, "wrong TCXO voltage"),
    ("sx1276", {"fitted": {"tcxo": True}}, lambda b: None, "clock"),
]


@pytest.mark.parametrize(("model", "options", "damage", "words"), FAULTS)
def test_a_technician_reads_what_is_wrong(air, model, options, damage, words):
    board = air.board(model, "one", **options)
    damage(board)
    with pytest.raises(RadioError, match=words):
        run(air.timeline, board.radio.start())
    assert air.timeline.now_us < 2_000_000


@pytest.mark.parametrize("model", ["sx1262", "sx1276"])
def test_lost_interrupt_flags_end_in_an_error_and_a_chip_that_is_silent(air, model):
    board = air.board(model, "one")

    async def scenario():
        await air.start()
        board.chip.lost_irqs = 0x01 if model == "sx1262" else 0x08
        with pytest.raises(RadioError, match="does not get out"):
            await board.radio.send(FRAME)

    run(air.timeline, scenario())
    assert board.reset.level == 0


@pytest.mark.parametrize("model", ["sx1262", "sx1276"])
def test_a_dead_line_at_work_is_survived(air, model):
    one = air.board(model, "one")
    other = air.board("sx1262", "other", position=(100.0, 0.0))

    async def scenario():
        await air.start()
        one.chip.hold("dio1" if model == "sx1262" else "dio0", 0)
        buffer = bytearray(255)
        for _ in range(3):
            task = asyncio.create_task(other.radio.receive_into(buffer))
            await asyncio.sleep(0.01)
            await one.radio.send(FRAME)
            assert await asyncio.wait_for(task, 2) == 60
            task = asyncio.create_task(one.radio.receive_into(buffer))
            await asyncio.sleep(0.01)
            await other.radio.send(FRAME)
            assert await asyncio.wait_for(task, 2) == 60
        assert one.radio.missed_irqs == 1

    run(air.timeline, scenario())


@pytest.mark.parametrize("model", ["sx1262", "sx1276"])
def test_a_brown_out_while_listening_is_noticed_and_mended(air, model):
    one = air.board(model, "one")
    other = air.board("sx1262", "other", position=(100.0, 0.0))
    keeper = Recovery(one.radio)

    async def scenario():
        await other.radio.start()
        buffer = bytearray(255)
        for radio in (one.radio, other.radio):
            radio.set_channel(869525000, 8, 250000, 6, False)
        task = asyncio.create_task(keeper.receive_into(buffer))
        await asyncio.sleep(0.5)
        one.chip.power(False)
        one.chip.power(True)
        with pytest.raises(NotReadyError) as caught:
            await asyncio.wait_for(task, 15)
        assert caught.value.wait_ms == 1000
        await asyncio.sleep(1)
        task = asyncio.create_task(keeper.receive_into(buffer))
        await asyncio.sleep(0.5)
        await other.radio.send(FRAME)
        assert await asyncio.wait_for(task, 1) == 60
        assert keeper.restarts == 1

    run(air.timeline, scenario())


@pytest.mark.parametrize("model", ["sx1262", "sx1276"])
def test_no_fault_at_any_moment_hangs_a_node(air, model):
    """Each fault comes at each of many moments, stays a while and goes: the radio comes back."""
    board = air.board(model, "one")
    keeper = Recovery(board.radio)
    faults = [
        (lambda: board.chip.power(False), lambda: board.chip.power(True)),
        (lambda: setattr(board.chip, "miso", 0), lambda: setattr(board.chip, "miso", None)),
        (lambda: setattr(board.chip, "miso", 255), lambda: setattr(board.chip, "miso", None)),
    ]
    if model == "sx1262":
        faults.append((lambda: board.chip.hold("busy", 1), lambda: board.chip.hold("busy", None)))

    async def work():
        """Send, look and listen for ever; count the rounds."""
        while True:
            try:
                await keeper.send(FRAME)
                await keeper.detect()
                await keeper.receive_into(bytearray(255), 30)
                keeper.sleep()
            except NotReadyError as e:
                await asyncio.sleep(e.wait_ms / 1000)
            work.rounds += 1
            await asyncio.sleep(0.01)

    async def scenario():
        work.rounds = 0
        task = asyncio.create_task(work())
        for number in range(60):
            begin, end = faults[number % len(faults)]
            await asyncio.sleep(0.3 + 0.0137 * number)
            begin()
            await asyncio.sleep(0.05 + 0.1 * (number % 3))
            end()
            before = len(air.sent)
            for _ in range(10):  # one pause of a second, and a start
                await asyncio.sleep(0.5)
                if len(air.sent) > before + 1:
                    break
            else:
                raise AssertionError(f"fault {number} keeps the radio down: {keeper.last_error}")
        assert not task.done()
        task.cancel()

    run(air.timeline, scenario())
    assert keeper.restarts > 30
