"""Journal and session together: times, numbers and damage, up to what a gateway stores."""

import pytest

from protocol.envelope import TAG_RADIO, TAG_WIRE
from protocol.session import radio, wired
from tests.for_firmware.flash_node import FlashNode, TimedGateway
from tests.shared.pair import UNIX_MS

STEP_MS = 900_000
START_MS = -UNIX_MS % STEP_MS


@pytest.mark.parametrize("lost_from", [0, 16, 40, 72])
def test_samples_that_come_by_the_backfill_keep_their_time(tmp_path, lost_from):
    """Three frames in a row are lost; the newest of what follows them is young, they are not."""
    node, gateway = FlashNode(tmp_path, radio(), STEP_MS // 1000), TimedGateway(TAG_RADIO)
    node.now_ms = START_MS - 30_000
    node.talk(gateway)
    taken = {}
    for i in range(160):
        node.now_ms = START_MS + i * STEP_MS + 100
        taken[node.sample(i)] = (UNIX_MS + START_MS + i * STEP_MS) // 1000
        node.talk(gateway, is_lost=lost_from <= i < lost_from + 24)
    node.session.flush()
    for _ in range(30):
        node.now_ms += 60_000
        node.talk(gateway)
    assert gateway.times == taken


@pytest.mark.parametrize("pause_days", [1, 6.5, 13])
def test_the_backfill_goes_on_after_any_pause(tmp_path, pause_days):
    node, gateway = FlashNode(tmp_path, wired()), TimedGateway(TAG_WIRE)
    node.talk(gateway)
    for _ in range(2):
        for value in range(200):
            node.sample(value)
        node.now_ms += 1000
        node.talk(gateway)
        assert node.journal.waiting() == 0
        node.now_ms += int(pause_days * 86_400_000)


def rot(folder, name: str, at: int) -> None:
    """Damage one byte of a file."""
    data = bytearray((folder / name).read_bytes())
    data[at] ^= 0xFF
    (folder / name).write_bytes(bytes(data))


@pytest.mark.parametrize("at", range(14, 120, 7))
@pytest.mark.parametrize("reboots", [False, True])
def test_a_rotten_byte_costs_the_record_it_is_in(tmp_path, at, reboots):
    node, gateway = FlashNode(tmp_path, wired()), TimedGateway(TAG_WIRE)
    for value in range(60):
        node.sample(value)
    node.journal._close_active()
    rot(tmp_path, "00000000", at)
    if reboots:
        node.restart()
    for _ in range(20):
        node.now_ms += 100_000
        node.talk(gateway)
    assert len(gateway.stored) >= 59
    assert all(number == value for number, value in gateway.stored.items())
    assert gateway.stored.keys() | gateway.lost == set(range(60))


def test_new_numbers_survive_a_power_cut_before_the_first_sample(tmp_path):
    node, gateway = FlashNode(tmp_path, wired()), TimedGateway(TAG_WIRE)
    for value in range(10):
        node.sample(value)
    node.talk(gateway)
    for path in tmp_path.iterdir():
        path.unlink()
    for _ in range(3):
        node.restart()
        node.now_ms += 100_000
        node.talk(gateway)  # is told to go on from 10, and loses power
        assert node.journal.next_number == 10
    for value in (100, 101, 102):
        node.sample(value)
    node.now_ms += 100_000
    node.talk(gateway)
    assert [gateway.stored[number] for number in (10, 11, 12)] == [100, 101, 102]
    assert sorted(gateway.stored) == list(range(13))
