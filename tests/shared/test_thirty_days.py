"""A month without a gateway: 512 KB of flash keep it, and no block is worn before the others."""

import sys

MOUNT = "/tmp/neckar-month"
NOW_S = 1_800_000_000
QUARTER_S = 900
MONTH = 30 * 96
YEAR = 365 * 96
IDS = (0, 1, 2, 18)  # temperature, humidity, pressure, battery


def values(n):
    """Return the values of sample n: as long in CBOR as those of a winter."""
    return [-100 + n % 300, n % 100, 9800 + n % 500, 330 + n % 90]


if sys.implementation.name == "micropython":
    import vfs

    from node.clock import Clock
    from node.journal import Journal
    from tests.shared.flash import RamFlash

    class Worn(RamFlash):
        """Counts the erases of each block."""

        def __init__(self):
            super().__init__(blocks=128)  # 512 KB
            self.erases = [0] * 128

        def ioctl(self, op, arg):
            if op == 6:
                self.erases[arg] += 1
            return super().ioctl(op, arg)

    def opened(flash):
        """Return a journal on a flash, as a board formats it, with what else a node keeps there."""
        vfs.VfsLfs2.mkfs(flash, progsize=32, readsize=32, lookahead=32)
        vfs.mount(vfs.VfsLfs2(flash, progsize=32, readsize=32, lookahead=32), MOUNT)
        with open(MOUNT + "/others", "wb") as f:
            f.write(bytes(64 * 1024))
        clock = Clock(lambda: 0)
        clock.set(NOW_S * 1000)
        return Journal(MOUNT + "/journal", clock, 1, IDS, QUARTER_S)

    def test_thirty_days_of_four_quantities_wait_in_512_kb():
        journal = opened(Worn())
        try:
            for n in range(MONTH):
                journal.append(NOW_S + QUARTER_S * n, True, values(n), None)
            assert (journal.waiting(), journal.dropped) == (MONTH, 0)
            for first in (0, MONTH // 2, MONTH - 1):
                batch = journal.run(first, 1, 0)
                assert [column[0] for column in batch.columns] == values(first)
        finally:
            journal.asleep()
            vfs.umount(MOUNT)

    def test_a_year_wears_no_block_out():
        """A block of NOR flash takes 100,000 erases; LittleFS moves on with each file."""
        flash = Worn()
        journal = opened(flash)
        try:
            flash.erases = [0] * 128
            for n in range(YEAR // 4):
                journal.append(NOW_S + QUARTER_S * n, True, values(n), None)
                if n % 96 == 95:
                    journal.release(n - 20)
        finally:
            journal.asleep()
            vfs.umount(MOUNT)
        most, total = 4 * max(flash.erases), 4 * sum(flash.erases)
        assert most < 2000, (most, total)
        assert len([1 for count in flash.erases if count]) > 64, "wear is not spread"


else:

    def test_the_length_of_a_sample_is_that_of_a_month():
        assert len(values(MONTH)) == len(IDS)
