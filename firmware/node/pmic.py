"""Switches on the rail that feeds the radio, on boards with a power management chip.

Place: `board.radio` -> here -> AXP192 or AXP2101 on I2C.
Guarantee: nothing but this one rail changes, so the ESP32 keeps its own; a chip that does not
answer or does not obey is a NodeError. Switching on what is on is harmless.
Not modelled: charging, measuring, sleep, the other rails.

Both chips have the address 0x34, and tell what they are in register 0x03: 0x03 or 0x4A (XPowersLib,
src/REG/*Constants.h; the datasheets do not say it). Which rails are on after power-up is set at the
factory for each customer (AXP192 datasheet 2011, REG 12H "X"; AXP2101 datasheet V1.4, REG 90
"EFUSE"), so it is never relied on.
"""

from node.errors import NodeError
from protocol._compat import const

_ADDRESS = const(0x34)
_WHO = const(0x03)

# what register 0x03 says: name, rail, where its voltage is: register, bits that are kept, 3.3 V;
# where its switch is: register, bit
_CHIPS = {
    # REG 28H, bits 7-4: 1.8 V + 0.1 V a step; REG 12H, bit 2
    0x03: ("axp192", "ldo2", 0x28, 0x0F, 0xF0, 0x12, 0x04),
    # REG 93, bits 4-0: 0.5 V + 0.1 V a step; REG 90, bit 1
    0x4A: ("axp2101", "aldo2", 0x93, 0xE0, 28, 0x90, 0x02),
}


def switch_on(i2c, rails: dict) -> None:
    """Set the rail that `rails` names for the chip that answers to 3.3 V, and switch it on."""
    try:
        who = i2c.readfrom_mem(_ADDRESS, _WHO, 1)[0]
    except OSError:
        raise NodeError("no PMIC answers on I2C at 0x34: is this the board of /board.json?")
    name, rail, voltage, keep, level, switch, bit = _CHIPS.get(who, (None,) * 7)
    if name is None or rails[name] != rail:
        raise NodeError("the PMIC at 0x34 says 0x%02x: /board.json has no radio rail for it" % who)
    _change(i2c, voltage, keep, level)
    _change(i2c, switch, 0xFF ^ bit, bit)
    if not i2c.readfrom_mem(_ADDRESS, switch, 1)[0] & bit:
        raise NodeError("the %s does not switch %s on: is the battery flat?" % (name, rail))


def _change(i2c, register: int, keep: int, bits: int) -> None:
    old = i2c.readfrom_mem(_ADDRESS, register, 1)[0]
    i2c.writeto_mem(_ADDRESS, register, bytes([old & keep | bits]))
