"""What somebody with radios of his own can do, so that scenarios can build on it."""

from dataclasses import replace

from tests.for_tools.air import AIRTIME_US, FRAME, HEADER_END_US, SYMBOL_US, TUNING, Air, Ear
from tools.rig.air.attacker import Attacker
from tools.rig.air.propagation import LogDistance


def test_he_records_all_channels_and_sfs_at_once():
    air = Air()
    tunings = [
        replace(TUNING, sf=sf, frequency_hz=hz)
        for sf in (7, 9, 12)
        for hz in (868_100_000, 868_300_000)
    ]
    mallory = Attacker(air.ether, "mallory")
    mallory.eavesdrop(*tunings)
    for number, tuning in enumerate(tunings):
        air.send(f"node {number}", tuning=tuning, frame=bytes([number]))
    air.run()
    assert {reception.data[0] for reception in mallory.heard} == set(range(6))


def test_a_replay_is_taken_for_the_frame_it_was():
    air = Air()
    mallory = Attacker(air.ether, "mallory")
    mallory.eavesdrop(TUNING)
    air.send("node")
    air.run(1_000_000)
    mallory.replay(mallory.heard[0])
    mallory.replay(mallory.heard[0], at_us=5_000_000)
    air.run()
    assert air.ear.good == [FRAME] * 3
    first, second, third = air.ear.frames
    assert first.tuning == second.tuning and third.start_us == 5_000_000
    assert len(mallory.heard) == 1


def test_he_sends_and_hears_at_once_and_sends_many_frames_at_once():
    air = Air()
    mallory = Attacker(air.ether, "mallory")
    mallory.eavesdrop(TUNING)
    other = replace(TUNING, frequency_hz=868_300_000)
    for _ in range(3):
        mallory.send(other, FRAME)
    air.send("node", at_us=SYMBOL_US)
    air.run()
    assert [reception.data for reception in mallory.heard] == [FRAME]
    assert air.ether.log.counts["sent"] == 4


def test_a_jammer_waits_for_a_preamble_and_destroys_that_frame_alone():
    air = Air()
    mallory = Attacker(air.ether, "mallory")
    mallory.eavesdrop(TUNING)
    mallory.on_preamble = lambda tuning: mallory.send(
        tuning, bytes(50), at_us=air.timeline.now_us + HEADER_END_US, for_us=5 * SYMBOL_US
    )
    air.send("node")
    air.run(1_000_000)
    mallory.eavesdrop()
    air.send("node", at_us=2_000_000)
    air.run()
    assert [frame.crc_ok for frame in air.ear.frames] == [False, True]


def test_a_wormhole_carries_a_frame_to_a_place_it_would_never_reach():
    air = Air(propagation=LogDistance())
    near, far = (0.0, 0.0), (100_000.0, 0.0)
    gateway = air.ether.antenna("far gateway", far)
    ear = Ear(air.timeline)
    gateway.listen(TUNING, ear)
    here = Attacker(air.ether, "here", near)
    there = Attacker(air.ether, "there", far)
    here.eavesdrop(TUNING)
    here.on_frame = there.replay
    air.send("node")
    air.run()
    assert air.fates("far gateway") == {1: "lost weak", 2: "ok"}
    assert ear.frames[0].start_us == AIRTIME_US


def test_what_he_breaks_off_does_not_take_his_next_frame_with_it():
    air = Air()
    mallory = Attacker(air.ether, "mallory")
    mallory.send(TUNING, b"", for_us=AIRTIME_US)
    mallory.send(TUNING, FRAME, at_us=AIRTIME_US - 5 * SYMBOL_US)
    air.run()
    assert FRAME in air.ear.good
