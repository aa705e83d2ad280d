"""The SX1262 by its data sheet: how strong a frame leaves the chip."""

import pytest

from protocol.airtime import Modulation
from tests.for_tools.chips import Air, Host62

FRAME = b"a frame of some length"
AIRTIME_US = Modulation(7).airtime_us(len(FRAME))


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def hosts(air):
    one, other = Host62(air), Host62(air)
    one.tune()
    other.tune()
    return one, other


def watch_power(host):
    """Return the list that the powers of all frames are put into."""
    powers = []
    host.air.ether.observers.append(lambda frame: powers.append(round(frame.power_dbm, 1)))
    return powers


@pytest.mark.parametrize(
    ("config", "asked", "power"),
    [
        ([4, 7, 0, 1], 22, 22),
        ([3, 5, 0, 1], 22, 20),
        ([2, 3, 0, 1], 22, 17),
        ([2, 2, 0, 1], 22, 14),
        ([1, 4, 0, 1], 20, 13.9),  # as public drivers have it for 14 dBm
        ([4, 7, 0, 1], 14, 14),
        ([4, 7, 0, 1], -9, -9),
        ([4, 7, 0, 1], 30, 22),
        ([4, 7, 1, 1], 22, -8),  # the other amplifier
    ],
)
def test_power_follows_table_13_21(hosts, config, asked, power):
    one = hosts[0]
    powers = watch_power(one)
    one.command(0x95, *config)
    one.command(0x8E, asked & 0xFF, 0)
    one.send(FRAME)
    one.air.wait(AIRTIME_US)
    assert powers == [power]


@pytest.mark.parametrize(
    ("config", "asked", "power"),
    [([6, 0, 1, 1], 14, 15), ([4, 0, 1, 1], 14, 14), ([1, 0, 1, 1], 13, 10)],
)
def test_the_sx1261_has_the_small_amplifier(air, config, asked, power):
    host = Host62(air, variant="SX1261")
    host.tune()
    powers = watch_power(host)
    host.command(0x95, *config)
    host.command(0x8E, asked, 0)
    host.send(FRAME)
    air.wait(AIRTIME_US)
    assert powers == [power]


def test_clamp_current_limit_and_antenna_switch_cost_power(air):
    host = Host62(air, mismatched=True, dio2_switch=True)
    host.tune(power_dbm=22)
    powers = watch_power(host)

    def send():
        host.send(FRAME)
        air.wait(AIRTIME_US)
        return powers[-1]

    assert send() == 22 - 5 - 30
    host.command(0x9D, 1)
    assert send() == 22 - 5
    assert host.pins.rises("dio2")
    host.write_register(0x08D8, 0xC8 | 0x1E)
    assert send() == 22
    host.write_register(0x08E7, 0x18)  # 60 mA
    assert 15 < send() < 16
