"""Virtual time: what is due when, in whole microseconds, and nothing happens in between.

Place: chips and the ether put actions in; whoever owns the run lets time pass (`run_until`).
Guarantee: actions run in the order of their times, those of one time in the order of the calls;
each sees its own time in `now_us`; time never goes back. Cancelled events cost no memory for long.
"""

import heapq
from collections.abc import Callable

_Action = Callable[[], None]
# A heap this small is not worth clearing.
_FEW = 64


class Event:
    """One action that waits for its time; `cancel` while it waits, else nothing happens."""

    __slots__ = ("_action", "_timeline")

    def __init__(self, timeline: "Timeline", action: _Action):
        self._timeline = timeline
        self._action: _Action | None = action

    def cancel(self) -> None:
        """See to it that the action does not run; harmless when it has run or was cancelled."""
        if self._action is not None:
            self._action = None
            self._timeline._forget_one()

    def _take(self) -> _Action | None:
        action, self._action = self._action, None
        return action


class Timeline:
    """`at` or `after` put actions in, `run_until` lets time pass; `now_us` starts at 0."""

    def __init__(self) -> None:
        self.now_us = 0
        self._queue: list[tuple[int, int, Event]] = []
        self._calls = 0
        self._cancelled = 0
        self._running = False

    def at(self, when_us: int, action: _Action) -> Event:
        """Run `action` at this time, which may be now; ValueError for the past."""
        if when_us < self.now_us:
            raise ValueError(f"{when_us} us is over, it is {self.now_us} us")
        event = Event(self, action)
        self._calls += 1
        heapq.heappush(self._queue, (when_us, self._calls, event))
        return event

    def after(self, delay_us: int, action: _Action) -> Event:
        """Run `action` when this much time has passed."""
        return self.at(self.now_us + delay_us, action)

    def next_us(self) -> int | None:
        """Return when the next action is due, or None where nothing waits."""
        queue = self._queue
        while queue and queue[0][2]._action is None:
            heapq.heappop(queue)
            self._cancelled -= 1
        return queue[0][0] if queue else None

    def run_until(self, when_us: int) -> None:
        """Run all that is due up to and at this time, also what that adds; it is then now.

        An action that raises ends the run at its time; the rest is still waiting.
        """
        if when_us < self.now_us:
            raise ValueError(f"{when_us} us is over, it is {self.now_us} us")
        if self._running:
            raise RuntimeError("an action cannot let time pass")
        self._running = True
        try:
            self._run_due(when_us)
        finally:
            self._running = False
        self.now_us = when_us

    def _run_due(self, when_us: int) -> None:
        # Clearing the heap replaces its content, not the list: this name stays good.
        queue = self._queue
        while queue and queue[0][0] <= when_us:
            due_us, _, event = heapq.heappop(queue)
            action = event._take()
            if action is None:
                self._cancelled -= 1
            else:
                self.now_us = due_us
                action()

    def _forget_one(self) -> None:
        """Count a cancelled event, and clear the heap when most of it is such."""
        self._cancelled += 1
        if self._cancelled > _FEW and 2 * self._cancelled > len(self._queue):
            self._queue[:] = [entry for entry in self._queue if entry[2]._action is not None]
            heapq.heapify(self._queue)
            self._cancelled = 0
