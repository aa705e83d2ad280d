"""Wiring drawings and tables of the documentation, made from the board files."""
