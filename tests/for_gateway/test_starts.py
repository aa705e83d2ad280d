"""What stands in the way of a start, and what a start must do before it reads anything."""

import shutil

import pytest

from gateway.errors import SpoolError
from gateway.records import Group
from gateway.spool import Spool
from gateway.transaction import lock
from tests.for_gateway.bench import frames_of
from tests.for_gateway.publishing import row


def test_two_gateways_never_share_a_spool(tmp_path):
    path = tmp_path / "spool.db"
    held = lock(path)
    with pytest.raises(SpoolError, match="in use by another gateway: end that one, or name anot"):
        lock(path)
    held.close()
    lock(path).close()


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path):
    with pytest.raises(SpoolError, match="No such file") as caught:
        lock(tmp_path / "nowhere" / "spool.db")
    assert "\n" not in str(caught.value)


def test_a_short_file_of_something_else_is_not_taken_for_an_empty_spool(tmp_path):
    path = tmp_path / "spool.db"
    path.write_bytes(b"garbage!")
    with pytest.raises(SpoolError, match="is no database: move it away"):
        Spool(path, 2**30, 10**9)
    assert path.read_bytes() == b"garbage!"


def test_what_a_killed_gateway_left_in_the_log_is_synced_before_it_is_read(tmp_path):
    """Else it is published, and a power cut takes it back: an id with two values."""
    spool = Spool(tmp_path / "spool.db", 2**30, 10**9)
    spool.commit(Group(frames=[row(0), row(1)]))
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("spool.db", "spool.db-wal"):  # as the page cache has it when the process is gone
        shutil.copy(tmp_path / name, killed / name)
    assert (killed / "spool.db-wal").stat().st_size > 0
    again = Spool(killed / "spool.db", 2**30, 10**9)
    # A checkpoint syncs the log, then the database, and cuts the log off.
    assert (killed / "spool.db-wal").stat().st_size == 0
    assert frames_of(again) == [row(0), row(1)]
