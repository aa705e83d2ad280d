"""Mount records that are wrong in any way are refused in one line that says what is right."""

import base64
import json

import pytest

from gateway.registry.errors import RegistryError
from gateway.registry.record_files import parse
from tests.for_gateway.registered import LINK, NOW_S, lines, mount, record

BAD = [
    ({"record": "neckar/mount/2"}, "should be 'neckar/node/1' or 'neckar/mount/1'"),
    ({"address": 70000}, "address is 70000"),
    ({"point": None}, "point is 'missing'"),
    ({"lab": "gateways"}, "lab is 'gateways'"),
    ({"made": "2031-01-01T00:00:00Z"}, "a clock was wrong"),
    ({"made": None}, "made is 'missing'"),
    ({"by": None}, "by is 'missing'"),
    ({"signer": "me"}, "signer is 'me', should be 16 hexadecimal digits"),
    ({"epoch": -1}, "epoch is -1"),
    ({"hardware": "x"}, "hardware is 'x'"),
    ({"place": {"lat": 49.1}}, "both lat and lon"),
    ({"place": {"hight_m": 3}}, "place.hight_m"),
    ({"place": {"height_m": 2000}}, "place.height_m is 2000"),
    ({"remarks": "a\nb"}, "remarks is"),
    ({"remarks": "\ud800"}, "remarks is"),
    ({"photo": {"name": "a/b.jpg", "sha256": "ab" * 32, "bytes": 5}}, "photo.name is 'a/b.jpg'"),
    ({"photo": {"name": "a.jpg", "sha256": "ab", "bytes": 5}}, "photo.sha256 is 'ab'"),
    ({"photo": {"name": "a.jpg", "sha256": "ab" * 32}}, "photo.bytes is 'missing'"),
    ({"photo": "a.jpg"}, "photo is 'a.jpg'"),
    ({"link": {**LINK, "verdict": "blue"}}, "link.verdict is 'blue'"),
    ({"link": {**LINK, "answered": 11}}, "link.answered is 11"),
    ({"link": {**LINK, "sf": 5}}, "link.sf is 5"),
    ({"link": {**LINK, "frames": 51}}, "link.frames is 51"),
    ({"link": {**LINK, "rssi": -90}}, "link.rssi"),
    ({"link": [1]}, "link is [1]"),
    ({"key": "x"}, "key"),
    ({"remarks": "00112233445566778899aabbccddeeff"}, "remarks is '***', should be no key"),
    ({"replaces": "18"}, "replaces is '18'"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_a_wrong_field_is_named_with_line_value_and_what_would_be_right(changes, words):
    spoilt = {n: v for n, v in {**mount(), **changes}.items() if v is not None}
    with pytest.raises(RegistryError) as e:
        parse("a.json", lines(record(3), spoilt), NOW_S)
    text = str(e.value)
    assert text.startswith("a.json:2: ")
    assert words in text
    assert "\n" not in text
    assert "0011223344" not in text


@pytest.mark.parametrize(
    "signature", [None, "", "x", "AAAA", 5, base64.b64encode(bytes(63)).decode()]
)
def test_a_signature_that_is_none_is_not_shown(signature):
    spoilt = {n: v for n, v in {**mount(), "signature": signature}.items() if v is not None}
    with pytest.raises(RegistryError, match="signature is"):
        parse("a.json", json.dumps(spoilt).encode(), NOW_S)


def test_names_of_photos_as_telephones_give_them_are_no_keys():
    photo = {"name": "PXL_20261125_093012345.jpg", "sha256": "ab" * 32, "bytes": 5}
    (found,) = parse("a.json", lines(mount(photo=photo)), NOW_S)
    assert found.verdict == "green"
