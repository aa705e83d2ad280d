"""A radio does one thing at a time: half duplex, late, locked elsewhere, stopped in the middle."""

import pytest

from tests.for_tools.air import (
    AIRTIME_US,
    FRAME,
    HEADER_END_US,
    PREAMBLE_END_US,
    SYMBOL_US,
    SYNC_END_US,
    TUNING,
    Air,
    Ear,
)


def test_who_sends_hears_nothing_and_does_not_listen_afterwards():
    air = Air()
    air.timeline.at(SYMBOL_US, lambda: air.gateway.transmit(TUNING, FRAME, 14.0, lambda: None))
    air.send("node", at_us=2 * SYMBOL_US)
    air.send("node", at_us=AIRTIME_US * 2)
    air.run()
    assert air.ear.frames == []
    assert air.fates() == {2: "lost half duplex", 3: "lost not listening"}


def test_who_came_back_from_sending_too_late_was_half_duplex():
    air = Air()

    def send():
        air.gateway.transmit(TUNING, FRAME, 14.0, lambda: air.gateway.listen(TUNING, air.ear))

    air.timeline.at(0, send)
    air.send("late", at_us=AIRTIME_US - 4 * SYMBOL_US)
    assert air.run().fates() == {2: "lost half duplex"}


@pytest.mark.parametrize("begin_us", [6 * SYMBOL_US, HEADER_END_US, AIRTIME_US - 1])
def test_sending_ends_the_frame_that_is_being_received(begin_us):
    air = Air()
    air.send("node")
    air.timeline.at(begin_us, lambda: air.gateway.transmit(TUNING, FRAME, 14.0, lambda: None))
    assert air.run().fates() == {1: "lost half duplex"}
    assert air.ear.frames == []


def test_sending_twice_at_once_is_refused_and_changes_nothing():
    air = Air()
    node = air.send("node")
    air.timeline.run_until(SYMBOL_US)
    for misuse in (
        lambda: node.transmit(TUNING, FRAME, 14.0, lambda: None),
        lambda: node.listen(TUNING, air.ear),
        lambda: node.listen_also(TUNING, air.ear),
        lambda: node.detect(TUNING, 2, lambda active: None),
    ):
        with pytest.raises(ValueError, match="node is sending"):
            misuse()
    assert air.run().ear.good == [FRAME]


