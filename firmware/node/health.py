"""Counters become a status message now and then, and the watchdog is fed on progress.

Place: beside the data flow; reads counters of sampler, journal, session and supervisor.
Guarantee: the watchdog is fed only while samples are taken on time: a node that hangs resets.
"""

import asyncio
import gc

from protocol.messages import Note
from protocol.reports import Status


class Health:
    """`parts` is the App; `watchdog` has `feed()`; `status_s` is the time between messages."""

    def __init__(self, parts, watchdog, status_s: int, reset_cause: int):
        self._parts = parts
        self._watchdog = watchdog
        self._status_s = status_s
        self._reset_cause = reset_cause

    def note(self, text: str) -> None:
        """Tell the gateway one line."""
        self._parts.session.send(Note(text[:60]), self._parts.clock.ticks())
        self._parts.uplink.wake()

    async def run(self) -> None:
        """Report and feed for ever."""
        parts = self._parts
        patience_ms = 3000 * parts.config.interval_s + 30000
        seen = -1
        seen_ms = 0
        next_report_ms = 0
        while True:
            now_ms = parts.clock.uptime_ms()
            taken = parts.sampler.samples + parts.sampler.journal_errors
            if taken != seen:
                seen = taken
                seen_ms = now_ms
            if now_ms - seen_ms < patience_ms or not parts.config.measure:
                self._watchdog.feed()
            if now_ms >= next_report_ms:
                next_report_ms = now_ms + 1000 * self._status_s
                parts.session.send(Status(self.fields()), parts.clock.ticks())
                parts.uplink.wake()
            # Four times within the watchdog's patience: often enough, and rarely awake.
            step_ms = min(250 * parts.config.watchdog_s, next_report_ms - now_ms)
            await asyncio.sleep_ms(step_ms)

    def fields(self) -> dict:
        """Return what a Status says; see `protocol.reports`."""
        parts = self._parts
        gc.collect()
        fields = {
            "uptime_s": parts.clock.uptime_ms() // 1000,
            "boot": parts.boot,
            "reset_cause": self._reset_cause,
            "heap_free": gc.mem_free(),
            "journal_samples": parts.journal.waiting(),
            "journal_dropped": parts.journal.dropped,
            "journal_damaged": parts.journal.damaged,
            "journal_errors": parts.sampler.journal_errors,
            "frames_sent": parts.session.frames_sent,
            "retries": parts.session.retries,
            "send_errors": parts.uplink.send_errors,
            "queue_dropped": parts.session.queue_dropped,
            "clock_accuracy_s": parts.clock.accuracy_s(),
            "frames_refused": sum(parts.session.refused.values()),
            "sensor_faults": parts.sampler.faults,
            "task_restarts": parts.supervisor.restarts,
            "interval_s": parts.config.interval_s,
        }
        fields.update(parts.link.status())
        return fields
