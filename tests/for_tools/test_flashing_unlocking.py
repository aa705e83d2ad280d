"""Boards that are locked, deaf, asleep, off, somebody else's, or without a program."""

import hmac

import pytest
from serial import SerialException

from tests.for_tools.flashing_boards import (
    IDENTITY,
    OF_FIRMWARE,
    SERVICE_KEY,
    failing,
    no_key,
    node_files,
    on_board,
)
from tools.flashing import unlocking
from tools.flashing.prompt import open_prompt
from tools.flashing.raw_repl import BANNER
from tools.flashing.unlocking import unlock
from tools.rig.esp32.running import running

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("raw_repl")]

TALKS = "import micropython, time\nmicropython.kbd_intr(-1)\nwhile True:\n    print({!r})\n"
OPENED = b"neckar: console open, Ctrl-C stops the node\r\n"


def right_key(address):
    return SERVICE_KEY if address == 17 else None


def challenge(number, words=b" node 17"):
    return b"neckar: challenge " + bytes([number]).hex().encode() * 16 + words + b"\r\n"


def answer_to(number):
    return hmac.digest(SERVICE_KEY, bytes([number]) * 16, "sha256")[:8].hex().encode() + b"\r"


class Script:
    """A line whose board says one thing after the other, in virtual time; `sent` is what it got.

    A number is a pause; an exception is raised. `can_reset` is for its port.
    """

    name = "port"

    def __init__(self, clock, *says, can_reset=False):
        self._clock = clock
        self._says = list(says)
        self._can_reset = can_reset
        self.sent = b""
        self.resets = 0

    def receive(self, wait_s):
        """Return what is next, or nothing after a while."""
        self._clock.now += wait_s
        said = self._says.pop(0) if self._says else b""
        if isinstance(said, Exception):
            raise said
        if isinstance(said, float):
            self._clock.now += said
            return b""
        return said

    def read_past(self, ending, wait_s):
        """The prompt that is asked for at the end."""
        return BANNER

    def write(self, data):
        """Take note."""
        self.sent += data

    def pulse_reset(self):
        """Take note, where there is a line for it."""
        self.resets += self._can_reset
        return self._can_reset


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass where somebody waits."""

    class Clock:
        now = 0.0

        def monotonic(self):
            """Return the time."""
            return self.now

    clock = Clock()
    monkeypatch.setattr(unlocking, "time", clock)
    return clock


def test_the_right_key_opens_a_locked_console_and_a_wrong_one_does_not(bench):
    def work(board):
        port = str(board.console)
        stranger = failing(open_prompt, port, lambda address: None)
        assert (stranger.code, stranger.values["address"]) == ("F132", 17)
        with open_prompt(port, right_key) as prompt:
            assert prompt.was_running
            assert prompt.facts.identity["node"] == 17
            prompt.restart("neckar: heap")
        wrong = failing(open_prompt, port, lambda address: bytes(16))
        assert (wrong.code, wrong.values["address"], wrong.values["seconds"]) == ("F133", 17, 2)

    on_board(bench, node_files(console="locked"), work, "neckar: heap", **OF_FIRMWARE)


def test_a_locked_console_without_a_service_key(bench):
    identity = {name: IDENTITY[name] for name in ("node", "epoch", "key")}
    files = node_files(identity, console="locked")

    def work(board):
        return failing(open_prompt, str(board.console), right_key)

    assert on_board(bench, files, work, "neckar: heap", **OF_FIRMWARE).code == "F131"


def test_of_several_challenges_the_last_is_answered_and_only_once(clock):
    """A node that was busy answers all that was asked, and only the last is still good."""
    line = Script(
        clock,
        b"",
        b"",
        challenge(1) + challenge(2)[:20],
        challenge(2)[20:] + b"neckar: heap 1\r\n",
        challenge(3),
        OPENED,
        b"\r\nKeyboardInterrupt:\r\n>>> " + BANNER,
    )
    unlock(line, right_key)
    assert line.sent.count(b"neckar open") == 4  # the last with the Ctrl-C that stops it
    assert line.sent.count(answer_to(3)) == 1
    assert answer_to(1) not in line.sent
    assert answer_to(2) not in line.sent


def test_a_node_that_does_not_say_who_it_is(clock):
    error = failing(unlock, Script(clock, challenge(1, b"")), right_key)
    assert (error.code, error.values["address"]) == ("F132", "?")


def test_a_node_that_says_nothing_to_an_answer(clock):
    error = failing(unlock, Script(clock, challenge(1)), right_key)
    assert (error.code, error.values["heard"]) == ("F130", "–")
    assert clock.now < 60


def test_what_sleeps_is_reset_once_and_what_stays_silent_is_given_up(clock):
    line = Script(clock, can_reset=True)
    assert failing(unlock, line, no_key).code == "F130"
    assert line.resets == 1
    assert clock.now < 10


def test_what_wakes_after_the_reset_is_waited_for(clock):
    silence = [b""] * 5
    line = Script(clock, *silence, b"neckar: node 17\r\n", 18.0, BANNER, can_reset=True)
    unlock(line, no_key)
    assert line.resets == 1


def test_a_modem_that_talks_to_its_gateway_is_reset_once_for_its_prompt(clock):
    frames = [b"\x00\x0b\x85\x02" * 9] * 6
    line = Script(clock, *frames, b"neckar: Ctrl-C within 3 s\r\n", BANNER, can_reset=True)
    unlock(line, no_key)
    assert line.resets == 1


def test_without_a_line_for_the_reset_patience_is_all(clock):
    line = Script(clock, 11.0, BANNER)
    unlock(line, no_key)
    assert failing(unlock, Script(clock), no_key, patience_s=5).code == "F130"


def test_a_flash_without_a_program_is_not_waited_for(clock):
    line = Script(clock, *[b"invalid header: 0xffffffff\r\n"] * 100)
    error = failing(unlock, line, no_key)
    assert (error.code, error.values["heard"]) == ("F130", "invalid header: 0xffffffff")
    assert clock.now < 2


def test_a_program_of_others_is_not_waited_for(clock):
    line = Script(clock, *[b"DEBUG | Meshtastic\r\n"] * 100)
    error = failing(unlock, line, no_key)
    assert (error.code, error.values["heard"]) == ("F130", "DEBUG | Meshtastic")
    assert clock.now < 10


def test_a_port_that_goes_while_somebody_knocks(clock):
    error = failing(unlock, Script(clock, SerialException("device disconnected")), no_key)
    assert (error.code, error.values["port"]) == ("F104", "port")


def test_all_that_is_said_is_passed_on(clock):
    said = []
    unlock(Script(clock, b"neckar: \xffheap\r\n", BANNER), no_key, said.append)
    assert "".join(said) == "neckar: \ufffdheap\r\n" + BANNER.decode()


@pytest.mark.parametrize("words", ["beep", "neckar: cannot start: no battery"])
def test_a_program_that_takes_no_ctrl_c_and_asks_for_no_key(bench, words):
    def work(board):
        return failing(open_prompt, str(board.console), no_key, patience_s=0.5)

    error = on_board(bench, {"/main.py": TALKS.format(words).encode()}, work, words)
    assert (error.code, error.values["heard"]) == ("F130", words)


def test_a_board_without_power(tmp_path):
    with running(tmp_path) as [board]:
        board.power_cut()
        error = failing(open_prompt, board.port, no_key, patience_s=0.3)
        assert (error.code, error.values["heard"]) == ("F130", "–")
