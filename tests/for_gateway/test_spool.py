"""The spool keeps groups whole, stays within its bounds, and names what it drops."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from gateway.errors import SpoolError
from gateway.records import SPOOL_AGE, SPOOL_SIZE, Day, Frame, Group, Loss, NodeState
from gateway.spool import Spool
from tests.for_gateway.bench import frames_of, loss_rows, table

DAY_MS = 86_400_000
STATE = NodeState(17, 1, 5, (1 << 64) - 1, 9, ((12, 40), (4000, 5000)), 5000, 12, 3, 4, True)


def _spool(tmp_path, max_bytes=10**9, max_age_s=10**9):
    return Spool(tmp_path / "spool.db", max_bytes, max_age_s)


def _frame(first, fresh=0b1, node=17, received_ms=1000, size=30):
    return Frame(node, 1, first, fresh, received_ms, bytes(size))


def test_states_with_all_their_bits_come_back_after_a_restart(tmp_path):
    spool = _spool(tmp_path)
    other = STATE._replace(node=18, expected=None, runs=(), hello=-1, adrift=False)
    spool.commit(Group(states=[STATE, other]))
    assert spool.state(17, 1) == STATE
    spool.close()
    again = _spool(tmp_path)
    assert (again.state(17, 1), again.state(18, 1)) == (STATE, other)
    assert (again.state(17, 2), again.state(19, 1)) == (None, None)


def test_the_newest_state_of_an_epoch_is_the_one_that_counts(tmp_path):
    spool = _spool(tmp_path)
    newer = STATE._replace(replay_top=6, expected=70, runs=())
    next_epoch = STATE._replace(epoch=2, received=99)
    spool.commit(Group(states=[STATE, next_epoch]))
    spool.commit(Group(states=[newer]))
    assert (spool.state(17, 1), spool.state(17, 2)) == (newer, next_epoch)


def test_segments_come_back_oldest_first_and_leave_when_confirmed(tmp_path):
    spool = _spool(tmp_path)
    stored = [spool.commit(Group(frames=[_frame(n)]))[0] for n in range(5)]
    assert spool.read(0, spool.last_seq, 3) == stored[:3]
    spool.confirm(stored[0].seq, stored[2].seq)
    assert spool.read(0, spool.last_seq, 9) == stored[3:]
    assert spool.rows == 2
    assert spool.read(stored[3].seq, spool.last_seq, 9) == stored[4:]
    assert spool.read(0, stored[3].seq, 9) == stored[3:4]


def test_a_reader_gets_whole_segments_and_at_least_one(tmp_path):
    spool = _spool(tmp_path)
    stored = [spool.commit(Group(frames=[_frame(10 * n + i) for i in range(4)]))[0] for n in (0, 1)]
    assert spool.read(0, spool.last_seq, 1) == stored[:1]
    assert spool.read(0, spool.last_seq, 4) == stored[:1]
    assert spool.read(0, spool.last_seq, 5) == stored


def test_what_is_confirmed_in_the_middle_leaves_the_rest(tmp_path):
    spool = _spool(tmp_path)
    stored = [spool.commit(Group(frames=[_frame(n)]))[0] for n in range(6)]
    spool.confirm(stored[2].seq, stored[3].seq)
    spool.confirm(stored[2].seq, stored[3].seq)  # again is harmless
    assert [f.first for f in frames_of(spool)] == [0, 1, 4, 5]
    assert spool.rows == 4
    spool.confirm(0, 2**60)
    assert (spool.rows, spool.bytes) == (0, 0)


def test_a_large_group_becomes_several_segments_of_one_commit(tmp_path):
    spool = _spool(tmp_path)
    frames = [_frame(n) for n in range(2500)]
    stored = spool.commit(Group(frames=frames))
    assert [len(segment.frames) for segment in stored] == [256] * 9 + [196]
    assert [segment.seq for segment in stored] == list(range(1, 11))
    assert frames_of(spool) == frames
    assert spool.last_seq == 10


def test_the_newest_are_bounded_by_their_number_and_by_their_age(tmp_path):
    spool = _spool(tmp_path)
    stamps = 0, 50, 90, 100
    seqs = [
        spool.commit(Group(frames=[_frame(n), _frame(n + 50)]), stamp)[0].seq
        for n, stamp in enumerate(stamps)
    ]
    assert spool.newest(100, 1000, 100) == 0
    assert spool.newest(8, 1000, 100) == 0
    assert spool.newest(7, 1000, 100) == seqs[0]
    assert spool.newest(1, 1000, 100) == seqs[3]
    assert spool.newest(100, 50, 100) == seqs[0]
    assert spool.newest(100, 49, 100) == seqs[1]
    assert spool.newest(100, 5, 120) == seqs[3]


def test_what_was_stored_before_a_restart_is_as_old_as_it_was_then(tmp_path):
    spool = _spool(tmp_path)
    first = spool.commit(Group(frames=[_frame(0)]), 100)[0].seq
    last = spool.commit(Group(frames=[_frame(1)]), 390)[0].seq
    spool.close()
    again = _spool(tmp_path)
    assert again.newest(100, 300, 5) == 0
    assert again.newest(100, 290, 5) == first
    assert again.newest(100, 4, 5) == last


def test_a_number_is_never_given_twice(tmp_path):
    spool = _spool(tmp_path)
    (last,) = spool.commit(Group(frames=[_frame(0)]))
    spool.confirm(last.seq, last.seq)
    spool.close()
    spool = _spool(tmp_path)
    assert spool.last_seq == last.seq
    assert spool.commit(Group(frames=[_frame(1)]))[0].seq > last.seq


def test_rows_and_bytes_are_counted_again_after_a_restart(tmp_path):
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(n) for n in range(5)]))
    counted = spool.rows, spool.bytes
    spool.close()
    again = _spool(tmp_path)
    assert (again.rows, again.bytes) == counted


def test_beyond_its_size_the_oldest_go_and_are_named(tmp_path):
    spool = _spool(tmp_path, max_bytes=300)
    for n in range(10):
        spool.commit(Group(frames=[_frame(2 * n, 0b11)]))
    losses = spool.trim(5000)
    assert losses == [Loss(17, 1, 0, 13, SPOOL_SIZE, 5000)]
    assert spool.bytes <= 300
    assert spool.dropped_samples == 14
    assert spool.lost(17, 1) == 14
    assert loss_rows(spool._path) == losses
    assert frames_of(spool)[0].first == 14


def test_beyond_their_age_frames_go_and_only_their_fresh_samples_count(tmp_path):
    spool = _spool(tmp_path, max_age_s=100)
    spool.commit(Group(frames=[_frame(0, 0b101)]), 10)
    spool.commit(Group(frames=[_frame(9)]), 50)
    losses = spool.trim(5000, 120)
    assert [(x.first, x.last, x.reason) for x in losses] == [(0, 0, SPOOL_AGE), (2, 2, SPOOL_AGE)]
    assert [f.first for f in frames_of(spool)] == [9]


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
    seqs = [spool.commit(Group(frames=[_frame(n)]))[0].seq for n in range(6)]
    losses = spool.trim(5000, after=seqs[1], before=seqs[4])
    assert losses == [Loss(17, 1, 2, 3, SPOOL_SIZE, 5000)]
    assert [f.first for f in frames_of(spool)] == [0, 1, 4, 5]
    assert spool.trim(5000, after=seqs[1], before=seqs[4]) == []


def test_trim_says_since_when_the_oldest_waits(tmp_path):
    spool = _spool(tmp_path)
    spool.trim(5000)
    assert spool.oldest_ms is None
    spool.commit(Group(frames=[_frame(0, received_ms=1234), _frame(1, received_ms=99)]))
    spool.trim(5000)
    assert spool.oldest_ms == 1234


def test_of_the_ledger_four_hundred_days_of_each_node_are_kept_whatever_the_clock_says(tmp_path):
    spool = _spool(tmp_path)
    days = {(17, 1, day): Day(17, 1, day, day, day + 1, 1) for day in range(100, 502)}
    days[18, 1, 99] = Day(18, 1, 99, 0, 1, 1)
    spool.commit(Group(days=days))
    spool.trim(57 * 366 * DAY_MS)
    kept = table(spool._path, "SELECT node, min(day), count(*) FROM day GROUP BY node")
    assert kept == [(17, 102, 400), (18, 99, 1)]


def test_a_group_that_the_disk_refuses_leaves_nothing_behind(tmp_path):
    spool = _spool(tmp_path)
    day = Day(17, 1, 3, 0, 1, 1)
    spool.commit(Group(states=[STATE], frames=[_frame(0)], days={(17, 1, 3): day}))
    pages = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count={pages + 1}")  # SQLite's own SQLITE_FULL

    def disk():
        days = table(spool._path, "SELECT * FROM day")
        return spool.state(17, 1), frames_of(spool), spool.rows, spool.bytes, spool.last_seq, days

    before = disk()
    newer = STATE._replace(expected=99)
    large = Group(states=[newer], frames=[_frame(1, size=20000)], days={(17, 1, 3): day})
    with pytest.raises(SpoolError) as e:
        spool.commit(large)
    assert e.value.full
    assert disk() == before
    spool._db.execute("PRAGMA max_page_count=100000")
    spool.commit(large)
    assert spool.state(17, 1) == newer


@pytest.mark.parametrize("face", ["commit", "read", "newest", "confirm", "trim", "state", "lost"])
def test_whatever_sqlite_says_is_a_spool_error(tmp_path, face):
    """The one error that those who call it know what to do about."""
    spool = _spool(tmp_path)
    spool.commit(Group(frames=[_frame(0)]))
    spool.close()
    calls = {
        "commit": lambda: spool.commit(Group(frames=[_frame(1)])),
        "read": lambda: spool.read(0, 9, 9),
        "newest": lambda: spool.newest(9, 9),
        "confirm": lambda: spool.confirm(1, 1),
        "trim": lambda: spool.trim(5000),
        "state": lambda: spool.state(17, 1),
        "lost": lambda: spool.lost(17, 1),
    }
    with pytest.raises(SpoolError):
        calls[face]()


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
from gateway.records import Day, Frame, Group, NodeState
from gateway.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**9, 10**12)
for n in range(int(sys.argv[2]), 10**6):
    state = NodeState(17, 1, n, 0, n + 1, (), n + 1, n + 1, 0)
    days = {(17, 1, 0): Day(17, 1, 0, n, n + 1, 1)}
    spool.commit(Group([state], [Frame(17, 1, n, 1, 1000, bytes(30))], days=days))
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
    numbers = [f.first for f in frames_of(spool)]
    assert numbers == list(range(len(numbers)))
    assert not said or len(numbers) > said[-1]
    assert spool.state(17, 1).expected == len(numbers)  # frames and state of the same moment
    assert spool.rows == len(numbers)
    (received,) = table(path, "SELECT sum(received) FROM day")[0]
    assert received == len(numbers)
