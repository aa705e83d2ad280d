"""Power goes at every single write of the log, the crash digest and the ladder.

Runs in MicroPython only, on its LittleFS; CPython has no filesystem whose power it could cut.
"""

import sys

from node import causes, crash
from node.clock import Clock
from node.ladder import Ladder
from node.recorder import Recorder
from tests.shared.flash import RamFlash
from tests.shared.journals import Ticks

_LFS = {"progsize": 32, "readsize": 32, "lookahead": 32}
_MOUNT = "/tmp/neckar-cut-log"

if sys.implementation.name == "micropython":
    import vfs

    def _mount(flash):
        try:
            vfs.umount(_MOUNT)
        except OSError:
            pass
        vfs.mount(vfs.VfsLfs2(flash, **_LFS), _MOUNT)
        crash.PATH = _MOUNT + "/crash"

    def _log(boot):
        ticks = Ticks()
        return ticks, Recorder(Clock(ticks), boot, _MOUNT + "/log", 120)

    def _life(done):
        """Write to all of them; `done` learns of everything that has returned."""
        ladder = Ladder(_MOUNT + "/ladder")
        ladder.begin(causes.RESET)
        ticks, log = _log(1)
        for i in range(9):
            ticks.now += 3600000
            log.append("line %d" % i)
            if log.errors:
                raise OSError(5)
            done.append(i)
        crash.keep(("OSError", "sampler", 7), b"abcd")
        done.append("crash")
        ladder.begin(causes.RESET)
        ladder.begin(causes.RESET)
        crash.told()
        done.append("told")

    def _check(flash, done):
        _mount(flash)
        _, log = _log(2)
        found = [
            line.split(" ", 2)[2] for line in (log.page(0) + "\n" + log.page(1)).split("\n") if line
        ]
        wanted = ["line %d" % i for i in done if isinstance(i, int)][::-1]
        # The line on its way may be there as well; the oldest of nine may have gone.
        assert found[: len(wanted)][:4] == wanted[:4] or found[1:][:4] == wanted[:4], (found, done)
        log.append("after")
        assert log.errors == 0
        assert log.page(0).split("\n")[0] == "2 0 after"
        waiting = crash.waiting()
        if "told" in done:
            assert waiting is None
        elif "crash" in done and waiting is not None:
            assert (waiting.exception, waiting.module, waiting.line) == ("OSError", "sampler", 7)
        else:
            assert waiting is None or waiting.module == "sampler"
        assert Ladder(_MOUNT + "/ladder").failed in (0, 1, 2)

    def _cut_everywhere(torn):
        path = crash.PATH
        empty = RamFlash()
        vfs.VfsLfs2.mkfs(empty, **_LFS)
        good = RamFlash(data=empty.data)
        _mount(good)
        done = []
        _life(done)
        assert done == list(range(9)) + ["crash", "told"]
        assert good.writes >= 30
        for cut in range(1, good.writes + 1):
            flash = RamFlash(data=empty.data)
            _mount(flash)
            flash.budget = cut
            flash.torn = torn
            done = []
            try:
                _life(done)
            except OSError:
                pass
            _check(RamFlash(data=flash.data), done)
        vfs.umount(_MOUNT)
        crash.PATH = path

    def test_power_cut_at_every_write():
        _cut_everywhere(torn=False)

    def test_power_cut_at_every_write_that_is_left_half_done():
        _cut_everywhere(torn=True)
