"""What a radio can say.

Exception
    RadioError          the chip or its wiring fails; the text is for a technician
        NotReadyError   from `recovery` only: the radio is down, try again after `wait_ms`

A setting that no chip has is a ValueError: that is a mistake of the program.
"""


class RadioError(Exception):
    """What is wrong with the radio, and what to check."""


class NotReadyError(RadioError):
    """The radio is down; the next attempt to start it is due in `wait_ms`."""

    def __init__(self, text: str, wait_ms: int):
        super().__init__(text)
        self.wait_ms = wait_ms
