"""Whether a node in the field has a prompt on its serial port: not before somebody opens it.

Place: boot.py, main.py -> `lock`; start -> `unlock` opens it; main.py -> `end`.
Guarantee: a node whose firmware does not even load begins again after a minute. Where /config.json
says `"console": "locked"`, Ctrl-C is a byte like any other, and main.py ends in no prompt. A file
that cannot be read leaves it to the last good copy, and without one the console is open: a board
that nobody set up is a developer's.

MicroPython takes Ctrl-C for an interrupt at the start of every file that it runs (pyexec.c,
parse_compile_execute), so boot.py and main.py both begin with `lock`. Somebody who sends nothing
but Ctrl-C may hit the instant before it. That, and reading the flash with esptool, only the chip's
own secure boot and flash encryption can prevent.
"""

import json
import time

import machine
import micropython

from node import files

_SETTINGS = ("/config.json", "/config.good")

is_locked = False
pin = -1  # console_pin: a jumper from it to ground opens the console; -1: the board's button


def lock() -> None:
    """Take the prompt away, or leave it, as the settings say."""
    global is_locked, pin
    micropython.kbd_intr(-1)
    given = _given()
    is_locked = given.get("console") == "locked"
    pin = given.get("console_pin", -1)
    if not isinstance(pin, int):
        pin = -1
    if not is_locked:
        micropython.kbd_intr(3)


def _given() -> dict:
    for path in _SETTINGS:
        try:
            given = json.loads(files.read_bytes(path) or b"")
        except ValueError:
            continue
        if isinstance(given, dict):
            return given
    return {}


def open_up() -> None:
    """Give the prompt back: from here on Ctrl-C stops the node."""
    global is_locked
    is_locked = False
    micropython.kbd_intr(3)


def end(has_failed: bool) -> None:
    """What runs the node has ended: it begins again, unless somebody wants the prompt and may."""
    if has_failed or is_locked:
        time.sleep(60)
        machine.reset()
