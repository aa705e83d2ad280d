"""Starts what this board is, a node or a modem, and says why where it cannot.

Place: main.py -> here -> app or modem.
Guarantee: a board that cannot start says why on its console and resets after a minute, so that a
fault that passes does not keep it silent.
"""

import asyncio
import gc
import sys
import time

import machine

from node.errors import NodeError
from node.memory import forget

# What a board needs to start and never again.
_ONCE = ("node.air", "node.config", "node.boards", "node.fields")


def main() -> None:
    """Run for ever."""
    try:
        app = _build()
    except Exception as e:  # also of memory or of a wrong type: never a silent board
        print("neckar: cannot start:", e)
        if not isinstance(e, NodeError):
            sys.print_exception(e)
        time.sleep(60)
        machine.reset()
    forget(*_ONCE)
    print("neckar:", app.title())
    print("neckar: heap", gc.mem_free())
    try:
        asyncio.run(app.supervisor.run_all(app.jobs()))
    finally:
        asyncio.new_event_loop()


def _build():
    from node import fields
    from node.boards import Hardware

    config = fields.read_object("/config.json")
    is_modem = config.get("role") == "modem"
    # Before the rest is loaded, for it needs much memory for a moment.
    hardware = Hardware(is_modem or config.get("link") == "lora")
    if is_modem:
        from node.modem.app import Modem

        return Modem(hardware)
    from node.app import App

    return App(hardware)
