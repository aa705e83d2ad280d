"""Brings an SX126x from reset to standby, and says in words what is wrong with it.

Place: `Sx126x.start`, and the wake-up from a cold sleep -> here -> Bus.
Guarantee: what is left behind works, or a RadioError tells a technician where to look.
Section numbers: Semtech DS.SX1261-2.W.APP, revision 2.1.
"""

from ._port import const

_SYNC_WORD = const(0x0740)
_RETENTION = const(0x029F)
_RX_GAIN = const(0x08AC)
_TX_CLAMP = const(0x08D8)

_GET_STATUS = const(0xC0)
_GET_DEVICE_ERRORS = const(0x17)
_STANDBY_RC = const(2)
_XOSC_START = const(0x20)

TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)  # table 13-35: their place is the code


def configure(bus, tcxo, dio2_switch: bool, dcdc: bool, is_sx1261: bool) -> None:
    """Set what stays for good. `tcxo` is the command for DIO3, or None for a crystal."""
    bus.command(b"\x80\x00")  # SetStandby on the RC oscillator (13.1.2)
    if tcxo:
        bus.command(tcxo)  # SetDIO3AsTCXOCtrl (13.3.6)
    # After a cold start a TCXO was not running yet: the chip notes that as an error (13.3.6).
    bus.command(b"\x07\x00\x00")
    if dcdc:
        bus.command(b"\x96\x01")  # SetRegulatorMode: DC-DC (13.1.11)
    _calibrate(bus)
    _check_clock(bus, tcxo)
    if dio2_switch:
        bus.command(b"\x9d\x01")  # SetDIO2AsRfSwitchCtrl (13.3.5)
    bus.command(b"\x8a\x01")  # SetPacketType: LoRa; before all that depends on it (13.4.2)
    bus.command(b"\x93\x20")  # SetRxTxFallbackMode: standby on the RC oscillator (13.1.15)
    bus.command(b"\x8f\x00\x00")  # SetBufferBaseAddress: all of it, to send and to receive (13.4.8)
    bus.command(b"\x9f\x01")  # StopTimerOnPreamble: what began in time is heard to its end (13.1.5)
    # Boosted gain, and the list of registers that outlive a sleep: one, 0x08AC (9.6).
    bus.write_register(_RX_GAIN, 0x96)
    bus.write_register(_RETENTION, 0x01)
    bus.write_register(_RETENTION + 1, 0x08)
    bus.write_register(_RETENTION + 2, 0xAC)
    if not is_sx1261:
        bus.change_register(_TX_CLAMP, 0x1E, True)  # erratum 15.2: antenna mismatch
    # TxDone, RxDone, PreambleDetected, HeaderValid, HeaderErr, CrcErr, CadDone, CadDetected and
    # Timeout are noted; those that end something raise DIO1 (13.3.1).
    bus.command(b"\x08\x03\xf7\x02\xa3\x00\x00\x00\x00")


def check_wiring(bus) -> None:
    """See whether an SX126x answers and keeps what is written."""
    status = bus.ask(_GET_STATUS, 2)[1]
    bus.write_register(_SYNC_WORD, 0xA5)
    bus.write_register(_SYNC_WORD + 1, 0x3C)
    first = bus.read_register(_SYNC_WORD)
    second = bus.read_register(_SYNC_WORD + 1)
    if first == 0xA5 and second == 0x3C and status >> 4 & 7 == _STANDBY_RC:
        return
    if bus.ask(0x42, 2)[1] == 0x12:  # RegVersion of the other family
        bus.fail("An SX127x answers instead of an SX126x: check which board this is")
    if not status | first | second:
        bus.fail("SPI reads 0x00 everywhere: check supply of the radio, MISO, SCK and CS")
    if status & first & second == 0xFF:
        bus.fail("SPI reads 0xFF everywhere: check MISO and CS, and that reset is not held")
    bus.fail(
        "The radio does not keep what is written (status 0x%02x, 0x%02x for 0xa5): "
        "check MOSI, SCK and BUSY, or another chip is fitted" % (status, first)
    )


def _calibrate(bus) -> None:
    """Calibrate all blocks anew (13.1.12), now that the right clock is known."""
    for _ in range(3):
        bus.command(b"\x89\x7f")
        # 3.5 ms of work: a line that is low now is not BUSY. Thrice, for hosts that look too late.
        if bus.is_busy():
            bus.wait()
            return
    bus.fail("BUSY never rises: check BUSY wire and pin")


def _check_clock(bus, tcxo) -> None:
    answer = bus.ask(_GET_DEVICE_ERRORS, 4)
    errors = (answer[2] & 1) << 8 | answer[3]
    if errors & _XOSC_START:
        if tcxo:
            bus.fail("The 32 MHz clock does not start: wrong TCXO voltage, or a crystal is fitted")
        bus.fail("The 32 MHz clock does not start: is a TCXO fitted that needs its voltage set?")
    if errors:
        bus.fail("Calibration fails (device errors 0x%03x): check supply of the radio" % errors)
