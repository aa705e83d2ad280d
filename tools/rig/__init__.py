"""The virtual rig: boards that run the real MicroPython, and the cables that lead to them."""
