"""When a node may send, and where: spread at random, within the duty cycle, after a look.

Place: session -> `wait_ms` -> frame -> `begin`, `heard` after each look, `sending` -> radio.
Guarantee: no frame without room in the ledger, and none before the ledger's state is durable, so
that a node that crashes in a circle cannot flood a sub-band. No clock is read and no die thrown:
`now_s` is the ledger's time, `now_ms` are ticks, `random(span)` returns 0 .. span - 1.

Spread. All nodes sample at the same moments, as their clocks are set: `news` is called when a
sample has made a live frame due, and draws once where in the time until the next one it is sent.
`news(START_MS, ..)` does the same at power-up, which may be that of a whole city: of 1,000 nodes on
one SF9 channel half are greeted after 8 minutes and nine of ten after 15; a third of that time
would fill the air with retries, and half wait 16 minutes, a tenth two hours (simulated,
`tools/benchmark/network`). Other frames have no common cause: retries come after a pause that the
session spreads, the backfill after an answer. What a node sends next waits up to 16 airtimes, so
that two whose frames have met do not meet again.

Look. The chip's channel activity detection hears LoRa of the same SF, and not whom a hill hides.
While it hears some, the node waits a random while of up to 2, 4, 8 and then 16 airtimes of its
frame, looks again, on any of its channels, and after 8 looks or 24 s sends nevertheless: a detector
that is stuck must not silence a node, and a sealed frame may be 30 s late (`sampletime`). The LoRa
Alliance's TR013 does so too (4 other channels, then ALOHA; its waits are some symbols long, which
in a band that is empty most of the time find the same frame again).
"""

from protocol._compat import const, ticks_add, ticks_diff
from protocol.airtime import sub_band

START_MS = const(900000)

_MOST_NEWS_MS = const(900000)
_LOOKS = const(8)
_MOST_HELD_MS = const(24000)
_GROWTH = const(4)  # up to 2**4 airtimes
_GAP = const(16)  # airtimes
_LIVE_ROOM = const(4)  # frames: what the backfill leaves of a sub-band's hour


class Channel:
    """A frequency and a modulation that the gateway hears, and the sub-band it counts for."""

    def __init__(self, frequency_hz: int, modulation, erp_dbm: int = 14):
        self.frequency_hz = frequency_hz
        self.modulation = modulation
        self.band = sub_band(frequency_hz, modulation.bandwidth_hz, erp_dbm)


