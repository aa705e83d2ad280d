"""The witness of the duty cycle: what each sender really used of each sub-band's hour.

Place: `ether.observers.append(witness.observe)` -> `violations`, `fullest_us`.
Guarantee: exact, for every sliding hour and not for those of a clock: the time on the air within
an hour that slides is greatest when it ends with a transmission, and there it is looked at. It
shares no code with the ledger of the protocol, only the table of the sub-bands. A sender is one
antenna, which sends one frame at a time: two radios of one device have two accounts.

Power is what goes into the antenna, taken for a half-wave dipole: then it is the ERP. An attenuator
in the feed does not count, for in a rig it stands for walls.
"""

from collections import Counter, deque
from typing import NamedTuple

from protocol.airtime import BANDS, Band
from tools.rig.air.transmission import Transmission

HOUR_US = 3_600_000_000
_KEPT = 1000
OUTSIDE = "outside"


class Violation(NamedTuple):
    """At `when_us`, the end of a transmission, `used` was more than `allowed`.

    `what` is "time" (used in the hour before, in us), "power" (dBm), or "outside" (Hz of a channel
    that is in no sub-band).
    """

    sender: str
    band: str
    what: str
    when_us: int
    used: float
    allowed: float


class Witness:
    """Watches transmissions in the order of their ends; `counts` by kind of violation."""

    def __init__(self, kept: int = _KEPT):
        self.violations: deque[Violation] = deque(maxlen=kept)
        self.counts: Counter[str] = Counter()
        # (sender, band) -> the most that was ever used in an hour.
        self.fullest_us: dict[tuple[str, str], int] = {}
        self._accounts: dict[tuple[str, str], _Account] = {}

    def observe(self, frame: Transmission) -> None:
        """Take note of a transmission that is over."""
        tuning = frame.tuning
        self.note(
            frame.antenna.name,
            tuning.frequency_hz,
            tuning.bandwidth_hz,
            frame.power_dbm,
            frame.start_us,
            frame.silent_us,
        )

    def note(
        self,
        sender: str,
        frequency_hz: int,
        bandwidth_hz: int,
        power_dbm: float,
        start_us: int,
        end_us: int,
    ) -> None:
        """Take note of time on the air; what one sender sends does not overlap, nor go back."""
        bands = _bands_of(frequency_hz, bandwidth_hz)
        if not bands:
            self._violate(Violation(sender, OUTSIDE, OUTSIDE, end_us, frequency_hz, 0))
            return
        fitting = [band for band in bands if power_dbm <= band.max_erp_dbm]
        band = fitting[0] if fitting else bands[-1]
        if not fitting:
            most_dbm = band.max_erp_dbm
            self._violate(Violation(sender, band.name, "power", end_us, power_dbm, most_dbm))
        key = sender, band.name
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = _Account()
        used_us = account.add(start_us, end_us)
        self.fullest_us[key] = max(used_us, self.fullest_us.get(key, 0))
        allowed_us = 1000 * band.allowed_ms
        if used_us > allowed_us:
            self._violate(Violation(sender, band.name, "time", end_us, used_us, allowed_us))

    def used_us(self, sender: str, band: str, now_us: int) -> int:
        """Return the time on the air in the hour that ends now, which may not be in the past."""
        account = self._accounts.get((sender, band))
        return account.used_us(now_us) if account else 0

    def _violate(self, violation: Violation) -> None:
        self.violations.append(violation)
        self.counts[violation.what] += 1


class _Account:
    """The transmissions of the last hour, and their sum."""

    def __init__(self) -> None:
        self._spans: deque[tuple[int, int]] = deque()
        self._total_us = 0

    def add(self, start_us: int, end_us: int) -> int:
        """Add a transmission and return what the hour before its end holds."""
        self._spans.append((start_us, end_us))
        self._total_us += end_us - start_us
        return self.used_us(end_us)

    def used_us(self, now_us: int) -> int:
        """Return what the hour before this moment holds."""
        begin_us = now_us - HOUR_US
        spans = self._spans
        while spans and spans[0][1] <= begin_us:
            start_us, end_us = spans.popleft()
            self._total_us -= end_us - start_us
        before_us = max(begin_us - spans[0][0], 0) if spans else 0
        return self._total_us - before_us


def _bands_of(frequency_hz: int, bandwidth_hz: int) -> list[Band]:
    """Return the sub-bands that hold the whole channel, the least power first."""
    low_hz, high_hz = frequency_hz - bandwidth_hz / 2, frequency_hz + bandwidth_hz / 2
    holding = [band for band in BANDS if band.low_hz <= low_hz and high_hz <= band.high_hz]
    return sorted(holding, key=lambda band: band.max_erp_dbm)
