"""What is typed with gloves on: labels, positions, heights, directions, names, photos."""

import hashlib

import pytest

from tools.flashing.errors import FlashError
from tools.flashing.mount import code, place


def refused(check, text) -> FlashError:
    """Return the error of an answer that must not pass."""
    with pytest.raises(FlashError) as e:
        check(text)
    return e.value


@pytest.mark.parametrize("address", [0, 1, 17, 999, 65535])
def test_a_label_is_read_as_it_was_printed(address):
    assert code.address(code.text(address)) == address
    assert code.text(address) == f"neckar:{address}"


@pytest.mark.parametrize("scanned", ["17", " neckar:17\r\n", "NECKAR:17", "neckarÖ17", "neckarö17"])
def test_a_number_a_line_and_a_scanner_of_another_keyboard_are_read(scanned):
    assert code.address(scanned) == 17


@pytest.mark.parametrize(
    "scanned", ["", "neckar:", "neckar:65536", "-1", "air-17", "https://x.example/17", "1 7", "²"]
)
def test_what_is_no_label_is_named(scanned):
    error = refused(code.address, scanned)
    assert error.code == "F501"
    assert error.values["text"] == (scanned or "-")


def test_no_label_has_an_address_that_there_is_not():
    with pytest.raises(ValueError, match="65536"):
        code.text(65536)


HEILBRONN = {"lat": 49.1427, "lon": 9.2109}


@pytest.mark.parametrize(
    "text",
    [
        "49.1427, 9.2109",
        "49.1427,9.2109",
        " 49.1427 9.2109 ",
        "49,1427 9,2109",
        "49,1427; 9,2109",
        "49.1427° N, 9.2109° O",
        "N 49.1427 E 9.2109",
        "geo:49.1427,9.2109",
        "https://www.openstreetmap.org/#map=19/49.1427/9.2109",
        "https://maps.example/maps/@49.1427,9.2109,17z",
        "https://maps.example/?q=49.1427%2C9.2109",
    ],
)
def test_a_position_is_taken_as_maps_copy_it(text):
    assert place.position(text) == HEILBRONN


def test_degrees_minutes_and_seconds_are_taken():
    assert place.position("""49°08'33.7"N 9°12'39.2"E""") == {"lat": 49.142694, "lon": 9.210889}
    assert place.position("49° 8′ 33,7″ N, 9° 12′ 39,2″ O") == {"lat": 49.142694, "lon": 9.210889}


def test_south_and_west_are_below_nought():
    assert place.position("-33.8568, 151.2153") == {"lat": -33.8568, "lon": 151.2153}
    assert place.position("""33°51'24.5"S 70°12'39.2"W""")["lat"] < 0
    assert place.position("33.8568 S, 70.2109 W") == {"lat": -33.8568, "lon": -70.2109}


@pytest.mark.parametrize(
    "text",
    ["", "here", "49.1427", "49, 9", "49.1, 9.2", "91.0000, 9.2109", "49.1427, 190.0000",
     "49.1427, 9.2109, 157", "49..1427, 9.2109", "Rathaus"],
)  # fmt: skip
def test_what_is_no_position_or_a_rough_one_is_not_taken(text):
    assert refused(place.position, text).code == "F502"


@pytest.mark.parametrize(
    ("text", "metres"), [("3,5", 3.5), ("3.5 m", 3.5), ("4", 4.0), ("12M", 12.0), ("-2", -2.0)]
)
def test_a_height_is_taken_in_metres(text, metres):
    assert place.height(text) == {"height_m": metres}


@pytest.mark.parametrize("text", ["", "hoch", "3,5 cm", "1001", "-101", "1e3", "nan"])
def test_what_is_no_height_is_not_taken(text):
    assert refused(place.height, text).code == "F503"


@pytest.mark.parametrize(
    ("text", "degrees"),
    [("N", 0), ("no", 45), ("NE", 45), ("E", 90), ("O", 90), ("SSW", 202.5), ("nnw", 337.5),
     ("180", 180), ("22,5°", 22.5), ("360", 360)],
)  # fmt: skip
def test_a_direction_is_taken_in_degrees_and_by_the_compass(text, degrees):
    assert place.direction(text) == {"direction_deg": degrees}


@pytest.mark.parametrize("text", ["", "links", "NN", "361", "-1", "NSO"])
def test_what_is_no_direction_is_not_taken(text):
    assert refused(place.direction, text).code == "F504"


def test_names_are_one_line_and_no_key():
    assert place.pole(" L 12 ") == {"pole": "L 12"}
    assert place.who("E. Maier") == "E. Maier"
    assert place.remarks("neben der Uhr") == "neben der Uhr"
    assert place.point("air-17") == "air-17"
    assert refused(place.pole, "L\t12").code == "F505"
    assert refused(place.who, "x" * 81).code == "F511"
    assert refused(place.remarks, "a\nb").code == "F508"
    for name in ("Air-17", "node-17", "cmd", "a" * 65, ""):
        assert refused(place.point, name).code == "F509"
    for check in (place.pole, place.who, place.remarks):
        error = refused(check, "key 00112233445566778899aabbccddeeff")
        assert error.code == "F513"
        assert "0011" not in str(error)


def test_a_photo_is_hashed_where_it_lies(tmp_path):
    photo = tmp_path / "PXL_20261125_093012345.jpg"
    photo.write_bytes(b"\xff\xd8" + b"x" * 3_000_000)
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert place.photo(f" {photo} ") == {"name": photo.name, "sha256": digest, "bytes": 3_000_002}
    assert list(tmp_path.iterdir()) == [photo]


def test_what_is_no_photo_says_why(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.jpg").mkdir()
    assert refused(place.photo, str(tmp_path / "notes.txt")).code == "F507"
    for name in ("empty.png", "missing.jpg", "folder.jpg"):
        error = refused(place.photo, str(tmp_path / name))
        assert error.code == "F506"
        assert error.values["why"]
