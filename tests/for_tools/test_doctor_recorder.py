"""What a node left in flash: cut, damaged, written by the firmware's own code."""

import random

import pytest

from node import files
from node.recorder import Recorder
from protocol import cbor
from tools.flashing.doctor import decoding
from tools.flashing.doctor.facts import Crash, Facts, Identity, Line, OnBoard, PortFacts
from tools.flashing.doctor.report import Report


class Clock:
    def __init__(self):
        self.seconds = 0
        self.unix = 0

    def uptime_ms(self) -> int:
        return self.seconds * 1000

    def now_ms(self) -> int:
        return (self.unix + self.seconds) * 1000


@pytest.fixture
def log(tmp_path):
    """A recorder of the firmware, and its folder."""
    clock = Clock()
    return Recorder(clock, 4, str(tmp_path / "log")), clock, tmp_path / "log"


def test_what_the_firmware_wrote_is_read_back(log):
    recorder, clock, folder = log
    recorder.append("boot: power-on")
    clock.seconds = 75
    recorder.append("uplink: OSError sx126x:120 ETIMEDOUT")
    clock.unix = 1_790_000_000
    recorder.append("radio: begann neu, ü")
    lines, damaged = decoding.recorder(None, (folder / "new").read_bytes())
    assert lines == (
        Line(4, 0, "boot: power-on"),
        Line(4, 75, "uplink: OSError sx126x:120 ETIMEDOUT"),
        Line(4, 1_790_000_075, "radio: begann neu, ü"),
    )
    assert damaged == 0


def test_both_files_are_read_in_their_order(log):
    recorder, clock, folder = log
    for number in range(300):
        clock.seconds += 400
        recorder.append(f"line {number} " + "x" * 40)
    data = [(folder / name).read_bytes() for name in ("old", "new")]
    lines, _ = decoding.recorder(*data)
    numbers = [int(line.text.split()[1]) for line in lines]
    assert numbers == list(range(300 - len(numbers), 300))
    assert len(numbers) >= 100


def test_every_cut_leaves_the_lines_before_it_and_is_told():
    data = b"".join(files.to_record(b"1 %d line" % number) for number in range(3))
    size = len(data) // 3
    for at in range(len(data) + 1):
        lines, damaged = decoding.recorder(None, data[:at])
        assert len(lines) == at // size
        assert damaged == (at % size > 0)


def test_flash_that_was_zeroed_or_erased_ends_the_log():
    record = files.to_record(b"1 0 boot: power-on")
    for rest in (bytes(40), b"\xff" * 300):
        lines, damaged = decoding.recorder(record + rest, None)
        assert (len(lines), damaged) == (1, 1)


def test_a_flipped_bit_costs_its_line_and_what_follows():
    data = bytearray(files.to_record(b"1 0 one") + files.to_record(b"1 1 two"))
    data[3] ^= 1
    assert decoding.recorder(bytes(data), None) == ((), 1)


def test_bytes_of_chance_are_decoded_without_a_word():
    random.seed(7)
    for size in range(0, 400, 7):
        data = random.randbytes(size)
        decoding.recorder(data, data)
        for decode in (
            decoding.crash, decoding.resets, decoding.failed, decoding.boots,
            decoding.object_of, decoding.identity, decoding.keys,
        ):  # fmt: skip
            decode(data)


def test_a_crash_digest_is_that_of_the_firmware():
    stored = ["OSError", "sx126x", 120, b"\x1a\x2b\x3c\x4d", False, 2]
    assert decoding.crash(cbor.dumps(stored)) == Crash(
        "OSError", "sx126x", 120, "1a2b3c4d", False, 2
    )
    for wrong in ([], stored[:5], [*stored[:5], "2"], {1: 2}):
        assert decoding.crash(cbor.dumps(wrong)) is None
    assert decoding.crash(None) is None


def test_counts_of_starts_are_four_numbers_or_none():
    assert decoding.resets(b"9 3 1 2") == (9, 3, 1, 2)
    for wrong in (None, b"", b"1 2 3", b"1 2 3 4 5", b"1 2 3 -4", b"a b c d"):
        assert decoding.resets(wrong) is None


def test_the_ladder_and_the_number_of_starts():
    assert [decoding.failed(data) for data in (b"01", b"51", b"61", b"", None)] == [
        0, 5, None, None, None,
    ]  # fmt: skip
    assert [decoding.boots(data) for data in (b"17", b"", b"x", None)] == [17, None, None, None]


def test_an_identity_is_its_fingerprint():
    key = bytes(range(16))
    data = b'{"node": 17, "epoch": 3, "key": "%s", "service_key": "%s"}' % (
        key.hex().encode(),
        key[::-1].hex().encode(),
    )
    assert decoding.identity(data) == Identity(17, 3, decoding.check(key))
    assert decoding.keys(data) == [key, key[::-1]]
    for wrong in (b"{}", b"[]", b'{"node": 1, "epoch": 2, "key": "xy"}', b"\xff", None):
        assert decoding.identity(wrong) is None


def test_json_that_is_too_deep_is_none():
    assert decoding.object_of(b'{"a":' * 5000 + b"1" + b"}" * 5000) is None
    assert decoding.object_of(b'{"a": {"b": [1]}}') == {"a": {"b": [1]}}


BOARD = OnBoard(
    is_ours=True,
    recorder=(
        Line(4, 5, "boot: power-on"),
        Line(4, 7300, "uplink: ended"),
        Line(5, 1_790_000_075, "boot: reset, 1 failed"),
    ),
    damaged=1,
    crash=Crash("OSError", "sx126x", 120, "1a2b3c4d", False, 2),
    resets=(9, 3, 1, 2),
    failed=1,
    boots=14,
)


def test_what_was_read_is_told_in_sentences_with_times():
    said = Report(Facts(port=PortFacts("x"), on_board=BOARD), []).read_text("de")
    assert said.splitlines()[1:] == [
        "  Gestartet: 14 Mal",
        "  Davor: 9 Mal eingeschaltet, 3 Mal Unterspannung, 1 Mal Watchdog, 2 Mal abgestürzt",
        "  Fehlgeschlagene Starts in Folge: 1 (ab 5 abgesichert)",
        "  Absturz: OSError in sx126x, Zeile 120, Firmware 1a2b3c4d, danach 2 weitere, noch nicht"
        " gemeldet",
        "  Flugschreiber, die letzten 3 Zeilen:",
        "  Start 4, nach 5 s: boot: power-on",
        "  Start 4, nach 2 h: uplink: ended",
        "  Start 5, 2026-09-21 14:14:35 UTC: boot: reset, 1 failed",
        "  1 Dateien des Flugschreibers sind am Ende beschädigt",
    ]


def test_the_same_in_english():
    said = Report(Facts(on_board=BOARD), []).read_text("en")
    assert (
        "Crash: OSError in sx126x, line 120, firmware 1a2b3c4d, then 2 more, not told yet" in said
    )
    assert "start 4, after 2 h: uplink: ended" in said


def test_what_a_board_has_put_into_its_log_does_nothing_to_the_terminal():
    evil = OnBoard(recorder=(Line(1, 2, "a\x1b[2Jb\x07\x9bc\rd"),))
    said = Report(Facts(on_board=evil), []).read_text("en")
    assert "a\ufffd[2Jb\ufffd\ufffdc\ufffdd" in said
    assert all(sign.isprintable() or sign == "\n" for sign in said)
