"""Tells whether a node was stopped here, and puts its watchdog off: nothing else can stop it.

Place: `Prompt.calm` -> board. Guarantee: no watchdog is started where none was.

A second WDT sets the time of the first anew (MicroPython, ports/esp32/machine_wdt.c; not tried on a
chip).
"""

import sys

import machine

_PUT_OFF_MS = 600000
_OF_BOOT = ("node", "node.console", "node.files")  # what boot.py loads
_APPS = ("node.app", "node.modem.app")  # what starts the watchdog


def main() -> dict:
    """Return {"ran": whether main.py had begun}."""
    if any(name in sys.modules for name in _APPS):
        machine.WDT(timeout=_PUT_OFF_MS)
    ours = [name for name in sys.modules if name.startswith("node") and name not in _OF_BOOT]
    return {"ran": bool(ours)}
