"""Starts what this board is, a node or a modem, and says why where it cannot.

Place: main.py -> here -> life -> app or modem.
Guarantee: a board that cannot start says why on its console, keeps it in the log and as a digest,
and resets after a minute, so that a fault that passes does not keep it silent; five of these in a
row are safe mode (`node.ladder`). Nothing but a Ctrl-C ends the node without a reset.
"""

import asyncio
import gc
import time

import machine

from node import console, wake
from node.errors import NodeError
from node.life import Life
from node.memory import forget

# What a board needs to start and never again.
_ONCE = (
    "node.causes",
    "node.air",
    "node.commands",
    "node.config",
    "node.settings",
    "node.identity",
    "node.boards",
    "node.fields",
    "node.sensors",
    "protocol.commands",
)


def main() -> None:
    """Run for ever, or up to the next deep sleep."""
    kept = wake.short()  # goes back to sleep where there is no more to do than a sample
    life, resumed = _begin(kept)
    try:
        app, jobs = _build(life, resumed, kept)
        kept = resumed = None  # a tenth of the heap
        forget(*_ONCE)
        print("neckar:", app.title())
    except Exception as e:  # also of memory or of a wrong type: never a silent board
        print("neckar: cannot start:", e)
        life.crashed("start", e)
        life.end_trial()
        _pause()
        machine.reset()
    print("neckar: heap", gc.mem_free())
    try:
        asyncio.run(app.supervisor.run_all(jobs))
    except (Exception, asyncio.CancelledError) as e:  # of what keeps the tasks themselves
        life.crashed("main", e)
        life.give_up("main")
    finally:
        asyncio.new_event_loop()


def _pause() -> None:
    """Wait a minute; on a battery in light sleep, for it may be years before somebody comes."""
    try:
        from node import config

        if config.given()[0].get("power") == "battery":
            machine.lightsleep(60000)
            return
    except Exception as e:  # whatever has kept it from starting
        print("neckar:", e)
    time.sleep(60)


def _begin(kept: dict | None) -> tuple:
    """Return (life, `kept` where it goes on from a deep sleep, else None)."""
    if kept is None or machine.reset_cause() != machine.DEEPSLEEP_RESET:
        return Life(None, kept is not None), None
    life = Life(kept["boot"])
    kept["slept_ms"] = life.clock.awake(kept["clock"], wake.counter_ms())
    if kept["slept_ms"] is None:  # uptimes of before and after would not fit together
        life.recorder.append("clock lost asleep")
        return Life(), None
    if "short_error" in kept:
        life.recorder.append("short wake: " + kept.pop("short_error"))
    return life, kept


def _build(life, resumed: dict | None, kept: dict | None) -> tuple:
    """Return (app, its tasks); samples in `kept` are new to the journal."""
    from node import config, settings
    from node.boards import Hardware

    if not life.boot:
        raise NodeError("/state cannot be written: provision the node again")
    if settings.count_wake() and resumed is not None:
        life.restart("trial is over")  # what it took along fits other settings
    given = config.given()[0]
    is_modem = given.get("role") == "modem"
    # Before the rest is loaded, for it needs much memory for a moment.
    is_sound = resumed is not None and resumed["is_sound"]
    hardware = Hardware(is_modem or given.get("link") == "lora", is_sound)
    if is_modem:
        from node.modem.app import Modem

        app = Modem(hardware, life)
        return app, app.jobs()
    from node.app import App

    if life.is_safe:
        print("neckar: SAFE MODE after failed boots: radio, commands and log only")
    app = App(hardware, life, resumed, kept)
    app.settle(is_sound)
    if app.problem:
        print("neckar:", app.problem)
    jobs = app.jobs()
    if console.is_locked:
        jobs.append(("console", _unlocking(app, hardware)))
    return app, jobs


def _unlocking(app, hardware):
    """Return the task that opens the console for whoever may, and does what he asks there."""
    from node import unlock
    from node.button import pin_of

    button = {"pin": console.pin, "on": 0} if console.pin >= 0 else hardware.button
    is_pressed = None
    if button is not None:
        try:
            pin = pin_of(button, machine)
            is_pressed = lambda: pin.value() == button["on"]  # noqa: E731
        except ValueError:  # this chip has no such pin
            app.life.recorder.append("console: no pin %d" % button["pin"])

    def opened() -> None:
        console.open_up()
        if hardware.led is not None:
            machine.Pin(hardware.led["pin"], machine.Pin.OUT, value=hardware.led["on"])

    return lambda: unlock.run(app.life, is_pressed, opened, app.say_mount)
