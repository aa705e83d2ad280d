"""What systemd is told, on real datagram sockets; and that nobody listening is no trouble."""

import os
import socket
from contextlib import contextmanager

import pytest

from gateway.notify import Notifier
from tests.fakes.clock import FakeClock


@contextmanager
def systemd(name):
    """Yield a function that returns what arrived since the last call."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setblocking(False)
        listener.bind(name)

        def heard():
            messages = []
            while True:
                try:
                    messages.append(listener.recv(4096).decode())
                except BlockingIOError:
                    return messages

        yield heard


def environment(name, watchdog_s=None):
    found = {"NOTIFY_SOCKET": name.replace("\0", "@")}
    return found | ({"WATCHDOG_USEC": str(watchdog_s * 1_000_000)} if watchdog_s else {})


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_ready_words_and_the_end_arrive(kind, tmp_path):
    name = str(tmp_path / "notify") if kind == "path" else f"\0neckar-test-{os.getpid()}"
    with systemd(name) as heard:
        notifier = Notifier(environment(name), FakeClock())
        notifier.ready()
        notifier.status("3 links,\n2 nodes: größer")
        notifier.stopping()
        assert heard() == ["READY=1", "STATUS=3 links, 2 nodes: größer", "STOPPING=1"]


def test_a_line_in_a_status_cannot_become_a_message_of_its_own(tmp_path):
    name = str(tmp_path / "notify")
    with systemd(name) as heard:
        Notifier(environment(name), FakeClock()).status("fine\nWATCHDOG=1")
        assert heard() == ["STATUS=fine WATCHDOG=1"]


def test_alive_is_told_at_most_four_times_in_the_watchdogs_time(tmp_path):
    name, clock = str(tmp_path / "notify"), FakeClock()
    with systemd(name) as heard:
        notifier = Notifier(environment(name, watchdog_s=60), clock)
        for _ in range(600):
            notifier.alive()
            clock.advance(0.1)
        assert heard() == ["WATCHDOG=1"] * 4


def test_without_progress_nothing_is_told(tmp_path):
    name, clock = str(tmp_path / "notify"), FakeClock()
    with systemd(name) as heard:
        notifier = Notifier(environment(name, watchdog_s=60), clock)
        notifier.alive()
        clock.advance(3600)
        assert heard() == ["WATCHDOG=1"]
        notifier.alive()
        assert heard() == ["WATCHDOG=1"]


def test_a_jump_of_the_wall_clock_changes_nothing(tmp_path):
    name, clock = str(tmp_path / "notify"), FakeClock()
    with systemd(name) as heard:
        notifier = Notifier(environment(name, watchdog_s=60), clock)
        notifier.alive()
        clock.jump(-365 * 86400)
        clock.advance(15)
        notifier.alive()
        assert heard() == ["WATCHDOG=1"] * 2


def test_without_a_watchdog_no_sign_of_life_is_sent(tmp_path):
    name = str(tmp_path / "notify")
    with systemd(name) as heard:
        notifier = Notifier(environment(name), FakeClock())
        notifier.alive()
        assert not notifier.is_watched
        assert heard() == []


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"NOTIFY_SOCKET": "@"},
        {"NOTIFY_SOCKET": "relative"},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"NOTIFY_SOCKET": "/nobody/listens/here", "WATCHDOG_USEC": "nonsense"},
        {"NOTIFY_SOCKET": "/" + "long" * 100, "WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "/with\0nul", "WATCHDOG_USEC": "1000000"},
        {"WATCHDOG_USEC": "60000000"},
    ],
)
def test_where_nobody_listens_it_is_silent(environ):
    notifier = Notifier(environ, FakeClock())
    notifier.ready()
    notifier.alive()
    notifier.status("words")
    notifier.stopping()


def test_a_listener_that_reads_nothing_does_not_block(tmp_path):
    name = str(tmp_path / "notify")
    with systemd(name):
        notifier = Notifier(environment(name), FakeClock())
        for _ in range(2000):  # more than a datagram socket's queue holds
            notifier.status("words")
