"""Concentrators that are strangers, rivals, late, busy, or do not say what they did."""

import os
import random
from itertools import pairwise

import pytest

from protocol.airtime import Modulation
from tests.for_gateway.udp_bench import EUI, HERE, OTHER, THERE, TMST, UdpBench, answer, warnings


@pytest.fixture
def bench(tmp_path):
    bench = UdpBench(tmp_path).unplug()
    bench.pull()
    bench.socket.sent.clear()
    return bench


def test_a_frame_comes_with_the_concentrators_name_and_how_well_it_was_heard(bench):
    way = bench.push(b"frame", rssi=-118, lsnr=-5.2)
    assert bench.frames[0][1] == b"frame"
    assert way.name == "roof"
    assert way.quality == (-118, -21, 7)  # SF9 needs -12.5 dB
    assert way.wait_s > 0
    assert bench.push(b"frame", eui=OTHER).name == "tower"
    assert bench.link.frames == 2


def test_an_answer_goes_out_half_a_second_after_the_frame_at_its_spreading_factor(bench):
    for sf in range(7, 13):
        ((_, txpk, address),), _ = answer(bench, sf=sf, tmst=TMST + 60_000_000 * sf)
        assert txpk["tmst"] == TMST + 60_000_000 * sf + 500_000
        assert (txpk["datr"], txpk["freq"], txpk["powe"]) == (f"SF{sf}BW125", 869.525, 27)
        assert (txpk["imme"], txpk["ipol"], address) == (False, False, HERE)


def test_the_concentrators_clock_wraps(bench):
    ((_, txpk, _),), _ = answer(bench, tmst=2**32 - 100_000)
    assert txpk["tmst"] == 400_000


def test_an_answer_that_took_long_goes_out_as_soon_as_it_can_and_too_late_not_at_all(bench):
    way = bench.push(b"frame")
    bench.clock.advance(1.0)
    way.send(b"slow")
    bench.serve()
    ((_, txpk, _),) = bench.downlinks()
    assert TMST + 1_000_000 < txpk["tmst"] <= TMST + 1_200_000
    bench.clock.advance(1.0)
    way.send(b"slower")
    bench.serve()
    assert bench.downlinks() == []
    assert bench.results() == {"late": 1}


def test_two_answers_never_overlap_on_one_transmitter(bench):
    ways = [bench.push(bytes([i]), tmst=TMST + 10_000 * i, sf=9) for i in range(1, 5)]
    for way in ways:
        way.send(b"answer" * 5)
    bench.serve()
    air_us = Modulation(9, 125000).airtime_us(30)
    begins = sorted(txpk["tmst"] for _, txpk, _ in bench.downlinks())
    assert len(begins) == 4
    assert all(b - a > air_us for a, b in pairwise(begins))
    # Long ones do not all fit into the window.
    ways = [bench.push(bytes([i, 0]), tmst=2 * 10**9 + i, sf=12) for i in range(1, 5)]
    for way in ways:
        way.send(b"answer" * 5)
    bench.serve()
    begins = sorted(txpk["tmst"] for _, txpk, _ in bench.downlinks())
    assert len(begins) == 1
    assert bench.results() == {"late": 3}


def test_an_answer_counts_as_sent_when_its_own_tx_ack_says_no_error(bench):
    ((token, _, _),), sent = answer(bench)
    assert sent == []
    bench.ack(token)
    assert sent == [b"answer"]
    bench.ack(token)
    assert sent == [b"answer"]
    assert bench.results() == {"done": 1}
    assert bench.link.refused["stray_tx_ack"] == 1


@pytest.mark.parametrize(
    ("error", "result"),
    [
        ("TOO_EARLY", "too_early"),
        ("COLLISION_BEACON", "collision_beacon"),
        ("TX_FREQ", "tx_freq"),
        ("TX_POWER", "tx_power"),
        ("GPS_UNLOCKED", "gps_unlocked"),
        ("\x1b[2J", "other"),
    ],
)
def test_what_a_forwarder_refuses_is_counted_by_its_name_and_not_sent(bench, caplog, error, result):
    ((token, _, _),), sent = answer(bench)
    bench.ack(token, error)
    assert sent == []
    assert bench.results() == {result: 1}
    assert warnings(caplog) == [f"roof has not sent an answer: {result}"]


