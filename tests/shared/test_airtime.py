"""Time on air against the data sheets' formulas and Semtech's calculator; the sub-bands' edges."""

from protocol.airtime import BANDS, SX126X, SX127X, Modulation, sub_band
from tests.shared.expect import refuses, vectors

CHIPS = {"sx126x": SX126X, "sx127x": SX127X}

# sf, bandwidth, coding, optimised: (preamble, length, header, CRC, us). By Semtech's calculator of
# the SX1261, as micropython-lib's test of its LoRa drivers quotes it; by the data sheet for SF6.
CALCULATED = (
    ((12, 500000, 5, False), (8, 1, True, True, 206848)),
    ((12, 500000, 5, False), (12, 64, True, True, 649216)),
    ((12, 500000, 5, False), (8, 1, True, False, 165888)),
    ((12, 500000, 5, False), (8, 192, True, True, 1476608)),
    ((12, 500000, 5, False), (12, 16, False, False, 280576)),
    ((8, 125000, 6, False), (8, 2, True, True, 53760)),
    ((8, 125000, 6, False), (8, 3, True, True, 66048)),
    ((8, 125000, 6, False), (8, 3, True, False, 53760)),
    ((8, 125000, 6, False), (8, 253, True, True, 827904)),
    ((8, 125000, 6, False), (12, 5, False, False, 61952)),
    ((8, 125000, 6, False), (12, 253, False, True, 823808)),
    ((5, 500000, 5, False), (2, 1, True, False, 1360)),
    ((5, 500000, 5, False), (2, 1, True, True, 1680)),
    ((5, 500000, 5, False), (12, 1, False, False, 1680)),
    ((5, 500000, 5, False), (12, 253, False, True, 34000)),
    ((5, 125000, 8, False), (12, 253, False, True, 213568)),
    ((6, 125000, 5, False), (12, 0, False, False, 13440)),
)

# LoRaWAN's uplinks of 13 + 25 bytes as the airtime calculator of The Things Network has them.
LORAWAN = ((7, 82176), (8, 143872), (9, 267264), (10, 493568), (11, 1069056), (12, 1974272))


def test_airtimes_are_as_in_the_vectors():
    seen = set()
    for vector in vectors("airtime"):
        modulation = Modulation(
            vector["sf"],
            vector["bandwidth_hz"],
            vector["coding"],
            vector["preamble"],
            vector["explicit"],
            vector["crc"],
            vector["low_rate"],
            CHIPS[vector["chip"]],
        )
        for length, us in vector["frames"]:
            assert modulation.airtime_us(length) == us, (vector, length)
        seen.add((vector["chip"], vector["sf"]))
    assert len(seen) == 8 + 7


def test_airtimes_are_as_in_the_calculator_of_semtech():
    for (sf, bandwidth, coding, low_rate), frame in CALCULATED:
        preamble, length, explicit, crc, us = frame
        modulation = Modulation(sf, bandwidth, coding, preamble, explicit, crc)
        assert modulation.low_rate == low_rate
        assert modulation.airtime_us(length) == us, (sf, frame)


def test_airtimes_are_those_of_lorawan():
    for sf, us in LORAWAN:
        assert Modulation(sf).airtime_us(38) == us
        assert Modulation(sf, chip=SX127X).airtime_us(38) == us
    assert Modulation(7, 250000).airtime_us(38) == 41088


def test_symbols_of_16_ms_are_optimised():
    optimised = [
        (sf, bandwidth)
        for bandwidth in (62500, 125000, 250000, 500000)
        for sf in range(5, 13)
        if Modulation(sf, bandwidth).low_rate
    ]
    at_125_khz = [(11, 125000), (12, 125000)]
    assert optimised == [(sf, 62500) for sf in (10, 11, 12)] + at_125_khz + [(12, 250000)]
    assert Modulation(12, low_rate=False).airtime_us(51) < Modulation(12).airtime_us(51)
    assert Modulation(7, low_rate=True).airtime_us(51) > Modulation(7).airtime_us(51)


