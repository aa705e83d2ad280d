"""The bootloader takes what arrives: pieces, noise, wrong sums and places; and flash is NOR."""

import hashlib
import random
import struct
import zlib

import pytest

from tools.rig.esp32.bootloader import SYNC_DATA, Bootloader
from tools.rig.esp32.chips import KINDS
from tools.rig.esp32.download import Download
from tools.rig.esp32.faults import Faults
from tools.rig.esp32.flash import Flash, make_flash
from tools.rig.esp32.slip import LIMIT_BYTES, Packets, checksum, framed

MAC = bytes.fromhex("246f28010203")
MB = 1 << 20
DATA = bytes(random.Random(1).randbytes(9000)) + b"\xc0\xdb\xdc\xdd" * 100


def request(command, data=b"", given=0):
    return framed(struct.pack("<BBHI", 0, command, len(data), given) + data)


def block(command, number, data):
    return request(command, struct.pack("<4I", len(data), number, 0, 0) + data, checksum(data))


def answers(said):
    """Return (command, value, data with status) of all answers."""
    packets = Packets().feed(said)
    return [(*struct.unpack_from("<xBxxI", packet), packet[8:]) for packet in packets]


def ok(said):
    [(_, _, status)] = answers(said)
    return status[0] == 0


@pytest.fixture
def flash(tmp_path):
    path = tmp_path / "flash.bin"
    make_flash(path, MB)
    flash = Flash(path, MB)
    yield flash
    flash.close()


@pytest.fixture
def rom(flash):
    return Bootloader(KINDS["esp32"], MAC, flash)


@pytest.fixture
def stub(rom):
    assert rom.feed(request(0x06, struct.pack("<2I", 0, 0x40080000))).endswith(framed(b"OHAI"))
    return rom


