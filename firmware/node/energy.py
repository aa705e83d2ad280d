"""What a node has drawn from its battery, by phase, and how long the rest will last.

Place: app, wake -> `add` with the ms of a phase -> Energy -> Status.
Guarantee: an account from the board's data (mA by state, /board.json) and times that were measured;
it measures no current. All are integers: a microcoulomb is a milliampere for a millisecond.
It goes on over sleeps and resets, and begins anew with the power: a battery was put in.
Not counted: what the battery loses by itself, and by cold.

    sleep     deep sleep, of board and sensors together
    start     from the reset line to our first line of code: a constant of board and image
    cpu       everything else that is awake
    sensors   what the sensors draw on top, while they have power
    radio     frames that are sent, at 14 dBm, and windows that listen, on top
"""

from protocol._compat import const

SLEEP = const(0)
START = const(1)
CPU = const(2)
SENSORS = const(3)
RADIO = const(4)
_PHASES = const(5)
_MS = const(5)  # behind them: the time that they took
_USABLE_PCT = const(80)  # of what the label of a battery says
_UC_PER_MAH = const(3600000)
_DAY_MS = const(86400000)


class Energy:
    """`board` is `energy` of a board file; `state` as it was before a sleep, or None."""

    def __init__(self, board: dict, sensors_ma: int, state: list | None):
        self._board = board
        self._sensors_ma = sensors_ma
        self._uc = state or [0] * (_PHASES + 1)

    def slept(self, ms: int) -> None:
        """Count a deep sleep, and the start that ended it."""
        self._uc[SLEEP] += ms * self._board["sleep_ua"] // 1000
        self._uc[START] += self._board["start_uc"]
        self._uc[_MS] += ms

    def awake(self, cpu_ms: int, idle_ms: int, sensing_ms: int) -> None:
        """Count time that was spent working, waiting for something, and with sensors on."""
        self._uc[CPU] += cpu_ms * self._board["cpu_ma"] + idle_ms * self._board["idle_ma"]
        self._uc[SENSORS] += sensing_ms * self._sensors_ma
        self._uc[_MS] += cpu_ms + idle_ms

    def radio(self, sending_ms: int, listening_ms: int) -> None:
        """Count what the radio has drawn."""
        board = self._board
        self._uc[RADIO] += sending_ms * board["tx_ma"] + listening_ms * board["rx_ma"]

    def state(self) -> list:
        """Return what has to outlive a sleep."""
        return self._uc

    def status(self, interval_s: int, battery_mah: int) -> dict:
        """Return what a Status says: microcoulombs for each sample by phase, and the forecast.

        The forecast takes what is left of the battery, and as much of it for each day as until now.
        """
        span_ms = self._uc[_MS]
        samples = max(span_ms // (1000 * interval_s), 1)
        sleep, start, cpu, sensors, radio = [uc // samples for uc in self._uc[:_PHASES]]
        total = sum(self._uc[:_PHASES])
        fields = {
            "charge_mah": total // _UC_PER_MAH,
            "uc_sleep": sleep,
            "uc_start": start,
            "uc_cpu": cpu,
            "uc_sensors": sensors,
            "uc_radio": radio,
        }
        if battery_mah and total:
            left_uc = max(battery_mah * _USABLE_PCT // 100 * _UC_PER_MAH - total, 0)
            fields["days_left"] = left_uc * (span_ms // 1000) // total // (_DAY_MS // 1000)
        return fields
