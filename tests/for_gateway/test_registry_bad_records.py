"""Files of records that are wrong in any way are refused in one line that says what is right."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.registry.errors import RegistryError
from gateway.registry.record_files import parse
from tests.for_gateway.registered import NOW_S, lines, record

BAD = [
    ({"address": 70000}, "address is 70000, should be a whole number from 0 to 65535"),
    ({"address": "17"}, "address is '17', should be a whole number"),
    ({"address": True}, "address is True, should be a whole number"),
    ({"address": None}, "address is 'missing'"),
    ({"epoch": -1}, "epoch is -1"),
    ({"epoch": 2**32}, "epoch is 4294967296"),
    ({"record": "neckar/node/2"}, "record is 'neckar/node/2', should be 'neckar/node/1'"),
    ({"hardware": "x"}, "hardware is 'x'"),
    ({"radio": "yes"}, "radio is 'yes', should be true or false"),
    ({"lab": "Innen/stadt"}, "lab is 'Innen/stadt', should be up to 64 lower-case"),
    ({"lab": "gateways"}, "lab is 'gateways'"),
    ({"lab": "unknown"}, "not 'gateways' or 'unknown'"),
    ({"point": "node-17"}, "point is 'node-17'"),
    ({"point": "a" * 65}, "point is 'aaa"),
    ({"made": "yesterday"}, "made is 'yesterday', should be a time such as"),
    ({"made": "2025-06-01T12:00:00"}, "made is '2025-06-01T12:00:00', should be a time such as"),
    ({"made": "1970-01-01T00:00:00Z"}, "a clock was wrong"),
    ({"made": "2031-01-01T00:00:00Z"}, "a clock was wrong"),
    ({"state": "lost"}, "state is 'lost', should be one of in_service, retired"),
    ({"replaces": -1}, "replaces is -1"),
    ({"by": "a\nb"}, r"by is 'a\nb'"),
    ({"by": "\ud800"}, r"by is '\ud800', should be up to 80 characters"),
    ({"place": {"pole": "\udfff"}}, r"place.pole is '\udfff'"),
    ({"extra": {"a": ["\ud800"]}}, "extra is a table with 'a', should be without halves"),
    ({"extra": {"\ud800": 1}}, "should be without halves of surrogate pairs"),
    ({"place": {"lat": 91, "lon": 9}}, "place.lat is 91, should be a number from -90 to 90"),
    ({"place": {"lat": 49.1}}, "both lat and lon"),
    ({"place": {"hight_m": 4}}, "place.hight_m"),
    ({"place": [49.1, 9.2]}, "place is [49.1, 9.2]"),
    ({"extra": {"key": "x"}}, "extra.key is '***', should be removed"),
    ({"extra": {"note": "x" * 9000}}, "at most 8192 characters"),
    ({"sealed": {}}, "sealed is 'missing'"),
    ({"sealed": "x"}, "sealed is '***'"),
    ({"sealed": {"me": "x"}}, "keyed by ids of 16 hexadecimal digits"),
    ({"sealed": {"00" * 8: "AAAA"}}, "should be base64 of 64 bytes"),
    ({"sealed": {"00" * 8: 5}}, "should be base64 of 64 bytes"),
    ({"key": "00112233445566778899aabbccddeeff"}, "key is '***', should be no key"),
    ({"psk": "short"}, "'psk' is '***', should be removed: it is unknown"),
    ({"extra": {"n": {"00112233445566778899aabbccddeeff": 1}}}, "n is '***', should be no key"),
    ({"by": "key 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"}, "by is '***'"),
    ({"by": "ABEiM0RVZneImaq7zN3u/w=="}, "by is '***'"),
    ({"sealed": {"00112233445566778899aabbccddeeff": 1}}, "keyed by ids"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_a_wrong_field_is_named_with_line_value_and_what_would_be_right(changes, words):
    with pytest.raises(RegistryError) as e:
        spoilt = {n: v for n, v in {**record(17), **changes}.items() if v is not None}
        parse("a.json", lines(record(3), spoilt), NOW_S)
    text = str(e.value)
    assert text.startswith("a.json:2: ")
    assert words in text
    assert "\n" not in text
    assert "0011223344" not in text


def test_hashes_and_long_names_are_no_keys():
    extra = {"firmware": "ab" * 20, "bundle": "cd" * 32, "image": "A" * 43 + "="}
    long = record(17, extra=extra, lab="bildungscampus-heilbro", by="Bildungscampus Heilbronn")
    assert parse("a.json", lines(long), NOW_S)[0].extra == extra


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.json: holds no record"),
        (b"\n \n", "a.json: holds no record"),
        (b"[]", "a.json: holds no record"),
        (b"{", "a.json:1: is no JSON"),
        (b"\n\nnull", "a.json:3: record is 'NoneType'"),
        (b'[\n{"record": 5},\n7]', "a.json:2: record is 5"),
        (b"[1 2]", "a.json:1: after this record should be ',' or ']'"),
        (b"[1", "a.json:1: after this record should be ',' or ']'"),
        (b"[", "a.json:1: is no JSON"),
        (b"[{},]", "a.json:1: is no JSON"),
        (b"[] []", "a.json:1: after the array should be nothing more"),
        (b"{} {}", "a.json:1: should be one record a line"),
        (b'{"a": 1, "a": 2}', "a.json:1: is no JSON: 'a' is given twice"),
        (b'{"a": NaN}', "a.json:1: is no JSON: NaN is no number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a.json:1: is no JSON"),
        (b"[" * 100000, "a.json:1: is no JSON"),
        (b'{"a": "\xff"}', "a.json: byte 7 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_file_of_records_is_refused_in_one_line(content, words):
    with pytest.raises(RegistryError) as e:
        parse("a.json", content, NOW_S)
    assert str(e.value).startswith(words)
    assert "\n" not in str(e.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_garbage_is_refused_and_never_raises_anything_else(content):
    with pytest.raises(RegistryError):
        parse("a.json", content, NOW_S)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(record(17))), _JSON)
def test_any_value_in_any_field_is_taken_or_refused_with_words(name, value):
    content = json.dumps({**record(17), name: value}).encode()
    try:
        parse("a.json", content, NOW_S)
    except RegistryError as e:
        assert str(e).startswith("a.json:1: ")
        assert len(str(e)) < 600
