"""Datagrams of the Semtech UDP packet-forwarder protocol, version 2: bytes <-> values.

Place: under UdpForwarder. PROTOCOL.TXT of Lora-net/packet_forwarder (v1.4) and PROTOCOL.md of
Lora-net/sx1302_hal (v1.6); sections are those of both.
Guarantee: pure. What is no such datagram is a DatagramError that says why in one word; nothing else
is raised for received bytes, and nothing of them is kept but checked numbers.
"""

import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import Any

VERSION = 2
PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)

MOST_PACKETS = 255  # of one PUSH_DATA: what a forwarder fetches at once
_HEAD = 4
_EUI_END = 12
LONGEST_FRAME = 255
_DATA_RATE = re.compile(r"SF([0-9]{1,2})BW([0-9]{2,3})")
# Section 4, `stat`: numbers that are worth showing.
_STAT = ("rxnb", "rxok", "rxfw", "ackr", "dwnb", "txnb", "temp", "lati", "long", "alti")
# Section 6, `txpk_ack`.
ERRORS = frozenset(
    (
        *("TOO_LATE", "TOO_EARLY", "COLLISION_PACKET", "COLLISION_BEACON"),
        *("TX_FREQ", "TX_POWER", "GPS_UNLOCKED"),
    )
)


class DatagramError(Exception):
    """A datagram is refused; `kind` is one of our own words, never from the datagram."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Datagram:
    """What came from a concentrator; `kind` is PUSH_DATA, PULL_DATA or TX_ACK."""

    kind: int
    token: bytes
    eui: str
    body: bytes


@dataclass(frozen=True)
class Received:
    """A frame with the concentrator's clock in us (32 bits, wraps) at its end."""

    tmst: int
    frequency_hz: int
    sf: int
    bandwidth_khz: int
    rssi_dbm: int
    snr_q: int
    frame: bytes


@dataclass(frozen=True)
class Push:
    """What a PUSH_DATA holds: frames, why others were left out, and the concentrator's counters."""

    frames: list[Received]
    refused: list[str]
    stat: dict[str, float]


def parse(data: bytes) -> Datagram:
    """Return a datagram of a concentrator; DatagramError: short, version, kind."""
    if len(data) < _HEAD:
        raise DatagramError("short")
    if data[0] != VERSION:
        raise DatagramError("version")
    if data[3] not in (PUSH_DATA, PULL_DATA, TX_ACK):
        raise DatagramError("kind")
    if len(data) < _EUI_END:
        raise DatagramError("short")
    return Datagram(data[3], data[1:3], data[_HEAD:_EUI_END].hex(), data[_EUI_END:])


def acknowledge(datagram: Datagram) -> bytes:
    """Return the PUSH_ACK or PULL_ACK of a datagram (3.3, 5.3)."""
    kind = PUSH_ACK if datagram.kind == PUSH_DATA else PULL_ACK
    return bytes((VERSION,)) + datagram.token + bytes((kind,))


def parse_push(body: bytes) -> Push:
    """Return what a PUSH_DATA says (section 4); DatagramError: json."""
    root = _object(body)
    packets = root.get("rxpk", [])
    if not isinstance(packets, list):
        raise DatagramError("json")
    frames: list[Received] = []
    refused: list[str] = []
    for packet in packets[:MOST_PACKETS]:
        try:
            frames.append(_received(packet))
        except DatagramError as e:
            refused.append(e.kind)
    refused += ["too_many"] * (len(packets) - MOST_PACKETS)
    return Push(frames, refused, _stat(root.get("stat")))


def parse_tx_ack(body: bytes) -> tuple[str, str]:
    """Return (error, warning) of a TX_ACK (5.5, 6), "" for none; DatagramError: json.

    An error that no specification names is "OTHER": it must not become a word of our status.
    """
    if not body.strip(b" \t\r\n\x00"):
        return "", ""
    ack = _object(body).get("txpk_ack", {})
    if not isinstance(ack, dict):
        raise DatagramError("json")
    error, warning = ack.get("error", "NONE"), ack.get("warn", "NONE")
    return _known(error), _known(warning)


