"""The shim breaks a disk and a clock for a program that knows nothing of it, and tears no more than
a power cut would."""

import errno
import os
import random
import subprocess
import sys
import textwrap

import pytest

from tools.soaking import shim
from tools.soaking.damage import tear
from tools.soaking.shim import Control, Unsynced


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    built = shim.build(tmp_path_factory.mktemp("shim"))
    if built is None:
        pytest.skip("there is no C compiler here")
    return built


@pytest.fixture
def control(tmp_path):
    (tmp_path / "store").mkdir()
    made = Control(tmp_path / "control", tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def under(library, control, tmp_path):
    """Run a script in `store` under the shim; return what it prints."""

    def run(script: str) -> str:
        environment = dict(os.environ) | control.environment(library)
        done = subprocess.run(
            [sys.executable, "-I", "-c", textwrap.dedent(script)],
            cwd=tmp_path / "store",
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode in (0, -9), done.stderr
        return done.stdout.strip()

    return run


WRITE = """
import os
fd = os.open("a", os.O_RDWR | os.O_CREAT)
try:
    print(os.pwrite(fd, b"x" * 1000, 0))
    print(os.pwrite(fd, b"x" * 1000, 1000))
except OSError as e:
    print(e.errno)
"""


def test_a_healthy_disk_is_left_alone(under, control):
    assert under(WRITE).split() == ["1000", "1000"]
    assert control.refused == 0


def test_a_disk_that_fills_takes_a_part_and_then_nothing(under, control):
    control.set_room(1500)
    assert under(WRITE).split() == ["1000", "500"]
    control.set_room(0)
    again = """
    import os
    fd = os.open("a", os.O_RDWR)
    print(os.pwrite(fd, b"y" * 1000, 0))  # room that the file has already
    try:
        os.pwrite(fd, b"y" * 1000, 1500)
    except OSError as e:
        print(e.errno)
    for grow in (lambda: os.ftruncate(fd, 5000), lambda: os.posix_fallocate(fd, 0, 5000),
                 lambda: os.writev(os.open("b", os.O_RDWR | os.O_CREAT), [b"1", b"2"]),
                 lambda: open("c", "wb", 0).write(b"1")):
        try:
            grow()
        except OSError as e:
            print(e.errno)
    """
    assert under(again).split() == ["1000"] + 5 * [str(errno.ENOSPC)]
    assert control.refused >= 4


def test_other_folders_have_room(under, control, tmp_path):
    control.set_room(0)
    script = f"print(open({str(tmp_path / 'elsewhere')!r}, 'wb', 0).write(b'1234'))"
    assert under(script) == "4"


def test_sqlite_says_that_the_disk_is_full(under, control):
    script = """
    import sqlite3
    db = sqlite3.connect("spool.db", isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (x)")
        print("fine")
    except sqlite3.OperationalError as e:
        print(e)
    """
    control.set_room(20_000)
    assert "full" in under(script) or "I/O error" in under(script)
    control.heal()
    assert under(script.replace("CREATE TABLE t", "CREATE TABLE u")) == "fine"


def test_a_sync_can_be_slow_and_can_fail(under, control):
    script = """
    import os, time
    fd = os.open("a", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, b"x", 0)
    begin = time.monotonic()
    try:
        os.fdatasync(fd)
        os.fsync(fd)
        print(time.monotonic() - begin)
    except OSError as e:
        print(e.errno)
    """
    control.set_sync(0.05, 0)
    assert float(under(script)) >= 0.1
    control.set_sync(0.0, errno.EIO)
    assert under(script) == str(errno.EIO)


def test_the_clock_jumps_while_the_monotonic_one_goes_on(under, control):
    script = """
    import datetime, time
    print(int(time.time()), int(time.clock_gettime(time.CLOCK_REALTIME)))
    print(int(datetime.datetime.now().timestamp()), int(time.monotonic()))
    """
    year_s = 366 * 86_400
    before = [int(word) for word in under(script).split()]
    control.set_clock(year_s)
    after = [int(word) for word in under(script).split()]
    control.set_clock(-year_s)
    back = [int(word) for word in under(script).split()]
    assert all(0 <= b - a - year_s < 30 for a, b in zip(before[:3], after[:3], strict=True))
    assert all(0 <= b - a + year_s < 30 for a, b in zip(before[:3], back[:3], strict=True))
    assert 0 <= after[3] - before[3] < 30


def test_the_clock_jumps_while_a_program_runs(library, control, tmp_path):
    script = "import sys, time\nfor line in sys.stdin: print(int(time.time()), flush=True)"
    environment = dict(os.environ) | control.environment(library)
    with subprocess.Popen(
        [sys.executable, "-I", "-c", script],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        times = []
        for shift_s in (0.0, 1e6):
            control.set_clock(shift_s)
            program.stdin.write("\n")
            program.stdin.flush()
            times.append(int(program.stdout.readline()))
        program.stdin.close()
    assert 1e6 <= times[1] - times[0] < 1e6 + 30


def test_what_was_not_synced_when_it_was_killed_is_known(under, control, tmp_path):
    script = """
    import os, signal
    fd = os.open("spool.db-wal", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, b"s" * 5000, 0)
    os.fdatasync(fd)
    os.pwrite(fd, b"u" * 3000, 4000)
    os.write(os.open("spool.db-shm", os.O_RDWR | os.O_CREAT), b"index")
    os.kill(os.getpid(), signal.SIGKILL)
    """
    under(script)
    wal = tmp_path / "store" / "spool.db-wal"
    assert control.unsynced() == [Unsynced(wal, 4000, 3000)]
    control.forget()
    assert control.unsynced() == []


def test_a_sync_of_the_next_life_covers_what_the_last_one_wrote(under, control):
    under("import os\nfd = os.open('a', os.O_RDWR | os.O_CREAT)\nos.pwrite(fd, b'x', 0)")
    assert len(control.unsynced()) == 1
    under("import os\nfd = os.open('a', os.O_RDWR)\nos.fsync(fd)")
    assert control.unsynced() == []


def test_a_tear_changes_only_what_was_not_synced(tmp_path):
    path = tmp_path / "wal"
    torn = 0
    for seed in range(20):
        path.write_bytes(b"s" * 4000 + b"u" * 3000)
        torn += tear([Unsynced(path, 4000, 3000)], random.Random(seed)) > 0
        data = path.read_bytes()
        assert data[:4000] == b"s" * 4000
        assert len(data) <= 7000
    assert torn > 10


def test_a_tear_in_the_middle_of_a_file_leaves_its_end(tmp_path):
    path = tmp_path / "db"
    for seed in range(20):
        path.write_bytes(b"s" * 9000)
        tear([Unsynced(path, 1000, 700), Unsynced(path, 4096, 512)], random.Random(seed))
        data = path.read_bytes()
        assert len(data) == 9000
        assert data[:1000] + data[1700:4096] + data[4608:] == b"s" * (9000 - 1212)
