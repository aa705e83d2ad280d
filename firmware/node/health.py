"""Counters become a status message now and then, and the watchdog is fed on progress.

Place: beside the data flow; reads counters of life, sampler, journal, session and supervisor.
Guarantee: the watchdog is fed only while samples are taken on time and the uplink's loop turns: a
node that hangs resets. A node without a sampler (safe mode, or `measure` false) owes turns only.
"""

import asyncio
import gc
import random

from node.recorder import cut
from node.version import commit, firmware_hash
from protocol._compat import const
from protocol.fields import CRASH, TEXT_LIMIT
from protocol.messages import Note
from protocol.reports import Status

# Ten minutes of sleep, one for a frame and its answer, and some for a radio that has to be started.
_UPLINK_PATIENCE_MS = const(1200000)
_SAFE_S = const(86400)
_ALWAYS = ("uptime_s", "journal_samples")  # of the others a nought is no news, and no byte
_IDLE_STATUS_S = const(3600)


class Health:
    """`parts` is the App; `watchdog` has `feed()`; `status_s` is the time between messages."""

    def __init__(self, parts, life, watchdog, status_s: int, reset_cause: int):
        self._parts = parts
        self._life = life
        self._watchdog = watchdog
        # A node that does not sample asks with its statuses, or no command would ever reach it.
        self._asks = parts.sampler is None
        self._status_s = min(status_s, _IDLE_STATUS_S) if self._asks else status_s
        self._reset_cause = reset_cause
        self._firmware = int.from_bytes(firmware_hash(), "big")
        self._commit = commit()
        self._uplink = [0, 0]  # the count that was seen last, and when it was new
        self._sampler = [0, 0]
        self._is_healthy = False
        self.next_report_ms = 0  # uptime
        self._crash_dropped = -1  # what the outbox had dropped when it took the digest

    def state(self) -> list:
        """Return what has to outlive a sleep."""
        return [self.next_report_ms, self._crash_dropped]

    def restore(self, state: list) -> None:
        """Go on as `state` said."""
        self.next_report_ms, self._crash_dropped = state

    def note(self, text: str) -> None:
        """Tell the gateway one line."""
        self._parts.session.send(Note(cut(text, TEXT_LIMIT)), self._parts.clock.ticks())
        self._parts.uplink.wake()

    async def run(self) -> None:
        """Report and feed for ever."""
        parts = self._parts
        if parts.problem and not self._life.is_wake:
            self._life.recorder.append(parts.problem)
            self.note(parts.problem)
        while True:
            now_ms = parts.clock.uptime_ms()
            if self.has_progress(now_ms):
                self._watchdog.feed()
            self.tell_crash()
            if self._life.is_safe and now_ms >= 1000 * _SAFE_S:
                self._life.restart("safe mode ends for a try")
            if now_ms >= self.next_report_ms:
                self.next_report_ms = now_ms + _spread(1000 * self._status_s)
                parts.session.send(Status(self.fields()), parts.clock.ticks())
                parts.session.outbox.asks = self._asks
                parts.uplink.wake()
            # Four times within the watchdog's patience: often enough, and rarely awake.
            step_ms = min(250 * parts.config.watchdog_s, self.next_report_ms - now_ms)
            await asyncio.sleep(step_ms / 1000)

    def wait_ms(self) -> int:
        """Return how long until the next message."""
        return max(self.next_report_ms - self._parts.clock.uptime_ms(), 0)

    def has_progress(self, now_ms: int) -> bool:
        """Say whether all that has to go on does; the ladder is told once that all has begun."""
        parts = self._parts
        good = _moves(self._uplink, parts.uplink.turns, now_ms, _UPLINK_PATIENCE_MS)
        has_begun = self._uplink[0]
        if parts.sampler is not None:
            taken = parts.sampler.samples + parts.sampler.journal_errors
            patience_ms = 3000 * parts.sampler.interval_s + 30000
            good = _moves(self._sampler, taken, now_ms, patience_ms) and good
            has_begun = has_begun and self._sampler[0]
        if has_begun and not self._is_healthy:
            self._is_healthy = True
            if parts.power is None or not parts.power.sleeps:  # those have yet to wake
                self._life.ladder.healthy()
        return good

    def tell_crash(self) -> None:
        """Send the digest that waits, and note when it was answered."""
        life = self._life
        if not life.crash_waits:
            return
        from node import crash

        outbox = self._parts.session.outbox
        if outbox.holds(CRASH):
            return
        if outbox.dropped == self._crash_dropped:  # it left the outbox with an answer
            crash.told()
        waiting = crash.waiting()
        life.crash_waits = waiting is not None
        self._crash_dropped = -1
        if waiting is not None:
            self._parts.session.send(waiting, self._parts.clock.ticks())
            self._parts.uplink.wake()
            self._crash_dropped = outbox.dropped

    def fields(self) -> dict:
        """Return what a Status says; see `protocol.reports`."""
        parts = self._parts
        life = self._life
        counts = life.counts
        gc.collect()
        fields = {
            "uptime_s": parts.clock.uptime_ms() // 1000,
            "boot": parts.boot,
            "reset_cause": self._reset_cause,
            "heap_free": gc.mem_free(),
            "journal_samples": parts.journal.waiting(),
            "journal_dropped": parts.journal.dropped,
            "journal_damaged": parts.journal.damaged,
            "frames_sent": parts.session.frames_sent,
            "retries": parts.session.retries,
            "send_errors": parts.uplink.send_errors,
            "queue_dropped": parts.session.outbox.dropped,
            "clock_accuracy_s": parts.clock.accuracy_s(),
            "frames_refused": sum(parts.session.refused.values()),
            "task_restarts": parts.supervisor.restarts,
            "interval_s": parts.config.interval_s,
            "sensor_faults": parts.measuring.faults,
            "faulty_sensors": parts.measuring.faulty,
            "firmware_hash": self._firmware,
            "firmware_commit": self._commit,
            "power_ons": counts[0],
            "brownouts": counts[1],
            "watchdog_resets": counts[2],
            "crashes": counts[3],
            "safe_mode": int(life.is_safe),
            "log_errors": life.recorder.errors,
            "config_hash": parts.config.digest,
            "config_source": parts.config.source,
            "maintenance": parts.maintenance.left_s(),
            "commands": parts.uplink.commands,
        }
        if parts.sampler is not None:
            fields["interval_s"] = parts.sampler.interval_s
            fields["journal_errors"] = parts.sampler.journal_errors
        if parts.power is not None:
            fields.update(parts.power.status())
        fields.update(parts.link.status())
        return {name: value for name, value in fields.items() if value or name in _ALWAYS}


def _spread(span_ms: int) -> int:
    """Return up to an eighth less: nodes whose power came back together must not stay in step."""
    return span_ms - random.getrandbits(30) % (span_ms // 8)


def _moves(seen: list, count: int, now_ms: int, patience_ms: int) -> bool:
    """Say whether a count that should grow has done so in time; `seen` remembers it."""
    if count != seen[0]:
        seen[0] = count
        seen[1] = now_ms
    return now_ms - seen[1] < patience_ms
