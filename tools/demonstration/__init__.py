"""A small city on one machine: broker, gateway, four nodes and the platform that listens.

Nothing here is a stand-in for the product: the gateway is the real process, the nodes run the real
firmware in the real MicroPython interpreter. What is played is the cable, the broker's location and
the city's platform.
"""