def test_a_driver_finds_every_setting_again():
    modulation = Modulation(6, 500000, 7, 20, False, False, True, SX127X)
    assert (modulation.sf, modulation.bandwidth_hz, modulation.coding) == (6, 500000, 7)
    assert (modulation.preamble, modulation.explicit, modulation.crc) == (20, False, False)
    assert (modulation.low_rate, modulation.chip, modulation.symbol_us) == (True, SX127X, 128)


def test_settings_that_no_chip_has_are_refused():
    for sf in (-1, 0, 4, 13, 120):
        refuses(ValueError, Modulation, sf)
    for bandwidth in (0, 7810, 41670, 124999, 125, 1000000, -125000):
        refuses(ValueError, Modulation, 7, bandwidth)
    for coding in (0, 1, 4, 9):
        refuses(ValueError, Modulation, 7, 125000, coding)
    for preamble in (-8, 0, 1001, 65536):
        refuses(ValueError, Modulation, 7, 125000, 5, preamble)
    refuses(ValueError, Modulation, 7, 125000, 5, 8, True, True, None, 2)
    for explicit in (True, False):  # no SF5 in an SX127x
        refuses(ValueError, Modulation, 5, 125000, 5, 8, explicit, True, None, SX127X)
    refuses(ValueError, Modulation, 6, 125000, 5, 8, True, True, None, SX127X)
    for sf in (5, 6):
        refuses(ValueError, Modulation, sf, 125000, 5, 8, True, True, True)
    for length in (-1, 256, 65535):
        refuses(ValueError, Modulation(7).airtime_us, length)


def test_the_longest_frame_is_a_small_integer():
    for chip in (SX126X, SX127X):
        us = Modulation(12, 62500, 8, 1000, True, True, None, chip).airtime_us(255)
        assert 90 * 1000000 < us < 1 << 30


def test_the_channels_of_lorawan_are_where_they_belong():
    for frequency, name in (
        (864100000, "K"),
        (867100000, "L"),
        (867900000, "L"),
        (868100000, "M"),
        (868300000, "M"),
        (868500000, "M"),
        (868800000, "N"),
        (869525000, "O"),
        (869850000, "Q"),
    ):
        assert sub_band(frequency, 125000).name == name


def test_a_channel_lies_in_its_sub_band_as_a_whole():
    for band in BANDS:
        for bandwidth in (62500, 125000, 250000):
            low = band.low_hz + bandwidth // 2
            high = band.high_hz - bandwidth // 2
            for frequency in (low, high):
                assert sub_band(frequency, bandwidth, band.max_erp_dbm).name == band.name
            for frequency in (low - 1, high + 1):
                refuses(ValueError, sub_band, frequency, bandwidth, band.max_erp_dbm)
            # A width that has no middle is taken as one more.
            refuses(ValueError, sub_band, low, bandwidth + 1, band.max_erp_dbm)


def test_between_the_sub_bands_is_nothing():
    gaps = (862900000, 868650000, 869300000, 869675000, 870100000, 433500000, 0)
    for frequency in gaps:
        refuses(ValueError, sub_band, frequency, 125000, 0)
    for frequency in (865000000, 868000000):  # over the edge of two
        refuses(ValueError, sub_band, frequency, 125000, 0)
    refuses(ValueError, sub_band, 869525000, 500000, 0)
    assert sub_band(868950000, 500000).name == "N"


def test_power_chooses_and_limits():
    for erp, name in ((-9, "P"), (7, "P"), (8, "Q"), (14, "Q")):
        assert sub_band(869850000, 125000, erp).name == name
    assert sub_band(869525000, 250000, 27).name == "O"
    refuses(ValueError, sub_band, 869525000, 250000, 28)
    for frequency in (864000000, 867000000, 868300000, 868950000, 869850000):
        assert sub_band(frequency, 125000, 14)
        refuses(ValueError, sub_band, frequency, 125000, 15)


def test_the_share_of_an_hour():
    allowed = {band.name: band.allowed_ms for band in BANDS}
    assert allowed == {
        "K": 3600,
        "L": 36000,
        "M": 36000,
        "N": 3600,
        "O": 360000,
        "P": 3600000,
        "Q": 36000,
    }
