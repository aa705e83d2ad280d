"""Cables that lead to nobody, to another node, to a stopped one, to one that says half of it."""

import contextlib
import hmac
import os
import threading
import tty

import pytest

from tools.flashing.errors import FlashError
from tools.flashing.mount import linkcheck
from tools.flashing.mount.verdict import Link

KEY = bytes(range(16))
NODE = 17
CHALLENGE = "a0" * 16
VERDICT = "neckar: mount green: 10 of 10 answered, margin 14 dB up, 12 dB down, SF9"


class FakeConsole:
    """A node's console on a PTY; `said` is what came, `address` None leaves it out.

    Does not model: the node behind it, time, a UART. `answers` replaces what it says to a line that
    begins with a word.
    """

    def __init__(self, answers: dict[str, str] | None = None, address: int | None = NODE):
        named = "" if address is None else f" node {address}"
        right = hmac.digest(KEY, bytes.fromhex(CHALLENGE), "sha256")[:8].hex()
        self.answers = {
            "neckar open": f"neckar: challenge {CHALLENGE}{named}",
            right: "neckar: console open, Ctrl-C stops the node",
            "neckar mount": f"neckar: node {address or NODE} tests its link\r\n{VERDICT}",
            **(answers or {}),
        }
        self.said: list[str] = []

    def __enter__(self) -> str:
        self._end, self._port = os.openpty()
        tty.setraw(self._port)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return os.ttyname(self._port)

    def __exit__(self, *error: object) -> None:
        os.write(self._port, b"\x04")  # no line of a technician has it
        self._thread.join(10)
        for fd in (self._end, self._port):
            os.close(fd)

    def _run(self) -> None:
        waiting = b""
        while b"\x04" not in waiting:
            line, end, rest = waiting.partition(b"\n")
            if not end:
                waiting += os.read(self._end, 256)
                continue
            waiting = rest
            self._hear(line.decode().strip())

    def _hear(self, line: str) -> None:
        if not line:
            return
        self.said.append(line)
        for word, answer in self.answers.items():
            if line.startswith(word) and answer:
                with contextlib.suppress(OSError):
                    os.write(self._end, f"{answer}\r\n".encode())


class Hasty:
    """A clock that stands still until a console was told `word`; then every look costs a while."""

    def __init__(self, console: FakeConsole, word: str):
        self._console = console
        self._word = word
        self._now_s = 0.0

    def __call__(self) -> float:
        if any(self._word in line for line in self._console.said):
            self._now_s += 100
        return self._now_s


def failed(console: FakeConsole, **clock) -> FlashError:
    """Return the error of a check that must fail."""
    with console as port, pytest.raises(FlashError) as e:
        linkcheck.check(port, NODE, KEY, **clock)
    return e.value


def test_a_locked_node_is_opened_tests_its_link_and_says_what_came_of_it():
    console = FakeConsole()
    with console as port:
        assert linkcheck.check(port, NODE, KEY, 10) == Link("green", 10, 10, 14, 12, 9)
        assert linkcheck.check(port, NODE, KEY, 5) == Link("green", 10, 10, 14, 12, 9)
    assert [line for line in console.said if "mount" in line] == [
        "neckar mount 10",
        "neckar mount 5",
    ]
    assert "\x03" not in "".join(console.said)


def test_a_console_that_is_open_already_needs_no_key():
    console = FakeConsole({"neckar open": "neckar: console open, Ctrl-C stops the node"})
    with console as port:
        assert linkcheck.check(port, NODE, KEY).colour == "green"
    assert len(console.said) == 2


def test_noise_and_other_lines_between_are_passed_over():
    noise = "\x00\xff\r\nneckar: heap 1234\r\nneckar: radio works\r\nneckar: mount \r\n"
    console = FakeConsole({"neckar mount": noise + VERDICT})
    with console as port:
        assert linkcheck.check(port, NODE, KEY).colour == "green"


def test_another_node_gets_no_answer_to_its_challenge():
    console = FakeConsole(address=18)
    error = failed(console)
    assert (error.code, error.values["found"], error.values["wanted"]) == ("F523", 18, 17)
    assert all(line == "neckar open" for line in console.said)


def test_another_node_whose_console_is_open_is_noticed_by_its_test():
    opened = {"neckar open": "neckar: console open, Ctrl-C stops the node"}
    assert failed(FakeConsole(opened, address=18)).code == "F523"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"neckar open": "neckar: no service_key in /identity.json"}, "F521"),
        ({"neckar open": "neckar: wrong; deaf for 4 s"}, "F522"),
        ({"neckar mount": "neckar: mount refused: a mount test is going on"}, "F524"),
    ],
)
def test_whatever_keeps_a_node_from_its_verdict_has_a_code(answers, code):
    assert failed(FakeConsole(answers)).code == code


@pytest.mark.parametrize(
    "answer", ["", "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT)", "neckar: challenge a0a0"]
)
def test_nobody_waits_for_ever_for_a_console(answer):
    console = FakeConsole({"neckar open": answer})
    assert failed(console, clock=Hasty(console, "open")).code == "F520"


@pytest.mark.parametrize("answer", ["", VERDICT[:-20], "neckar: node 17 tests its link"])
def test_nobody_waits_for_ever_for_a_verdict(answer):
    opened = {"neckar open": "neckar: console open, Ctrl-C stops the node"}
    console = FakeConsole({**opened, "neckar mount": answer})
    assert failed(console, clock=Hasty(console, "mount")).code == "F525"


def test_a_board_at_its_prompt_is_told_to_be_restarted(monkeypatch):
    """The prompt ends no line."""
    console = FakeConsole()
    monkeypatch.setattr(console, "_hear", lambda line: os.write(console._end, b"\r\n>>> "))
    assert failed(console).code == "F526"


def test_a_port_that_is_not_there_is_the_ports_own_word():
    with pytest.raises(FlashError) as e:
        linkcheck.check("/dev/no-such-port", NODE, KEY)
    assert e.value.code == "F101"
