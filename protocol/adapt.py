"""Spreading factor and power from what the gateway says about them: slowly down, quickly up.

Place: the session's LINK events and asks in vain -> `Adapt` -> `Access.sf` and the radio's power.
Guarantee: deterministic, whole dB. Only SFs that the gateway hears; of those only such whose
longest frame lasts no more than a second and whose traffic takes no more than half of a sub-band's
share, or the fastest where that leaves none. The setting is below what the last three answers have
seen by a reserve of 10 dB, which no fading of a city eats at once.

An answer tells the margin above the demodulation limit (SF7 -7.5 dB, 2.5 dB less for each step:
SX1261/2 data sheet, 6.1.1). With it, what any other setting would have had is known, so that
margins of different settings count together. Least of three:

    room for a faster SF    one step: it halves the airtime, for the battery and for all others
    else, for less power    3 dB less: that saves this node's battery only
    3 dB into the reserve   of the newest: more power, then slower SFs, until the reserve is back

The order is that of LoRaWAN's networks (Semtech's ADR). An ask in vain brings full power at once;
each fourth in a row a slower SF. Where nobody has answered for long it was most likely the gateway,
so the first answer brings back what was before, if its margin allows that, and if somebody had
answered there since it was set: else the gateway may be deaf at that SF, as when one of its modems
is broken, and it takes three answers as ever.
"""

from protocol._compat import const

_RESERVE_DB = const(10)
_HYSTERESIS_DB = const(3)
_STEP_DB = const(3)
_MEMORY = const(3)  # answers
_VAIN_PER_SF = const(4)
_MAX_FRAME_US = const(1000000)
_BIAS = const(128)


class Adapt:
    """`sf` and `power_dbm` are for the next frame; none of its methods is for a frame on its way.

    `channels` as in Access; `length` is that of the longest frame, `hourly` how many are sent in
    an hour at most; the power may be `least_dbm` .. `most_dbm`.
    """

    def __init__(self, channels, length: int, hourly: int, most_dbm: int, least_dbm: int = 0):
        self._sfs = _allowed(channels, length, hourly)  # ascending
        self._most_dbm = most_dbm
        self._least_dbm = min(least_dbm, most_dbm)
        self._paths: list = []  # what the last answers said, see `_path`
        self._vain = 0
        self._before: tuple | None = None  # (sf, power) before asks in vain
        self._proven_sf = 0  # at which the last answer came, or the first frame is sent
        self.sf = self._proven_sf = self._sfs[-1]
        self.power_dbm = most_dbm

    def heard(self, margin_db: int) -> None:
        """Take the margin of an answer to a frame that was sent as it is set now."""
        path = margin_db - self._gain(self.sf, self.power_dbm)
        self._paths = self._paths[1 - _MEMORY :] + [path]
        self._vain = 0
        self._proven_sf = self.sf
        if self._before is not None:
            before, self._before = self._before, None
            if path + self._gain(before[0], before[1]) >= _RESERVE_DB - _HYSTERESIS_DB:
                self.sf, self.power_dbm = before
        if path + self._gain(self.sf, self.power_dbm) < _RESERVE_DB - _HYSTERESIS_DB:
            self._raise(path)
        elif len(self._paths) == _MEMORY:
            self._lower(min(self._paths))

    def vain(self, count: int) -> None:
        """Take how many asks were in vain since the last answer; the same again changes nothing."""
        if count <= self._vain:
            self._vain = count
            return
        if self._before is None and self.sf == self._proven_sf:
            self._before = self.sf, self.power_dbm
        self._vain = count
        self.power_dbm = self._most_dbm
        if count % _VAIN_PER_SF == 0:
            if self._before is None:
                self._paths = []
            self.sf = self._slower()

    def state(self) -> bytes:
        """Return SF, power and what was heard as bytes, at most 5, for a restart."""
        sf, power_dbm = self._before or (self.sf, self.power_dbm)
        return bytes([sf, power_dbm + _BIAS] + [_byte(path) for path in self._paths])

    def from_state(self, data: bytes) -> None:
        """Go on as `state` said; what does not fit the channels or the power is left as it is."""
        if 2 <= len(data) <= 2 + _MEMORY and data[0] in self._sfs:
            power_dbm = data[1] - _BIAS
            if self._least_dbm <= power_dbm <= self._most_dbm:
                self.sf = self._proven_sf = data[0]
                self.power_dbm = power_dbm
                self._paths = [byte - _BIAS for byte in data[2:]]

    def asleep(self) -> list:
        """Return all of it, for a sleep: also what asks in vain have changed."""
        return [self.sf, self.power_dbm, self._paths, self._vain, self._before, self._proven_sf]

    def awake(self, state: list) -> None:
        """Go on as `asleep` said, where the channels still have that SF."""
        if state[0] in self._sfs:
            self.sf, self.power_dbm, self._paths, self._vain, before, self._proven_sf = state
            self._before = None if before is None else tuple(before)

    def _gain(self, sf: int, power_dbm: int) -> int:
        """Return what a setting adds to the path: dB of power, and 2.5 for each step of the SF."""
        return power_dbm + 5 * sf // 2

    def _lower(self, path: int) -> None:
        at = self._sfs.index(self.sf)
        if at > 0:
            self._take(path, self._sfs[at - 1], self._most_dbm)
        else:
            self._take(path, self.sf, max(self.power_dbm - _STEP_DB, self._least_dbm))

    def _take(self, path: int, sf: int, power_dbm: int) -> None:
        if path + self._gain(sf, power_dbm) >= _RESERVE_DB:
            self.sf = sf
            self.power_dbm = power_dbm

    def _raise(self, path: int) -> None:
        lacking_db = _RESERVE_DB - path - self._gain(self.sf, self.power_dbm)
        self.power_dbm = min(self.power_dbm + lacking_db, self._most_dbm)
        while path + self._gain(self.sf, self.power_dbm) < _RESERVE_DB and self.sf < self._slower():
            self.sf = self._slower()

    def _slower(self) -> int:
        return self._sfs[min(self._sfs.index(self.sf) + 1, len(self._sfs) - 1)]


def _byte(path: int) -> int:
    return min(max(path + _BIAS, 0), 255)


def _allowed(channels, length: int, hourly: int) -> list:
    sfs = []
    fastest = None
    for channel in channels:
        sf = channel.modulation.sf
        airtime_us = channel.modulation.airtime_us(length)
        if fastest is None or sf < fastest:
            fastest = sf
        fits = 2 * hourly * ((airtime_us + 999) // 1000) <= channel.band.allowed_ms
        if fits and airtime_us <= _MAX_FRAME_US and sf not in sfs:
            sfs.append(sf)
    return sorted(sfs) or [fastest]
