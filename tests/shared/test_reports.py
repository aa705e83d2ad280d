"""What a node says of itself: status and crash, at every limit of their fields."""

from protocol import cbor
from protocol.errors import DecodeError
from protocol.messages import decode, encode
from protocol.reports import Crash, Status, exceptions, status_fields
from tests.shared.damage import changed, is_canonical, survives_all, survives_noise
from tests.shared.examples import CRASHES, FIRMWARE, STATUSES, U48
from tests.shared.expect import refuses
from tests.shared.forms import form_of


def refused(value) -> None:
    refuses(DecodeError, decode, cbor.dumps(value))


def test_every_report_comes_back():
    for message in STATUSES + CRASHES + (Crash("", "main", 1, FIRMWARE),):
        plain = encode(message)
        assert form_of(decode(plain)) == form_of(message)
        assert encode(decode(plain)) == plain


def test_a_changed_report_is_another_report_or_refused():
    survives_all(STATUSES + CRASHES)
    survives_noise(decode, is_canonical, 23, 200, 12, (b"\x82\x02\xa1", b"\x85\x03\x01"))


def test_the_number_of_a_field_never_changes():
    assert decode(
        cbor.dumps(
            [2, {0: 7, 16: 3700, 18: -120, 33: 5, 34: 1, 38: -3, 40: 2, 44: 6, 47: 3, 56: 1, 57: 9}]
        )
    ).fields == {
        "uptime_s": 7,
        "battery_mv": 3700,
        "downlink_rssi_dbm": -120,
        "charge_mah": 5,
        "radio_restarts": 1,
        "radio_power_dbm": -3,
        "air_forced": 2,
        "log_errors": 6,
        "commands": 3,
        "faulty_sensors": 1,
        "firmware_commit": 9,
    }
    assert len(status_fields()) == 58 and len(set(status_fields())) == 58


def test_a_status_out_of_range_is_refused():
    for number in (U48, -U48):
        assert decode(cbor.dumps([2, {0: number}])).fields == {"uptime_s": number}
    for wrong in (U48 + 1, -U48 - 1, None, True, "7", b"7", [7], {}):
        refused([2, {0: wrong}])
        refused([2, {0: 1, 99: wrong}])
    for fields in (None, 7, [], "x", b""):
        refused([2, fields])
    for key in (-1, 1 << 16, 1 << 63):
        refused([2, {key: 1}])
    refused([2])
    refused([2, {}, 0])


def test_a_status_out_of_range_is_not_encoded():
    for wrong in (U48 + 1, -U48 - 1, 1 << 80):
        refuses(ValueError, encode, Status({"uptime_s": wrong}))
    refuses(ValueError, encode, Status({"no_such_field": 1}))


def test_a_field_of_a_newer_firmware_is_kept_by_number():
    count = len(status_fields())
    fields = decode(cbor.dumps([2, {0: 5, count: 6, 65535: 7}])).fields
    assert fields == {status_fields()[0]: 5, "field_%d" % count: 6, "field_65535": 7}
    for fields in ({99: -5}, {0: 1, 41: 2, 99: 3, 65535: U48}):
        plain = cbor.dumps([2, fields])
        assert encode(decode(plain)) == plain
    assert encode(Status({"field_99": 7})) == cbor.dumps([2, {99: 7}])
    for name in ("field_65536", "field_-1", "field_", "field_x", "field", "fields_99"):
        refuses(ValueError, encode, Status({name: 1}))


def test_a_crash_fits_20_bytes_whatever_it_is():
    for name in exceptions():
        crash = Crash(name, "a_module_with_a_long_name", 1 << 30, bytes(range(200, 232)))
        plain = encode(crash)
        assert len(plain) <= 20
        back = decode(plain)
        assert (back.exception, back.module, back.line) == (name, "a_module", 0xFFFF)
        assert back.firmware == b"\xc8\xc9\xca\xcb"


def test_an_exception_without_a_number_is_another_one():
    assert decode(encode(Crash("SomebodysError", "main", 1, FIRMWARE))).exception == ""
    for code in (len(exceptions()), 255):  # of a newer firmware
        assert decode(cbor.dumps([3, code, "main", 1, FIRMWARE])).exception == ""
    assert len(set(exceptions())) == len(exceptions()) and len(exceptions()) <= 24
    assert (exceptions()[0], exceptions()[1], exceptions()[22]) == ("", "MemoryError", "FrameError")


def test_a_crash_out_of_range_is_refused():
    good = [3, 1, "uplink_1", 0xFFFF, FIRMWARE]
    assert decode(cbor.dumps(good)).line == 0xFFFF
    for place, wrongs in (
        (1, (-1, 256, None, True, "7")),
        (2, ("123456789", "\u00fc" * 5, b"main", None, 7)),
        (3, (-1, 0x10000, None, True, "7")),
        (4, (b"", bytes(3), bytes(5), "abcd", None, 7)),
    ):
        for wrong in wrongs:
            refused(changed(good, place, wrong))
    for end in range(1, 5):
        refused(good[:end])
    refused(good + [0])


def test_a_module_is_cut_to_8_bytes_between_characters():
    for module, told in (
        ("sampler_2", "sampler_"),
        ("\u00fc" * 4, "\u00fc" * 4),
        ("\u00fc" * 5, "\u00fc" * 4),
        ("x" + "\u00fc" * 5, "x" + "\u00fc" * 3),
        ("\u6c34" * 3, "\u6c34" * 2),
        ("\U00010151" * 9, "\U00010151" * 2),
        ("1234567\U00010151", "1234567"),
    ):
        back = decode(encode(Crash("OSError", module, 1, FIRMWARE)))
        assert back.module == told
        assert encode(back) == encode(Crash("OSError", module, 1, FIRMWARE))


def test_a_firmware_of_another_length_is_padded_or_cut_to_4_bytes():
    for firmware, told in ((b"", bytes(4)), (b"abc", b"abc\x00"), (b"abcde", b"abcd")):
        assert decode(encode(Crash("OSError", "main", 1, firmware))).firmware == told


def test_a_crash_before_the_first_line_is_not_encoded():
    assert decode(encode(Crash("OSError", "main", 0, FIRMWARE))).line == 0
    refuses(ValueError, encode, Crash("OSError", "main", -1, FIRMWARE))
