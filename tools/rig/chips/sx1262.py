"""A Semtech SX1262, or SX1261, as a driver sees it: SPI, BUSY, NRESET, DIO1 to DIO3.

Place: SPI and pins of a board -> `Sx1262` -> its antenna; the rest of it is in sx1262_*.py.
Guarantee: that of `Part`. Virtual time passes between calls only, so a driver that does not wait
for BUSY is noticed: what it sends while BUSY is high is lost and counted ("lost while busy").

    chip = Sx1262(timeline, ether.antenna("node"), drive, tcxo=True, dio2_switch=True)
    chip.power(True)    # it is made without supply

How it answers. A command takes effect when NSS rises. While it is clocked in, MISO says the status;
bit 7 is set, bits 3:1 are 1 where all is well, as chips are seen to do. A flag there (data
available, timed out, sent, failed) lasts until the next command that sets something. While BUSY is
high MISO is 0x00, and a transaction of which a byte was clocked then is lost; NSS may fall earlier.
Sleep ends with a falling edge of NSS that comes 500 us after the command or later. What a frame
consists of is read from the buffer at the moment in which sending starts; received bytes are in the
buffer at the end of the frame.

Chosen where the data sheet says nothing: after reset the frequency is 0, so that the PLL does not
lock; the power is the lowest; a wrong header ends a single reception in STDBY_RC (Semtech's stack
expects that); a frame longer than PayloadLength is a wrong header.

Not modelled: GFSK, BPSK, LR-FHSS; carrier and endless preamble; bandwidths below 62.5 kHz
(refused as failed commands); sensitivity by RX gain, calibration, BW500 without 0x0889 (the
registers are kept); CadDetPeak and CadDetMin; waking by the RTC but in SetRxDutyCycle; current.
"""

import random
from collections.abc import Callable

from tools.rig.air.antenna import Antenna
from tools.rig.air.timeline import Event, Timeline
from tools.rig.chips import sx1262_commands as commands
from tools.rig.chips.part import Part
from tools.rig.chips.sx1262_memory import RANDOM, Memory
from tools.rig.chips.sx1262_modem import Modem
from tools.rig.chips.sx1262_modes import RX, SLEEP, STDBY_RC, TX
from tools.rig.chips.sx1262_oscillator import Oscillator
from tools.rig.chips.sx1262_power import HIGH

_COLD_START_US = 3500
_WARM_START_US = 340
_FALL_ASLEEP_US = 500
_READ_REGISTER = 0x1D
_READ_BUFFER = 0x1E


