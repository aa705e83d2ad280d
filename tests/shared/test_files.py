"""Records of the flash: what was written comes back, and nothing else is one."""

import io

from node.files import read_record, skip_record, to_record
from tests.shared.damage import flipped


def payloads(data: bytes) -> list:
    """Return all intact records from the start."""
    file = io.BytesIO(data)
    found = []
    while True:
        payload = read_record(file)
        if payload is None:
            return found
        found.append(payload)


def test_records_come_back_in_their_order():
    every = [b"\x00", b"a", bytes(254), bytes(range(255))]
    assert payloads(b"".join([to_record(payload) for payload in every])) == every
    assert payloads(b"") == []


def test_a_record_of_length_0_is_no_record():
    for zeros in (1, 4, 5, 6, 64):  # the CRC-32 of nothing is 0
        assert payloads(bytes(zeros)) == []
        assert payloads(to_record(b"a") + bytes(zeros)) == [b"a"]
        assert payloads(to_record(b"a") + bytes(zeros) + to_record(b"b")) == [b"a"]
    assert payloads(b"\x00\xff\xff\xff\xff") == []


def test_a_record_that_is_cut_or_changed_is_none():
    record = to_record(b"abc")
    for end in range(len(record)):
        assert payloads(record[:end]) == []
        assert payloads(to_record(b"x") + record[:end]) == [b"x"]
    for other in flipped(record):
        assert payloads(other) == []


def test_a_record_is_skipped_unread():
    file = io.BytesIO(to_record(b"abc") + to_record(b"de"))
    assert skip_record(file)
    assert read_record(file) == b"de"
    assert not skip_record(file)
