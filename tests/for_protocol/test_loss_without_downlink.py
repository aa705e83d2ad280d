"""Delivery when no answer ever comes: what overlapping windows lose, against the theory.

`python -m tests.for_protocol.test_loss_without_downlink` prints the table that is the snapshot.
"""

import random
import sys
from pathlib import Path

import pytest

from protocol.envelope import TAG_RADIO
from protocol.session import radio
from tests.shared.pair import Gateway, Node, RamJournal

SNAPSHOT = Path(__file__).with_name("snapshots") / "loss_without_downlink.txt"
SAMPLES = 12_000
STEP_MS = 900_000
_TICKS = 1 << 30


def deliver(loss: float, every: int, seed: int) -> tuple[int, int, int]:
    """Return (frames sent, frames lost, samples lost) of SAMPLES; the last window is not judged."""
    dice = random.Random(seed)
    journal = RamJournal(capacity=6144)  # as many as the firmware keeps
    node, gateway = Node(journal, policy=radio(every), tag=TAG_RADIO), Gateway(TAG_RADIO)
    now, frames, lost = 0, 0, 0
    for value in range(SAMPLES + every):
        node.append(value % 500)
        now = (now + STEP_MS) % _TICKS
        node.session.handle_timeout(now)
        while (frame := node.session.data_to_send(now)) is not None:
            frames += 1
            if dice.random() < loss:
                lost += 1
            else:
                gateway.receive(frame, now)
                gateway.commit(now)  # the answer never arrives
            now = (now + 4000) % _TICKS
            node.session.handle_timeout(now)
    return frames, lost, SAMPLES - sum(number < SAMPLES for number in gateway.stored)


def table() -> str:
    """Return one line for each rate of loss and size of window."""
    lines = ["frames lost   window   readings lost   theory (loss cubed)"]
    for every in (4, 8):
        for percent in (10, 20, 30):
            frames, lost, missing = deliver(percent / 100, every, seed=percent)
            share = lost / frames
            line = f"{100 * share:8.2f} %   {2 * every:3d}/{every}  "
            lines.append(f"{line}{100 * missing / SAMPLES:11.2f} %{100 * share**3:17.2f} %")
    return "\n".join(lines) + "\n"


def test_the_table_of_losses_is_what_it_was():
    assert table() == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("percent", [10, 20, 30])
def test_a_reading_is_lost_only_where_three_frames_in_a_row_are(percent):
    """Four standard deviations of a binomial, with eight samples sharing a fate."""
    frames, lost, missing = deliver(percent / 100, 8, seed=percent + 1)
    expected = (lost / frames) ** 3
    windows = SAMPLES / 8
    tolerance = 4 * (expected * (1 - expected) / windows) ** 0.5
    assert abs(missing / SAMPLES - expected) < tolerance


if __name__ == "__main__":
    sys.stdout.write(table())
