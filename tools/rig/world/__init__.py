"""A process of its own in which radio chips live, and the ether between them.

board's SPI and pins <-> BoardLine <-> Slot: chip <-> Antenna <-> Ether
test, bench, demo    <-> ControlLine -> World -> ether, chips, pace
"""
