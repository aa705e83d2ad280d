"""The virtual ESP32: a ROM bootloader for esptool, and MicroPython for mpremote, on one flash."""
