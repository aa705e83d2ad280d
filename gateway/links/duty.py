"""The account of one transmitter's duty cycle, in a file, for those that keep none themselves.

Place: concentrators and HATs: `book`, `keep`, and only then a frame leaves.
Guarantee: what is not in the file is not sent, so a gateway that is killed after each frame still
cannot flood the band. Where the file is missing or damaged, the hour is taken as full. The time is
that of the machine since it was started: where that falls back, none has passed.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.clock import Clock
from protocol.airtime import sub_band
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ, modulation

DIPOLE_DBI = 2  # 2.15, rounded so that a limit of ERP is never passed

# A clock that is being set right runs up to 500 ppm fast (adjtimex(2)); the ledger's must not.
_SLOWER = 0.999
_KEEP_S = 300  # so often the passing of time is stored while there is no room


async def in_a_thread(function: Callable[[Path, bytes], None], path: Path, data: bytes) -> None:
    """Run what waits for the disk, and let the loop go on."""
    await asyncio.get_running_loop().run_in_executor(None, function, path, data)


class Account:
    """`load` once; then for each frame `book`, `keep`, send. All frames are on ANSWER_HZ."""

    def __init__(
        self,
        path: Path,
        dbm: int,
        antenna_dbi: int,
        clock: Clock,
        store: Callable[..., Awaitable[None]] = in_a_thread,
    ):
        self.path = path
        self._band = sub_band(ANSWER_HZ, BANDWIDTH_HZ, dbm + antenna_dbi - DIPOLE_DBI)
        self._clock = clock
        self._store = store
        self._ledger = Ledger()
        self._is_dirty = False
        self._passed_s = 0

    def load(self) -> int:
        """Read the file; return in how many seconds the longest frame could be sent."""
        data = b""
        with contextlib.suppress(OSError):
            data = self.path.read_bytes()
        now_s = self._now_s()
        self._ledger = Ledger.from_state(data, now_s)
        self._is_dirty = True  # the file may be missing
        self._passed_s = now_s
        return self._ledger.wait_s(self._band, modulation(12).airtime_us(255), now_s) or 0

    def book(self, sf: int, length: int) -> bool:
        """Count a frame that is about to go out; False where the hour has no room for it."""
        airtime_us = modulation(sf).airtime_us(length)
        now_s = self._now_s()
        if self._ledger.wait_s(self._band, airtime_us, now_s) == 0:
            self._ledger.record(self._band, airtime_us, now_s)
            self._is_dirty = True
            return True
        if now_s - self._passed_s >= _KEEP_S:
            # Else a machine that often restarts would find the hour full for ever.
            self._ledger.let_pass(now_s)
            self._passed_s = now_s
            self._is_dirty = True
        return False

    async def keep(self) -> None:
        """Make what was booked durable; OSError where the disk refuses: then nothing may leave."""
        if self._is_dirty:
            self._is_dirty = False
            try:
                await self._store(write_durably, self.path, self._ledger.state())
            except BaseException:
                self._is_dirty = True
                raise

    def evidence(self) -> dict[str, dict[str, int]]:
        """Return what was used within the last hour, by sub-band."""
        rows = self._ledger.evidence(self._now_s())
        return {name: {"used_ms": used, "allowed_ms": allowed} for name, used, allowed in rows}

    def _now_s(self) -> int:
        return int(self._clock.monotonic_s() * _SLOWER)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file: after a power cut it has the old or the new content, whole."""
    new = path.with_name(path.name + ".new")
    with new.open("wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
