"""The parts of MQTT that run for every message: bytes, the window, the socket under paho."""
