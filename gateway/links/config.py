"""What an operator says of each link: serial ports, concentrators over UDP, HATs; all checked.

Place: tables [[serial]], [[udp]] and [[hat]] of the configuration -> here -> the links.
Guarantee: every wrong field raises a ConfigError that names it (`udp[0].concentrator[1].eui`),
shows the value and says what would be right. Nothing is opened here.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigError
from gateway.fields import Table
from gateway.links.duty import DIPOLE_DBI
from protocol.airtime import sub_band
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ, DEFAULT_SF

_LISTEN = "ADDRESS:PORT of this machine, like '0.0.0.0:1700' or '[::]:1700'"
_HAT = (
    *("name", "spi", "spi_hz", "gpiochip", "busy", "dio1", "reset", "cs", "rx_enable"),
    *("tx_enable", "tcxo_mv", "tcxo_ms", "dio2_switch", "dcdc", "optional", "antenna_dbi"),
    *("frequency_hz", "sf", "downlink_dbm"),
)
# SX1261/2 data sheet, table 13-35: what DIO3 can feed a TCXO with.
_TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)


@dataclass(frozen=True)
class Radio:
    """What a LoRa modem listens to, and the power of its answers at the antenna's connector."""

    frequency_hz: int
    sf: int
    downlink_dbm: int


@dataclass(frozen=True)
class SerialPort:
    """A cable to a wired node, or to a LoRa modem if it has a `radio`.

    An `optional` port may be missing at the start.
    """

    name: str
    path: Path
    baud: int
    optional: bool
    radio: Radio | None = None


@dataclass(frozen=True)
class Concentrator:
    """One that may speak to this gateway; power at its antenna's connector, gain over isotropic.

    `eui` is 16 lower-case hexadecimal digits: what the packet forwarder calls `gateway_ID`.
    """

    eui: str
    name: str
    downlink_dbm: int
    antenna_dbi: int


@dataclass(frozen=True)
class UdpPort:
    """Where packet forwarders send to, and which of them are taken."""

    name: str
    host: str
    port: int
    concentrators: tuple[Concentrator, ...]


@dataclass(frozen=True)
class Hat:
    """An SX1262 on SPI. Lines are offsets on `gpiochip`; None is a wire that is not there.

    `cs`: only where the chip's NSS hangs on a line that is not the SPI's own. `tcxo_mv`: what DIO3
    feeds a TCXO with, None for a crystal. An `optional` one may be missing at the start.
    """

    name: str
    spi: Path
    spi_hz: int
    gpiochip: Path
    busy: int
    dio1: int
    reset: int
    cs: int | None
    rx_enable: int | None
    tx_enable: int | None
    tcxo_mv: int | None
    tcxo_ms: int
    dio2_switch: bool
    dcdc: bool
    optional: bool
    antenna_dbi: int
    radio: Radio


def parse_serial(table: Table) -> SerialPort:
    """Return what one [[serial]] says."""
    table.expect("name", "port", "baud", "optional", "radio")
    path = table.text("port")
    port = SerialPort(
        name=table.text("name", default=path),
        path=Path(path),
        baud=table.integer("baud", 1200, 4_000_000, 115200),
        optional=table.boolean("optional", False),
        radio=_radio(table.table("radio"), 27) if table.has("radio") else None,
    )
    table.finish()
    return port


def parse_udp(table: Table) -> UdpPort:
    """Return what one [[udp]] says."""
    table.expect("name", "listen", "concentrator")
    listen = table.text("listen", wanted=_LISTEN)
    host, port = _address(f"{table.path}.listen", listen)
    concentrators = tuple(_concentrator(t) for t in table.tables("concentrator"))
    if not concentrators:
        wanted = f"at least one [[{_kind(table)}.concentrator]] with its eui"
        raise ConfigError(f"{table.path}.concentrator", [], wanted)
    _unique(f"{table.path}.concentrator", "eui", [c.eui for c in concentrators])
    udp = UdpPort(table.text("name", default=f"udp {listen}"), host, port, concentrators)
    table.finish()
    return udp


def parse_hat(table: Table) -> Hat:
    """Return what one [[hat]] says."""
    table.expect(*_HAT)
    spi = table.text(
        "spi",
        default="/dev/spidev0.0",
        pattern=r"/dev/spidev\d{1,3}\.\d{1,3}",
        wanted="a device like '/dev/spidev0.0' (is SPI switched on?)",
    )
    hat = Hat(
        name=table.text("name", default=spi),
        spi=Path(spi),
        # SX1261/2 data sheet, 8.2: 16 MHz at most; wires of a HAT are short.
        spi_hz=table.integer("spi_hz", 100_000, 16_000_000, 2_000_000),
        gpiochip=Path(table.text("gpiochip", default="/dev/gpiochip0")),
        busy=_line(table, "busy"),
        dio1=_line(table, "dio1"),
        reset=_line(table, "reset"),
        cs=_maybe_line(table, "cs"),
        rx_enable=_maybe_line(table, "rx_enable"),
        tx_enable=_maybe_line(table, "tx_enable"),
        tcxo_mv=_tcxo(table),
        tcxo_ms=table.integer("tcxo_ms", 1, 1000, 5),
        dio2_switch=table.boolean("dio2_switch", True),
        dcdc=table.boolean("dcdc", True),
        optional=table.boolean("optional", False),
        antenna_dbi=_gain(table),
        radio=_channel(table, 22),
    )
    table.finish()
    _check_lines(table.path, hat)
    _check_erp(table.path, hat.radio.downlink_dbm, hat.antenna_dbi)
    return hat


