"""What an operator gets wrong about links: one line, the field, the value, what would be right."""

import tomllib

import pytest

from gateway.errors import ConfigError
from gateway.fields import Table
from gateway.links.config import (
    Concentrator,
    Radio,
    UdpPort,
    check_links,
    parse_hat,
    parse_serial,
    parse_udp,
)

SERIAL = """
[[serial]]
port = "/dev/serial/by-path/platform-usb-0:1.2"
radio = {frequency_hz = 868_300_000, sf = 12, downlink_dbm = 27}
"""
UDP = """
[[udp]]
name = "city"
listen = "10.0.0.1:1700"
[[udp.concentrator]]
eui = "AA:55:5A:00:00:00:01:01"
name = "roof"
downlink_dbm = 26
antenna_dbi = 3
[[udp.concentrator]]
eui = "aa555a0000000102"
"""
HAT = """
[[hat]]
name = "mast"
spi = "/dev/spidev0.1"
gpiochip = "/dev/gpiochip0"
busy = 20
dio1 = 16
reset = 18
cs = 21
tx_enable = 6
tcxo_mv = 1800
frequency_hz = 868_100_000
downlink_dbm = 14
"""


def parse(text):
    """Return (serial, udp, hat) of a text, checked as config.py does it."""
    root = Table("", tomllib.loads(text))
    links = (
        tuple(parse_serial(table) for table in root.tables("serial")),
        tuple(parse_udp(table) for table in root.tables("udp")),
        tuple(parse_hat(table) for table in root.tables("hat")),
    )
    root.finish()
    check_links(*links)
    return links


def test_a_right_configuration_is_taken_as_it_was_meant():
    (serial,), (udp,), (hat,) = parse(SERIAL + UDP + HAT)
    assert serial.name == "/dev/serial/by-path/platform-usb-0:1.2"
    assert (serial.baud, serial.optional) == (115200, False)
    assert serial.radio == Radio(868_300_000, 12, 27)
    roof = Concentrator("aa555a0000000101", "roof", 26, 3)
    other = Concentrator("aa555a0000000102", "aa555a0000000102", 14, 2)
    assert udp == UdpPort("city", "10.0.0.1", 1700, (roof, other))
    assert (hat.busy, hat.dio1, hat.reset, hat.cs, hat.rx_enable, hat.tx_enable) == (
        *(20, 16, 18, 21),
        *(None, 6),
    )
    assert (hat.tcxo_mv, hat.dio2_switch, hat.antenna_dbi) == (1800, True, 2)
    assert hat.radio == Radio(868_100_000, 9, 14)


def test_ipv6_is_written_with_brackets():
    (_, (udp,), _) = parse(UDP.replace("10.0.0.1:1700", "[::]:1700"))
    assert (udp.host, udp.port) == ("::", 1700)


WRONG = [
    (UDP, "10.0.0.1:1700", "10.0.0.1", "udp[0].listen is '10.0.0.1', should be ADDRESS:PORT"),
    (UDP, "10.0.0.1:1700", ":1700", "udp[0].listen is ':1700'"),
    (UDP, "10.0.0.1:1700", "1.2.3.4:0", "udp[0].listen is '1.2.3.4:0'"),
    (UDP, "10.0.0.1:1700", "1.2.3.4:65536", "udp[0].listen"),
    (UDP, "10.0.0.1:1700", "gateway.local:1700", "udp[0].listen is 'gateway.local:1700'"),
    (UDP, 'listen = "10.0.0.1:1700"', "", "udp[0].listen is 'missing'"),
    (UDP, "listen =", "lisen =", "udp[0].lisen"),
    (UDP, "aa555a0000000102", "aa555a00000001", "udp[0].concentrator[1].eui is 'aa555a00000001'"),
    (UDP, "aa555a0000000102", "xx555a0000000102", "udp[0].concentrator[1].eui"),
    (UDP, "aa555a0000000102", "AA555A0000000101", "different from udp[0].concentrator[0].eui"),
    (
        UDP,
        "downlink_dbm = 26",
        "downlink_dbm = 27",
        "at most 26 with an antenna of 3 dBi",
    ),
    (UDP, "downlink_dbm = 26", "downlink_dbm = -1", "udp[0].concentrator[0].downlink_dbm is -1"),
    (UDP, "antenna_dbi = 3", 'antenna_dbi = "3"', "udp[0].concentrator[0].antenna_dbi is '3'"),
    (UDP, 'name = "roof"', 'name = "city"', "concentrator[0].name is 'city', should be different"),
    (UDP, "antenna_dbi", "anntena_dbi", "udp[0].concentrator[0].antenna_dbi?"),
    (HAT, "/dev/spidev0.1", "/dev/spi0", "hat[0].spi is '/dev/spi0'"),
    (HAT, "busy = 20", "busy = 16", "hat[0].dio1 is 16, should be different from hat[0].busy"),
    (HAT, "cs = 21", "cs = 18", "hat[0].cs is 18, should be different from hat[0].reset"),
    (HAT, "busy = 20", "", "hat[0].busy is 'missing'"),
    (HAT, "busy = 20", 'busy = "GPIO20"', "hat[0].busy is 'GPIO20'"),
    (HAT, "tcxo_mv = 1800", "tcxo_mv = 1900", "hat[0].tcxo_mv is 1900, should be one of 1600"),
    (HAT, "tcxo_mv = 1800", "tcxo_mv = 0", "hat[0].tcxo_mv is 0"),
    (HAT, "downlink_dbm = 14", "downlink_dbm = 23", "hat[0].downlink_dbm is 23"),
    (HAT, "868_100_000", "868_650_000", "hat[0].frequency_hz is 868650000"),
    (HAT, "tx_enable", "txenable", "hat[0].tx_enable?"),
    (SERIAL, "sf = 12", "sf = 6", "serial[0].radio.sf is 6"),
    (SERIAL, "sf = 12", "sft = 12", "serial[0].radio.sf?"),
    (SERIAL, "port =", "pord =", "serial[0].port?"),
    (UDP + SERIAL, "port =", 'name = "city"\nport =', "udp[0].name is 'city'"),
    (SERIAL + SERIAL, "", "", "serial[1].port is"),
    (HAT + HAT.replace("mast", "roof"), "", "", "hat[1].spi is '/dev/spidev0.1', should be differ"),
    (UDP + UDP, "", "", "udp[1].listen is '10.0.0.1:1700', should be different from udp[0].listen"),
]


@pytest.mark.parametrize(("text", "right", "wrong", "words"), WRONG)
def test_each_mistake_is_one_line_that_names_the_field(text, right, wrong, words):
    with pytest.raises(ConfigError) as caught:
        parse(text.replace(right, wrong, 1) if right else text)
    line = str(caught.value)
    assert words in line
    assert "\n" not in line


def test_a_gateway_without_any_link_has_nothing_to_do():
    with pytest.raises(ConfigError, match="at least one link"):
        check_links((), (), ())


def test_a_port_without_any_concentrator_hears_nobody():
    with pytest.raises(ConfigError, match=r"udp\[0\].concentrator is .*\[udp.concentrator"):
        parse('[[udp]]\nlisten = "10.0.0.1:1700"')
