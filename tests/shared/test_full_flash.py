"""A flash that is smaller than the journal may grow: what goes is the oldest, and no more of it."""

import sys

MOUNT = "/tmp/neckar-full"
NOW_S = 1_800_000_000


def test_a_full_flash_costs_the_oldest_segments_and_not_nearly_everything():
    """20 blocks hold about 2000 samples; after the flash was full there were 110 of them."""
    if sys.implementation.name != "micropython":
        return  # needs the real LittleFS
    import vfs

    from node.clock import Clock
    from node.journal import Journal
    from tests.shared.flash import RamFlash

    flash = RamFlash(blocks=20)
    vfs.VfsLfs2.mkfs(flash, progsize=32, readsize=32, lookahead=32)
    vfs.mount(vfs.VfsLfs2(flash, progsize=32, readsize=32, lookahead=32), MOUNT)
    clock = Clock(lambda: 0)
    clock.set(NOW_S * 1000)
    journal = Journal(MOUNT + "/journal", clock, 1, (0, 1), 10, 48)
    most = 0
    for n in range(2600):
        journal.append(NOW_S + 10 * n, True, [n % 1000, n % 100], None)
        most = max(most, journal.waiting())
    left = journal.waiting()
    journal._close_active()
    vfs.umount(MOUNT)
    assert left > most // 2, (most, left)
