"""The test of a link by cable: opens the node's locked console and has it test its radio.

Place: flow -> here -> port ))) console of the node -> `verdict.parse`.
Guarantee: the node runs on, before, during and after it: nothing but lines is sent to it. A node
with another address than that of the label gets no answer to its challenge. Every wait has an end.

What is said on the port: firmware/node/unlock.py.
"""

import hmac
import re
import time
from collections.abc import Callable

import serial

from tools.flashing import ports
from tools.flashing.errors import FlashError
from tools.flashing.mount.verdict import Link, parse

FRAMES = 10
_OPEN_S = 40.0  # a node that was just reset looks at its button for ten seconds first
_AGAIN_S = 4.0
_FRAME_S = 30.0  # firmware/node/mount.py
_SPARE_S = 20.0
_READ_S = 0.2
_LONGEST_LINE = 512
_ANSWER_BYTES = 8
_CHALLENGE = re.compile(r"neckar: challenge ([0-9a-f]{32})(?: node (\d{1,5}))?")
_TESTS = re.compile(r"neckar: node (\d{1,5}) tests its link")
_DEAF = re.compile(r"neckar: wrong; deaf for (\d+) s")


def check(
    port: str,
    address: int,
    service_key: bytes,
    frames: int = FRAMES,
    clock: Callable[[], float] = time.monotonic,
) -> Link:
    """Return what the node at a port says of its link; F520 to F526 where it does not."""
    wire = ports.opened(port)
    try:
        wire.timeout = _READ_S
        console = _Console(port, wire, clock)
        _open(console, address, service_key)
        return _test(console, address, frames)
    except ports.PORT_ERRORS as e:
        raise ports.pulled(port, e) from e
    finally:
        ports.let_go(wire)


class _Console:
    """Lines to and from a port; what is no text and no whole line is noise."""

    def __init__(self, port: str, wire: serial.Serial, clock: Callable[[], float]):
        self.port = port
        self.clock = clock
        self._wire = wire
        self._waiting = b""

    def say(self, line: str) -> None:
        """Send a line; an empty one before it ends whatever noise came first."""
        self._wire.write(b"\r\n" + line.encode() + b"\r\n")

    def hear(self) -> str:
        """Return the next line, or nothing where none came for a moment."""
        if b"\n" not in self._waiting:
            self._waiting += self._wire.read(max(1, self._wire.in_waiting))
        if b"\n" not in self._waiting:
            self._waiting = self._waiting[-_LONGEST_LINE:]
            if self._waiting.endswith(b">>> "):
                raise FlashError("F526", port=self.port)
            return ""
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line.decode(errors="replace").strip()


def _open(console: _Console, address: int, service_key: bytes) -> None:
    """Ask until the console is open; only the newest challenge counts."""
    end = console.clock() + _OPEN_S
    ask_at = console.clock()
    while console.clock() < end:
        if console.clock() >= ask_at:
            console.say("neckar open")
            ask_at = console.clock() + _AGAIN_S
        line = console.hear()
        if match := _CHALLENGE.fullmatch(line):
            if match[2] is not None:
                _is_this(console.port, int(match[2]), address)
            answer = hmac.digest(service_key, bytes.fromhex(match[1]), "sha256")
            console.say(answer[:_ANSWER_BYTES].hex())
            ask_at = console.clock() + _AGAIN_S
        elif line.startswith("neckar: console open"):
            return
        elif line.startswith("neckar: no service_key"):
            raise FlashError("F521", address=address)
        elif match := _DEAF.fullmatch(line):
            raise FlashError("F522", address=address, seconds=int(match[1]))
    raise FlashError("F520", port=console.port, seconds=int(_OPEN_S))


def _test(console: _Console, address: int, frames: int) -> Link:
    """Have the link tested; return the verdict."""
    console.say(f"neckar mount {frames}")
    end = console.clock() + _FRAME_S * frames + _SPARE_S
    while console.clock() < end:
        line = console.hear()
        if match := _TESTS.match(line):
            _is_this(console.port, int(match[1]), address)
        elif line.startswith("neckar: mount refused: "):
            raise FlashError("F524", address=address, why=line.partition("refused: ")[2])
        elif line.startswith("neckar: mount "):
            link = parse(line.removeprefix("neckar: mount "))
            if link is not None:
                return link
    raise FlashError("F525", address=address, seconds=int(_FRAME_S * frames + _SPARE_S))


def _is_this(port: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise FlashError("F523", port=port, found=found, wanted=wanted)
