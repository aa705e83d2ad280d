"""Runs before main.py on every boot; a wired node has nothing to prepare."""
