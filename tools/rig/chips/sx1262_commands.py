"""The commands of an SX1261/2: opcodes, how many parameters they need, and what they do.

Place: sx1262.py has a whole transaction -> `execute`, or `answer` for what is read back.
Guarantee: an unknown opcode or too few parameters are a processing error, a parameter that is not
in its table a failed execution (13.5.1), and nothing is changed. Parameters too many are ignored.
0x00 is ResetStats with all its parameters, else the NOP that drivers wake a chip with.

SX1261/2 data sheet, 11 (opcodes) and 13. Where it says STDBY_RC, both standby modes are taken, but
for Calibrate.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.rig.chips import sx1262_settings as setting
from tools.rig.chips.sx1262_modem import timer_us
from tools.rig.chips.sx1262_modes import (
    BAD_COMMAND,
    FAILED,
    FINE,
    RX,
    STDBY_RC,
)
from tools.rig.chips.sx1262_oscillator import TCXO_MV
from tools.rig.chips.sx1262_settings import in_standby, number

if TYPE_CHECKING:
    from tools.rig.chips.sx1262 import Sx1262

_SETTLE_US = 5  # BUSY after a command that changes no mode
_CALIBRATE_US = 3500  # all blocks
_IMAGE_US = 2000  # not in the data sheet


def execute(chip: "Sx1262", opcode: int, given: bytes) -> None:
    """Do what was commanded."""
    no_operation = opcode == 0x00 and len(given) < _COMMANDS[opcode][0]
    if no_operation or opcode in ANSWERS or opcode in (0x1D, 0x1E):
        chip.be_busy(_SETTLE_US)
        return
    modem = chip.modem
    count, action = _COMMANDS.get(opcode, (0, None))
    if action is None or len(given) < count:
        chip.counts["bad command"] += 1
        modem.command_status = BAD_COMMAND
        chip.be_busy(_SETTLE_US)
        return
    modem.command_status = FINE
    chip.be_busy(_SETTLE_US)
    if not action(chip, given):
        chip.counts["failed command"] += 1
        modem.command_status = FAILED


# Modes.


def set_sleep(chip: "Sx1262", given: bytes) -> bool:
    if in_standby(chip):
        chip.sleep(warm=bool(given[0] & 4))
        return True
    return False


def set_standby(chip: "Sx1262", given: bytes) -> bool:
    chip.modem.standby(xosc=given[0] == 1)
    return True


def set_fs(chip: "Sx1262", given: bytes) -> bool:
    chip.modem.synthesize()
    return True


def set_tx(chip: "Sx1262", given: bytes) -> bool:
    return chip.modem.send(number(given[:3]))


def set_rx(chip: "Sx1262", given: bytes) -> bool:
    return chip.modem.receive(number(given[:3]))


def set_rx_duty_cycle(chip: "Sx1262", given: bytes) -> bool:
    return chip.modem.receive_by_turns(number(given[:3]), number(given[3:6]))


def set_cad(chip: "Sx1262", given: bytes) -> bool:
    return chip.modem.look()


def calibrate(chip: "Sx1262", given: bytes) -> bool:
    if chip.modem.mode != STDBY_RC:
        return False
    settings = chip.memory.settings
    chip.be_busy(_CALIBRATE_US + settings.tcxo_delay_us)
    return chip.modem.oscillator.calibrate(given[0], settings)


def calibrate_image(chip: "Sx1262", given: bytes) -> bool:
    if not in_standby(chip):
        return False
    settings = chip.memory.settings
    chip.be_busy(_IMAGE_US + settings.tcxo_delay_us)
    settings.image_mhz = (4 * given[0], 4 * given[1])
    return chip.modem.oscillator.calibrate(0, settings)


# Interrupts, pins, memory.


def set_interrupts(chip: "Sx1262", given: bytes) -> bool:
    settings = chip.memory.settings
    settings.irq_mask = number(given[:2])
    settings.dio_masks = (number(given[2:4]), number(given[4:6]), number(given[6:8]))
    chip.show_pins()
    return True


def clear_interrupts(chip: "Sx1262", given: bytes) -> bool:
    chip.modem.irq &= ~number(given[:2])
    chip.show_pins()
    return True


def set_dio2(chip: "Sx1262", given: bytes) -> bool:
    chip.memory.settings.dio2_switch = given[0] == 1
    chip.show_pins()
    return True


def set_dio3(chip: "Sx1262", given: bytes) -> bool:
    if not in_standby(chip):
        return False
    settings = chip.memory.settings
    settings.tcxo_mv = TCXO_MV[given[0] & 7]
    settings.tcxo_delay_us = timer_us(number(given[1:4]))
    chip.show_pins()
    return True


def write_register(chip: "Sx1262", given: bytes) -> bool:
    start = number(given[:2])
    for offset, value in enumerate(given[2:]):
        chip.memory.write(start + offset, value)
        chip.modem.register_written(start + offset & 0xFFFF)
    return True


def write_buffer(chip: "Sx1262", given: bytes) -> bool:
    chip.memory.write_buffer(given[0], given[1:])
    return True


def clear_errors(chip: "Sx1262", given: bytes) -> bool:
    chip.modem.oscillator.errors = 0
    return True


def reset_statistics(chip: "Sx1262", given: bytes) -> bool:
    chip.modem.statistics = [0, 0, 0]
    return True


def not_modelled(chip: "Sx1262", given: bytes) -> bool:
    """Refuse what only measures or is not LoRa: a carrier, a preamble without end."""
    chip.counts["not modelled"] += 1
    return False


_Command = Callable[["Sx1262", bytes], bool]

# opcode: (parameters needed, action, which says whether it could be executed)
_COMMANDS: dict[int, tuple[int, _Command]] = {
    0x00: (6, reset_statistics),
    0x02: (2, clear_interrupts),
    0x07: (2, clear_errors),
    0x08: (8, set_interrupts),
    0x0D: (3, write_register),
    0x0E: (2, write_buffer),
    0x80: (1, set_standby),
    0x82: (3, set_rx),
    0x83: (3, set_tx),
    0x84: (1, set_sleep),
    0x86: (4, setting.set_frequency),
    0x88: (7, setting.set_cad_params),
    0x89: (1, calibrate),
    0x8A: (1, setting.set_packet_type),
    0x8B: (4, setting.set_modulation),
    0x8C: (6, setting.set_packet),
    0x8E: (2, setting.set_tx_params),
    0x8F: (2, setting.set_base_addresses),
    0x93: (1, setting.set_fallback),
    0x94: (6, set_rx_duty_cycle),
    0x95: (4, setting.set_pa_config),
    0x96: (1, setting.set_regulator),
    0x97: (4, set_dio3),
    0x98: (2, calibrate_image),
    0x9D: (1, set_dio2),
    0x9F: (1, setting.stop_on_preamble),
    0xA0: (1, setting.set_symbol_timeout),
    0xC1: (0, set_fs),
    0xC5: (0, set_cad),
    0xD1: (0, not_modelled),
    0xD2: (0, not_modelled),
}


def words(values: list[int]) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def rssi_now(chip: "Sx1262") -> bytes:
    return bytes([chip.modem.rssi_code() if chip.modem.mode == RX else 0])


# opcode: what follows the status byte
ANSWERS: dict[int, Callable[["Sx1262"], bytes]] = {
    0x10: lambda chip: words(chip.modem.statistics),
    0x11: lambda chip: bytes([chip.memory.settings.packet_type]),
    0x12: lambda chip: words([chip.modem.irq]),
    0x13: lambda chip: bytes(chip.modem.received),
    0x14: lambda chip: chip.modem.packet_status,
    0x15: rssi_now,
    0x17: lambda chip: words([chip.modem.oscillator.errors]),
    0xC0: lambda chip: b"",
}
