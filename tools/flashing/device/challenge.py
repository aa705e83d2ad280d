"""Lets a board prove that it has its key.

Place: `Prompt.run("challenge", nonce=...)` -> board -> 64 hexadecimal digits.
Guarantee: the key is read as the firmware reads it, and stays on the board.
"""

import binascii

from node import identity
from node.unlock import hmac_sha256


class _Who:
    """What `node.identity` fills in."""


def main(nonce: str) -> str:
    """Return HMAC-SHA256(key, b"neckar challenge " + nonce), `nonce` in hexadecimal."""
    who = _Who()
    identity.load(who)
    answer = hmac_sha256(who.key, b"neckar challenge " + binascii.unhexlify(nonce))
    return binascii.hexlify(answer).decode()
