"""Datagrams of packet forwarders, as the specification has them, damaged ones, and hostile ones."""

import base64
import json
import random

import pytest

from gateway.links import semtech
from gateway.links.semtech import DatagramError

EUI = "aa555a0000000101"
HEAD = bytes.fromhex("02 1234 00" + EUI)

# The example of section 4, as it stands there.
EXAMPLE = b"""{"rxpk":[
    {"time":"2013-03-31T16:21:17.528002Z","tmst":3512348611,"chan":2,"rfch":0,"freq":866.349812,
     "stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/6","rssi":-35,"lsnr":5.1,"size":32,
     "data":"-DS4CGaDCdG+48eJNM3Vai-zDpsR71Pn9CPA9uCON84"},
    {"time":"2013-03-31T16:21:17.530974Z","tmst":3512348514,"chan":9,"rfch":1,"freq":869.1,
     "stat":1,"modu":"FSK","datr":50000,"rssi":-75,"size":16,"data":"VEVTVF9QQUNLRVRfMTIzNA=="},
    {"time":"2013-03-31T16:21:17.532038Z","tmst":3316387610,"chan":0,"rfch":0,"freq":863.00981,
     "stat":1,"modu":"LORA","datr":"SF10BW125","codr":"4/7","rssi":-38,"lsnr":5.5,"size":32,
     "data":"ysgRl452xNLep9S1NTIg2lomKDxUgn3DJ7DE+b00Ass"}],
  "stat":{"time":"2014-01-12 08:59:28 GMT","lati":46.24000,"long":3.25230,"alti":145,"rxnb":2,
          "rxok":2,"rxfw":2,"ackr":100.0,"dwnb":2,"txnb":2}}"""


def packet(**fields):
    """Return one item of `rxpk`."""
    good = {
        "tmst": 4294967295,
        "freq": 868.1,
        "stat": 1,
        "modu": "LORA",
        "datr": "SF12BW125",
        "rssi": -120,
        "lsnr": -19.8,
        "size": 3,
        "data": "AQID",
    }
    return {name: value for name, value in {**good, **fields}.items() if value is not None}


def push_of(*packets):
    return semtech.parse_push(json.dumps({"rxpk": list(packets)}).encode())


def kind_of(data):
    with pytest.raises(DatagramError) as caught:
        semtech.parse(data)
    return caught.value.kind


def test_a_datagram_is_version_token_kind_and_identifier():
    datagram = semtech.parse(HEAD + b"{}")
    assert (datagram.kind, datagram.token, datagram.eui) == (0, b"\x12\x34", EUI)
    assert datagram.body == b"{}"
    assert semtech.acknowledge(datagram) == bytes.fromhex("02123401")
    pull = semtech.parse(bytes.fromhex("02 abcd 02" + EUI))
    assert semtech.acknowledge(pull) == bytes.fromhex("02abcd04")


def test_the_example_of_the_specification_gives_its_two_lora_frames_and_its_status():
    push = semtech.parse_push(EXAMPLE)
    first, second = push.frames
    assert (first.tmst, first.frequency_hz, first.sf) == (3512348611, 866349812, 7)
    assert (first.rssi_dbm, first.snr_q, len(first.frame)) == (-35, 20, 32)
    assert (second.tmst, second.frequency_hz, second.sf) == (3316387610, 863009810, 10)
    assert second.snr_q == 22
    assert push.refused == ["modulation"]
    assert push.stat["ackr"] == 100.0
    assert push.stat["rxnb"] == 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "short"),
        (b"\x02\x12\x34", "short"),
        (HEAD[:11], "short"),
        (b"\x01" + HEAD[1:], "version"),
        (b"\x03" + HEAD[1:], "version"),
        (HEAD[:3] + b"\x01" + HEAD[4:], "kind"),  # what only a server says
        (HEAD[:3] + b"\x03" + HEAD[4:], "kind"),
        (HEAD[:3] + b"\x06" + HEAD[4:], "kind"),
        (b"GET / HTTP/1.1\r\n\r\n", "version"),
    ],
)
def test_what_is_no_datagram_of_a_concentrator_is_named(data, kind):
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"rxpk"',
        b'{"rxpk":{}}',
        b'{"rxpk":1}',
        b"\xff\xfe{}",
        b'{"rxpk":[' + b"[" * 60000,
        b'{"a":' + b"9" * 60000 + b"}",
        EXAMPLE[:-1],
        b"{}{}",
    ],
)
def test_what_is_not_the_json_of_the_protocol_is_refused(body):
    with pytest.raises(DatagramError, match="json"):
        semtech.parse_push(body)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"stat": -1}, "crc"),
        ({"stat": 0}, "no_crc"),
        ({"stat": True}, "damaged"),
        ({"stat": None}, "damaged"),
        ({"modu": "FSK", "datr": 50000}, "modulation"),
        ({"datr": "SF13BW125"}, "modulation"),
        ({"datr": "SF4BW125"}, "modulation"),
        ({"datr": "SF9"}, "modulation"),
        ({"datr": 9}, "modulation"),
        ({"tmst": -1}, "damaged"),
        ({"tmst": 2**32}, "damaged"),
        ({"tmst": 1.5}, "damaged"),
        ({"tmst": True}, "damaged"),
        ({"tmst": None}, "damaged"),
        ({"freq": "868.1"}, "damaged"),
        ({"freq": 0}, "damaged"),
        ({"freq": 1e300}, "damaged"),
        ({"rssi": float("nan")}, "damaged"),
        ({"lsnr": float("inf")}, "damaged"),
        ({"lsnr": None}, "damaged"),
        ({"data": None}, "data"),
        ({"data": 5}, "data"),
        ({"data": "", "size": 0}, "data"),
        ({"data": "AQ?D"}, "data"),
        ({"data": "AQID\u00e9"}, "data"),
        ({"data": "A", "size": 1}, "data"),
        ({"size": 4}, "data"),
        ({"size": "3"}, "data"),
        ({"data": base64.b64encode(bytes(256)).decode(), "size": 256}, "data"),
        ({"data": "A" * 60000}, "data"),
    ],
)
def test_a_packet_that_is_no_frame_of_ours_costs_itself_only(fields, kind):
    push = push_of(packet(), packet(**fields), packet(tmst=7))
    assert [received.tmst for received in push.frames] == [4294967295, 7]
    assert push.refused == [kind]