def pull_resp(token: bytes, tmst: int, frequency_hz: int, sf: int, dbm: int, frame: bytes) -> bytes:
    """Return a PULL_RESP that sends a frame when the concentrator's clock says `tmst` (5.4, 6).

    With CRC, explicit header and IQ that is not inverted: our nodes hear no other. The sync word
    is a setting of the whole concentrator and has no field.
    """
    txpk = {
        "imme": False,
        "tmst": tmst,
        "freq": frequency_hz / 1e6,
        "rfch": 0,
        "powe": dbm,
        "modu": "LORA",
        "datr": f"SF{sf}BW125",
        "codr": "4/5",
        "ipol": False,
        "prea": 8,
        "size": len(frame),
        "data": binascii.b2a_base64(frame, newline=False).decode(),
    }
    head = bytes((VERSION,)) + token + bytes((PULL_RESP,))
    return head + json.dumps({"txpk": txpk}, separators=(",", ":")).encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        root = json.loads(body.rstrip(b"\x00"))
    except (ValueError, RecursionError) as e:
        raise DatagramError("json") from e
    if not isinstance(root, dict):
        raise DatagramError("json")
    return root


def _received(packet: Any) -> Received:
    """Return one item of `rxpk`; DatagramError: damaged, crc, no_crc, modulation, data."""
    if not isinstance(packet, dict):
        raise DatagramError("damaged")
    status = packet.get("stat")
    if status != 1 or isinstance(status, bool):
        raise DatagramError("crc" if status == -1 else "no_crc" if status == 0 else "damaged")
    rate = packet.get("datr")
    found = _DATA_RATE.fullmatch(rate) if isinstance(rate, str) else None
    if packet.get("modu") != "LORA" or not found or not 5 <= int(found[1]) <= 12:
        raise DatagramError("modulation")
    rssi = packet.get("rssis", packet.get("rssi"))  # of the signal alone, where it is known
    return Received(
        tmst=_whole(packet.get("tmst"), 0, 2**32 - 1),
        frequency_hz=round(_number(packet.get("freq"), 1, 3000) * 1e6),
        sf=int(found[1]),
        bandwidth_khz=int(found[2]),
        rssi_dbm=round(_number(rssi, -300, 100)),
        snr_q=round(4 * _number(packet.get("lsnr"), -100, 100)),
        frame=_data(packet),
    )


def _data(packet: dict[str, Any]) -> bytes:
    text = packet.get("data")
    if not isinstance(text, str) or len(text) > 2 * LONGEST_FRAME:
        raise DatagramError("data")
    # "Padded", says section 4, and its own examples are not; one has letters of the other alphabet.
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        frame = binascii.a2b_base64(
            (text + "=" * (-len(text) % 4)).encode("ascii"), strict_mode=True
        )
    except ValueError as e:
        raise DatagramError("data") from e
    if not 1 <= len(frame) <= LONGEST_FRAME or packet.get("size", len(frame)) != len(frame):
        raise DatagramError("data")
    return frame


def _number(value: Any, lowest: float, highest: float) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise DatagramError("damaged")
    if not lowest <= value <= highest:  # NaN neither
        raise DatagramError("damaged")
    return value


def _whole(value: Any, lowest: int, highest: int) -> int:
    if not isinstance(value, int):
        raise DatagramError("damaged")
    return int(_number(value, lowest, highest))


def _stat(value: Any) -> dict[str, float]:
    """Return the numbers that a status has, bounded."""
    if not isinstance(value, dict):
        return {}
    taken = {name: value.get(name) for name in _STAT}
    return {
        name: number
        for name, number in taken.items()
        if isinstance(number, (int, float)) and not isinstance(number, bool)
        # An integer of a thousand digits has no float; it is compared as it is.
        if -(2**48) < number < 2**48 and math.isfinite(number)
    }


def _known(word: Any) -> str:
    if word == "NONE":
        return ""
    return word if isinstance(word, str) and word in ERRORS else "OTHER"
