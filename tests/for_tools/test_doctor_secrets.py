"""Keys that try to get out: in every place that a report has, in every form a key may have."""

import base64
import dataclasses
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.for_tools.doctored import CONFIG, KEY, SERVICE_KEY
from tools.flashing import durable
from tools.flashing.doctor import bundle
from tools.flashing.doctor.facts import Crash, Facts, Heard, Line, OnBoard, PortFacts
from tools.flashing.doctor.finding import certain
from tools.flashing.doctor.redact import HIDDEN, Redactor, forms
from tools.flashing.doctor.report import Report
from tools.flashing.errors import FlashError

DIGITS = KEY.hex()
WRITTEN = {
    "hex": DIGITS,
    "HEX": DIGITS.upper(),
    "mixed": DIGITS[:16] + DIGITS[16:].upper(),
    "colons": KEY.hex(":"),
    "spaces": KEY.hex(" "),
    "pairs": KEY.hex("-", 2),
    "list": str(list(KEY)),
    "python": repr(KEY),
    "c": "".join(f"\\x{byte:02x}" for byte in KEY),
    "array": ", ".join(f"0x{byte:02x}" for byte in KEY),
    "base64": base64.b64encode(KEY).decode(),
    "bare base64": base64.b64encode(KEY).decode().rstrip("="),
    "url base64": base64.urlsafe_b64encode(KEY).decode(),
    "base32": base64.b32encode(KEY).decode(),
    "base64 of hex": base64.b64encode(DIGITS.encode()).decode(),
    "in json": json.dumps({"key": DIGITS, "node": 17}),
    "json in base64": base64.b64encode(json.dumps({"key": DIGITS}).encode()).decode(),
    "shifted": base64.b64encode(b"x" + KEY + b"yz").decode(),
    "latin": KEY.decode("latin-1"),
}


def is_in(secret: bytes, data: bytes) -> bool:
    """Say whether a secret can be found in some bytes: told by other means than `redact` has."""
    squeezed = bytes(byte for byte in data.lower() if chr(byte) in "0123456789abcdef")
    plain = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    inner = [base64.b64encode(bytes(n) + secret + bytes(3))[4:-6] for n in range(3)]
    return (
        any(form in data for form in plain)
        or secret.hex().encode() in squeezed
        or any(form in data for form in inner)
        or repr(secret)[2:-1].encode() in data
        or str(list(secret))[1:-1].encode() in data
        or secret.decode("latin-1").encode() in data
        or base64.b64encode(secret.hex().encode())[:-4] in data
    )


@pytest.mark.parametrize("form", sorted(WRITTEN))
def test_a_key_that_is_known_goes_in_every_form(form):
    text = f"before {WRITTEN[form]} behind"
    said = Redactor([KEY]).text(text)
    assert not is_in(KEY, said.encode()), said
    assert HIDDEN in said
    assert said.startswith("before ") and said.endswith(" behind")


def test_the_look_of_this_test_finds_what_it_looks_for():
    for form in ("hex", "HEX", "colons", "list", "python", "base64", "shifted", "latin"):
        assert is_in(KEY, f"a {WRITTEN[form]} b".encode()), form
    assert is_in(KEY, b"a" + KEY + b"b")


def test_a_key_goes_as_bytes_in_the_middle_of_others():
    said = Redactor([KEY]).text(b"\xff\x00neckar: " + KEY + b"\xfe")
    assert not is_in(KEY, said.encode())
    assert "neckar: " in said


def test_a_short_secret_that_is_known_goes_with_anything_between_its_digits():
    for between in (":", " ", "-", ", "):
        digits = between.join(f"{byte:02X}" for byte in b"geheim-1")
        assert Redactor([b"geheim-1"]).text(f"is {digits}.") == f"is {HIDDEN}."


@pytest.mark.parametrize(
    "form", ["hex", "HEX", "mixed", "colons", "spaces", "c", "array", "base64", "url base64"]
)
def test_what_looks_like_a_key_goes_without_being_known(form):
    said = Redactor().text(f"before {WRITTEN[form]} behind")
    assert not is_in(KEY, said.encode()), said


@pytest.mark.parametrize(
    "line",
    [
        'password = "geheim123"',
        "mqtt_password: geheim123",
        "token=geheim123",
        '"service_key": "geheim123"',
        "Passwort: geheim123",
        "api-key: geheim123",
    ],
)
def test_what_follows_such_a_word_goes(line):
    assert "geheim123" not in Redactor().text(line)


@pytest.mark.parametrize(
    "line",
    [
        "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
        "clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00",
        "Chip esp32, MAC 24:6f:28:aa:bb:cc, Flash 4 MB",
        "check f3172be7cafaafa8, firmware 1a2b3c4d",
        "neckar: /identity.json: key is no hexadecimal number of 32 digits",
        '{"console_pin": 5, "interval_s": 900}',
        "/usr/lib/python3/dist-packages/serial/serialposix.py",
        "Backtrace: 0x400e14ed:0x3ffb5030 0x400d0802:0x3ffb5050",
    ],
)
def test_what_is_of_use_stays(line):
    assert Redactor([KEY]).text(line) == line


def test_fields_are_hidden_by_their_names_at_any_depth():
    given_value = {"a": [{"key": "x", "service_key": "y"}], "mqtt": {"password": "z", "host": "h"}}
    assert Redactor().value(given_value) == {
        "a": [{"key": HIDDEN, "service_key": HIDDEN}],
        "mqtt": {"password": HIDDEN, "host": "h"},
    }


