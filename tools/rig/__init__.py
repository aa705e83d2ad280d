"""The virtual rig: a real MicroPython run as an ESP32 would run it, with cables that can be pulled."""
