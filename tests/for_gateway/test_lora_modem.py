"""A LoRa modem on a port: frames and their quality, answers in time, and whatever else it says."""

import asyncio
import contextlib
import logging

import pytest

from gateway.links.config import Radio
from protocol import modem
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS
from protocol.stream import to_record
from tests.for_gateway.air import RADIO, STAMP_MS, Port, frame_of, heard, state

FRAME = frame_of(1)


@contextlib.contextmanager
def modem_port(tmp_path, radio=RADIO):
    """Yield an open port."""
    port = Port(tmp_path / "lora", radio)
    port.link.open()
    try:
        yield port
    finally:
        port.close()


def scenario(tmp_path, job, radio=RADIO):
    """Run `job(port)` with an open port."""

    async def run():
        with modem_port(tmp_path, radio) as port:
            result = job(port)
            if result is not None:
                await result

    asyncio.run(run())


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def test_at_its_opening_it_is_told_where_to_listen(tmp_path):
    def job(port):
        (tune,) = port.told()
        assert (tune.frequency_hz, tune.sf) == (868300000, 12)

    scenario(tmp_path, job, Radio(868300000, 12, 14))


def test_it_is_told_again_when_it_listens_elsewhere_or_does_not_say_where(tmp_path):
    def job(port):
        port.told()
        port.say(state())
        assert port.told() == []
        for fields in ({"sf": 7}, {"frequency_hz": 868500000}):
            port.say(state(**fields))
            (tune,) = port.told()
            assert (tune.frequency_hz, tune.sf) == (868100000, 9)
        port.say(modem.State("0", "", {}, []))
        assert len(port.told()) == 1

    scenario(tmp_path, job)


def test_a_frame_comes_with_the_way_back_and_how_well_it_was_heard(tmp_path):
    def job(port):
        port.told()
        port.say(heard(FRAME, -118, -21, 9))
        ((way, frame),) = port.frames
        assert frame == FRAME
        assert way.name == "lora"
        assert way.quality == (-118, -21, 7)  # SF9 needs -12.5 dB
        way.send(b"answer")
        (send,) = port.told()
        assert send.frame == b"answer"
        times = (send.stamp_ms, send.after_ms, send.until_ms)
        assert times == (STAMP_MS, ANSWER_AFTER_MS, ANSWER_UNTIL_MS)
        assert (send.frequency_hz, send.sf, send.power_dbm) == (ANSWER_HZ, 9, 27)

    scenario(tmp_path, job, Radio(868100000, 9, 27))


@pytest.mark.parametrize(
    ("rssi_dbm", "snr_q", "sf", "quality"),
    [
        (-200, -200, 7, (-128, -128, -43)),
        (200, 200, 12, (127, 127, 70)),
        (-30, 127, 12, (-30, 127, 51)),
        (-140, -80, 12, (-128, -80, 0)),
    ],
)
def test_quality_is_cut_to_what_an_ack_has_room_for(tmp_path, rssi_dbm, snr_q, sf, quality):
    def job(port):
        port.say(heard(FRAME, rssi_dbm, snr_q, sf))
        assert port.frames[0][0].quality == quality

    scenario(tmp_path, job)


def test_every_order_has_an_id_of_its_own_in_16_bits(tmp_path):
    def job(port):
        port.say(heard(FRAME))
        way = port.frames[0][0]
        (tune,) = port.told()
        port.say(modem.Done(tune.id, modem.DONE, 0))
        port.link.modem._next_id = 65530
        ids = []
        for _ in range(10):
            way.send(b"x")
            ids += [send.id for send in port.told() if isinstance(send, modem.Send)]
        assert ids == [65531, 65532, 65533, 65534, 65535, 0, 1, 2, 3, 4]
        port.say(modem.Done(tune.id, modem.DONE, 185))  # now it is an answer's
        assert port.link.modem.results["done"] == 1

    scenario(tmp_path, job)


def test_what_became_of_answers_is_counted_and_warned_of_once_a_minute(tmp_path, caplog):
    def job(port):
        (tune,) = port.told()
        port.say(modem.Done(tune.id, modem.DONE, 0))
        for result in range(len(modem.result_names())):
            for number in (100, 101, 102):
                port.say(modem.Done(number, result, 185, 1000))
        status = port.link.status()["radio"]
        assert status["answers"] == dict.fromkeys(modem.result_names(), 3)
        said = warnings(caplog)
        assert len(said) == len(modem.result_names()) - 1
        assert "lora has not sent an answer: no_budget" in said
        port.clock.advance(61)
        port.say(modem.Done(100, modem.LATE, 0))
        assert "has not sent an answer: late (2 more before)" in warnings(caplog)[-1]

    scenario(tmp_path, job)


def test_an_answer_counts_as_sent_when_the_modem_says_so_and_only_then(tmp_path):
    def job(port):
        port.say(heard(FRAME))
        way = port.frames[0][0]
        assert way.wait_s > 0
        port.told()
        sent, ids = [], []
        for name in ("first", "second", "third"):
            way.send(b"x", lambda name=name: sent.append(name))
            ids += [send.id for send in port.told()]
        first, second, third = ids
        assert sent == []
        port.say(modem.Done(second, modem.DONE, 185), modem.Done(first, modem.LATE, 185))
        assert sent == ["second"]
        port.say(modem.Done(second, modem.DONE, 185), modem.Done(first, modem.DONE, 185))
        assert sent == ["second"]
        port.say(modem.Done(third, modem.DONE, 185))
        assert sent == ["second", "third"]

    scenario(tmp_path, job)


