"""Power goes at every single write of the flash: what `append` returned from is there afterwards.

Runs in MicroPython only, on its LittleFS; CPython has no filesystem whose power it could cut.
"""

import sys

from tests.shared.flash import RamFlash
from tests.shared.journals import Boot

_LFS = {"progsize": 32, "readsize": 32, "lookahead": 32}
_MOUNT = "/tmp/neckar-cut"

if sys.implementation.name == "micropython":
    import vfs

    def _mount(flash):
        try:
            vfs.umount(_MOUNT)
        except OSError:
            pass
        vfs.mount(vfs.VfsLfs2(flash, **_LFS), _MOUNT)

    def _boot(flash, number):
        _mount(flash)
        return Boot(number, segments=4, root=_MOUNT + "/journal")

    def _life(flash, safe):
        """Take, release and take again; `safe` learns of every append that returned."""
        boot = _boot(flash, 1)
        safe.extend(boot.take(3))
        boot.set_clock()
        for _ in range(4):
            safe.extend(boot.take(1))
        boot.journal.release(5)
        for _ in range(8):
            safe.extend(boot.take(1))

    def _check(flash, safe):
        boot = _boot(flash, 2)
        assert boot.journal.next_number >= len(safe), (boot.journal.next_number, safe)
        rows = boot.drain()
        assert all(number == value for number, value in rows), rows
        numbers = [number for number, _ in rows]
        # Four segments of four hold the last twelve at least; below 5 all was released.
        wanted = [n for n in safe if n >= max(5, len(safe) - 12)]
        assert all(n in numbers for n in wanted), (wanted, numbers)
        assert boot.journal.damaged == 0

    def _cut_everywhere(torn_bytes=0, torn=False, seed=0):
        """Cut the power at each write of a life; return how many writes were missing besides."""
        empty = RamFlash()
        vfs.VfsLfs2.mkfs(empty, **_LFS)
        good = RamFlash(data=empty.data)
        safe = []
        _life(good, safe)
        assert safe == list(range(15))
        assert good.writes >= 25
        lost = 0
        for cut in range(1, good.writes + 1):
            flash = RamFlash(data=empty.data)
            flash.budget = cut
            flash.torn = torn
            flash.torn_bytes = torn_bytes
            flash.seed = seed and seed + cut
            safe = []
            try:
                _life(flash, safe)
            except OSError:
                pass
            _check(RamFlash(data=flash.data), safe)
            lost += flash.lost
        vfs.umount(_MOUNT)
        return lost

    def test_power_cut_at_every_write():
        assert _cut_everywhere() == 0

    def test_power_cut_at_every_write_that_is_left_half_done():
        _cut_everywhere(torn=True)

    def test_power_cut_at_every_write_of_which_some_bytes_are_done():
        for torn_bytes in (1, 5, 16, 31, 64):
            _cut_everywhere(torn_bytes)

    def test_power_cut_at_every_write_with_writes_missing_that_were_not_synced():
        for seed in range(1000, 9000, 1000):
            assert _cut_everywhere(seed=seed) > 10

    def test_power_cut_at_every_write_with_writes_torn_and_missing():
        for seed in range(1000, 9000, 1000):
            assert _cut_everywhere(seed // 1000 * 7, seed=seed) > 10
