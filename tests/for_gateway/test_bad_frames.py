"""Whatever comes over a cable is counted by kind and logged with a limit; nothing of it raises."""

import pytest

from protocol.messages import Note
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import run


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (b"", "malformed"),
        (b"\x00" * 40, "malformed"),
        (b"\x83\x11\x01\x58\xff" + bytes(10), "malformed"),  # lies about its length
        (b"\x83\x11\x01\x48" + bytes(8), "bad_tag"),
        (b"\x83\x18\x63\x01\x48" + bytes(8), "unknown_node"),
        (b"\x83\x31\x01\x48" + bytes(8), "unknown_node"),  # the gateway's own direction
    ],
)
def test_bad_frames_are_counted_by_kind_and_nothing_else(bench, frame, kind):
    async def job():
        for _ in range(3):
            bench.hear(frame)
        await bench.ingest.commit()
        assert bench.ingest.refused == {kind: 3}
        assert bench.cable.sent == []
        assert bench.published() == []

    run(job())


def test_a_wrong_key_is_a_bad_tag_and_never_locks_the_right_one_out(bench):
    async def job():
        attacker = FakeNode(key=bytes(15) + b"\x01", samples=3, counter=2**31)
        for _ in range(50):
            bench.hear(attacker.frame(bench.now_ms))
            bench.now_ms += 10**6
        assert bench.ingest.refused == {"bad_tag": 50}
        node = FakeNode(samples=5)
        await bench.exchange(node)
        assert bench.published() == list(range(5))

    run(job())


def test_bad_input_is_logged_once_a_minute(bench, caplog):
    async def job():
        for _ in range(500):
            bench.hear(b"junk")
        assert len(caplog.records) == 1
        bench.clock.advance(61)
        bench.hear(b"junk")
        assert "499 more before" in caplog.records[1].getMessage()

    run(job())


def test_the_queue_has_a_bound_and_a_counter(bench, monkeypatch):
    async def job():
        monkeypatch.setattr("gateway.ingest.QUEUE_LIMIT", 3)
        for n in range(5):
            bench.hear(FakeNode(counter=256 * n).frame(0))
        assert bench.ingest.queue_dropped == 2

    run(job())


def test_a_note_with_control_characters_cannot_forge_a_log_line(bench, caplog):
    async def job():
        caplog.set_level("INFO")
        node = FakeNode()
        await bench.exchange(node)
        node.session.send(Note("x\nERROR forged"), 0)
        await bench.exchange(node)
        notes = [r.getMessage() for r in caplog.records if "note from" in r.getMessage()]
        assert notes == ["note from air-17: 'x\\nERROR forged'"]

    run(job())


def test_what_is_forged_or_said_again_is_no_sign_of_life(bench):
    """A dead node would be online for as long as somebody plays what it said."""

    async def job():
        node = FakeNode(samples=1)
        frame = node.frame(0)
        bench.hear(frame)
        heard_s = bench.ingest.heard[17].at_s
        bench.clock.advance(10_000)
        forged = frame[:-1] + bytes([frame[-1] ^ 1])
        bench.hear(frame, forged, b"\x83\x11\x01\x48" + bytes(8))
        assert bench.ingest.heard[17].at_s == heard_s
        assert bench.ingest.refused.keys() == {"replayed", "bad_tag"}

    run(job())
