"""Brings an SX127x from reset to LoRa standby, and says in words what is wrong with it.

Place: `Sx127x.start` -> here -> Bus.
Guarantee: what is left behind works, or a RadioError tells a technician where to look.
Section numbers: Semtech SX1276/77/78/79 data sheet, revision 7.
"""

from ._port import const, sleep_us

_OP_MODE = const(0x01)
_PA_CONFIG = const(0x09)
_LNA = const(0x0C)
_TX_BASE = const(0x0E)
_RX_BASE = const(0x0F)
_IRQ_MASK = const(0x11)
_MAX_PAYLOAD = const(0x23)
_HOP_PERIOD = const(0x24)
_IMAGE_CAL = const(0x3B)  # of FSK; with LoRa the register is another
_VERSION = const(0x42)
_TCXO = const(0x4B)

_CAL_START = const(0x40)
_CAL_RUNNING = const(0x20)


def check_wiring(bus) -> None:
    """See whether the right chip answers."""
    version = bus.read(_VERSION)
    if version == 0x12:
        return
    if version == 0x00:
        bus.fail("SPI reads 0x00 everywhere: check supply of the radio, MISO, SCK and CS")
    if version == 0xFF:
        bus.fail("SPI reads 0xFF everywhere: check MISO and CS, and that reset is not held")
    bus.fail(
        "Another chip than an SX1276 answers (version 0x%02x): check which board this is" % version
    )


def configure(bus, tune, tcxo: bool) -> None:
    """Set what stays for good. `tune()` sets the frequency, at which the image is calibrated."""
    bus.write(_OP_MODE, 0x00)  # FSK, sleep
    if tcxo:
        bus.write(_TCXO, 0x19)  # the clock comes from outside (table 41)
    bus.write(_OP_MODE, 0x01)  # FSK, standby
    sleep_us(1000)
    bus.write(_PA_CONFIG, 0x00)  # no power, should anything go wrong
    tune()
    _calibrate(bus)
    # The modem can be chosen in sleep only (table 41, LongRangeMode).
    bus.write(_OP_MODE, 0x00)
    bus.write(_OP_MODE, 0x80)
    bus.write(_OP_MODE, 0x81)
    sleep_us(1000)
    if bus.read(_OP_MODE) & 0x87 != 0x81:
        bus.fail("The radio does not keep what is written: check MOSI and SCK")
    bus.write(_TX_BASE, 0)  # all of the FIFO, to send and to receive (4.1.2.3)
    bus.write(_RX_BASE, 0)
    bus.write(_LNA, 0x23)  # highest gain to begin with, boosted in the HF band (5.4.2)
    bus.write(_IRQ_MASK, 0x00)
    bus.write(_MAX_PAYLOAD, 0xFF)
    bus.write(_HOP_PERIOD, 0)


def _calibrate(bus) -> None:
    """Calibrate image and RSSI: the chip did so at its reset, but for 434 MHz (2.1.3.8)."""
    bus.write(_IMAGE_CAL, _CAL_START | 0x02)  # 0x02: the default threshold; not again by itself
    for _ in range(100):  # some 10 ms
        sleep_us(500)
        if not bus.read(_IMAGE_CAL) & _CAL_RUNNING:
            return
    bus.fail("The calibration does not end: check clock and supply of the radio")