class Sx1262(Part):
    """Fitted around it: `tcxo` (DIO3 feeds a TCXO of `tcxo_mv`, up after `tcxo_start_us`),
    `dio2_switch` (DIO2 turns the antenna switch to sending), `mismatched` (a poor antenna).
    """

    pins = ("busy", "dio1", "dio2", "dio3")

    def __init__(
        self,
        timeline: Timeline,
        antenna: Antenna,
        drive: Callable[[str, int], None],
        *,
        tcxo: bool = False,
        tcxo_mv: int = 1800,
        tcxo_start_us: int = 1000,
        dio2_switch: bool = False,
        mismatched: bool = False,
        variant: str = HIGH,
        seed: int = 0,
    ):
        super().__init__(timeline, antenna, drive)
        self.dio2_switch = dio2_switch
        self.mismatched = mismatched
        self.variant = variant
        self.memory: Memory = Memory()
        self.modem: Modem = Modem(self, Oscillator(tcxo, tcxo_mv, tcxo_start_us))
        self._random = random.Random(f"sx1262 {seed}")  # noqa: S311 - repeatable on purpose
        self._busy: Event | None = None
        self._awake = False
        self._can_wake = False
        self._warm = False
        self._taken: bytearray | None = None  # of this transaction, None: it is lost
        self._waking = False
        self._answer = b""

    # Reset, sleep, BUSY.

    def start(self, cold: bool) -> None:
        """Start as after power-on: NRESET forgets as much."""
        self.memory = Memory()
        self.modem = Modem(self, self.modem.oscillator)
        self.modem.oscillator.power_on()
        self._awake = True
        self.show_pins()
        self.be_busy(_COLD_START_US)

    def halt(self) -> None:
        """Stop all at once. BUSY is pulled up in reset."""
        self.modem.stop()
        self._busy = None
        self._awake = False
        self._can_wake = False
        self._taken = None
        for pin in ("dio1", "dio2", "dio3"):
            self.output(pin, 0)
        self.output("busy", int(self.supplied))

    def be_busy(self, delay_us: int, then: Callable[[], None] | None = None) -> None:
        """Keep BUSY high for so long, and then do this; it replaces what BUSY waited for."""
        if self._busy is not None:
            self._busy.cancel()

        def ready() -> None:
            self._busy = None
            if then is not None:
                then()
            if self._busy is None and self.modem.mode != SLEEP:
                self.output("busy", 0)

        self.output("busy", 1)
        self._busy = self.after(delay_us, ready)

    def sleep(self, warm: bool) -> None:
        """Fall asleep: from now on only NSS wakes it."""
        self.modem.stop()
        self.modem.mode = SLEEP
        self.modem.irq = 0
        self._warm = warm
        self._awake = False
        self._can_wake = False
        if warm:
            self.memory.sleep_warm()
        self.show_pins()
        self.be_busy(_FALL_ASLEEP_US, self._asleep)

    def _asleep(self) -> None:
        self._can_wake = True

    def sleep_for(self, delay_us: int, then: Callable[[], None]) -> None:
        """Sleep between two turns of listening; NSS may wake it for good."""
        self._warm = True
        self._awake = False
        self._can_wake = True

        def turn() -> None:
            self._awake = True
            self._can_wake = False
            self.be_busy(_WARM_START_US, then)

        self.be_busy(delay_us, turn)

    def _wake(self) -> None:
        self._can_wake = False
        if not self._warm:
            self.start(cold=False)
            return

        def awake() -> None:
            self._awake = True
            self.modem.mode = STDBY_RC
            self.show_pins()

        self.be_busy(_WARM_START_US, awake)

    def show_pins(self) -> None:
        """Drive the DIO pins as levels."""
        settings, modem = self.memory.settings, self.modem
        dio1, dio2, dio3 = (int(bool(modem.irq & mask)) for mask in settings.dio_masks)
        if settings.dio2_switch:
            dio2 = int(modem.mode == TX)
        if settings.tcxo_mv:
            dio3 = int(modem.oscillator.running)
        for pin, level in (("dio1", dio1), ("dio2", dio2), ("dio3", dio3)):
            self.output(pin, level)

    # SPI.

    def begin(self) -> None:
        self._taken = bytearray()
        self._waking = self._can_wake
        if self._can_wake:
            self._wake()

    def end(self) -> None:
        taken, self._taken = self._taken, None
        if taken:
            commands.execute(self, taken[0], bytes(taken[1:]))

    def clock(self, byte: int) -> int:
        taken = self._taken
        if taken is None:
            return 0x00
        if self._wanted["busy"]:
            self._taken = None
            self.counts["lost while busy"] += not self._waking
            return 0x00
        taken.append(byte)
        opcode, index = taken[0], len(taken) - 1
        if opcode == _READ_REGISTER and index >= 4:
            return self._register((taken[1] << 8 | taken[2]) + index - 4)
        if opcode == _READ_BUFFER and index >= 3:
            return self.memory.buffer[taken[1] + index - 3 & 0xFF]
        if opcode in commands.ANSWERS and index >= 1:
            if index == 1:
                self._answer = commands.ANSWERS[opcode](self)
            elif index - 2 < len(self._answer):
                return self._answer[index - 2]
            else:
                return 0x00
        return self._status()

    def _register(self, address: int) -> int:
        if RANDOM <= address < RANDOM + 4 and self.modem.mode == RX:
            self.memory.write(address, self._random.randrange(256))
        return self.memory.read(address)

    def _status(self) -> int:
        return 0x80 | self.modem.mode << 4 | self.modem.command_status << 1