@pytest.mark.parametrize("begin_us", range(0, AIRTIME_US, SYMBOL_US // 2))
def test_a_receiver_needs_five_symbols_of_the_preamble(begin_us):
    air = Air()
    air.gateway.stop()
    air.send("node")
    air.timeline.at(begin_us, lambda: air.gateway.listen(TUNING, air.ear))
    air.run()
    heard = begin_us <= 3 * SYMBOL_US
    assert air.ear.good == [FRAME] * heard
    assert air.ear.preambles == [begin_us + 5 * SYMBOL_US] * heard
    assert air.fates() == {1: "ok" if heard else "lost not listening"}


@pytest.mark.parametrize("end_us", range(SYMBOL_US // 2, AIRTIME_US, SYMBOL_US))
def test_who_stops_listening_before_the_end_has_nothing(end_us):
    air = Air()
    air.send("node")
    air.timeline.at(end_us, air.gateway.stop)
    air.run()
    assert air.ear.frames == [] and air.fates() == {1: "lost not listening"}
    assert len(air.ear.preambles) == (end_us > 5 * SYMBOL_US)


def test_a_locked_receiver_is_deaf_until_the_frame_is_over_and_then_hears_again():
    air = Air()
    air.send("node")
    air.send("stronger", at_us=HEADER_END_US, power_dbm=20.0)
    air.send("node", at_us=2 * AIRTIME_US)
    assert air.run().fates() == {1: "crc collision", 2: "lost locked", 3: "ok"}
    (row,) = [row for row in air.ether.log.rows if row.get("why") == "locked"]
    assert row["by"] == "node"


@pytest.mark.parametrize("stop_us", range(1, AIRTIME_US, SYMBOL_US))
def test_a_frame_that_is_broken_off_never_arrives_whole(stop_us):
    air = Air()
    node = air.send("node")
    air.timeline.at(stop_us, node.stop)
    air.run()
    assert air.ear.good == []
    assert len(air.ear.preambles) == (stop_us > 5 * SYMBOL_US)
    if stop_us < HEADER_END_US:
        assert air.ear.frames == []
        assert [ok for _, ok in air.ear.headers] == [False] * (stop_us > SYNC_END_US)
    else:
        (frame,) = air.ear.frames
        assert frame.data != FRAME and frame.end_us == AIRTIME_US
        assert air.fates() == {1: "crc stopped"}


def test_what_was_broken_off_disturbs_nobody_any_more():
    air = Air()
    stopped = air.send("stopped")
    air.timeline.at(10 * SYMBOL_US, stopped.stop)
    air.send("node", at_us=9 * SYMBOL_US + SYMBOL_US // 2)
    assert air.run().fates() == {1: "lost collision", 2: "ok"}


def test_the_sender_is_not_told_of_a_frame_it_broke_off_and_may_send_again():
    air, ends = Air(), []
    node = air.node("node")
    node.transmit(TUNING, FRAME, 14.0, lambda: ends.append("broken off"))
    air.timeline.at(SYMBOL_US, node.stop)
    air.timeline.at(
        AIRTIME_US,
        lambda: node.transmit(TUNING, FRAME, 14.0, lambda: ends.append(air.timeline.now_us)),
    )
    assert air.run().ear.good == [FRAME] and ends == [2 * AIRTIME_US]


def test_a_listener_may_stop_at_every_call():
    class Nervous(Ear):
        def __init__(self, air, at):
            super().__init__(air.timeline)
            self._air = air
            self._at = at

        def preamble(self):
            super().preamble()
            self._leave("preamble")

        def header(self, ok):
            super().header(ok)
            self._leave("header")

        def frame(self, reception):
            super().frame(reception)
            self._leave("frame")

        def _leave(self, at):
            if at == self._at:
                self._air.gateway.stop()

    for at, calls in (("preamble", (1, 0, 0)), ("header", (1, 1, 0)), ("frame", (1, 1, 1))):
        air = Air()
        ear = Nervous(air, at)
        air.gateway.listen(TUNING, ear)
        air.send("node")
        air.send("node", at_us=AIRTIME_US + 1)
        air.run()
        assert (len(ear.preambles), len(ear.headers), len(ear.frames)) == calls


def test_a_listener_may_answer_at_once():
    class Answering(Ear):
        def frame(self, reception):
            super().frame(reception)
            air.gateway.transmit(TUNING, b"answer", 14.0, lambda: None)

    air = Air()
    air.gateway.listen(TUNING, Answering(air.timeline))
    node, ear = air.node("node"), Ear(air.timeline)
    node.transmit(TUNING, FRAME, 14.0, lambda: node.listen(TUNING, ear))
    air.run()
    assert ear.good == [b"answer"]


def test_rssi_is_the_sum_of_all_in_the_channel_now():
    air = Air()
    air.send("one")
    air.send("two")
    levels = {}
    for name, at_us in (("during", PREAMBLE_END_US), ("after", AIRTIME_US)):
        for channel, offset_hz in (("here", 0), ("half", 62_500), ("elsewhere", 200_000)):
            air.timeline.at(
                at_us,
                lambda key=(name, channel), hz=TUNING.frequency_hz + offset_hz: levels.update(
                    {key: air.gateway.rssi_dbm(hz, 125_000)}
                ),
            )
    air.run()
    assert levels["during", "here"] == pytest.approx(-86 + 3.01, abs=0.02)
    assert levels["during", "half"] == pytest.approx(-86, abs=0.02)
    quiet = [levels["during", "elsewhere"], levels["after", "here"]]
    assert quiet == pytest.approx([-117.03, -117.03], abs=0.01)