@pytest.mark.parametrize("item", [None, 1, "x", [], [[]]])
def test_an_item_that_is_no_object_costs_itself_only(item):
    push = push_of(item, packet())
    assert len(push.frames) == 1
    assert push.refused == ["damaged"]


def test_data_may_be_padded_or_not_and_size_may_be_left_out():
    for text in ("AQI=", "AQI"):
        (received,) = push_of(packet(data=text, size=2)).frames
        assert received.frame == b"\x01\x02"
    (received,) = push_of(packet(data="__-_", size=None)).frames
    assert received.frame == b"\xff\xff\xbf"


def test_the_level_of_the_signal_alone_is_taken_where_it_is_known():
    (received,) = push_of(packet(rssi=-100, rssis=-118)).frames
    assert received.rssi_dbm == -118


def test_more_packets_than_a_concentrator_can_hold_are_counted_and_left_out():
    push = push_of(*[packet()] * 300)
    assert len(push.frames) == 255
    assert push.refused == ["too_many"] * 45


def test_a_status_keeps_its_numbers_only_and_bounded():
    stat = {"rxnb": 5, "ackr": 99.5, "time": "x", "desc": "y" * 9, "temp": True, "alti": 10**400}
    stat |= {"lati": float("inf"), "dwnb": "7", "txnb": None, "evil": 1}
    push = semtech.parse_push(json.dumps({"stat": stat}).encode())
    assert push.stat == {"rxnb": 5, "ackr": 99.5}
    assert semtech.parse_push(b'{"stat":[1]}').stat == {}


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b"", ("", "")),
        (b"\x00", ("", "")),
        (b" \n", ("", "")),
        (b"{}", ("", "")),
        (b'{"txpk_ack":{}}', ("", "")),
        (b'{"txpk_ack":{"error":"NONE"}}', ("", "")),
        (b'{"txpk_ack":{"error":"COLLISION_PACKET"}}', ("COLLISION_PACKET", "")),
        (b'{"txpk_ack":{"error":"TX_POWER"}}', ("TX_POWER", "")),
        (b'{"txpk_ack":{"warn":"TX_POWER","value":20}}', ("", "TX_POWER")),
        (b'{"txpk_ack":{"error":"\\u001b[2Jevil"}}', ("OTHER", "")),
        (b'{"txpk_ack":{"error":{"a":1}}}', ("OTHER", "")),
        (b'{"txpk_ack":{"error":null}}', ("OTHER", "")),
    ],
)
def test_a_tx_ack_says_in_our_words_what_became_of_a_frame(body, result):
    assert semtech.parse_tx_ack(body) == result


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"txpk_ack":5}', b"\xff"])
def test_a_tx_ack_that_says_nothing_is_refused(body):
    with pytest.raises(DatagramError, match="json"):
        semtech.parse_tx_ack(body)


def test_an_answer_has_the_settings_that_our_nodes_listen_with():
    data = semtech.pull_resp(b"\xab\xcd", 4000000000, 869525000, 12, 27, b"\x01\x02\xff")
    assert data[:4] == bytes.fromhex("02abcd03")
    assert json.loads(data[4:]) == {
        "txpk": {
            "imme": False,
            "tmst": 4000000000,
            "freq": 869.525,
            "rfch": 0,
            "powe": 27,
            "modu": "LORA",
            "datr": "SF12BW125",
            "codr": "4/5",
            "ipol": False,
            "prea": 8,
            "size": 3,
            "data": "AQL/",
        }
    }
    longest = semtech.pull_resp(b"\xab\xcd", 2**32 - 1, 869525000, 12, 27, bytes(255))
    assert len(longest) < 1000  # a forwarder reads no more


def test_whatever_is_cut_or_flipped_nothing_but_a_refusal_comes_of_it():
    chance = random.Random(5)
    whole = HEAD + EXAMPLE
    for _ in range(3000):
        data = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(4)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        for parse in (semtech.parse_push, semtech.parse_tx_ack):
            try:
                parse(semtech.parse(bytes(data)).body)
            except DatagramError as e:
                assert e.kind in {"short", "version", "kind", "json"}
