"""What all drivers have in common, for those that need none of it.

Place: ports -> driver -> sensor class.
Guarantee: `start` and `stop` never raise and never wait; a chip that does not answer shows in
`read`, as an OSError that says so.
"""


class Driver:
    """A driver gets the board's `Ports` and speaks to nobody before `start` or `read`.

    lead_s   so many seconds before a reading `start` has to be called: heater, fan, conversion
    draw_ma  what it draws from `start` to `stop`, for the account of the battery (data sheet)
    start()  begin what takes that time
    read     `async read(seconds)`: the raw values that the sensor class asks for; `seconds` is the
             time of the sample. OSError where the chip does not answer or its answer is damaged
    stop()   go to the lowest power; the supply may be cut `rest_s` seconds after it
    """

    lead_s = 0
    draw_ma = 0
    rest_s = 0

    def start(self) -> None:
        """Nothing has to begin earlier."""

    def stop(self) -> None:
        """It sleeps by itself between readings."""
