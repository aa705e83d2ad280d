"""How long the frames of a node are, for what its profile measures.

Place: profile of the bundle -> here -> `verdict.frames_per_hour`.
Guarantee: the length is that of a frame which the protocol makes itself, of samples that change as
weather and traffic do; a real one may be some bytes longer or shorter, and is never above MOST.
"""

from typing import Any

from protocol import quantities
from protocol.backfill import fitted
from protocol.batch import Batch
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, Envelope
from protocol.sampletime import UNIX
from protocol.session import radio
from tools.rig.profiles import quantities_in

MOST = 128  # what a node plans with, firmware/node/links/lora.py
_START_S = 1_800_000_000
_STEP = 7  # of resolution, from sample to sample


def length(profile: dict[str, Any]) -> int:
    """Return the bytes of a usual frame of a node with this profile, its tag and head included."""
    policy = radio()
    names = dict.fromkeys(quantities_in(profile))
    rows = sorted((quantities.by_name(name) for name in names), key=lambda row: row.qid)
    columns = [
        [row.base + _STEP * ((number + at) % 3) for number in range(policy.window)]
        for at, row in enumerate(rows)
        for _ in range(row.width)
    ]
    ids = tuple(row.qid for row in rows)
    interval_s = int(profile["interval_s"])
    batch = Batch(_STEP, ids, columns, interval_s, UNIX, _START_S)
    plain = fitted(batch, policy.plain_limit, _STEP + policy.window - policy.every)
    if plain is None:
        return MOST
    envelope = Envelope(Ccm(bytes(16)), 0xFFFF, 1, TAG_RADIO)
    return len(envelope.seal_up(0xFFFF, plain, False, False, False))
