"""Opens a locked console: for a button that is held, or for the technician's key.

    "neckar open" ->                     a line on the serial port
                  <- "neckar: challenge 32 hex digits"
    16 hex digits ->                     first 8 bytes of HMAC-SHA256(service_key, challenge)
                  <- "neckar: console open, Ctrl-C stops the node"

Place: start runs it beside the node's tasks, where the console is locked; `service_key` stands in
/identity.json, 32 hex digits.
Guarantee: a challenge is good for one answer. After a wrong one nothing is heard for a pause that
doubles from two seconds to an hour; it is counted and recorded. Whatever else comes is noise.
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


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of RFC 2104 with SHA-256 as its hash."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_BLOCK - len(key))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in key]) + message).digest()
    return hashlib.sha256(bytes([b ^ 0x5C for b in key]) + inner).digest()


def service_key() -> bytes:
    """Return the technician's key, or nothing where this node has none."""
    from node import fields
    from node.errors import NodeError

    for path in ("/identity.json", "/identity.bak"):
        try:
            return unhexlify(fields.read_object(path).get("service_key") or "")
        except (NodeError, ValueError, TypeError):
            pass
    return b""


class Doorkeeper:
    """`hear` every line; `is_open` after the right one.

    `key()` returns the key, `random(count)` bytes that nobody can guess.
    """

    def __init__(self, key, random, recorder):
        self._key = key
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
        wanted = hmac_sha256(self._key(), self._challenge)[:_ANSWER_BYTES]
        self._challenge = None
        # Nobody can try twice, so it does not matter that this takes longer for a better guess.
        if line.lower() == hexlify(wanted):
            self.is_open = True
            self._recorder.append("console: opened by key")
            return "console open, Ctrl-C stops the node"
        self.refused += 1
        pause_ms = min(1000 << min(self.refused, 12), _LONGEST_PAUSE_MS)
        self._deaf_until = now_ms + pause_ms
        self._recorder.append("console: wrong answer %d" % self.refused)
        return "wrong; deaf for %d s" % (pause_ms // 1000)

    def _ask(self) -> str:
        if len(self._key()) != 16:
            return "no service_key in /identity.json"
        self._challenge = self._random(_CHALLENGE_BYTES)
        return "challenge " + hexlify(self._challenge).decode()


async def is_held(is_pressed) -> bool:
    """Say whether a button is held for 3 s without a break in the first 10 s."""
    held = 0
    for _ in range(_WATCH_S * 10):
        held = held + 1 if is_pressed() else 0
        if held > _HOLD_S * 10:
            return True
        await asyncio.sleep(0.1)
    return False


async def run(life, is_pressed, open_up) -> None:
    """Wait for somebody who may; `is_pressed()` looks at the button, or is None without one."""
    recorder = life.recorder
    if is_pressed is not None and await is_held(is_pressed):
        recorder.append("console: opened by the button")
        print("neckar: console open, Ctrl-C stops the node")
    else:
        await _until_key(Doorkeeper(service_key, os.urandom, recorder), life.clock)
    open_up()
    await asyncio.Event().wait()  # a task that ends would be started again


async def _until_key(keeper, clock) -> None:
    stream = asyncio.StreamReader(sys.stdin.buffer)
    line = b""
    while not keeper.is_open:
        data = await stream.read(1)  # a read of more waits for all of it
        if not data:
            await asyncio.sleep(0.1)
        elif data >= b" ":  # a control character ends what came before it
            line = (line + data)[-_LONGEST_LINE:]
        else:
            answer = keeper.hear(line, clock.uptime_ms())
            line = b""
            if answer:
                print("neckar:", answer)
