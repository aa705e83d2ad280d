"""The short wake: takes the sample that is due into RTC memory and sleeps again.

Place: `_boot.py` of a frozen image, before there is a filesystem; else `start`. Sensors -> sampler
-> `Pending` -> RTC memory -> the next whole wake -> journal.
Guarantee: returns whenever there is more to do than that, or anything is unexpected: then the whole
node starts, and takes the sample itself. One that comes too early or too late for the sample sleeps
on. The sample that fills a frame is taken here too: the whole node starts once, at a random moment
after it, and sends. Imports what it needs and no more.
"""

import random
import time

import machine

from node import retained

started = time.ticks_ms()  # of this wake, as far as we know

_SOON_MS = 2000  # a start costs as much as so long awake and idle
_MOST_SPREAD_MS = 900000  # as `protocol.access` spreads what all nodes have at the same moment


def short() -> dict | None:
    """Sleep again, or return what RTC memory holds, for the whole node."""
    kept = retained.load()
    if kept is not None and machine.reset_cause() == machine.DEEPSLEEP_RESET:
        try:
            _sample(kept)
        except Exception as e:  # the whole node finds out what it is, and says it
            kept["short_error"] = type(e).__name__
    return kept


def counter_ms() -> int:
    """Return the ms of the chip's own clock, which goes on over sleeps and resets."""
    return time.time_ns() // 1000000


def fall_asleep(clock, wait_ms: int) -> None:
    """Sleep deeply; the board starts again after it."""
    machine.deepsleep(max(clock.counted_ms(wait_ms), 1))


def drain(kept: dict, journal) -> None:
    """Give the samples in RTC memory to the journal, and then forget all that is in there.

    Those that an earlier start gave it before it was cut off are there by their number. What flash
    refuses counts as dropped: it must not keep a node from starting.
    """
    from node.clock import Clock

    clock = Clock(time.ticks_ms)
    clock.awake(kept["clock"], kept["clock"][0])
    taken = kept["boot"], clock.accuracy_s()
    done = max(journal.next_number - kept["journal"][0], 0)
    for seconds, is_unix, columns, codes in kept["pending"][done:]:
        try:
            journal.append(seconds, is_unix, columns, codes, taken)
        except OSError:
            journal.dropped += 1
    retained.forget()


class Pending:
    """Samples in RTC memory, in the place of a journal; `samples` is the list in there."""

    def __init__(self, samples: list):
        self._samples = samples

    def append(self, seconds: int, is_unix: bool, columns: list, codes: list | None) -> None:
        """Take a sample."""
        self._samples.append([seconds, is_unix, columns, codes])


def _sample(kept: dict) -> None:
    from node.clock import Clock

    clock = Clock(time.ticks_ms)
    slept_ms = clock.awake(kept["clock"], counter_ms())
    if slept_ms is None or len(kept["pending"]) >= kept["need"]:
        return
    if kept["uplink_at"] - clock.uptime_ms() < 1000:
        return
    import asyncio

    from node.energy import Energy
    from node.measuring import Measuring
    from node.ports import Ports
    from node.sampler import Sampler
    from node.sensors import build

    plan = kept["plan"]
    machine.WDT(timeout=1000 * plan["watchdog_s"])
    ports = Ports(plan["wires"], machine)
    measuring = Measuring(build(plan["profile"], plan["options"], ports))
    measuring.restore(kept["sensors"])
    is_marked = kept["marked_until"] > clock.uptime_ms()
    pending = Pending(kept["pending"])
    sampler = Sampler(
        measuring, kept["interval_s"], clock, pending, _nothing, ports.supply, lambda: is_marked
    )
    sampler.last_s = kept["slot"]
    if sampler.wait_ms() < _SOON_MS:
        asyncio.run(sampler.once())
    energy = Energy(plan["energy"], measuring.draw_ma, kept["energy"])
    energy.slept(slept_ms)
    awake_ms = time.ticks_diff(time.ticks_ms(), started)
    energy.awake(awake_ms - sampler.sensing_ms, sampler.sensing_ms, sampler.sensing_ms)
    kept["energy"] = energy.state()
    kept["sensors"] = measuring.state()
    kept["slot"] = sampler.last_s
    if len(kept["pending"]) == kept["need"]:  # a frame is due, for other nodes as well
        spread_ms = min(1000 * kept["interval_s"], _MOST_SPREAD_MS)
        at_ms = clock.uptime_ms() + random.getrandbits(30) % spread_ms
        kept["uplink_at"] = min(kept["uplink_at"], at_ms)
        kept["is_spread"] = True
    kept["wakes"] += 1
    wait_ms = min(sampler.wait_ms(), max(kept["uplink_at"] - clock.uptime_ms(), 0))
    kept["clock"] = clock.asleep(counter_ms())
    if retained.store(kept):  # else it is full, and the whole node empties it
        fall_asleep(clock, wait_ms)


def _nothing() -> None:
    pass
