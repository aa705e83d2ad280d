"""Opens a locked console: for a button that is held, or for the technician's key.

    "neckar open" ->                     a line on the serial port
                  <- "neckar: challenge <32 hex digits> node 17"
    16 hex digits ->                     first 8 bytes of HMAC-SHA256(service_key, challenge)
                  <- "neckar: console open, Ctrl-C stops the node"

Then, as often as somebody wants, on a node that runs on:

    "neckar mount 10" ->                 a mount test of so many frames, at most 50
                  <- "neckar: node 17 tests its link"
                  <- "neckar: mount green: 10 of 10 answered, margin 14 dB up, 12 dB down, SF9"

Place: start runs it beside the node's tasks, where the console is locked; `service_key` stands in
/identity.json, 32 hex digits, and the address with it.
Guarantee: a challenge is good for one answer. After a wrong one nothing is heard for a pause that
doubles from two seconds to an hour; it is counted and recorded. Whatever else comes is noise. An
open console stays open until the next start.
"""

import asyncio
import hashlib
import os
import sys
from binascii import hexlify, unhexlify

from protocol._compat import const

_BLOCK = const(64)  # of SHA-256
_CHALLENGE_BYTES = const(16)
_ANSWER_BYTES = const(8)
_LONGEST_LINE = const(64)
_LONGEST_PAUSE_MS = const(3600000)
_HOLD_S = const(3)
_WATCH_S = const(10)
_MOST_FRAMES = const(50)
_OPEN = "console open, Ctrl-C stops the node"


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of RFC 2104 with SHA-256 as its hash."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_BLOCK - len(key))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in key]) + message).digest()
    return hashlib.sha256(bytes([b ^ 0x5C for b in key]) + inner).digest()


def identity() -> tuple:
    """Return (address, the technician's key); an empty key where this node has none."""
    from node import fields
    from node.errors import NodeError

    for path in ("/identity.json", "/identity.bak"):
        try:
            found = fields.read_object(path)
            return int(found["node"]), unhexlify(found.get("service_key") or "")
        except (NodeError, ValueError, TypeError, KeyError):
            pass
    return 0, b""


class Doorkeeper:
    """`hear` every line; `is_open` after the right one.

    `identity()` returns (address, key), `random(count)` bytes that nobody can guess.
    """

    def __init__(self, identity, random, recorder):
        self._identity = identity
        self._random = random
        self._recorder = recorder
        self._challenge = None
        self._deaf_until = 0
        self.refused = 0
        self.is_open = False

    def hear(self, line: bytes, now_ms: int) -> str | None:
        """Return what to say to a line, or None; `now_ms` never wraps: it may be weeks later."""
        if now_ms < self._deaf_until:
            return None
        line = line.strip()
        if line == b"neckar open":
            return self._ask()
        if self._challenge is None or not line:
            return None
        wanted = hmac_sha256(self._identity()[1], self._challenge)[:_ANSWER_BYTES]
        self._challenge = None
        # Nobody can try twice, so it does not matter that this takes longer for a better guess.
        if line.lower() == hexlify(wanted):
            self.open("key")
            return _OPEN
        self.refused += 1
        pause_ms = min(1000 << min(self.refused, 12), _LONGEST_PAUSE_MS)
        self._deaf_until = now_ms + pause_ms
        self._recorder.append("console: wrong answer %d" % self.refused)
        return "wrong; deaf for %d s" % (pause_ms // 1000)

    def open(self, by: str) -> None:
        """Somebody may: note who."""
        self.is_open = True
        self._recorder.append("console: opened by " + by)

    def _ask(self) -> str:
        address, key = self._identity()
        if len(key) != 16:
            return "no service_key in /identity.json"
        self._challenge = self._random(_CHALLENGE_BYTES)
        # Each node has a key of its own: who asks looks it up by the address.
        return "challenge %s node %d" % (hexlify(self._challenge).decode(), address)


async def is_held(is_pressed) -> bool:
    """Say whether a button is held for 3 s without a break in the first 10 s."""
    held = 0
    for _ in range(_WATCH_S * 10):
        held = held + 1 if is_pressed() else 0
        if held > _HOLD_S * 10:
            return True
        await asyncio.sleep(0.1)
    return False


def obey(line: bytes, mount) -> str | None:
    """Do what a line on an open console wants; return what to say to it, or None to noise.

    `mount(frames)` begins a mount test, which says itself what came of it.
    """
    words = line.split()
    if words == [b"neckar", b"open"]:
        return _OPEN
    if words[:2] != [b"neckar", b"mount"]:
        return None
    try:
        frames = int(words[2])
    except (IndexError, ValueError):
        frames = 0
    if not 0 < frames <= _MOST_FRAMES:
        return "mount refused: frames should be 1 to %d" % _MOST_FRAMES
    mount(frames)
    return None


async def run(life, is_pressed, open_up, mount) -> None:
    """Wait for somebody who may, then do what he wants; see `obey` for `mount`.

    `is_pressed()` looks at the button, or is None without one.
    """
    keeper = Doorkeeper(identity, os.urandom, life.recorder)
    watch = None
    if is_pressed is not None:
        watch = asyncio.create_task(_watch(keeper, is_pressed, open_up))
    try:
        lines = _Lines()
        while True:
            line = await lines.next()
            if keeper.is_open:
                _say(obey(line, mount))
                continue
            _say(keeper.hear(line, life.clock.uptime_ms()))
            if keeper.is_open:
                open_up()
    finally:
        if watch is not None:
            watch.cancel()


async def _watch(keeper, is_pressed, open_up) -> None:
    """Open for the button as well; whoever has the key need not wait until it is looked at."""
    if await is_held(is_pressed) and not keeper.is_open:
        keeper.open("the button")
        open_up()
        _say(_OPEN)


def _say(text: str | None) -> None:
    if text:
        print("neckar:", text)


class _Lines:
    """What comes on the serial port, line by line; of one that is too long the end."""

    def __init__(self):
        self._stream = asyncio.StreamReader(sys.stdin.buffer)

    async def next(self) -> bytes:
        """Wait for a line; a control character ends what came before it."""
        line = b""
        while True:
            data = await self._stream.read(1)  # a read of more waits for all of it
            if not data:
                await asyncio.sleep(0.1)
            elif data >= b" ":
                line = (line + data)[-_LONGEST_LINE:]
            else:
                return line