class Access:
    """The air, as one node shares it; `sf` is set by its owner (`adapt`) between frames."""

    def __init__(self, channels, ledger, random):
        self._channels = channels
        self._ledger = ledger
        self._random = random
        self.sf = channels[0].modulation.sf
        self.channel = channels[0]  # of the frame that is on its way, after each look
        self._until: int | None = None  # ticks before which nothing is sent
        self._span_ms = 0
        self._gap_ms = 0  # what the next frame waits, from when it is first due
        self._open: list = []  # channels that had room when this frame began
        self._length = 0
        self._unit_ms = 0  # its airtime
        self._looks = 0
        self._held_ms = 0
        self.is_full = False  # at the last `wait_ms`: a frame waits for the duty cycle
        self.deferred = 0  # frames that heard somebody at their first look
        self.forced = 0  # of those, sent while they still did

    def state(self, now_ms: int) -> list:
        """Return what has to outlive a sleep."""
        return [self._hold_ms(now_ms), self._gap_ms, self.deferred, self.forced]

    def restore(self, state: list, now_ms: int) -> None:
        """Go on as `state` said; `now_ms` is its moment, in the ticks of now."""
        hold_ms, self._gap_ms, self.deferred, self.forced = state
        self._hold(hold_ms, now_ms)

    def spread(self) -> None:
        """The next frame was spread over its time already, while this node slept."""
        self._gap_ms = 0

    def news(self, span_ms: int, now_ms: int) -> None:
        """Something is due now, here and elsewhere: nothing goes out before a random moment.

        A wait that is not over is kept as it is.
        """
        if self._hold_ms(now_ms) == 0:
            self._gap_ms = 0
            self._hold(self._random(min(span_ms, _MOST_NEWS_MS) + 1), now_ms)

    def wait_ms(self, length: int, now_s: int, now_ms: int, is_live: bool = True) -> int | None:
        """Return how long a frame of up to `length` bytes waits; 0: not at all, None: for ever."""
        least_s = None
        for channel in self._channels:
            wait_s = self._room_s(channel, length, now_s, is_live)
            if wait_s is not None and (least_s is None or wait_s < least_s):
                least_s = wait_s
        self.is_full = least_s != 0
        if least_s is None:
            return None
        if self._gap_ms:
            self._hold(self._gap_ms, now_ms)
            self._gap_ms = 0
        return max(self._hold_ms(now_ms), 1000 * least_s)

    def begin(self, length: int, now_s: int):
        """Return the channel for a frame of `length` bytes, or None where no sub-band has room."""
        self._open = [c for c in self._channels if self._room_s(c, length, now_s, True) == 0]
        if not self._open:
            return None
        self._length = length
        self._looks = 0
        self._held_ms = 0
        return self._choose()

    def heard(self, is_busy: bool) -> int:
        """Take what a look at `channel` has found; return the ms until the next, 0: send now."""
        if not is_busy:
            return 0
        self._looks += 1
        if self._looks == 1:
            self.deferred += 1
        left_ms = _MOST_HELD_MS - self._held_ms
        if self._looks == _LOOKS or left_ms <= 0:
            self.forced += 1
            return 0
        span_ms = min(self._unit_ms << min(self._looks, _GROWTH), left_ms)
        wait_ms = 1 + self._random(span_ms)
        self._held_ms += wait_ms
        self._choose()
        return wait_ms

    def sending(self, length: int, now_s: int) -> bytes:
        """Count the frame; return the ledger's state, which is durable before the radio sends."""
        airtime_us = self.channel.modulation.airtime_us(length)
        self._ledger.record(self.channel.band, airtime_us, now_s)
        self._gap_ms = 1 + self._random(_GAP * self._unit_ms)
        return self._ledger.state()

    def waiting(self, now_s: int) -> bytes:
        """Return the ledger's state as the time alone has made it.

        A node that waits for room, and starts anew before there is some, would wait for ever.
        """
        self._ledger.let_pass(now_s)
        return self._ledger.state()

    def left_ms(self, now_s: int) -> int:
        """Return what the sub-band of the last frame has left of this hour."""
        return self._ledger.left_ms(self.channel.band, now_s)

    def _room_s(self, channel, length: int, now_s: int, is_live: bool) -> int | None:
        """Return when a channel of the SF in use has room, None: never, or it is of another."""
        if channel.modulation.sf != self.sf:
            return None
        airtime_us = channel.modulation.airtime_us(length)
        if not is_live:
            # Of a small share no more than half: a live frame in each hour would end it for ever.
            room_us = min(_LIVE_ROOM * airtime_us, 500 * channel.band.allowed_ms)
            airtime_us = max(airtime_us, room_us)
        return self._ledger.wait_s(channel.band, airtime_us, now_s)

    def _choose(self):
        self.channel = self._open[self._random(len(self._open))]
        self._unit_ms = self.channel.modulation.airtime_us(self._length) // 1000 + 1
        return self.channel

    def _hold(self, span_ms: int, now_ms: int) -> None:
        self._until = ticks_add(now_ms, span_ms)
        self._span_ms = span_ms

    def _hold_ms(self, now_ms: int) -> int:
        if self._until is not None:
            wait_ms = ticks_diff(self._until, now_ms)
            if 0 < wait_ms <= self._span_ms:
                return wait_ms
            self._until = None  # over; or so long ago that the ticks have wrapped
        return 0
