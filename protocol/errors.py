"""What can be wrong with bytes from the other side, as one small tree.

    ProtocolError              anything below
    ├── DecodeError            the bytes do not follow the format
    └── FrameError(kind)       a whole frame is refused; `kind` is one of REFUSALS

Our own misuse (a key of 15 bytes, a value out of range) is a `ValueError`, never one of these.
Guarantee: sessions catch both and count them; nothing here leaves `protocol` from a received byte.
"""

MALFORMED = "malformed"  # not a frame, or an authentic frame with a plaintext we cannot read
UNKNOWN_NODE = "unknown_node"  # nobody of that address and epoch is registered
BAD_TAG = "bad_tag"  # wrong key, damaged or forged
REPLAYED = "replayed"  # authentic once, but its counter was used before
LOCKED_OUT = "locked_out"  # a short tag, not tried: too many were bad (see `lockout`)

REFUSALS = (MALFORMED, UNKNOWN_NODE, BAD_TAG, REPLAYED, LOCKED_OUT)


class ProtocolError(Exception):
    """Bytes from the other side break the protocol."""


class DecodeError(ProtocolError):
    """The bytes do not follow the format; the text says where."""


class FrameError(ProtocolError):
    """A frame is refused; `kind` names the reason for the counters."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind
