"""Texts that would forge a line of log, fill the journal, or wait for it."""

import array
import io
import json
import logging
import os
import socket
from pathlib import Path

import pytest

from gateway import journal, logs
from gateway.journal import JournalHandler

NASTY = "good\nPRIORITY=0\nMESSAGE=forged\n\nWARNING gateway: forged"


class FakeJournal:
    """A socket as journald has it; does not model its rate limits."""

    def __init__(self, folder):
        self.path = str(folder / "journal")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(5)

    def receive(self):
        """Return {field: value} of the next datagram, as journald reads it."""
        data, ancillary, _, _ = self._socket.recvmsg(2**20, socket.CMSG_LEN(4))
        for level, kind, content in ancillary:
            assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
            assert data == b""
            (file,) = array.array("i", content)
            with os.fdopen(file, "rb") as whole:
                whole.seek(0)
                data = whole.read()
        return parse(data)

    def close(self):
        """Go away, as at a restart of the journal."""
        self._socket.close()
        Path(self.path).unlink(missing_ok=True)


def parse(data):
    """Return the fields of a datagram: systemd.io/JOURNAL_NATIVE_PROTOCOL."""
    fields = {}
    while data:
        line, feed, rest = data.partition(b"\n")
        assert feed
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        assert name.replace(b"_", b"").isalnum(), name
        assert name.upper() == name, name
        assert name.decode() not in fields
        fields[name.decode()] = value.decode()
        data = rest
    return fields


@pytest.fixture
def fake(tmp_path):
    """Return a journal that listens."""
    made = FakeJournal(tmp_path)
    yield made
    made.close()


def record(text, *arguments, level=logging.WARNING, exc_info=None, **extra):
    """Return a record as a logger makes it."""
    made = logging.LogRecord("gateway.test", level, __file__, 7, text, arguments, exc_info, "job")
    made.__dict__.update(extra)
    return made


def test_a_record_has_fields_of_its_own(fake):
    neckar = {"event": "bad_tag", "node": 17, "link": "roof", "muted": None, "odd name!": 1}
    JournalHandler(fake.path).emit(record("a %s", "word", neckar=neckar))
    fields = fake.receive()
    assert fields["MESSAGE"] == "a word"
    assert fields["PRIORITY"] == "4"
    assert fields["SYSLOG_IDENTIFIER"] == "neckar-gateway"
    assert fields["LOGGER"] == "gateway.test"
    assert (fields["NECKAR_EVENT"], fields["NECKAR_NODE"]) == ("bad_tag", "17")
    assert fields["NECKAR_ODD_NAME_"] == "1"
    assert "NECKAR_MUTED" not in fields


@pytest.mark.parametrize(
    ("level", "priority"),
    [("DEBUG", "7"), ("INFO", "6"), ("WARNING", "4"), ("ERROR", "3"), ("CRITICAL", "2")],
)
def test_levels_become_priorities(fake, level, priority):
    JournalHandler(fake.path).emit(record("x", level=getattr(logging, level)))
    assert fake.receive()["PRIORITY"] == priority


def test_a_text_with_newlines_is_one_field_of_one_record(fake):
    JournalHandler(fake.path).emit(record("%s", NASTY, neckar={"link": NASTY}))
    fields = fake.receive()
    assert fields["MESSAGE"] == NASTY
    assert fields["NECKAR_LINK"] == NASTY
    assert fields["PRIORITY"] == "4"


def test_a_traceback_is_part_of_the_message(fake):
    try:
        raise ZeroDivisionError("what")
    except ZeroDivisionError as e:
        JournalHandler(fake.path).emit(record("x", exc_info=(type(e), e, e.__traceback__)))
    assert fake.receive()["MESSAGE"].endswith("ZeroDivisionError: what")


def test_what_is_too_big_for_a_datagram_comes_as_a_file(fake):
    text = "\u00e4" * 3_000_000
    JournalHandler(fake.path).emit(record(text))
    assert fake.receive()["MESSAGE"] == text


def test_what_is_no_text_is_written_all_the_same(fake):
    JournalHandler(fake.path).emit(record("a \ud800 b"))
    assert fake.receive()["MESSAGE"] == "a \\ud800 b"


def test_a_journal_that_is_away_costs_lines_and_nothing_else(fake, tmp_path):
    handler = JournalHandler(fake.path)
    fake.close()
    for _ in range(3):
        handler.emit(record("lost"))
    again = FakeJournal(tmp_path)
    handler.emit(record("here"))
    fields = again.receive()
    assert (fields["MESSAGE"], fields["NECKAR_LOST"]) == ("here", "3")
    handler.emit(record("and here"))
    assert "NECKAR_LOST" not in again.receive()
    again.close()


def test_a_journal_that_does_not_read_is_not_waited_for(fake):
    handler = JournalHandler(fake.path)
    for _ in range(1000):  # its queue holds some ten datagrams
        handler.emit(record("x" * 1000))
    assert handler.lost > 0


def test_a_wrong_format_string_ends_nothing(fake, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = JournalHandler(fake.path)
    handler.emit(record("%d", "no number"))
    handler.emit(record("fine"))
    assert fake.receive()["MESSAGE"] == "fine"


def test_a_record_is_one_line_of_json():
    text = logs.JsonFormatter().format(
        record("%s", NASTY, neckar={"event": "replayed", "node": 17, "message": "forged"})
    )
    assert "\n" not in text
    fields = json.loads(text)
    assert fields["message"] == NASTY
    assert (fields["level"], fields["event"], fields["node"]) == ("warning", "replayed", 17)


def test_a_text_with_newlines_forges_no_line_of_text():
    text = logs.TextFormatter().format(record("%s", NASTY))
    first, *rest = text.split("\n")
    assert first.endswith(" WARNING gateway.test: good")
    assert all(line.startswith("    ") for line in rest)


def test_standard_error_is_the_journal_only_if_it_is_that_very_file(tmp_path, monkeypatch):
    with (tmp_path / "err").open("w") as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        assert logs.is_journal(stream)
        for wrong in (f"{found.st_dev}:{found.st_ino + 1}", "", "8", "a:b", "1:2:3"):
            monkeypatch.setenv("JOURNAL_STREAM", wrong)
            assert not logs.is_journal(stream)
        monkeypatch.delenv("JOURNAL_STREAM")
        assert not logs.is_journal(stream)
    assert not logs.is_journal(io.StringIO())


@pytest.mark.parametrize(
    ("form", "kind"),
    [("auto", logs.TextFormatter), ("text", logs.TextFormatter), ("json", logs.JsonFormatter)],
)
def test_each_format_is_set_up(form, kind, monkeypatch):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        logs.set_up("info", form, stream)
        assert isinstance(root.handlers[0].formatter, kind)
        logging.getLogger("gateway.test").info("hello")
        logging.getLogger("gateway.test").debug("not wanted")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert len(stream.getvalue().splitlines()) == 1
    assert "hello" in stream.getvalue()


def test_a_journal_is_there_or_it_is_not(fake, tmp_path):
    assert journal.is_there(fake.path)
    assert not journal.is_there(str(tmp_path / "nobody"))
