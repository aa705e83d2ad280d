"""What the power amplifiers of an SX1261 and SX1262 give to the antenna.

Place: settings and registers when sending starts -> dBm for `Antenna.transmit`.
Guarantee: a float for any setting; less than asked for where the data sheet says so, never more
than 22 or 15 dBm.

SX1261/2 data sheet, 13.1.14 (table 13-21): with SetTxParams at its highest, hpMax 7, 5, 3 and 2
stand for 22, 20, 17 and 14 dBm of an SX1262, each with its paDutyCycle; 6, 4 and 1 of these stand
for 15, 14 and 11 dBm of an SX1261. What is between is interpolated, and a duty cycle below that of
the table costs 1.3 dB a step: within 1 to 3 dB of what others measured, most at the lowest hpMax.
The current that OCP (0x08E7, 2.5 mA a step) may limit falls from 118 mA at 22 dBm by 9 mA a dB.
"""

from tools.rig.chips.sx1262_memory import OCP, TX_CLAMP, Memory

HIGH = "SX1262"
LOW = "SX1261"

LOWEST_DBM = {HIGH: -9, LOW: -17}
HIGHEST_DBM = {HIGH: 22, LOW: 14}
DEVICE = {HIGH: 0, LOW: 1}
OCP_DEFAULT = {HIGH: 0x38, LOW: 0x18}

_HP_MAX_DBM = (0.0, 6.0, 14.0, 17.0, 18.5, 20.0, 21.0, 22.0)
_HP_MAX_DUTY = (2, 2, 2, 2, 3, 3, 4, 4)
_DUTY_STEP_DB = 1.3
_DUTY_DBM = (10.0, 11.0, 12.0, 13.0, 14.0, 14.5, 15.0, 15.0)
_CLAMP_OFF = 0x1E
_CLAMPED_DB = 5.0
NO_PATH_DB = 30.0


def power_dbm(memory: Memory, variant: str, mismatched: bool) -> float:
    """Return the power at the chip's output; `mismatched`: its load is not 50 ohms (15.2)."""
    chosen = memory.settings
    asked = LOWEST_DBM[variant] if chosen.power_dbm is None else chosen.power_dbm
    asked = max(LOWEST_DBM[variant], min(HIGHEST_DBM[variant], asked))
    if variant == HIGH:
        missing = max(_HP_MAX_DUTY[chosen.pa_hp_max] - chosen.pa_duty, 0)
        best = _HP_MAX_DBM[chosen.pa_hp_max] - missing * _DUTY_STEP_DB
    else:
        best = _DUTY_DBM[chosen.pa_duty]
    power = best - (HIGHEST_DBM[variant] - asked)
    if variant == HIGH:
        limit_ma = 2.5 * (memory.read(OCP) & 0x3F)
        power = min(power, 22 - (118 - limit_ma) / 9)
    if chosen.pa_device != DEVICE[variant]:
        power -= NO_PATH_DB  # the other amplifier's pin leads nowhere
    if mismatched and memory.read(TX_CLAMP) & _CLAMP_OFF != _CLAMP_OFF:
        power -= _CLAMPED_DB
    return power