def test_hashes_of_a_release_are_told_by_their_beginning():
    assert Redactor().value({"bundle": "ab" * 32}) == {"bundle": "ab" * 8}
    assert Redactor([KEY]).value({"bundle": DIGITS})["bundle"] == DIGITS[:16]


def everywhere(secret: bytes) -> Report:
    """Return a report that has a key wherever one could stand."""
    text = f"k {secret.hex()} {base64.b64encode(secret).decode()} {secret.decode('latin-1')}"
    config = CONFIG | {"radio": {"note": text}, "sensors": {text[:30]: [text]}, "key": secret.hex()}
    board = OnBoard(
        is_ours=True,
        has_main=True,
        release={"version": text, "bundle": "ab" * 32},
        board={"name": text},
        config=config,
        recorder=(Line(1, 2, text), Line(1, 3, secret.hex().upper())),
        crash=Crash(text, text, 1, "1a2b3c4d", False, 0),
    )
    facts = Facts(
        port=PortFacts("/dev/ttyUSB0", error=FlashError("F105", port="x", why=text)),
        heard=Heard(b"neckar: " + secret + b" " + text.encode(), echo=secret.hex(":").encode()),
        on_board=board,
    )
    findings = [certain("F746", text, why=text), certain("F747", secret.hex(" "), why=repr(secret))]
    return Report(facts, findings, Redactor([secret]))


def archive_of(report: Report, lang: str = "de") -> dict[str, bytes]:
    return bundle.contents(report, lang)


@pytest.mark.parametrize("secret", [KEY, SERVICE_KEY, bytes(range(40, 72)), b"mqtt-geheim-123"])
def test_no_key_is_in_any_part_of_a_bundle(secret, tmp_path):
    for lang in ("de", "en"):
        path = bundle.write(tmp_path / "out.zip", everywhere(secret), lang, lambda line: None)
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                assert not is_in(secret, archive.read(name)), name
        assert not is_in(secret, path.read_bytes())


def test_nor_in_what_is_shown_or_told_to_programs():
    report = everywhere(KEY)
    shown = report.text("de") + report.text("en") + json.dumps(report.json())
    assert not is_in(KEY, shown.encode())
    assert not is_in(KEY, json.dumps(report.json(), ensure_ascii=False).encode())


@given(st.binary(min_size=16, max_size=32), st.text(max_size=60))
def test_no_key_of_chance_gets_through(secret, words):
    redactor = Redactor([secret])
    text = f"{words} {secret.hex()} {words}{base64.b64encode(secret).decode()}{words}"
    said = redactor.text(text).encode()
    assert secret.hex().encode() not in said.lower()
    assert base64.b64encode(secret).rstrip(b"=") not in said


def test_every_form_is_what_the_last_look_finds():
    redactor = Redactor([KEY])
    for form in forms(KEY):
        assert redactor.holds_secret(b"x" + form + b"y")
        assert redactor.holds_secret(b"x" + form.upper() + b"y")
    assert not redactor.holds_secret(b"nothing")


def test_an_entry_that_still_has_a_key_is_left_out(monkeypatch):
    report = everywhere(KEY)
    monkeypatch.setattr(Redactor, "text", lambda self, given: str(given))
    parts = archive_of(report)
    assert parts["boot.log"] == HIDDEN.encode()
    assert not any(DIGITS.encode() in data for data in parts.values())


QUIET = Report(
    Facts(port=PortFacts("/dev/ttyUSB0"), heard=Heard(b"neckar: node 17\r\n"), on_board=OnBoard()),
    [certain("F762", title="node 17")],
)


def test_the_same_report_gives_the_same_bytes(tmp_path):
    first = bundle.write(tmp_path / "a.zip", QUIET, "de", lambda line: None).read_bytes()
    assert bundle.write(tmp_path / "b.zip", QUIET, "de", lambda line: None).read_bytes() == first
    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert names == sorted(names)


def test_what_is_in_it_is_told_before_it_is_written(tmp_path):
    path = tmp_path / "out.zip"
    told = []
    bundle.write(path, everywhere(KEY), "de", lambda line: told.append((line, path.exists())))
    before = [line for line, is_there in told if not is_there]
    names = zipfile.ZipFile(path).namelist()
    assert len(names) == 7
    assert all(any(name in line for line in before) for name in names)
    assert told[-1][1] and "out.zip" in told[-1][0]


def test_a_board_that_talks_without_end_makes_no_large_archive(tmp_path):
    noisy = Heard(b"neckar: what else \xc3\xa4\r\n" * 40000)
    facts = dataclasses.replace(QUIET.facts, heard=noisy)
    parts = archive_of(dataclasses.replace(QUIET, facts=facts))
    assert all(len(data) <= bundle.MOST_BYTES for data in parts.values())
    parts["boot.log"].decode()


def test_a_disk_that_is_full_leaves_no_half_archive(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable.os, "write", full)
    with pytest.raises(FlashError) as refused:
        bundle.write(tmp_path / "out.zip", QUIET, "de", lambda line: None)
    assert refused.value.code == "F320"
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_there_is_replaced_whole(tmp_path):
    path = tmp_path / "out.zip"
    path.write_bytes(b"old")
    bundle.write(path, QUIET, "de", lambda line: None)
    assert zipfile.is_zipfile(path)
    assert path.stat().st_mode & 0o077 == 0
