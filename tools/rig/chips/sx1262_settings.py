"""The commands of an SX1261/2 that only set something: what is checked, and where it is kept.

Place: sx1262_commands.py calls them -> `Settings`.
Guarantee: a parameter that is not in its table returns False and changes nothing.

SX1261/2 data sheet, 13.1.13 to 13.4. For GFSK the lengths are checked and the rest is not modelled.
"""

from typing import TYPE_CHECKING

from tools.rig.chips.sx1262_memory import FREQUENCY, GFSK, LORA, OCP
from tools.rig.chips.sx1262_modes import STDBY_RC, STDBY_XOSC
from tools.rig.chips.sx1262_power import OCP_DEFAULT

if TYPE_CHECKING:
    from tools.rig.chips.sx1262 import Sx1262

_RAMP_US = (10, 20, 40, 80, 200, 800, 1700, 3400)
_BANDWIDTHS = (0, 1, 2, 3, 4, 5, 6, 8, 9, 10)


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def in_standby(chip: "Sx1262") -> bool:
    return chip.modem.mode in (STDBY_RC, STDBY_XOSC)


def set_packet_type(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    if not in_standby(chip) or given[0] not in (GFSK, LORA, 2, 3):
        return False
    if settings.packet_type != given[0]:
        settings.packet_type = given[0]
        settings.forget_packets()
    return True


def set_modulation(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    if settings.packet_type != LORA:
        return len(given) >= 8
    sf, bandwidth, coding, low_rate = given[:4]
    if not (5 <= sf <= 12 and bandwidth in _BANDWIDTHS and 1 <= coding <= 4 and low_rate <= 1):
        return False
    settings.sf, settings.bandwidth = sf, bandwidth
    settings.coding, settings.low_rate = coding + 4, bool(low_rate)
    return True


def set_packet(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    if settings.packet_type != LORA:
        return len(given) >= 9
    if len(given) < 6 or max(given[2], given[4], given[5]) > 1:
        return False
    settings.preamble = number(given[:2])
    settings.explicit = given[2] == 0
    settings.length = given[3]
    settings.crc = given[4] == 1
    settings.inverted = given[5] == 1
    return True


def set_frequency(chip: "Sx1262", given: bytes) -> bool:
    steps = number(given[:4])
    chip.memory.settings.frequency_hz = round(steps * 32_000_000 / (1 << 25))
    for index in range(4):
        chip.memory.write(FREQUENCY + index, given[index])
    return True


def set_pa_config(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    if given[0] > 7 or given[1] > 7 or given[2] > 1 or given[3] != 1:
        return False
    settings.pa_duty, settings.pa_hp_max, settings.pa_device = given[:3]
    chip.memory.write(OCP, OCP_DEFAULT[chip.variant])
    return True


def set_tx_params(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    if given[1] >= len(_RAMP_US):
        return False
    settings.power_dbm = given[0] - 256 if given[0] & 0x80 else given[0]
    settings.ramp_us = _RAMP_US[given[1]]
    return True


def set_fallback(chip: "Sx1262", given: bytes) -> bool:
    if given[0] not in (0x20, 0x30, 0x40):
        return False
    chip.memory.settings.fallback = given[0]
    return True


def set_cad_params(chip: "Sx1262", given: bytes) -> bool:
    if given[0] > 4 or given[3] not in (0x00, 0x01, 0x10):
        return False
    chip.memory.settings.cad = (1 << given[0], given[3], number(given[4:7]))
    return True


def set_base_addresses(chip: "Sx1262", given: bytes) -> bool:
    chip.memory.settings.tx_base, chip.memory.settings.rx_base = given[:2]
    return True


def set_symbol_timeout(chip: "Sx1262", given: bytes) -> bool:
    chip.memory.settings.symbol_timeout = given[0]
    return True


def stop_on_preamble(chip: "Sx1262", given: bytes) -> bool:
    chip.memory.settings.stop_on_preamble = given[0] == 1
    return True


def set_regulator(chip: "Sx1262", given: bytes) -> bool:
    return given[0] <= 1
