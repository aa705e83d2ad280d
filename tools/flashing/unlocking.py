"""The way to a board's prompt, whatever runs on it: a prompt, a node, a locked node, nothing.

    Ctrl-C, Ctrl-A   ->             stops what runs, and asks for the raw REPL
    neckar open      ->             for a locked console (firmware/node/unlock.py)
                     <-  neckar: challenge <32 hex digits> node <address>
    16 hex digits    ->             first 8 bytes of HMAC-SHA256(service key, challenge)
                     <-  neckar: console open
    Ctrl-C, Ctrl-A   ->  raw REPL

Place: port -> `unlock` -> RawRepl -> prompt.
Guarantee: a challenge that another one has followed is not answered: a wrong answer makes a node
deaf. A board that says nothing, or nothing of ours, as a modem does, is reset once, where its port
can. Every wait has an end.
"""

import hmac
import re
import time
from collections.abc import Callable

from tools.flashing import ports
from tools.flashing.errors import FlashError
from tools.flashing.raw_repl import BANNER, Line, RawRepl

PATIENCE_S = 20.0  # a locked node looks at its button for 10 s before it listens
_KNOCK_S = 0.7
_QUIET_S = 3.0  # a running board has said something by then; one that sleeps deeply has not
_FOREIGN_S = 6.0  # another program that talks, but not as MicroPython or a node does
_ALL_ANSWERS_S = 1.0
_KEPT = 8192  # bytes of what was heard
_STOP = b"\r\x03\x03\r\x01"
_ASK = b"\rneckar open\r"
_CHALLENGE = re.compile(rb"neckar: challenge ([0-9a-f]{32})(?: node (\d+))?\r?\n")
_WRONG = re.compile(rb"neckar: wrong; deaf for (\d+) s")
_OURS = re.compile(rb"neckar: |MicroPython|>>> |Traceback")
# What the ROM and the second stage say of a flash without a program (ESP-IDF, bootloader).
_NO_PROGRAM = re.compile(
    rb"invalid header: 0x|csum err|flash read err|ets_main\.c"
    rb"|E \(\d+\) (?:esp_image|flash_parts|boot):"
)

KeyOf = Callable[[int], bytes | None]
Say = Callable[[str], None]


def unlock(
    line: Line, key_of: KeyOf, on_say: Say | None = None, patience_s: float = PATIENCE_S
) -> RawRepl:
    """Return the raw REPL of the board at a line.

    `key_of(address)` is the service key of a node, or None. FlashError F104 to F106 of the port;
    F130 where no MicroPython answers, F131 a locked node without a service key, F132 one whose key
    this workshop does not have, F133 one that does not take it.
    """
    return _Visitor(line, key_of, on_say, patience_s).enter()


class _Visitor:
    def __init__(self, line: Line, key_of: KeyOf, on_say: Say | None, patience_s: float):
        self._line = line
        self._key_of = key_of
        self._on_say = on_say
        self._patience_s = patience_s
        self._heard = b""
        self._asked = 0  # how many challenges are on their way
        self._was_reset = self._could_reset = False

    def enter(self) -> RawRepl:
        try:
            self._wait_for_repl()
        except ports.PORT_ERRORS as e:
            raise ports.pulled(self._line.name, e) from e
        repl = RawRepl(self._line)
        repl.settle()
        return repl

    def _wait_for_repl(self) -> None:
        """Knock until the board says that it is in the raw REPL."""
        begun = time.monotonic()
        knock_at = begun
        while BANNER not in self._heard:
            now = time.monotonic()
            if now > begun + self._patience_s or self._is_hopeless(now - begun):
                raise self._silent()
            if not self._was_reset and now > begun + _QUIET_S and not _OURS.search(self._heard):
                self._was_reset = True
                self._could_reset = self._line.pulse_reset()
                if self._could_reset:
                    begun = now
            if now >= knock_at:
                self._line.write(_STOP + _ASK)
                self._asked += 1
                knock_at = now + _KNOCK_S
            self._listen(max(0.0, knock_at - time.monotonic()))
            if b"neckar: no service_key" in self._heard:
                raise FlashError("F131", port=self._line.name)
            if _CHALLENGE.search(self._heard):
                self._answer()
                knock_at = time.monotonic()

    def _is_hopeless(self, passed_s: float) -> bool:
        """Say whether what was heard since the last reset is not MicroPython."""
        if _NO_PROGRAM.search(self._heard):
            return True
        if not self._heard:
            return self._could_reset and passed_s > _QUIET_S
        return passed_s > _FOREIGN_S and not _OURS.search(self._heard)

    def _answer(self) -> None:
        """Answer the last challenge, and wait for what the node says to that."""
        until = time.monotonic() + _ALL_ANSWERS_S
        while len(_CHALLENGE.findall(self._heard)) < self._asked and time.monotonic() < until:
            self._listen(0.1)
        challenge, node = _CHALLENGE.findall(self._heard)[-1]
        address = int(node) if node else None
        key = self._key_of(address) if address is not None else None
        if key is None:
            raise FlashError("F132", port=self._line.name, address="?" if node == b"" else address)
        mac = hmac.digest(key, bytes.fromhex(challenge.decode()), "sha256")
        self._heard = b""
        self._asked = 0
        self._line.write(mac[:8].hex().encode() + b"\r")
        until = time.monotonic() + self._patience_s
        while b"neckar: console open" not in self._heard:
            if wrong := _WRONG.search(self._heard):
                seconds = int(wrong.group(1))
                raise FlashError("F133", port=self._line.name, address=address, seconds=seconds)
            if time.monotonic() > until:
                raise self._silent()
            self._listen(0.5)

    def _listen(self, wait_s: float) -> None:
        data = self._line.receive(wait_s)
        if data and self._on_say is not None:
            self._on_say(data.decode(errors="replace"))
        self._heard = (self._heard + data)[-_KEPT:]

    def _silent(self) -> FlashError:
        *whole, rest = self._heard.decode(errors="replace").split("\n")
        lines = [line.strip() for line in whole or [rest]]
        words = [line for line in lines if line and line.isprintable()]
        return FlashError("F130", port=self._line.name, heard=words[-1][:80] if words else "–")
