"""Samples of hardware that was moved, published after that."""

import json

from gateway.outputs.json import Composer
from gateway.records import Frame
from protocol import messages
from protocol.batch import Batch
from protocol.sampletime import UNIX

NOW_S = 1_800_000_000


def test_samples_of_one_batch_from_before_a_move_stay_where_they_were_taken():
    moved_s = NOW_S - 90

    def where(address, epoch, time_s):
        return ("old", "mitte") if time_s < moved_s else ("new", "mitte")

    one = Composer("hn", where, 300, 100, lambda topic: 10**6)
    batch = Batch(0, (0,), [[200, 210, 220, 230]], 60, UNIX, NOW_S)
    one.add(Frame(17, 1, 0, 0b1111, NOW_S * 1000, messages.encode(batch)), batch, NOW_S)
    found = {
        topic: [entry["id"] for entry in json.loads(payload)["samples"]]
        for topic, payload in one.take()
    }
    assert found == {
        "neckar/hn/mitte/old/climate": ["17/1/0", "17/1/1"],
        "neckar/hn/mitte/new/climate": ["17/1/2", "17/1/3"],
    }