def check_links(
    serial: tuple[SerialPort, ...], udp: tuple[UdpPort, ...], hat: tuple[Hat, ...]
) -> None:
    """Refuse no link at all, and links that share a name or a device."""
    if not serial and not udp and not hat:
        raise ConfigError("serial, udp, hat", "missing", "at least one link: [[serial]], ...")
    _unique("serial", "port", [str(s.path.resolve()) for s in serial])
    _unique("udp", "listen", [f"{u.host}:{u.port}" for u in udp])
    _unique("hat", "spi", [str(h.spi) for h in hat])
    names: dict[str, str] = {}
    for field, name in _names(serial, udp, hat):
        if name in names:
            raise ConfigError(field, name, f"different from {names[name]}")
        names[name] = field


def _names(
    serial: tuple[SerialPort, ...], udp: tuple[UdpPort, ...], hat: tuple[Hat, ...]
) -> Iterable[tuple[str, str]]:
    """Yield (field, name) of whatever a frame can come by."""
    yield from ((f"serial[{i}].name", port.name) for i, port in enumerate(serial))
    yield from ((f"hat[{i}].name", link.name) for i, link in enumerate(hat))
    for i, link in enumerate(udp):
        yield f"udp[{i}].name", link.name
        for j, concentrator in enumerate(link.concentrators):
            yield f"udp[{i}].concentrator[{j}].name", concentrator.name


def _kind(table: Table) -> str:
    return table.path.partition("[")[0]


def _unique(table: str, field: str, values: list[str]) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            other = f"{table}[{values.index(value)}].{field}"
            raise ConfigError(f"{table}[{i}].{field}", value, f"different from {other}")


def _radio(table: Table, highest_dbm: int) -> Radio:
    table.expect("frequency_hz", "sf", "downlink_dbm")
    radio = _channel(table, highest_dbm)
    table.finish()
    return radio


def _channel(table: Table, highest_dbm: int) -> Radio:
    radio = Radio(
        frequency_hz=table.integer("frequency_hz", 863_000_000, 870_000_000),
        sf=table.integer("sf", 7, 12, DEFAULT_SF),
        downlink_dbm=table.integer("downlink_dbm", -9, highest_dbm, 14),
    )
    try:
        sub_band(radio.frequency_hz, BANDWIDTH_HZ)
    except ValueError as e:
        wanted = "the centre of a channel of 125 kHz in a sub-band of EU868"
        raise ConfigError(f"{table.path}.frequency_hz", radio.frequency_hz, wanted) from e
    return radio


def _concentrator(table: Table) -> Concentrator:
    table.expect("eui", "name", "downlink_dbm", "antenna_dbi")
    pattern = r"[0-9a-fA-F]{2}([:-]?[0-9a-fA-F]{2}){7}"
    wanted = "16 hexadecimal digits: the gateway_ID of its packet forwarder"
    eui = re.sub("[:-]", "", table.text("eui", pattern=pattern, wanted=wanted)).lower()
    concentrator = Concentrator(
        eui=eui,
        name=table.text("name", default=eui),
        downlink_dbm=table.integer("downlink_dbm", 0, 27, 14),  # `powe` has no sign
        antenna_dbi=_gain(table),
    )
    table.finish()
    _check_erp(table.path, concentrator.downlink_dbm, concentrator.antenna_dbi)
    return concentrator


def _gain(table: Table) -> int:
    return table.integer("antenna_dbi", -10, 20, DIPOLE_DBI)


def _check_erp(path: str, dbm: int, dbi: int) -> None:
    """Refuse answers that would be louder than the law allows."""
    highest = sub_band(ANSWER_HZ, BANDWIDTH_HZ).max_erp_dbm + DIPOLE_DBI - dbi
    if dbm > highest:
        wanted = f"at most {highest} with an antenna of {dbi} dBi"
        raise ConfigError(f"{path}.downlink_dbm", dbm, wanted)


def _address(field: str, listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
    except ValueError as e:
        raise ConfigError(field, listen, _LISTEN) from e
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ConfigError(field, listen, _LISTEN)
    return host, int(port)


def _line(table: Table, key: str) -> int:
    return table.integer(key, 0, 1023)


def _maybe_line(table: Table, key: str) -> int | None:
    return table.integer(key, 0, 1023) if table.has(key) else None


def _tcxo(table: Table) -> int | None:
    if not table.has("tcxo_mv"):
        return None
    tcxo_mv = table.integer("tcxo_mv", _TCXO_MV[0], _TCXO_MV[-1])
    if tcxo_mv not in _TCXO_MV:
        wanted = "one of " + ", ".join(map(str, _TCXO_MV)) + ", or absent for a crystal"
        raise ConfigError(f"{table.path}.tcxo_mv", tcxo_mv, wanted)
    return tcxo_mv


def _check_lines(path: str, hat: Hat) -> None:
    used: dict[int, str] = {}
    for key in ("busy", "dio1", "reset", "cs", "rx_enable", "tx_enable"):
        line = getattr(hat, key)
        if line in used:
            raise ConfigError(f"{path}.{key}", line, f"different from {path}.{used[line]}")
        if line is not None:
            used[line] = key
