"""Reliable delivery, without a socket and without a clock: two sides, the same six methods.

Place: journal -> `node_session` -> frames ))) frames -> `gateway_session` -> ingest, and acks back.

    receive(frame, now_ms)    bytes of one frame from the link; never raises on them
    send(message, now_ms)     queue a message of our own
    data_to_send(now_ms)      the next frame for the link, or None
    next_event()              what happened, or None
    deadline()                when handle_timeout wants to be called, or None
    handle_timeout(now_ms)

Guarantee: the node forgets a sample only when the gateway said it is safe; the gateway says so
only after `acknowledge`, which its owner calls when the sample is on disk. An answer fits one frame
only, and frame counters never repeat, so an old one, replayed, is refused. Status and Note are
sent once and not repeated: the next one says more. Refused frames are counted by kind in `refused`.

    node state   frame that goes out      leaves the state when
    GREETING     Hello                    an ack tells what the gateway expects
    READY        Status/Note, or Batch    the gateway asks for a Hello, or expects what is gone
"""

from protocol.errors import REFUSALS

# Events
ACKED = "acked"  # the gateway has everything below the number
TIME = "time"  # the gateway's clock, unix ms, at the moment of receipt
HELLO = "hello"
SAMPLES = "samples"
STATUS = "status"
NOTE = "note"
STRANGER = "stranger"  # a batch nobody can number: not stored, the answer asks for a Hello


def counters() -> dict:
    """Return a zero for every kind of refusal."""
    return dict.fromkeys(REFUSALS, 0)
