"""Reliable delivery, without a socket and without a clock: two sides, the same six methods.

Place: journal -> `node_session` -> frames ))) frames -> `gateway_session` -> ingest, and acks back.

    receive(frame, now_ms)    one frame from the link; never raises on it
    send(message, now_ms)     queue a message of our own
    data_to_send(now_ms)      the next frame for the link, or None
    next_event()              what happened, or None
    deadline()                when handle_timeout wants to be called, or None
    handle_timeout(now_ms)

Guarantee: the node forgets a sample only when the gateway said it is safe; the gateway says so
only after `acknowledge`, which its owner calls when the sample is on disk. An answer fits one frame
only, and frame counters never repeat, so an old one, replayed, is refused. Refused frames are
counted by kind in `refused`. Both sides hold a bounded number of ranges, messages and events.

What the node sends, the first that is due:

    Hello     after power-up, until it is answered: what the journal holds
    message   Status, Note and Reading once; Crash, Result and Want until they are answered
    live      the newest samples, `every` new ones in a window of `window`: on the radio each sample
              travels twice, so that one lost frame costs nothing, without any downlink; and three
              times where nobody has answered for long
    Poll      where the gateway said that more waits, or an ask was in vain
    backfill  what the gateway said is missing, oldest first; Gone for what is in no journal

Frames ask for an answer now and then (on a wire: always). The answer tells what is safe and what
is missing, and so drives the backfill. An ask in vain is repeated after a pause that doubles; on a
radio, after six, by live frames only: Hellos and Polls that nobody hears would fill the air.
"""

from protocol._compat import const
from protocol.errors import REFUSALS

# Events of the node
ACKED = "acked"  # the gateway has everything below the number
TIME = "time"  # the gateway's clock, unix ms; on the radio with what the answer took
COMMAND = "command"
UPDATE = "update"  # an Offer or a Block
LINK = "link"  # (RSSI, SNR, margin) as the gateway hears us

# Events of the gateway
HELLO = "hello"
SAMPLES = "samples"
READING = "reading"  # of no journal: it has no number
GONE = "gone"
STATUS = "status"
NOTE = "note"
CRASH = "crash"
RESULT = "result"
WANT = "want"
POLL = "poll"
STRANGER = "stranger"  # a batch nobody can number: not stored, the answer asks for a Hello
UNREADABLE = "unreadable"  # authentic, of a kind that this gateway does not know


class Policy:
    """How a node uses a kind of link.

    every        new samples that make a live frame due
    window       samples in a live frame, as far as they are there: `every` and those before
    ask_every    live frames for one that asks
    plain_limit  bytes of plaintext that a frame carries
    answer_ms    how long an answer may take at most, before the link is used again
    retry_ms     (first, least, most) pause after an ask in vain; it doubles
    backfill_ms  pause between frames of the backfill
    """

    def __init__(self, every, window, ask_every, plain_limit, answer_ms, retry_ms, backfill_ms):
        self.every = every
        self.window = window
        self.each_waits = window == every  # no frame before the last one was answered
        self.ask_every = ask_every
        self.plain_limit = plain_limit
        self.answer_ms = answer_ms
        self.retry_ms = retry_ms
        self.backfill_ms = backfill_ms


def wired(retry_max_ms: int = 60000, plain_limit: int = 400) -> Policy:
    """Every sample at once, and every frame asks."""
    return Policy(1, 1, 1, plain_limit, 2 * retry_max_ms, (1000, 250, retry_max_ms), 0)


def radio(
    every: int = 8, ask_every: int = 12, plain_limit: int = 100, backfill_ms: int = 30000
) -> Policy:
    """Windows that overlap by half, asked about once a day with samples every 15 minutes."""
    retry_ms = (10000, 10000, 3600000)
    return Policy(every, 2 * every, ask_every, plain_limit, 3000, retry_ms, backfill_ms)


QUEUE_LIMIT = const(4)


def counters() -> dict:
    """Return a zero for every kind of refusal."""
    return dict.fromkeys(REFUSALS, 0)
