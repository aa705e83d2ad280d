"""`esp32` of the virtual board: what a node asks for before it sleeps.

Place: firmware -> esp32. Guarantee: accepts what the device accepts; no pin wakes a virtual board.
"""

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True


def wake_on_ext0(pin, level: int) -> None:
    """Accept a pin that is to wake the board."""


def wake_on_ext1(pins, level: int) -> None:
    """Accept pins that are to wake the board."""


def gpio_deep_sleep_hold(enable: bool) -> None:
    """Accept that pins keep their level during deep sleep."""
