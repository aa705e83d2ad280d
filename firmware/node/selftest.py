"""Tries everything that a board has once: each sensor of a profile, the radio, the battery.

Place: /board.json, /profiles/<name>.json -> `run` -> tools/flash, which runs it from the prompt.
Guarantee: it needs no identity and no settings, writes nothing and sends nothing. What fails costs
itself only, and says why in its driver's words. A node never loads this.

How long it takes: what begins before a reading gets the time that its driver asks for, but 6 s at
most. That is enough for a first reading of all of them (an SCD41 needs the 6 s, and 5 more in its
reading), and not for air that is stable: the values show that a sensor lives, no more.
"""

import asyncio
import errno

import machine

from protocol import quality as qualities
from protocol._compat import const

_MOST_LEAD_S = const(6)
_WATCH_S = const(2)  # of a sensor that works by itself: a microphone settles in the first
_TIMEOUT_S = const(15)  # as `measuring`
# The moment of the reading: not in the first hour of a week, in which an SPS30 cleans its fan.
_MOMENT_S = const(7200)
_INTERVAL_S = const(60)


def run(profile: str | None) -> dict:
    """Return what was found; NodeError where a file is missing or wrong. `profile`: its name.

    sensors     [{"name", "ok", "values": {quantity: scaled integers}, "why", "waited_s"}]
    radio       {"ok", "why"}, None where the board has none
    battery_mv  None where the board cannot measure it
    """
    from node import board, fields

    entries = []
    ports = None
    if profile:
        entries = fields.read_object("/profiles/" + profile + ".json")["sensors"]
    given = board.load("/board.json")
    if profile:
        from node.ports import Ports  # which a modem does not have

        ports = Ports(board.wires(given), machine)
    try:
        return asyncio.run(_all(entries, given, ports))
    finally:
        asyncio.new_event_loop()


async def _all(entries: list, given: dict, ports) -> dict:
    return {
        "sensors": await _sensors(entries, ports) if entries else [],
        "radio": await _radio(given) if given["radio"] else None,
        "battery_mv": _battery_mv(given, ports),
    }


async def _sensors(entries: list, ports) -> list:
    """Return one result for each; all of them warm up at the same time."""
    ports.supply(True)
    tests = [_Test(entry, ports) for entry in entries]
    await asyncio.sleep(max([test.waited_s for test in tests]))
    results = []
    for test in tests:
        results.append(await test.result())
    await asyncio.sleep(max([test.end() for test in tests]))
    ports.supply(False)
    return results


class _Test:
    """One sensor, from its line in the profile."""

    def __init__(self, entry, ports):
        from node import sensors

        self.waited_s = 0
        self._sensor = self._task = None
        self._name = "%s %s" % (entry.get("kind"), entry.get("driver"))
        self._why = ""
        try:
            # Each by itself, so that one without a wire costs no other.
            self._sensor = sensors.build({"sensors": [entry]}, {}, ports)[0]
            self._sensor.prepare()
            self.waited_s = min(self._sensor.lead_s, _MOST_LEAD_S)
            if hasattr(self._sensor, "run"):
                self._task = asyncio.create_task(self._sensor.run())
                self.waited_s = max(self.waited_s, _WATCH_S)
        except Exception as e:  # a driver may fail in any way; the others go on
            self._why = _words(e)

    async def result(self) -> dict:
        values = {}
        if not self._why:
            try:
                work = self._sensor.measure(_MOMENT_S, _INTERVAL_S)
                readings = await asyncio.wait_for(work, _TIMEOUT_S)
                for quantity, reading in zip(self._sensor.quantities, readings):
                    values[quantity] = reading[0]
                    if reading[1] == qualities.FAULT:
                        self._why = self._why or "no value of " + quantity
            except Exception as e:
                self._why = _words(e)
        return {
            "name": self._name,
            "ok": not self._why,
            "values": values,
            "why": self._why,
            "waited_s": self.waited_s,
        }

    def end(self):
        """Let it go to its lowest power; return how many seconds that takes."""
        if self._task:
            self._task.cancel()
        if not self._sensor:
            return 0
        self._sensor.release()
        return self._sensor.rest_s


async def _radio(given: dict) -> dict:
    """Return whether clock, receiver and interrupt line work: the driver's start proves them."""
    from node import board

    why = ""
    try:
        driver = board.radio(given, machine)
        await asyncio.wait_for(driver.start(), _TIMEOUT_S)
        driver.sleep()
    except Exception as e:
        why = _words(e)
    return {"ok": not why, "why": why}


def _battery_mv(given: dict, ports):
    if ports is None or not given["power"]["battery"]:
        return None
    try:
        return ports.millivolts("battery")()
    except (OSError, ValueError):
        return None


def _words(e: Exception) -> str:
    """Return what a driver says, or what its bus meant."""
    if isinstance(e, OSError) and e.args:
        words = str(e.args[-1])
        if " " in words:
            return words
        if e.errno == errno.ENODEV:
            return "does not answer on its bus: wiring, address, supply"
        if e.errno == errno.ETIMEDOUT:
            return "its bus hangs: SDA or SCL is held low"
    return str(e) or type(e).__name__
