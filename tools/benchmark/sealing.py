"""Batches -> sealed frames, as fast as a source has to make them, and the way back.

Place: series -> Batch -> `Sealer` -> frame -> port, or scales.
Guarantee: the frames are the protocol's own; only the AES-CCM beneath is the library's, which the
gateway uses as well and which is fifteen times as fast as the one made for an ESP32.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from protocol import batch as batches
from protocol import messages
from protocol.batch import Batch
from protocol.envelope import STRONG, TAG_RADIO, Envelope, Parsed, parse
from protocol.window import ReplayWindow

EPOCH = 1


class LibraryCcm:
    """AES-CCM with the face of `protocol.ccm.Ccm`."""

    def __init__(self, key: bytes):
        self._aead = {length: AESCCM(key, length) for length in (TAG_RADIO, STRONG)}

    def seal(self, nonce: bytes, prefix: bytes, plain: bytes, tag_length: int) -> bytes:
        """Return ciphertext || tag."""
        return self._aead[tag_length].encrypt(nonce, plain, prefix)

    def open(self, nonce: bytes, prefix: bytes, sealed: bytes, tag_length: int) -> bytes | None:
        """Return the plaintext, or None where the tag does not fit."""
        try:
            return self._aead[tag_length].decrypt(nonce, sealed, prefix)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            return None


class Sealer:
    """Both ends of one node's link: `seal` frames, open them again, or open the answers to them."""

    def __init__(self, node: int, key: bytes, tag_length: int):
        self._envelope = Envelope(LibraryCcm(key), node, EPOCH, tag_length)

    def seal(self, counter: int, message: object, asks: bool = False, whole: bool = False) -> bytes:
        """Return the node's frame number `counter`."""
        return self._envelope.seal_up(counter, messages.encode(message), asks, whole)

    def open(self, counter: int, frame: bytes) -> object:
        """Return the message of the node's frame `counter`, as a gateway reads it."""
        _, plain = self._envelope.open_up(parse(frame), ReplayWindow(counter - 1))
        return messages.decode(plain)

    def open_answer(self, counter: int, frame: bytes) -> object:
        """Return the message that answers the node's frame `counter`."""
        return self.open_parsed(counter, parse(frame))

    def open_parsed(self, counter: int, parsed: Parsed) -> object:
        """Return the same of a frame that was taken apart already."""
        return messages.decode(self._envelope.open_answer(parsed, counter))


def same_readings(sent: Batch, got: object, sent_newest_s: int) -> bool:
    """Say whether a decoded batch tells the readings, numbers and time that went in."""
    return (
        isinstance(got, Batch)
        and batches.number_near(got.first, sent.first) == sent.first
        and got.newest(sent_newest_s)[0] == sent_newest_s
        and (got.ids, got.interval_s, got.columns) == (sent.ids, sent.interval_s, sent.columns)
        and all(
            got.quality_of(row, i) == sent.quality_of(row, i)
            for row in range(len(sent.ids))
            for i in range(sent.count)
        )
    )
