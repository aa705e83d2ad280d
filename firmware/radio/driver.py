"""What the drivers of all chips do alike: the asyncio face, interrupts, counters, antenna switch.

Place: node or modem -> Driver -> the chip's own class -> its bus -> SPI.
Guarantee: every wait has an end. An interrupt handler takes the time and sets a flag, no more. The
steps between the waits (`start_send`, `finish_send`, `start_receive`, `read_into`, ...) do not wait
and allocate nothing; asyncio itself does. One task at a time may call; it may be cancelled.

A chip's class adds those steps, and says which bits of its interrupt register mean what.
"""

import asyncio

from ._port import ThreadSafeFlag, const, sleep_ms, ticks_diff, ticks_ms, ticks_us, wait_for_ms
from .settings import Settings

OFF, STANDBY, SLEEP, SEND, RECEIVE, DETECT = range(6)

_MARGIN_MS = const(100)  # for what the host does meanwhile
_LOOK_MS = const(10000)  # so often the chip is asked whether it still listens
_POLL_MS = const(5)  # where interrupts are known to get lost
_EARLY_SYMBOLS = const(5)  # a preamble is found when so much of it was heard


class Driver(Settings):
    """`bus.is_up` is False until `start()`, and after every RadioError.

    `missed_irqs`: events that only a look into the chip found; from then on it is asked all the
    time, until an interrupt comes again. `spurious`: interrupts without an event. `overlong`:
    frames that the buffer could not hold. `overruns`: frames that came before the last was read.
    """

    tx_done = rx_end = cad_done = 0  # bits of the chip's interrupt register
    chip_times = True  # the end of a timed reception comes from the chip, not from the host

    def __init__(self, bus, dio, rx_pin, tx_pin):
        super().__init__()
        self.bus = bus
        self.mode = OFF
        self.timed = False  # of reception: it ends by itself
        self.frame_rssi_dbm = 0
        self.frame_snr_db4 = 0
        self.frame_ticks_us = 0
        self.sent_ticks_us = 0
        self.crc_errors = 0
        self.header_errors = 0
        self.overruns = 0
        self.overlong = 0
        self.timeouts = 0
        self.spurious = 0
        self.missed_irqs = 0
        self._polling = False
        self._start_ms = 0  # what the chip's clock needs before anything happens
        self._dio = dio
        self._rx_pin = rx_pin
        self._tx_pin = tx_pin
        self._irq_ticks_us = -1  # of an interrupt that nobody has looked after, or -1
        self._flag = ThreadSafeFlag()
        self._handler = self._on_interrupt  # bound once: binding allocates

    async def start(self) -> None:
        """Reset the chip, see whether all of it works (RadioError: what not), and go to standby."""
        self.mode = OFF
        self.stale = True
        self._polling = False
        self._switch(0, 0)
        await self.bus.reset_chip()
        self.configure()
        self.forget_interrupts()
        self.bus.is_up = True
        self.mode = STANDBY
        self._attach(self._dio)
        if self._dio.value():
            self.bus.fail("The interrupt line is always high: check DIO wire and pin")
        # A look at the channel proves clock, receiver and interrupt line at once.
        missed = self.missed_irqs
        await self.detect()
        if self.missed_irqs != missed:
            self.bus.fail("The interrupt line never rises: check DIO wire and pin")

    async def send(self, frame) -> None:
        """Send 0 .. 255 bytes; return when they are out."""
        self.start_send(frame)
        if not await self._until(self.tx_done, self.frame_ms(len(frame))):
            self.bus.fail(self.send_failure())
        self.sent_ticks_us = self.take_interrupt()
        self.finish_send()

    async def receive_into(self, buffer, timeout_ms: int | None = None) -> int:
        """Return how many bytes of a frame are now in `buffer`; its rest is undefined.

        0: `timeout_ms` is over, and no preamble had begun. None: continuous; the chip goes on
        listening between the calls, until something else is asked of it.
        """
        if self.mode == RECEIVE and (self.explicit or not self.stale):
            count = self.read_into(buffer)  # what came in between
            if count > 0:
                return count
        if timeout_ms is None:
            return await self._listen(buffer)
        started_ms = ticks_ms()
        left_ms = timeout_ms
        while True:
            window_ms = self.start_receive(left_ms + self.symbols_ms(_EARLY_SYMBOLS))
            if await self._hears(window_ms):
                count = self.read_into(buffer)
                if count > 0:
                    return count
            left_ms = timeout_ms - ticks_diff(ticks_ms(), started_ms)
            if left_ms <= 0:
                self.standby()
                self.timeouts += 1
                return 0

    async def detect(self) -> bool:
        """Return whether there is LoRa of this channel and spreading factor on the air."""
        wait_ms = self.start_detect()
        events = await self._until(self.cad_done, wait_ms)
        if not events:
            self.bus.fail("The radio does not finish looking at the channel: check its clock")
        return self.finish_detect(events)

    def standby(self) -> None:
        """End whatever goes on; wake the chip where it sleeps."""
        self.make_ready()

    async def _listen(self, buffer) -> int:
        while True:
            if self.mode != RECEIVE or self.timed or self.stale:
                self.start_receive(0)
            if await self._until(self.rx_end, _LOOK_MS, 0):
                count = self.read_into(buffer)
                if count > 0:
                    return count
            else:
                self.check_listening()

    async def _hears(self, window_ms: int) -> bool:
        """Return whether reception ended with an event; what began in time is heard to its end."""
        stage = 0
        wait_ms = window_ms
        margin_ms = _MARGIN_MS if self.chip_times else 0
        while not await self._until(self.rx_end, wait_ms, margin_ms):
            heard = self.hearing()
            if heard <= stage:
                return False
            stage = heard
            # The preamble may be noise: then no header follows it.
            is_header_due = heard == 1 and self.explicit
            wait_ms = self.header_ms() if is_header_due else self.frame_ms(255)
        return True

    async def _until(self, wanted: int, wait_ms: int, margin_ms: int = _MARGIN_MS) -> int:
        """Return the chip's events once one of `wanted` is among them, 0 when time is over."""
        if margin_ms:
            wait_ms += margin_ms + self._start_ms
        started_ms = ticks_ms()
        left_ms = wait_ms
        while True:
            await self._interrupt(left_ms)
            left_ms = wait_ms - ticks_diff(ticks_ms(), started_ms)
            events = self.events()
            if events & wanted:
                self._stamp()
                return events
            if self._irq_ticks_us >= 0:
                self.spurious += 1
                self._irq_ticks_us = -1
            if left_ms <= 0:
                return 0

    async def _interrupt(self, wait_ms: int) -> None:
        """Wait until there may be an event."""
        if self._polling:
            await sleep_ms(min(wait_ms, _POLL_MS))
        elif self._dio.value():
            await sleep_ms(1)  # the line is up without an edge; others shall run all the same
        else:
            try:
                await wait_for_ms(self._flag.wait(), wait_ms)
            except asyncio.TimeoutError:
                pass

    def _stamp(self) -> None:
        """See to it that `_irq_ticks_us` is about the event that was just found."""
        if self._irq_ticks_us >= 0:
            self._polling = False
            return
        self._irq_ticks_us = ticks_us()
        if not self._polling:
            self.missed_irqs += 1
            self._polling = True

    def forget_interrupts(self) -> None:
        """Begin anew: the chip's interrupt register was cleared."""
        self._irq_ticks_us = -1
        self._flag.clear()

    def take_interrupt(self) -> int:
        """Return when the interrupt came, and be ready for the next."""
        ticks = self._irq_ticks_us
        self._irq_ticks_us = -1
        return ticks if ticks >= 0 else ticks_us()

    def _attach(self, pin) -> None:
        # 1 is what the ESP32 calls it, for a stand-in of a pin without the name.
        pin.irq(self._handler, getattr(pin, "IRQ_RISING", 1))

    def _on_interrupt(self, pin) -> None:
        self._irq_ticks_us = ticks_us()
        self._flag.set()

    def _switch(self, rx: int, tx: int) -> None:
        """Set an antenna switch that hangs on the host; never both ways at once."""
        if self._rx_pin and not rx:
            self._rx_pin.value(0)
        if self._tx_pin:
            self._tx_pin.value(tx)
        if self._rx_pin and rx:
            self._rx_pin.value(1)
