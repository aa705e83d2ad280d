"""A spool that was made larger or older is one that a gateway could have written."""

import sqlite3
from pathlib import Path

import pytest

from tools.benchmark.errors import BenchError
from tools.benchmark.spool_file import date_back, multiply

SCHEMA = Path(__file__).resolve().parents[2] / "gateway" / "schema.sql"
DAY_S = 86_400


@pytest.fixture
def spool(tmp_path):
    path = tmp_path / "spool.db"
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA.read_text())
        rows = [(10, 10, 100 + i, i, bytes([i])) for i in range(5)]
        db.executemany(
            "INSERT INTO segment (frames, samples, running_s, crc, body) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        db.execute("UPDATE total SET frames = 50, bytes = 1000")
    db.close()
    return path


def rows_of(path, what):
    db = sqlite3.connect(path)
    rows = db.execute(f"SELECT {what} FROM segment ORDER BY seq").fetchall()  # noqa: S608
    total = db.execute("SELECT frames, bytes FROM total").fetchone()
    db.close()
    return rows, total


@pytest.mark.parametrize(("wanted", "got"), [(20, 50), (100, 100), (101, 150), (500, 500)])
def test_a_spool_is_repeated_whole_and_its_totals_with_it(spool, wanted, got):
    assert multiply(spool, wanted) == got
    rows, total = rows_of(spool, "frames, crc, body")
    assert sum(row[0] for row in rows) == got == total[0]
    assert total[1] == 1000 * got // 50
    assert {row[1:] for row in rows} == {(i, bytes([i])) for i in range(5)}


def test_rows_are_dated_back_evenly_and_the_newest_stays(spool):
    date_back(spool, 4)
    rows, _ = rows_of(spool, "running_s")
    assert [104 - running_s for (running_s,) in rows] == [i * DAY_S for i in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("change", [lambda p: multiply(p, 10), lambda p: date_back(p, 1)])
def test_an_empty_spool_is_no_result(spool, change):
    db = sqlite3.connect(spool)
    db.execute("DELETE FROM segment")
    db.commit()
    db.close()
    with pytest.raises(BenchError, match="stored nothing"):
        change(spool)
