"""What a receiver makes of the data of a frame it is locked on.

Place: `Attempt` at the end of a frame -> `read` -> `Reception`.
Guarantee: damage is real, bytes are changed, and the same for the same seed.
"""

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.transmission import Span, Transmission

if TYPE_CHECKING:
    from tools.rig.air.reception import Receiver


def end_for(receiver: Tuning, frame: Transmission) -> int:
    """Return when a receiver takes the frame to be over: without header it goes by its own word."""
    if receiver.explicit:
        return frame.end_us
    return frame.start_us + _expected_us(receiver, frame.tuning.preamble)


@lru_cache(maxsize=1024)
def _expected_us(receiver: Tuning, preamble: int) -> int:
    return replace(receiver, preamble=preamble).modulation.airtime_us(receiver.length)


def read(receiver: "Receiver", frame: Transmission, spans: list[Span]) -> tuple[Reception, str]:
    """Return the frame as it was read, and why it is damaged, or nothing where it is not.

    `spans` are the times in which its data was disturbed.
    """
    here, sent = receiver.tuning, frame.tuning
    why = "collision" if spans else ""
    if frame.silent_us < frame.end_us:
        spans = [*spans, (frame.silent_us, frame.end_us)]
        why = why or "stopped"
    implicit = not sent.explicit
    if here.low_rate != sent.low_rate or (implicit and here.coding != sent.coding):
        spans = [(frame.start_us, frame.end_us)]
        why = why or "settings"
    elif implicit and (here.crc, here.length) != (sent.crc, len(frame.frame)):
        why = why or "settings"
    damage = receiver.ether.damage
    if not why and _is_lost(receiver, frame):
        begin_us = damage.randrange(frame.sync_end_us, frame.end_us)
        spans = [(begin_us, begin_us + frame.symbol_us)]
        why = "loss"
    data = frame.damage(spans, damage) if spans else frame.frame
    if implicit:
        # What is not there is read from the noise.
        data = data[: here.length] + damage.randbytes(max(here.length - len(data), 0))
    has_crc = here.crc if implicit else sent.crc
    level_dbm = receiver.antenna.level_dbm(frame)
    reception = Reception(
        data=data,
        crc_ok=not (why and has_crc),
        rssi_dbm=level_dbm,
        snr_db=level_dbm - receiver.ether.noise_dbm(sent.bandwidth_hz),
        start_us=frame.start_us,
        end_us=receiver.ether.timeline.now_us,
        coding=here.coding if implicit else sent.coding,
        has_crc=has_crc,
        tuning=sent,
    )
    return reception, why


def _is_lost(receiver: "Receiver", frame: Transmission) -> bool:
    """Return whether chance takes this frame; it is asked only where there is a chance."""
    share = receiver.ether.loss_between(frame.antenna, receiver.antenna)
    return share > 0 and receiver.ether.chance.random() < share
