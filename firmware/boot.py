"""Runs before main.py on every boot: takes the prompt away where the console is locked."""

import micropython

micropython.kbd_intr(-1)  # before all that takes time; `lock` gives it back where it may

from node import console  # noqa: E402

console.lock()
