"""The serial bootloader in the ROM: what esptool talks to. No clock, no port: bytes in, bytes out.

    request   00, command, size, checksum, data           in SLIP packets
    answer    01, command, size, value, data, status       status: 4 bytes, of the stub 2

Place: port in download mode -> Bootloader -> Flash, Registers; its answers -> port.
Guarantee: `feed` never raises, whatever arrives: a packet that is no request is dropped, a request
that cannot be done is answered with its reason. It acts on a request before it answers.

Commands, their data and the reasons: esptool's documentation, "Serial Protocol"; compared with
esptool 5.6. The stub is not run: where it was uploaded and started, `stub` answers in its place.
Not modelled: baud rates, encryption, secure download mode, commands of the SPI pins.
"""

import struct
from collections.abc import Callable

from tools.rig.esp32 import stub
from tools.rig.esp32.chips import Kind
from tools.rig.esp32.flash import Flash
from tools.rig.esp32.registers import Registers
from tools.rig.esp32.slip import Packets, checksum, framed
from tools.rig.esp32.writing import CommandError, Writing

SYNC_DATA = b"\x07\x07\x12\x20" + 32 * b"\x55"
_SYNC_VALUE = 0x20120707  # not 0, which would tell of a stub
_INVALID = 0x05  # reasons
_FAILED = 0x06
_BAD_CHECKSUM = 0x07
_SLOW_READ_BYTES = 64

_Answer = tuple[int, bytes]  # value and data
_NOTHING: _Answer = (0, b"")


class Bootloader:
    """One session, from reset to reset; `has_left` when esptool asked it to run the app."""

    def __init__(self, kind: Kind, mac: bytes, flash: Flash):
        self.has_left = False
        self._kind = kind
        self._flash = flash
        self._registers = Registers(kind, mac, flash.size)
        self._packets = Packets()
        self._writing = Writing(flash)
        self._stub: stub.Stub | None = None
        self._commands: dict[int, Callable[[bytes], _Answer]] = {
            0x02: self._flash_begin,
            0x03: self._flash_data,
            0x04: self._flash_end,
            0x05: lambda _: _NOTHING,  # MEM_BEGIN
            0x06: self._memory_end,
            0x07: lambda _: _NOTHING,  # MEM_DATA
            0x09: self._write_registers,
            0x0A: self._read_register,
            0x0B: lambda _: _NOTHING,  # SPI_SET_PARAMS
            0x0D: lambda _: _NOTHING,  # SPI_ATTACH
            0x0E: self._read_slowly,
            0x0F: lambda _: _NOTHING,  # CHANGE_BAUDRATE
            0x10: self._flash_deflated_begin,
            0x11: self._flash_data,
            0x12: self._flash_end,
            0x13: self._md5,
        }
        if kind.tells_chip_id:
            self._commands[0x14] = self._security_info

    def feed(self, data: bytes) -> bytes:
        """Take what the host sent; return what it reads."""
        return b"".join(self._take(packet) for packet in self._packets.feed(data))

    def _take(self, packet: bytes) -> bytes:
        if self._stub and self._stub.is_reading and len(packet) == 4:
            return self._stub.acknowledge(packet)
        if len(packet) < 8 or packet[0] != 0:
            return b""
        command, size, given = struct.unpack_from("<xBHI", packet)
        data = packet[8:]
        try:
            if size != len(data):
                raise CommandError(_INVALID)
            return self._do(command, data, given)
        except CommandError as e:
            return self._answer(command, _NOTHING, e.reason)
        except (struct.error, ValueError):  # too little data, a place outside of the flash
            return self._answer(command, _NOTHING, _FAILED)

    def _do(self, command: int, data: bytes, given: int) -> bytes:
        if command == 0x08:
            value = 0 if self._stub else _SYNC_VALUE
            return 8 * self._answer(command, (value, b""))
        if command in (0x03, 0x07, 0x11) and checksum(data[16:]) != given & 0xFF:
            raise CommandError(_BAD_CHECKSUM)
        if self._stub and command in self._stub.commands:
            done = self._stub.commands[command](data)
            self.has_left = self._stub.has_left
            return self._answer(command, _NOTHING) + done
        if command not in self._commands:
            raise CommandError(_INVALID)
        answer = self._answer(command, self._commands[command](data))
        if command == 0x06 and self._stub:
            return answer + framed(b"OHAI")
        return answer

    def _answer(self, command: int, answer: _Answer, reason: int = 0) -> bytes:
        value, data = answer
        status = bytes([1 if reason else 0, reason]) + (b"" if self._stub else b"\0\0")
        return framed(
            struct.pack("<BBHI", 1, command, len(data) + len(status), value) + data + status
        )

    def _flash_begin(self, data: bytes) -> _Answer:
        size, _, block, at = struct.unpack_from("<4I", data)
        self._writing.begin(at, size, block, erases_first=self._stub is None)
        return _NOTHING

    def _flash_deflated_begin(self, data: bytes) -> _Answer:
        size, _, block, at = struct.unpack_from("<4I", data)
        self._writing.begin(at, size, block, erases_first=self._stub is None, is_deflated=True)
        return _NOTHING

    def _flash_data(self, data: bytes) -> _Answer:
        size, number = struct.unpack_from("<2I", data)
        self._writing.write(number, data[16 : 16 + size])
        return _NOTHING

    def _flash_end(self, data: bytes) -> _Answer:
        self.has_left = struct.unpack_from("<I", data)[0] == 0
        return _NOTHING

    def _memory_end(self, data: bytes) -> _Answer:
        """Start what was loaded into RAM, which is taken for the stub."""
        _, entry = struct.unpack_from("<2I", data)
        if entry:
            self._stub = stub.Stub(self._flash)
        return _NOTHING

    def _write_registers(self, data: bytes) -> _Answer:
        for address, value, mask, _ in struct.iter_unpack("<4I", data):
            self._registers.write(address, value, mask)
        return _NOTHING

    def _read_register(self, data: bytes) -> _Answer:
        return self._registers.read(struct.unpack("<I", data)[0]), b""

    def _read_slowly(self, data: bytes) -> _Answer:
        at, size = struct.unpack_from("<2I", data)
        return 0, self._flash.read(at, min(size, _SLOW_READ_BYTES)).ljust(_SLOW_READ_BYTES, b"\0")

    def _md5(self, data: bytes) -> _Answer:
        at, size = struct.unpack_from("<2I", data)
        digest = self._flash.md5(at, size)
        return 0, digest if self._stub else digest.hex().encode()

    def _security_info(self, _: bytes) -> _Answer:
        """Say that nothing is protected: flags, encryption count, purposes of keys, chip, API."""
        return 0, struct.pack("<IB7xII", 0, 0, self._kind.chip_id, 0)
