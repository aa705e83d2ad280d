"""The sound meter's arithmetic on every runtime: the same bits, nothing kept, nothing allocated."""

import gc
from array import array

from node.drivers import a_weighting as weighting

try:
    from micropython import heap_lock, heap_unlock
except ImportError:

    def heap_lock() -> None:
        """Nothing to lock here: the same steps run all the same."""

    def heap_unlock() -> int:
        """Nothing to unlock."""
        return 0


TURN = 768
# Words of the state after four turns of `noise`, as CPython computes them.
MEANS = [270258838, 268690663, 268482033, 268480337, 265751186, 276557890, 1398, 3364, 2016]
LEVELS = [76768780, 11, 11, 231165638, 76768780, 11, 11]


def fresh() -> array:
    """Return the state of a meter that has heard nothing."""
    state = array("i", [0] * weighting.WORDS)
    for i in range(weighting.SIGNED):
        state[i] = weighting.ZERO
    return state


def noise(seed: int, shift: int) -> array:
    """Return a turn of noise; `shift` makes it quieter."""
    frames = array("i", [0] * TURN)
    for i in range(TURN):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        sample = (seed >> 7) - 0x800000 >> shift
        frames[i] = sample * 256
    return frames


def hear(state, frames) -> None:
    """Let a meter hear whole blocks."""
    bits = weighting.weigh(frames, state, len(frames))
    weighting.follow(frames, state, len(frames), bits)


def test_the_bits_are_the_same_everywhere():
    state = fresh()
    for seed, shift in ((1, 0), (2, 12), (3, 4), (4, 0)):
        hear(state, noise(seed, shift))
    assert list(state) == MEANS + LEVELS, list(state)


def test_nothing_of_the_sound_stays_in_the_buffer():
    frames = noise(5, 3)
    hear(fresh(), frames)
    assert not any(frames)


def test_a_sound_may_be_cut_anywhere_between_blocks():
    whole = fresh()
    parts = fresh()
    sound = noise(6, 6)
    for first, count in ((0, 96), (96, 288), (384, 384)):
        weighting.weigh(sound[first : first + count], parts, count)
    weighting.weigh(noise(6, 6), whole, TURN)
    assert whole == parts


def test_the_meter_takes_nothing_from_the_heap():
    state = fresh()
    frames = noise(7, 2)
    gc.collect()
    heap_lock()
    try:
        hear(state, frames)
    finally:
        heap_unlock()
    assert state[weighting.LOUDEST]