def test_what_was_framed_comes_out_again_in_pieces_of_any_size():
    payloads = [DATA, b"", b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd\xc0\xdb", bytes(5)]
    line = b"noise" + b"".join(framed(payload) for payload in payloads) + b"noi"
    wanted = [b"noise", *(payload for payload in payloads if payload)]
    for size in (1, 2, 3, 7, 4096, len(line)):
        packets = Packets()
        pieces = [line[at : at + size] for at in range(0, len(line), size)]
        assert [one for piece in pieces for one in packets.feed(piece)] == wanted


def test_noise_without_end_does_not_pile_up():
    packets = Packets()
    for _ in range(100):
        assert packets.feed(b"x" * 10_000) == []
        assert len(packets._begun) <= LIMIT_BYTES


@pytest.mark.parametrize("size", [0, 1, 2, 3, 63, 64, 65, 127, 1024, 4097, 16384])
def test_the_checksum_is_the_xor_of_all_bytes(size):
    data = random.Random(size).randbytes(size)
    wanted = 0xEF
    for byte in data:
        wanted ^= byte
    assert checksum(data) == wanted


def test_a_session_is_the_same_whole_and_byte_by_byte(tmp_path):
    session = [
        request(0x08, SYNC_DATA),
        request(0x0A, struct.pack("<I", 0x40001000)),
        request(0x02, struct.pack("<4I", len(DATA), 10, 1024, 0x3000)),
        *(block(0x03, at // 1024, DATA[at : at + 1024]) for at in range(0, len(DATA), 1024)),
        request(0x13, struct.pack("<4I", 0x3000, len(DATA), 0, 0)),
    ]
    line = b"boot noise \xc0\xc0" + b"".join(session)
    said = []
    for size in (len(line), 1, 11):
        path = tmp_path / f"flash{size}.bin"
        make_flash(path, MB)
        flash = Flash(path, MB)
        rom = Bootloader(KINDS["esp32"], MAC, flash)
        said.append(b"".join(rom.feed(line[i : i + size]) for i in range(0, len(line), size)))
        assert flash.read(0x3000, len(DATA)) == DATA
        flash.close()
    assert said[0] == said[1] == said[2]
    assert hashlib.new("md5", DATA, usedforsecurity=False).hexdigest().encode() in said[0]


def test_the_answer_to_a_sync_comes_eight_times_and_tells_rom_from_stub(rom, request):
    first = answers(rom.feed(framed(struct.pack("<BBHI", 0, 8, 36, 0) + SYNC_DATA)))
    assert first == 8 * [(8, 0x20120707, bytes(4))]
    stub = request.getfixturevalue("stub")
    again = answers(stub.feed(framed(struct.pack("<BBHI", 0, 8, 36, 0) + SYNC_DATA)))
    assert again == 8 * [(8, 0, bytes(2))]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x00",
        b"\x01\x08\x00\x00\x00\x00\x00\x00",  # an answer, not a request
        b"rst:0x1 (POWERON_RESET)",
    ],
)
def test_what_is_no_request_gets_no_answer(rom, packet):
    assert rom.feed(framed(packet)) == b""


@pytest.mark.parametrize(
    "wrong",
    [
        framed(struct.pack("<BBHI", 0, 0x0A, 4, 0) + b"abc"),  # not as long as it says
        request(0x0A),
        request(0x77),
        request(0x14),  # GET_SECURITY_INFO: an ESP32 has none
        request(0xD0),  # of the stub
        request(0x02, struct.pack("<4I", 2 * MB, 1, 1024, 0)),
        request(0x02, struct.pack("<4I", 4096, 1, 1024, MB)),
        request(0x13, struct.pack("<4I", MB - 1, 2, 0, 0)),
        block(0x03, 0, b"never begun"),
        request(0x07, struct.pack("<4I", 1, 0, 0, 0) + b"x", checksum(b"y")),
    ],
)
def test_what_cannot_be_done_is_answered_so_and_changes_nothing(rom, flash, wrong):
    [(_, _, status)] = answers(rom.feed(wrong))
    assert status[0] == 1
    assert status[1] != 0
    assert set(flash.read(0, MB)) == {0xFF}


def test_a_block_with_a_wrong_checksum_is_not_written(rom, flash):
    assert ok(rom.feed(request(0x02, struct.pack("<4I", 4096, 4, 1024, 0))))
    wrong = struct.pack("<4I", 1024, 0, 0, 0) + DATA[:1024]
    assert not ok(rom.feed(request(0x03, wrong, checksum(DATA[:1024]) ^ 1)))
    assert set(flash.read(0, 4096)) == {0xFF}
    assert ok(rom.feed(block(0x03, 0, DATA[:1024])))
    assert flash.read(0, 1024) == DATA[:1024]


def test_the_rom_erases_first_and_the_stub_as_it_goes(rom, flash, request):
    data = random.Random(2).randbytes(3 * 4096)
    packed = zlib.compress(data)
    begin = framed(struct.pack("<BBHI4I", 0, 0x10, 16, 0, len(data), 1, 16384, 0))
    flash.program(0, bytes(len(data)))
    assert ok(rom.feed(begin))
    assert set(flash.read(0, len(data))) == {0xFF}
    flash.program(0, bytes(len(data)))
    stub = request.getfixturevalue("stub")
    assert ok(stub.feed(begin))
    assert set(flash.read(0, len(data))) == {0}
    assert ok(stub.feed(block(0x11, 0, packed[:6000])))
    assert flash.read(0, 5500) == data[:5500]
    assert set(flash.read(2 * 4096, 4096)) == {0}  # not reached
    assert ok(stub.feed(block(0x11, 1, packed[6000:])))
    assert flash.read(0, len(data)) == data


def test_a_download_that_does_not_fit_is_refused_before_its_first_byte(stub, flash):
    for command in (0x02, 0x10):
        assert not ok(stub.feed(request(command, struct.pack("<4I", 8192, 1, 1024, MB - 4096))))
    assert set(flash.read(0, MB)) == {0xFF}


def test_a_deflated_stream_that_is_none_is_refused(stub):
    assert ok(stub.feed(request(0x10, struct.pack("<4I", 4096, 1, 1024, 0))))
    assert not ok(stub.feed(block(0x11, 0, b"\x00garbage")))


def test_more_than_was_announced_is_refused(stub, flash):
    assert ok(stub.feed(request(0x10, struct.pack("<4I", 4096, 1, 16384, 0x1000))))
    assert not ok(stub.feed(block(0x11, 0, zlib.compress(bytes(4097)))))
    assert set(flash.read(0, MB)) == {0xFF}


def test_the_stub_sends_no_more_than_the_window_allows(stub, flash):
    flash.program(0x2000, DATA)
    said = stub.feed(request(0xD2, struct.pack("<4I", 0x2000, len(DATA), 1024, 2)))
    _, *blocks = Packets().feed(said)
    assert len(blocks) == 2
    while sum(map(len, blocks)) < len(DATA):
        received = sum(map(len, blocks))
        fresh = Packets().feed(stub.feed(framed(struct.pack("<I", received))))
        assert 0 < len(fresh) <= 2
        blocks += fresh
    assert b"".join(blocks) == DATA
    digest = stub.feed(framed(struct.pack("<I", len(DATA))))
    assert digest == framed(hashlib.new("md5", DATA, usedforsecurity=False).digest())
    assert ok(stub.feed(request(0xD1, struct.pack("<2I", 0x2000, 4096))))  # commands again
    assert set(flash.read(0x2000, 4096)) == {0xFF}


def test_a_chip_that_fell_silent_neither_does_nor_answers_anything(tmp_path):
    path = tmp_path / "flash.bin"
    make_flash(path, MB)
    start = request(0x06, struct.pack("<2I", 0, 0x40080000))
    erase = request(0xD1, struct.pack("<2I", 0, 4096))
    path.write_bytes(bytes(MB))
    for spare in (0, len(erase) - 1):
        faults = Faults(mute_after_bytes=len(start) + spare)
        download = Download(KINDS["esp32"], MAC, path, faults)
        assert download.take(start).endswith(framed(b"OHAI"))
        assert download.take(erase) == b""
        assert download.take(erase) == b""
        download.close()
        assert path.read_bytes() == bytes(MB)


def test_programming_clears_bits_and_erasing_sets_whole_sectors(flash):
    flash.program(5000, b"\xf0\x0f\xff")
    flash.program(5000, b"\x3c\x3c\x3c")
    assert flash.read(4999, 5) == b"\xff\x30\x0c\x3c\xff"
    flash.program(4095, b"\0\0")
    flash.erase(4096, 1)
    assert flash.read(4095, 2) == b"\0\xff"
    assert set(flash.read(4096, 4096)) == {0xFF}


def test_a_dead_sector_erases_but_takes_nothing(flash):
    flash.program(4096, bytes(10))
    flash.dead = frozenset({1})
    flash.program(4090, b"\x11" * 4110)
    assert flash.read(4090, 20) == b"\x11" * 6 + bytes(10) + b"\xff" * 4
    assert flash.read(8192, 9) == b"\x11" * 8 + b"\xff"
    flash.erase(4096, 4096)
    assert set(flash.read(4096, 4096)) == {0xFF}
