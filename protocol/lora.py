"""The one way in which Neckar uses LoRa: what a node, a modem and a gateway must agree on.

Place: node's link, modem and gateway's modem link; tools that play them.
Guarantee: a node and a modem built from this hear each other. Only channel and spreading factor are
settings of a place.

    uplink     on a channel that the gateway hears, at one of its spreading factors
    answer     on ANSWER_HZ, at the spreading factor of the uplink, ANSWER_AFTER_MS after the end
               of the uplink, or as soon as it is there until ANSWER_UNTIL_MS; only to a frame that
               asks, for only then does the node listen
"""

from protocol._compat import const
from protocol.airtime import Modulation

BANDWIDTH_HZ = const(125000)
CODING = const(5)
PREAMBLE = const(8)
SYNC_WORD = const(0x12)  # private networks: not what LoRaWAN uses
DEFAULT_SF = const(9)
UPLINK_HZ = const(868100000)
ANSWER_HZ = const(869525000)  # 10 % of the time, where uplinks have 1 %

# A gateway has stored a frame and handed its answer to the modem within this.
ANSWER_AFTER_MS = const(500)
ANSWER_UNTIL_MS = const(2000)
LISTEN_AFTER_MS = const(450)  # two crystals and the way through two programs

# What a receiver needs, SX1261/2 data sheet 6.1.1.1: -7.5 dB at SF7, 2.5 dB less for each step.
_LIMIT_OF_SF7_Q = const(-30)
_STEP_Q = const(-10)


def modulation(sf: int, chip: int = 0) -> Modulation:
    """Return how frames are sent at a spreading factor; ValueError for none of 7 .. 12."""
    if not 7 <= sf <= 12:
        raise ValueError("no such spreading factor")
    return Modulation(sf, BANDWIDTH_HZ, CODING, PREAMBLE, chip=chip)


def snr_limit_q(sf: int) -> int:
    """Return the least SNR at which frames are understood, in quarters of a dB."""
    return _LIMIT_OF_SF7_Q + _STEP_Q * (sf - 7)


def margin_db(sf: int, snr_q: int) -> int:
    """Return by how many dB an SNR is better than what is needed, rounded down."""
    return (snr_q - snr_limit_q(sf)) // 4


def listen_until_ms(modulation: Modulation) -> int:
    """Return until when after its uplink a node listens for the beginning of an answer."""
    symbols = modulation.preamble + 5
    return ANSWER_UNTIL_MS + symbols * modulation.symbol_us // 1000 + 1
