"""The supervisor's end of the line on which a board asks its sensors: see device/rig_parts.py.

Place: machine.I2C, ADC, I2S, UART, onewire -> socket -> PartsLine -> Parts.
Guarantee: the board is never waited for, and nothing that it says ends the supervisor: nonsense and
a board that does not read cost it the line. A part that fails otherwise than by an OSError answers
EIO, and the event loop's exception handler is told of it.
"""

import asyncio
import errno
import socket
import struct

from tools.rig.errors import RigError
from tools.rig.parts.wiring import Parts
from tools.rig.world.line import Line

_HEAD = struct.Struct(">cBHHQ")  # letter, where, value, length, time
_ANSWER = struct.Struct(">BH")  # errno, length
_LONGEST_BYTES = 1024  # of a question
_BUFFER_BYTES = 1 << 18  # the longest answer has 64 KB, and two may wait after a Ctrl-C
_MARK = b"\nparts in step\n"


class PartsLine(Line):
    """`board_end` goes to the interpreter, and is to be closed here after it."""

    def __init__(self, parts: Parts):
        near, self.board_end = socket.socketpair()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        super().__init__(near)
        self._parts = parts
        self._in = b""
        asyncio.get_running_loop().add_reader(near, self._readable)

    def close(self) -> None:
        """Answer no more; does nothing the second time."""
        if self.is_open:
            asyncio.get_running_loop().remove_reader(self._connection)
            super().close()

    def _readable(self) -> None:
        self._in += self.receive()
        while self.is_open and len(self._in) >= _HEAD.size:
            letter, where, value, length, now_us = _HEAD.unpack_from(self._in)
            end = _HEAD.size + length
            if length > _LONGEST_BYTES:
                self.close()
            if not self.is_open or len(self._in) < end:
                return
            data, self._in = self._in[_HEAD.size : end], self._in[end:]
            self._answer(letter, where, value, data, now_us)
            self.flush()
            if self.has_unsent:
                self.close()

    def _answer(self, letter: bytes, where: int, value: int, data: bytes, now_us: int) -> None:
        if letter == b"Y":
            self._out += _MARK + bytes([where])
            return
        code, answer = 0, b""
        try:
            answer = self._parts.answer(letter.decode("latin-1"), where, value, data, now_us)
        except OSError as e:
            code = e.errno if e.errno and 0 < e.errno < 256 else errno.EIO
        except RigError:
            self.close()
            return
        # Whatever it was, the other boards of this supervisor go on.
        except Exception as e:
            code = errno.EIO
            words = {"message": "a virtual part failed", "exception": e}
            asyncio.get_running_loop().call_exception_handler(words)
        self._out += _ANSWER.pack(code, len(answer)) + answer