@pytest.mark.parametrize("error", ["TOO_LATE", "COLLISION_PACKET"])
def test_what_came_too_late_is_tried_once_more_later_in_the_window(bench, error):
    ((token, first, _),), sent = answer(bench)
    bench.ack(token, error)
    ((token, second, _),) = bench.downlinks()
    assert 300_000 < second["tmst"] - first["tmst"] <= 1_500_000
    assert second["data"] == first["data"]
    bench.ack(token, error)
    assert bench.downlinks() == []
    assert sent == []
    assert bench.results() == {f"again_{error.lower()}": 1, error.lower(): 1}


def test_a_warning_is_no_error(bench, caplog):
    ((token, _, _),), sent = answer(bench)
    body = b'{"txpk_ack":{"warn":"TX_POWER","value":20}}'
    bench.say(5, body, EUI, HERE, token)
    assert sent == [b"answer"]
    assert bench.results() == {"warning_tx_power": 1, "done": 1}
    assert len(warnings(caplog)) == 1


def test_a_tx_ack_of_another_address_or_concentrator_is_none(bench):
    ((token, _, _),), sent = answer(bench)
    bench.ack(token, address=THERE)
    bench.pull(OTHER, THERE)
    bench.ack(token, eui=OTHER, address=THERE)
    assert sent == []
    assert bench.link.refused["stray_tx_ack"] == 2
    bench.ack(token)
    assert sent == [b"answer"]


def test_a_forwarder_that_never_says_what_became_of_answers_costs_no_memory(bench):
    for i in range(300):
        answer(bench, tmst=(TMST + 10**8 * i) % 2**32, sf=7)
        bench.clock.advance(0.01)
    assert len(bench.concentrator()._pending) <= 64
    bench.clock.advance(10)
    bench.concentrator().status()
    assert not bench.concentrator()._pending
    results = bench.results()
    assert results["unanswered"] == 64
    assert sum(results.values()) == 300


def test_answers_that_pile_up_before_they_are_served_are_bounded(bench):
    way = bench.push(b"frame")
    for _ in range(100):
        way.send(b"answer")
    assert bench.results() == {"full": 36}


def test_without_a_pull_there_is_nowhere_to_answer_to(tmp_path):
    bench = UdpBench(tmp_path).unplug()
    assert answer(bench)[0] == []
    assert bench.results() == {"no_address": 1}


def test_a_stranger_is_neither_heard_nor_acknowledged_and_warned_of_once(bench, caplog):
    for i in range(5):
        bench.push(b"frame", eui="0102030405060708", tmst=i)
        bench.pull("0102030405060708", THERE)
    assert bench.frames == []
    assert bench.socket.sent == []
    assert bench.link.refused["unknown_concentrator"] == 10
    (line,) = warnings(caplog)
    assert line == "city: concentrator 0102030405060708 at 192.0.2.1 is not in the configuration"


def test_nobody_takes_answers_away_while_the_true_forwarder_pulls(bench):
    for _ in range(10):
        bench.clock.advance(10)
        bench.pull()
        bench.socket.sent.clear()
        bench.pull(address=THERE)
        assert bench.socket.sent == []
    ((_, _, address),), _ = answer(bench)
    assert address == HERE
    assert bench.link.refused["rival"] == 10


def test_an_address_that_a_nat_changed_is_taken_when_the_old_one_is_silent(bench):
    bench.clock.advance(60)
    bench.pull(address=THERE)
    ((_, _, address),), _ = answer(bench)
    assert address == THERE
    assert bench.link.status()["concentrators"]["roof"]["address_changes"] == 1