def test_a_modem_that_never_says_what_became_of_answers_costs_no_memory(tmp_path):
    def job(port):
        port.say(heard(FRAME))
        for _ in range(60):
            port.frames[0][0].send(b"x", lambda: None)
        assert len(port.link.modem._awaited) == 32
        port.unplug()
        port.link._readable()
        port.plug()
        port.link.open()
        assert port.link.modem._awaited == {}

    scenario(tmp_path, job)


def test_a_channel_that_the_modem_refuses_is_no_answer_but_a_warning(tmp_path, caplog):
    def job(port):
        (tune,) = port.told()
        port.say(modem.Done(tune.id, modem.NOT_ALLOWED, 0))
        assert port.link.modem.status()["answers"] == {}
        assert warnings(caplog) == ["lora cannot listen on 868100000 Hz: not_allowed"]

    scenario(tmp_path, job)


def test_its_state_is_in_the_status_and_a_failing_radio_in_the_log_once(tmp_path, caplog):
    def job(port):
        assert port.link.modem.status()["firmware"] is None
        port.say(state("BUSY stays high\n\x1b[2J", crc_errors=3))
        port.say(state("BUSY stays high\n\x1b[2J", crc_errors=4))
        status = port.link.modem.status()
        assert status["error"].startswith("BUSY stays high")
        assert status["self"]["crc_errors"] == 4
        assert status["duty"] == {"O": {"used_ms": 250, "allowed_ms": 360000}}
        assert (status["frequency_hz"], status["sf"]) == (868100000, 9)
        port.say(state())
        said = warnings(caplog)
        assert said[0] == r"lora: radio: 'BUSY stays high\n\x1b[2J'"
        assert said[1:] == ["lora: radio: works"]

    scenario(tmp_path, job)


def test_damaged_records_are_counted_as_noise_and_those_between_get_through(tmp_path, caplog):
    def job(port):
        record = modem.encode(heard(FRAME))
        for end in range(1, len(record)):
            port.say(noise=b"\x00" + to_record(record[:end]))
        for place in range(0, len(record), 3):
            bad = record[:place] + bytes([record[place] ^ 1]) + record[place + 1 :]
            port.say(noise=b"\x00" + to_record(bad))
        assert port.frames == []
        assert port.link.garbled == port.link.modem.garbled
        assert port.link.garbled == len(record) - 1 + (len(record) + 2) // 3
        port.say(heard(FRAME), noise=bytes(range(256)) * 40)
        port.say(heard(FRAME))
        assert [frame for _, frame in port.frames if frame == FRAME] == [FRAME] * 2
        assert len(warnings(caplog)) == 1

    scenario(tmp_path, job)


def test_what_only_a_gateway_says_is_passed_over(tmp_path):
    def job(port):
        port.told()
        port.say(modem.Tune(1, 868100000, 9))
        port.say(modem.Send(1, None, 0, 0, 869525000, 9, 14, FRAME))
        assert (port.frames, port.told(), port.link.garbled) == ([], [], 0)

    scenario(tmp_path, job)


def test_a_wired_node_on_the_port_of_a_modem_is_heard_and_answered_by_wire(tmp_path):
    def job(port):
        port.told()
        port.say(noise=b"\x00" + to_record(FRAME))
        ((way, frame),) = port.frames
        assert (way, frame, way.quality) == (port.link, FRAME, None)
        assert port.link.frames == 1

    scenario(tmp_path, job)


def test_a_modem_on_a_port_without_a_radio_is_named_and_noise_is_not_taken_for_one(
    tmp_path, caplog
):
    def job(port):
        for _ in range(5):
            port.say(state())
        assert port.link.garbled == 5
        assert warnings(caplog) == [
            "lora: a LoRa modem is on this port, which has no [serial.radio]"
        ]
        port.say(noise=b"\x00" + to_record(b"\x84noise"))
        assert port.frames[-1][1] == b"\x84noise"  # for ingest, which counts it as malformed
        assert port.told() == []

    scenario(tmp_path, job, None)


def test_frames_of_a_port_are_those_of_the_air_and_no_other_records(tmp_path):
    def job(port):
        port.say(state(), heard(FRAME), modem.Done(1, 0, 0), heard(FRAME))
        assert port.link.frames == 2

    scenario(tmp_path, job)


def test_after_the_cable_was_pulled_it_is_tuned_anew_and_its_old_state_is_forgotten(tmp_path):
    async def job(port):
        port.say(state("old"), heard(FRAME))
        running = asyncio.create_task(port.link.run())
        await asyncio.sleep(0)
        way = port.frames[0][0]
        port.unplug()
        port.link._readable()
        assert not port.link.is_open
        way.send(b"nobody takes it")
        assert port.link.out_dropped == 1
        port.plug()
        while not port.link.is_open:
            await asyncio.sleep(0.02)
        (tune,) = port.told()
        assert isinstance(tune, modem.Tune)
        assert port.link.modem.status()["firmware"] is None
        port.say(heard(FRAME))
        assert len(port.frames) == 2
        running.cancel()

    scenario(tmp_path, job)


def test_an_answer_that_fits_no_frame_is_refused_where_it_is_ordered(tmp_path):
    def job(port):
        port.say(heard(FRAME))
        with pytest.raises(ValueError, match="frame"):
            port.frames[0][0].send(b"")

    scenario(tmp_path, job)
