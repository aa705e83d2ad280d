"""Keeps a radio working: what fails is started again, with pauses that double.

Place: node or modem -> Recovery -> Driver. Settings are made at the driver itself (`radio`): they
touch no chip, and each start gives all of them to it again.
Guarantee: nothing but NotReadyError is raised for what a chip or its wiring does, and nothing waits
for the radio to come back: the owner does what it likes for `wait_ms`, and calls again. A wrong
setting is a ValueError as ever.
"""

from ._port import const, ticks_diff, ticks_ms
from .errors import NotReadyError, RadioError

_FIRST_PAUSE_MS = const(1000)
_LONGEST_PAUSE_MS = const(60000)


class Recovery:
    """`send`, `receive_into`, `detect` and the rest as the radio's own; the first call starts it.

    `restarts`: how often it came back after a failure. `last_error`: why it went, for people.
    """

    def __init__(self, radio):
        self.radio = radio
        self.restarts = 0
        self.last_error = ""
        self.is_up = False
        self._failed_ms = 0
        self._wait_ms = 0
        self._pause_ms = _FIRST_PAUSE_MS

    async def start(self) -> None:
        """Start the radio where it does not run; NotReadyError while that has to wait."""
        if self.is_up:
            return
        left_ms = self._wait_ms - ticks_diff(ticks_ms(), self._failed_ms)
        if 0 < left_ms <= self._wait_ms:  # else it is over, so long ago even that ticks wrapped
            raise NotReadyError(self.last_error, left_ms)
        try:
            await self.radio.start()
        except (RadioError, OSError) as e:
            self._fail(e)
        if self._wait_ms:
            self.restarts += 1
        self.is_up = True

    async def send(self, frame) -> None:
        """Send; return when the frame is out."""
        await self.start()
        try:
            await self.radio.send(frame)
        except (RadioError, OSError) as e:
            self._fail(e)
        self._pause_ms = _FIRST_PAUSE_MS

    async def receive_into(self, buffer, timeout_ms: int | None = None) -> int:
        """Return the length of a frame, or 0 when the time is over."""
        await self.start()
        try:
            count = await self.radio.receive_into(buffer, timeout_ms)
        except (RadioError, OSError) as e:
            self._fail(e)
        if count:
            self._pause_ms = _FIRST_PAUSE_MS
        return count

    async def detect(self) -> bool:
        """Return whether the channel is in use."""
        await self.start()
        try:
            return await self.radio.detect()
        except (RadioError, OSError) as e:
            self._fail(e)

    def rssi_dbm(self) -> int | None:
        """Return the level now, None where the radio does not receive."""
        return self._call(self.radio.rssi_dbm)

    def standby(self) -> None:
        """End whatever goes on."""
        self._call(self.radio.standby)

    def sleep(self) -> None:
        """Sleep until the next call. A radio that is down stays so: it is held in reset."""
        self._call(self.radio.sleep)

    def _call(self, action):
        if not self.is_up:
            return None
        try:
            return action()
        except (RadioError, OSError) as e:
            self._note(e)
            return None

    def _fail(self, error: Exception) -> None:
        self._note(error)
        raise NotReadyError(self.last_error, self._wait_ms)

    def _note(self, error: Exception) -> None:
        self.is_up = False
        text = str(error)
        self.last_error = text if isinstance(error, RadioError) else "SPI fails: " + text
        self._failed_ms = ticks_ms()
        self._wait_ms = self._pause_ms
        # Only frames that pass end this: a start may succeed in front of each failure.
        self._pause_ms = min(2 * self._pause_ms, _LONGEST_PAUSE_MS)