def test_what_the_network_brings_twice_is_one_and_acknowledged_twice(bench):
    body = b'{"rxpk":[{"tmst":5,"freq":868.1,"stat":1,"modu":"LORA","datr":"SF9BW125"'
    body += b',"rssi":-100,"lsnr":3.0,"size":1,"data":"AQ=="}]}'
    for token in (b"\x00\x01", b"\x00\x01", b"\x00\x02"):
        bench.say(0, body, token=token)
    assert [frame for _, frame in bench.frames] == [b"\x01", b"\x01"]
    assert [data.hex() for data, _ in bench.socket.sent] == ["02000101", "02000101", "02000201"]
    assert bench.link.refused["repeated"] == 1


def test_frames_that_no_node_of_ours_sends_are_counted(bench):
    assert bench.push(b"frame", datr="SF6BW125") is None
    assert bench.push(b"frame", datr="SF9BW250") is None
    assert bench.push(b"frame", stat=-1) is None
    assert bench.link.refused == {"modulation": 2, "crc": 1}
    assert bench.link.garbled == 3


def test_noise_is_counted_by_kind_and_logged_once_a_minute(bench, caplog):
    for i in range(1000):
        bench.link.take(b"\x01" + os.urandom(i % 50), THERE)
        bench.link.take(bytes(i % 4), THERE)
    assert set(bench.link.refused) <= {"short", "version", "kind"}
    assert bench.link.garbled == 2000
    assert len(warnings(caplog)) <= 3
    bench.clock.advance(61)
    bench.link.take(b"\x01abcd", THERE)
    assert "more before)" in warnings(caplog)[-1]


def test_its_counters_and_what_it_says_of_itself_are_in_the_status(bench):
    bench.say(0, b'{"stat":{"rxnb":7,"ackr":100.0}}')
    bench.clock.advance(12)
    status = bench.link.status()
    roof = status["concentrators"]["roof"]
    assert roof["self"] == {"rxnb": 7, "ackr": 100.0}
    assert (roof["eui"], roof["quiet_s"], roof["pulling"]) == (EUI, 12.0, True)
    assert status["concentrators"]["tower"]["quiet_s"] is None
    assert status["datagrams"] == 2


def test_a_network_that_is_gone_loses_answers_and_nothing_else(bench, caplog):
    bench.socket.broken = True
    bench.pull()
    assert answer(bench)[0] == []
    assert bench.link.out_dropped >= 2
    assert sum("cannot send to" in line for line in warnings(caplog)) == 1
    bench.socket.broken = False
    assert len(answer(bench)[0]) == 1


def test_an_answer_that_fits_no_frame_is_refused_where_it_is_ordered(bench):
    way = bench.push(b"frame")
    for frame in (b"", bytes(256)):
        with pytest.raises(ValueError, match="255"):
            way.send(frame)


def test_whatever_anybody_sends_nothing_raises_and_the_next_frame_comes(bench):
    chance = random.Random(11)
    head = bytes.fromhex(EUI)
    bodies = [
        b'{"rxpk":[{"tmst":5,"freq":868.1,"stat":1,"modu":"LORA","datr":"SF9BW125","rssi":-100'
        b',"lsnr":3.0,"size":1,"data":"AQ=="}],"stat":{"rxnb":1}}',
        b'{"txpk_ack":{"error":"TOO_LATE"}}',
        b"",
    ]
    bench.push(b"frame").send(b"answer")
    bench.serve()
    for _ in range(3000):
        kind, body = chance.randrange(7), bytearray(chance.choice(bodies))
        for _ in range(chance.randrange(3)):
            if body:
                body[chance.randrange(len(body))] = chance.randrange(256)
        eui = head if chance.random() < 0.9 else chance.randbytes(8)
        data = bytes((2,)) + chance.randbytes(2) + bytes((kind,)) + eui + body
        bench.link.take(data[: chance.randrange(len(data) + 1)], chance.choice((HERE, THERE)))
        bench.link.status()
    assert bench.push(b"last") is not None
    assert bench.frames[-1][1] == b"last"
