"""Builds what a node needs for the air from its settings and its board.

Place: config, board -> `link` -> app; only a node with a radio loads this.
Guarantee: a setting that is not allowed is a NodeError that names it. A lost account of the duty
cycle makes the node silent for an hour, and never sends too much.
"""

from node import fields, files
from node.links.lora import ADAPTED, DUTY, LONGEST, LoraLink
from protocol.access import START_MS, Access, Channel
from protocol.adapt import Adapt
from protocol.duty import Ledger
from protocol.lora import BANDWIDTH_HZ, DEFAULT_SF, UPLINK_HZ, modulation
from radio.recovery import Recovery

_PATH = "/config.json"
# field: (type, default, lowest, highest); what they mean: firmware/README.md
_RULES = {
    "channels": (list, [[UPLINK_HZ, DEFAULT_SF]], 1, 16),
    "erp_dbm": (int, 14, -9, 27),
    "antenna_dbi": (int, 2, -10, 12),
    "every": (int, 8, 1, 32),
    "ask_every": (int, 12, 1, 1000),
    "backfill_s": (int, 30, 1, 3600),
    "start_spread_s": (int, START_MS // 1000, 0, START_MS // 1000),
}
_DIPOLE_DBI = 2  # the gain of a half-wave dipole, from which ERP is counted
_LONGEST_LIVE = 60  # bytes of a usual frame of samples
_HOUR_S = 3600
_NEW_S = 5


class Settings:
    """The checked `radio` of /config.json."""

    def __init__(self, given: dict):
        given = fields.all_of(_PATH, "radio.", given, _RULES)
        self.erp_dbm = given["erp_dbm"]
        self.every = given["every"]
        self.ask_every = given["ask_every"]
        self.backfill_ms = 1000 * given["backfill_s"]
        self.start_spread_s = given["start_spread_s"]
        # What the radio puts into this antenna at most.
        self.power_dbm = self.erp_dbm - (given["antenna_dbi"] - _DIPOLE_DBI)
        pairs = given["channels"]
        self.channels = [self._channel(i, pairs[i]) for i in range(len(pairs))]

    def _channel(self, i: int, pair):
        place = "radio.channels[%d]" % i
        if not isinstance(pair, list) or len(pair) != 2:
            fields.refuse(_PATH, place, repr(pair), "[frequency in Hz, spreading factor]")
        frequency_hz = fields.check(_PATH, place + "[0]", pair[0], int, 863000000, 870000000)
        sf = fields.check(_PATH, place + "[1]", pair[1], int, 7, 12)
        try:
            channel = Channel(frequency_hz, modulation(sf), self.erp_dbm)
        except ValueError:
            wanted = "a channel of %d kHz in a sub-band that allows radio.erp_dbm"
            fields.refuse(_PATH, place, repr(pair), wanted, BANDWIDTH_HZ // 1000)
        # What is never allowed would make the node mute, without a word.
        if channel.modulation.airtime_us(LONGEST) > 1000 * channel.band.allowed_ms:
            wanted = "a faster one: %d bytes last longer than the sub-band allows in an hour"
            fields.refuse(_PATH, place, repr(pair), wanted, LONGEST)
        return channel


def link(settings: Settings, driver, clock, boot: int, interval_s: int, random) -> LoraLink:
    """Return the link of a node whose radio is `driver`."""
    # The seconds go on over a deep sleep; at 0 here, all of them would count as passed again.
    ledger = Ledger.from_state(files.read_bytes(DUTY) or b"", clock.least_s())
    access = Access(settings.channels, ledger, random)
    hourly = _HOUR_S // (interval_s * settings.every) + 1
    adapt = Adapt(settings.channels, _LONGEST_LIVE, hourly, _power(settings, driver))
    adapt.from_state(files.read_bytes(ADAPTED) or b"")
    # A power cut starts a whole city at once; a new node starts alone, and somebody waits for it.
    spread_s = settings.start_spread_s if boot > 1 else min(settings.start_spread_s, _NEW_S)
    access.news(1000 * spread_s, clock.ticks())
    return LoraLink(Recovery(driver), access, adapt, clock, 1000 * interval_s)


def _power(settings: Settings, driver) -> int:
    """Return what the radio gives at most, within what is allowed."""
    power_dbm = driver.set_power(settings.power_dbm)
    if power_dbm > settings.power_dbm:
        wanted = "more with this antenna: the radio gives at least %d dBm"
        fields.refuse(_PATH, "radio.erp_dbm", repr(settings.erp_dbm), wanted, power_dbm)
    return power_dbm
