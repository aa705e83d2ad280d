"""The spool keeps groups whole, stays within its bounds, and names what it drops."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from gateway.errors import SpoolError
from gateway.records import SPOOL_AGE, SPOOL_SIZE, Frame, Group, Loss, NodeState
from gateway.spool import Spool

STATE = NodeState(17, 1, 5, (1 << 64) - 1, 9, ((12, 40), (4000, 5000)), 5000, 12, 3, 4, True)


def _spool(tmp_path, max_bytes=10**9, max_age_s=10**9):
    return Spool(tmp_path / "spool.db", max_bytes, max_age_s)


def _frame(first, fresh=0b1, node=17, received_ms=1000, size=30):
    return Frame(node, 1, first, fresh, received_ms, bytes(size))


def test_states_with_all_their_bits_come_back_after_a_restart(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(states=[STATE, replace(STATE, node=18, expected=None)]))
    spool.close()
    assert _spool(tmp_path).states() == [STATE, replace(STATE, node=18, expected=None)]


def test_frames_come_back_oldest_first_and_leave_when_confirmed(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(n) for n in range(5)]))
    frames = spool.oldest(0, 3)
    assert [f.first for f in frames] == [0, 1, 2]
    spool.confirm(frames[-1].seq)
    assert [f.first for f in spool.oldest(0, 9)] == [3, 4]
    assert spool.rows == 2


def test_a_sequence_number_is_never_given_twice(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(0)]))
    last = spool.oldest(0, 1)[0].seq
    spool.confirm(last)
    spool.close()
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(1)]))
    assert spool.oldest(0, 1)[0].seq > last


def test_rows_and_bytes_are_counted_again_after_a_restart(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(n) for n in range(5)]))
    counted = spool.rows, spool.bytes
    spool.close()
    again = _spool(tmp_path)
    assert (again.rows, again.bytes) == counted


def test_beyond_its_size_the_oldest_go_and_are_named(tmp_path):
    spool = _spool(tmp_path, max_bytes=300)
    spool.commit(Group(frames=[_frame(2 * n, 0b11) for n in range(10)]))
    losses = spool.trim(5000)
    assert losses == [Loss(17, 1, 0, 13, SPOOL_SIZE, 5000)]
    assert spool.bytes <= 300
    assert spool.dropped_samples == 14
    assert spool.losses() == {(17, 1): 14}
    assert spool.oldest(0, 1)[0].first == 14


def test_beyond_their_age_frames_go_and_only_their_fresh_samples_count(tmp_path):
    spool = _spool(tmp_path, max_age_s=100)
    spool.commit(Group(frames=[_frame(0, 0b101)]), 10)
    spool.commit(Group(frames=[_frame(9)]), 50)
    losses = spool.trim(5000, 120)
    assert [(x.first, x.last, x.reason) for x in losses] == [(0, 0, SPOOL_AGE), (2, 2, SPOOL_AGE)]
    assert [f.first for f in spool.oldest(0, 9)] == [9]


def test_age_is_running_time_over_restarts_and_the_wall_clock_may_jump(tmp_path):
    spool = _spool(tmp_path, max_age_s=100)
    spool.commit(Group(frames=[_frame(0)]), 10)
    spool.commit(Group(frames=[_frame(1)]), 60)
    spool.close()
    again = _spool(tmp_path, max_age_s=100)
    assert again.trim(10**13, 40) == []  # 90 s old at most, whatever the wall clock says
    assert [x.first for x in again.trim(0, 51)] == [0]


def test_what_is_on_its_way_to_the_broker_is_neither_trimmed_nor_lost(tmp_path):
    spool = _spool(tmp_path, max_bytes=1)
    spool.commit(Group(frames=[_frame(n) for n in range(4)]))
    flying = spool.oldest(0, 2)[-1].seq
    assert spool.trim(5000, after=flying) == [Loss(17, 1, 2, 3, SPOOL_SIZE, 5000)]
    assert [f.first for f in spool.oldest(0, 9)] == [0, 1]


def test_a_group_that_the_disk_refuses_leaves_nothing_behind(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(states=[STATE], frames=[_frame(0)]))
    pages = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count={pages + 1}")  # SQLite's own SQLITE_FULL
    before = spool.states(), spool.oldest(0, 9), spool.rows, spool.bytes
    newer = replace(STATE, expected=99)
    with pytest.raises(SpoolError) as e:
        spool.commit(Group(states=[newer], frames=[_frame(1, size=20000)]))
    assert e.value.full
    assert (spool.states(), spool.oldest(0, 9), spool.rows, spool.bytes) == before
    spool._db.execute("PRAGMA max_page_count=100000")
    spool.commit(Group(states=[newer], frames=[_frame(1, size=20000)]))
    assert spool.states() == [newer]


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "spool.db").write_bytes(b"not a database, certainly" * 100)
    with pytest.raises(SpoolError, match=r"spool\.db"):
        _spool(tmp_path)


def test_a_spool_of_a_newer_version_is_left_alone(tmp_path):
    _spool(tmp_path).close()
    db = sqlite3.connect(tmp_path / "spool.db")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(SpoolError, match="version 99"):
        _spool(tmp_path)


_WRITER = """
import sys
from pathlib import Path
from gateway.records import Frame, Group, NodeState
from gateway.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**9, 10**12)
for n in range(int(sys.argv[2]), 10**6):
    state = NodeState(17, 1, n, 0, n + 1, (), n + 1, n + 1, 0)
    spool.commit(Group([state], [Frame(17, 1, n, 1, 1000, bytes(30))]))
    print(n, flush=True)
"""


@pytest.mark.parametrize("round_", range(6))
def test_a_kill_at_any_moment_keeps_every_commit_that_returned(tmp_path, round_):
    path = tmp_path / "spool.db"
    command = [sys.executable, "-c", _WRITER, str(path), "0"]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for _ in range(3 + 5 * round_):
        writer.stdout.readline()
    time.sleep(0.0007 * round_)  # somewhere within a commit
    os.kill(writer.pid, signal.SIGKILL)
    said = [int(line) for line in writer.stdout.read().split()]
    writer.wait()
    spool = Spool(path, 10**9, 10**12)
    numbers = [f.first for f in spool.oldest(0, 10**6)]
    assert numbers == list(range(len(numbers)))
    assert not said or len(numbers) > said[-1]
    assert spool.states()[0].expected == len(numbers)  # frames and state of the same moment
