"""Boards that never stop talking, say nothing or vanish while one listens, in virtual time."""

import pytest
import serial

from tools.flashing.doctor.facts import Heard
from tools.flashing.doctor.listening import SLOW_BAUD, Patience, hear

PATIENCE = Patience(alone=2.0, again=1.0, after_reset=3.0, after_line=0.5, slow=1.5)
GARBAGE = bytes(range(128, 255))


class Port:
    """A serial port in virtual time: each look takes 50 ms.

    `says` is [(second, bytes)], `after_reset` what comes 0.1 s after the reset line was let go,
    `at_slow` what can be read at 74880 baud; `gone_at`: the second at which it vanishes. Not
    modelled: bits, and whatever a board does that has another speed.
    """

    def __init__(
        self, says=(), after_reset=b"", echo=b"", at_slow=b"", gone_at=1e9, no_lines=False
    ):
        self.now = 0.0
        self._waiting = sorted(says)
        self._after_reset = after_reset
        self._echo = echo
        self._at_slow = at_slow
        self._gone_at = gone_at
        self._no_lines = no_lines
        self.timeout = None
        self.written = b""
        self.lines = []
        self.closed = 0
        self._baud = 115200

    def clock(self) -> float:
        return self.now

    @property
    def in_waiting(self) -> int:
        if self.now >= self._gone_at:
            raise serial.SerialException("device disconnected")
        return 0

    def read(self, count: int) -> bytes:
        assert self.timeout is not None
        self.now += self.timeout
        if self._waiting and self._waiting[0][0] <= self.now:
            return self._waiting.pop(0)[1]
        return b""

    def write(self, data: bytes) -> int:
        self.written += data
        self._waiting.append((self.now + 0.1, self._echo))
        return len(data)

    @property
    def baudrate(self) -> int:
        return self._baud

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._baud = baud
        self._waiting = [(self.now + 0.1, self._at_slow)]

    def _set(self, name: str, level: bool) -> None:
        if self._no_lines:
            raise OSError(25, "Inappropriate ioctl for device")
        self.lines.append((name, level))
        if (name, level) == ("rts", False) and self.lines[-2:-1] == [("rts", True)]:
            self._waiting.append((self.now + 0.1, self._after_reset))

    rts = property(None, lambda self, level: self._set("rts", level))
    dtr = property(None, lambda self, level: self._set("dtr", level))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """The pulse of the reset line takes a tenth of a second that nobody needs here."""
    monkeypatch.setattr("tools.flashing.ports.time.sleep", lambda seconds: None)


def heard_at(port: Port, may_reset: bool = False) -> Heard:
    found = hear("/dev/ttyUSB0", may_reset, PATIENCE, port.clock, lambda path: port)
    assert port.closed
    return found


def test_what_comes_by_itself_is_kept_and_nothing_is_sent():
    port = Port([(0.2, b"neckar: "), (1.5, b"node 17\r\n"), (2.5, b"too late")])
    found = heard_at(port)
    assert found.data == b"neckar: node 17\r\n"
    assert (found.echo, port.written, found.was_reset) == (b"", b"", False)
    assert port.lines == [("rts", False), ("dtr", False)]  # as it is closed


def test_a_silent_board_gets_one_line_end_and_no_more():
    port = Port(echo=b"\r\n>>> ")
    found = heard_at(port)
    assert port.written == b"\r"
    assert found.echo == b"\r\n>>> "
    assert found.has_prompt


def test_without_leave_the_reset_line_stays_as_it_is():
    port = Port(after_reset=b"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n")
    assert heard_at(port).data == b""
    assert ("rts", True) not in port.lines


def test_with_leave_it_is_pulsed_once_and_what_comes_is_kept():
    log = b"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
    port = Port(after_reset=log)
    found = heard_at(port, may_reset=True)
    assert found.was_reset
    assert [reset.cause for reset in found.boot.resets] == [1]
    assert port.lines.count(("rts", True)) == 1
    assert port.lines[0] == ("dtr", False)  # else it would be download mode


def test_a_board_that_starts_by_itself_needs_no_pulse():
    log = b"rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
    port = Port([(0.5, log)])
    assert not heard_at(port, may_reset=True).was_reset
    assert ("rts", True) not in port.lines


def test_a_port_without_lines_cannot_be_reset_and_costs_no_time():
    port = Port(no_lines=True)
    found = heard_at(port, may_reset=True)
    assert (found.was_reset, found.is_lost) == (False, False)
    assert port.now < PATIENCE.alone + PATIENCE.after_line + 0.2


def test_bytes_that_are_no_text_are_listened_to_at_the_other_speed():
    port = Port([(0.1, GARBAGE)], at_slow=b"ets Jan  8 2013,rst cause:1")
    found = heard_at(port)
    assert port.baudrate == SLOW_BAUD
    assert found.slow == b"ets Jan  8 2013,rst cause:1"
    assert port.written == b""


def test_text_is_not_listened_to_at_the_other_speed():
    port = Port([(0.1, b"all is well\r\n" * 5)])
    assert heard_at(port).slow == b""
    assert port.baudrate == 115200


def test_a_computer_that_cannot_do_the_other_speed_says_nothing(monkeypatch):
    port = Port([(0.1, GARBAGE)])

    def refuse(self, baud):
        raise ValueError("Failed to set custom baud rate")

    monkeypatch.setattr(Port, "baudrate", property(lambda self: 115200, refuse))
    assert heard_at(port).slow == b""


def test_a_board_that_never_stops_is_cut_off():
    port = Port([(0.05 * number, b"x" * 4096) for number in range(400)])
    found = heard_at(port)
    assert 64 * 1024 <= len(found.data) < 80 * 1024
    assert port.now < 2.0


@pytest.mark.parametrize("may_reset", [False, True])
def test_a_port_that_vanishes_ends_the_listening(may_reset):
    port = Port([(0.2, b"half a li")], gone_at=0.6)
    found = heard_at(port, may_reset)
    assert found.is_lost
    assert found.data == b"half a li"
    assert port.now < 1.0


def test_every_wait_together_has_an_end():
    for silent in (Port(), Port([(0.1, GARBAGE)]), Port(no_lines=True)):
        heard_at(silent, may_reset=True)
        assert silent.now < sum(PATIENCE) + 0.5
