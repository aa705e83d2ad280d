"""The counter: no number twice, whenever the power is cut."""

from protocol.counter import Counter
from tests.shared.expect import Chance, refuses


class Flash:
    """One number that survives; a write may be cut before or after it took effect."""

    def __init__(self):
        self.limit = 0
        self.writes = 0
        self.cut_before = self.cut_after = False

    def store(self, limit: int) -> None:
        if self.cut_before:
            raise OSError("power cut")
        assert limit > self.limit
        self.limit = limit
        self.writes += 1
        if self.cut_after:
            raise OSError("power cut")


def test_numbers_count_from_the_stored_limit():
    flash = Flash()
    counter = Counter(0, flash.store)
    assert [counter.take() for _ in range(5)] == [0, 1, 2, 3, 4]
    again = Counter(flash.limit, flash.store)
    assert again.take() == 256


def test_no_number_is_taken_twice_whenever_the_node_restarts():
    chance = Chance(9)
    for block in (1, 2, 7, 256):
        flash = Flash()
        last = -1
        for _ in range(100):
            counter = Counter(flash.limit, flash.store, block)
            skipped = flash.limit - last - 1
            assert 0 <= skipped <= block
            for _ in range(chance.below(3 * block + 2)):
                number = counter.take()
                assert number > last and number < flash.limit
                last = number


def test_a_number_is_durable_before_it_is_handed_out():
    flash = Flash()
    counter = Counter(0, flash.store, 4)
    for _ in range(50):
        assert counter.take() < flash.limit


def test_a_cut_during_the_write_hands_out_nothing():
    for when in ("cut_before", "cut_after"):
        flash = Flash()
        used = [Counter(flash.limit, flash.store, 4).take()]
        counter = Counter(flash.limit, flash.store, 4)
        setattr(flash, when, True)
        refuses(OSError, counter.take)
        setattr(flash, when, False)
        counter = Counter(flash.limit, flash.store, 4)
        used += [counter.take() for _ in range(9)]
        assert len(set(used)) == 10


def test_a_failed_write_is_tried_again_by_the_next_take():
    flash = Flash()
    counter = Counter(0, flash.store, 4)
    flash.cut_before = True
    refuses(OSError, counter.take)
    refuses(OSError, counter.take)
    flash.cut_before = False
    assert [counter.take() for _ in range(6)] == [0, 1, 2, 3, 4, 5]


def test_flash_is_written_once_a_block():
    flash = Flash()
    counter = Counter(0, flash.store, 256)
    for _ in range(1024):
        counter.take()
    assert flash.writes == 4
