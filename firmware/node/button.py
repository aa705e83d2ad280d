"""The button of a board: pressed for two seconds, it starts the mount test.

Place: pin -> `run` -> mount test; app starts it where the board has a button and never sleeps.
Guarantee: one test for one press, however long. A button that is stuck, or that nobody has fitted,
starts none: it has to be seen released before.
"""

import asyncio

from protocol._compat import const

_LOOK_S = 0.2
_LOOKS = const(10)


def pin_of(button: dict, machine):
    """Return the pin of {"pin": number, "on": level}, pulled to the level of a released button."""
    pull = machine.Pin.PULL_DOWN if button["on"] else machine.Pin.PULL_UP
    return machine.Pin(button["pin"], machine.Pin.IN, pull)


async def run(pin, on: int, pressed) -> None:
    """Await `pressed()` after each long press, for ever; `on` is the level while it is down."""
    looks = _LOOKS
    while True:
        looks = min(looks + 1, _LOOKS + 1) if pin.value() == on else 0
        if looks == _LOOKS:
            await pressed()
        await asyncio.sleep(_LOOK_S)
