"""Tests that run on CPython, under pytest, and on MicroPython, by `tests/run_on_device.py`."""
