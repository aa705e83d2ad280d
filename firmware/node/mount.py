"""Is this a good place for a node? Some short frames, and how many were answered with what margin.

Place: command MOUNT_TEST, button, console -> `test` -> session, link -> a line of text, the LED.
Guarantee: its frames are Notes like others: the duty cycle and the look at the channel hold for
them. It has an end, however bad the link. (Polls would be answered by the command that waits for
its Result, and tell no margin.)

    green    all were answered, and the lower margin is 10 dB at least: rain, leaves and a parked
             lorry take some of it
    yellow   four of five were answered, and the lower margin is 3 dB at least
    red      else

A margin is what a level may fall before frames are lost at this spreading factor; up as the gateway
hears us, down as we hear it. On a wire there is none, and only the answers count. The spreading
factor that is told is that of the last answer.
"""

import asyncio

from node.errors import NodeError
from protocol._compat import const
from protocol.messages import Note

_GREEN_DB = const(10)
_YELLOW_DB = const(3)
_FRAME_S = const(30)  # for one frame: its wait for the air, others on it, and its answer
_SHOW_S = const(30)
_LOOK_S = 0.05
_LEAST_SF = const(7)
# SNR at which frames of SF7 are just heard, in quarters of a dB; each step of SF takes 2.5 dB less.
# (SX1276 data sheet rev. 7, table 13; SX1261/2 data sheet rev. 2.1, table 6-1 has the same.)
_LIMIT_DB4 = const(-30)
_STEP_DB4 = const(10)


async def test(app, frames: int) -> str:
    """Send so many frames that ask; return what came of it, and show it on the board's LED.

    NodeError while another one runs: the margins of each would be missing in the other.
    """
    if app.uplink.on_link is not None:
        raise NodeError("a mount test is going on")
    margins = _Margins(app)
    app.uplink.on_link = margins.heard
    busy = asyncio.create_task(app.led.show("busy", _FRAME_S * frames))
    answered = 0
    try:
        for i in range(frames):
            answered += await _is_answered(app, "mount test %d of %d" % (i + 1, frames))
            if 5 * (i + 1 - answered) > frames:
                frames = i + 1  # it can only be red now, and somebody waits
                break
    finally:
        app.uplink.on_link = None
        busy.cancel()
    colour = verdict(frames, answered, margins.least())
    app.uplink.background(app.led.show(colour, _SHOW_S))
    return "%s: %d of %d answered%s" % (colour, answered, frames, margins.text())


def verdict(frames: int, answered: int, margin_db) -> str:
    """Return green, yellow or red; `margin_db` is the lower one, or None on a wire."""
    if answered == frames and (margin_db is None or margin_db >= _GREEN_DB):
        return "green"
    is_fair = 5 * answered >= 4 * frames and (margin_db is None or margin_db >= _YELLOW_DB)
    return "yellow" if is_fair else "red"


async def _is_answered(app, text: str) -> bool:
    """Send a line that asks; say whether its answer came."""
    session = app.session
    left_s = await _until(lambda: not session.is_waiting, _FRAME_S)
    if left_s <= 0:
        return False
    session.hurry()
    session.send(Note(text), app.clock.ticks())
    app.uplink.wake()
    left_s = await _until(lambda: not session.outbox.holds(None), left_s)
    left_s = await _until(lambda: not session.is_waiting, left_s)
    return left_s > 0 and session.vain == 0


async def _until(condition, left_s: float) -> float:
    """Wait; return how much of the time is left, at most 0 where it was not enough."""
    while not condition() and left_s > 0:
        await asyncio.sleep(_LOOK_S)
        left_s -= _LOOK_S
    return left_s


class _Margins:
    """The least margin each way, from what comes with the answers."""

    def __init__(self, app):
        self._link = app.link
        self._up = self._down = None
        self._sf = 0

    def heard(self, link: tuple) -> None:
        """Take what the gateway said of our frame; its answer was just heard."""
        radio = getattr(self._link, "radio", None)
        if radio is None:
            return
        sf = self._link.access.channel.modulation.sf
        self._sf = sf
        limit_db4 = _LIMIT_DB4 - _STEP_DB4 * (sf - _LEAST_SF)
        down = (radio.radio.frame_snr_db4 - limit_db4) // 4
        self._up = link[2] if self._up is None else min(self._up, link[2])
        self._down = down if self._down is None else min(self._down, down)

    def least(self):
        """Return the lower of both, or None where there is none."""
        return None if self._up is None else min(self._up, self._down)

    def text(self) -> str:
        """Return what a line says of them."""
        if self._up is None:
            return ""
        return ", margin %d dB up, %d dB down, SF%d" % (self._up, self._down, self._sf)
