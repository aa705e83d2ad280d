"""What the power amplifiers of an SX1276 give to the antenna.

Place: RegPaConfig, RegPaDac and RegOcp when sending starts -> dBm for `Antenna.transmit`.
Guarantee: a float for any setting, never more than 20 dBm.

SX1276/77/78/79 data sheet, 5.4.2 to 5.4.4. RFO: 10.8 + 0.6 MaxPower - (15 - OutputPower), 14 dBm at
most. PA_BOOST: 17 - (15 - OutputPower), and 3 dB more with RegPaDac 0x87. The over-current
protection trips below what is needed: 120 mA at 20 dBm, 87 mA at 17 dBm, about 5 mA a dB under
that; what is left is then a guess, 1 dB less for each 5 mA (10 mA above 17 dBm).
"""

from tools.rig.chips.sx1276_registers import OCP, PA_CONFIG, PA_DAC, Registers

NO_PATH_DB = 30.0
_HIGH_POWER = 0x87
_BOOST = 0x80


def power_dbm(registers: Registers, boost_fitted: bool) -> float:
    """Return the power; `boost_fitted` says which of the two pins the antenna is at."""
    config = registers.read(PA_CONFIG)
    boost = bool(config & _BOOST)
    below_db = 15 - (config & 0x0F)
    if boost:
        power = 17.0 - below_db + (3.0 if registers.read(PA_DAC) == _HIGH_POWER else 0.0)
    else:
        power = min(10.8 + 0.6 * (config >> 4 & 7) - below_db, 14.0)
    power = min(power, _power_by_current(_limit_ma(registers.read(OCP))))
    return power if boost == boost_fitted else power - NO_PATH_DB


def _limit_ma(ocp: int) -> float:
    """Return where the over-current protection trips (5.4.4)."""
    trim = ocp & 0x1F
    if not ocp & 0x20:
        return float("inf")
    if trim <= 15:
        return 45 + 5 * trim
    return min(-30 + 10 * trim, 240)


def _power_by_current(limit_ma: float) -> float:
    if limit_ma >= 120:
        return 20.0
    if limit_ma >= 87:
        return 17 + (limit_ma - 87) / 11
    return 17 - (87 - limit_ma) / 5
