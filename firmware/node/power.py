"""Looks after the battery: sample and send less when it is low, sleep deeply where that is wanted.

Place: beside the data flow; app makes it for nodes on solar power and on a battery.
Guarantee: what is low is measured, with a step between low and well again, so that a node does not
change its mind with every cloud. A node that cannot measure its battery says so and goes on.
"""

import asyncio

from node.errors import NodeError
from protocol._compat import const

_RECOVERED_MV = const(150)  # above the limit: what a cell gains by resting alone is less
_LOW_FACTOR = const(4)  # so many times the interval, and with it fewer frames and asks
_LOOK_S = const(60)


class Power:
    """`app` is the running node; `kept` and `found` as in App."""

    def __init__(self, app, hardware, kept: dict | None, found: dict | None):
        self._app = app
        self._low_mv = app.config.low_mv
        self._millivolts = None
        self.battery_mv = 0
        self.is_low = False
        self._seen = -1
        if self._low_mv:
            try:
                self._millivolts = app.ports.millivolts("battery")
            except NodeError as e:
                app.problem = app.problem or str(e)
        self._sleeper = None
        if app.config.power == "battery":
            self._sleeper = self._build_sleeper(hardware, kept, found)
        if kept is not None and kept["is_low"]:
            self._set_low(True)

    def _build_sleeper(self, hardware, kept: dict | None, found: dict | None):
        app = self._app
        if app.measuring.is_continuous:
            app.problem = "/config.json: power is 'battery', but a sensor works all the time"
            return None
        if hardware.energy is None:
            wants = "/board.json is missing: power 'battery' needs its `energy`"
            app.problem = app.problem or wants
            return None
        from node.sleep import Sleeper

        return Sleeper(app, hardware, kept, found)

    @property
    def sleeps(self) -> bool:
        """Say whether this node sleeps deeply."""
        return self._sleeper is not None

    async def run(self) -> None:
        """Look at the battery after each sample, and sleep when nothing is to do."""
        while True:
            self.look()
            if self._sleeper is None:
                await asyncio.sleep(_LOOK_S)
            else:
                await self._sleeper.rest(self.is_low)

    def look(self) -> None:
        """Measure the battery, once for each sample, and act on it."""
        sampler = self._app.sampler
        if self._millivolts is None or sampler is None or sampler.samples == self._seen:
            return
        self._seen = sampler.samples
        try:
            self.battery_mv = self._millivolts()
        except Exception as e:  # of the port: a node that cannot look must sleep all the same
            self._millivolts = None
            self._app.life.recorder.append("battery: " + str(e))
            self._app.health.note("battery: " + str(e))
            return
        limit_mv = self._low_mv + (_RECOVERED_MV if self.is_low else 0)
        if (self.battery_mv < limit_mv) != self.is_low:
            self._set_low(not self.is_low)
            self._app.life.recorder.append("battery: %d mV" % self.battery_mv)

    def _set_low(self, is_low: bool) -> None:
        app = self._app
        self.is_low = is_low
        interval_s = app.config.interval_s * (_LOW_FACTOR if is_low else 1)
        app.journal.reshape(interval_s)
        if app.sampler is not None:
            app.sampler.interval_s = interval_s

    def status(self) -> dict:
        """Return what a Status says."""
        fields = {"low_battery": int(self.is_low)}
        if self.battery_mv:
            fields["battery_mv"] = self.battery_mv
        if self._sleeper is not None:
            fields.update(self._sleeper.status())
        return fields
