"""Drivers of LoRa chips: they know registers; pins, SPI and settings come from the caller."""
