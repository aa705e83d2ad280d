"""Many benches at once on one workshop: nothing is given twice."""

import os
import threading
import traceback
from pathlib import Path

import pytest

from tests.for_tools.workshops import NOW, RECIPIENTS, claim, finished, records
from tools.flashing import durable
from tools.flashing.errors import FlashError
from tools.flashing.records import Records

PROCESSES = 8
BOARDS = 6


def _bench(folder, number, gate):
    """Claim boards of its own, and one that all benches claim; in a process of its own."""
    code = 1
    try:
        store = records(folder, range(10, 500))
        os.read(gate, 1)
        for board in range(BOARDS):
            made = claim(store, number * BOARDS + board + 1, recipients=RECIPIENTS[:1])
            if board % 3 == 0:
                store.burn(made)
            else:
                store.finish(made, {}, NOW)
            claim(store, 9999, recipients=RECIPIENTS[:1])
        code = 0
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def test_eight_processes_at_once_give_nothing_twice(tmp_path):
    folder = tmp_path / "workshop"
    store = records(folder, range(10, 500))
    gate, go = os.pipe()
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            _bench(folder, number, gate)
        children.append(child)
    os.write(go, bytes(PROCESSES))
    ends = [os.waitpid(child, 0)[1] for child in children]
    os.close(gate)
    os.close(go)
    assert ends == [0] * PROCESSES
    found = store.read()
    assert found.problems == []
    mine = [k for k in found.known if k.hardware != "24:6f:28:00:27:0f"]
    shared = [k for k in found.known if k.hardware == "24:6f:28:00:27:0f"]
    assert sorted(k.address for k in mine + shared[:1]) == list(range(10, 10 + 8 * BOARDS + 1))
    assert sorted(k.epoch for k in shared) == list(range(1, 8 * BOARDS + 1))
    assert len({k.check for k in found.known}) == len(found.known) == 2 * 8 * BOARDS
    assert [k.state for k in shared].count("claimed") == 1


def test_the_threads_of_a_bench_share_one_workshop(tmp_path):
    store = records(tmp_path / "workshop")
    failed = []

    def bench(board):
        try:
            finished(store, board, recipients=RECIPIENTS[:1])
        except BaseException as e:
            failed.append(e)

    threads = [threading.Thread(target=bench, args=(board,)) for board in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(k.address for k in store.read().known) == list(range(10, 18))


def test_a_process_that_never_lets_go_is_told_and_nothing_is_written(tmp_path):
    store = records(tmp_path / "workshop")
    finished(store, 1)
    lock = store.folder / ".lock"
    ticks = iter(range(1000))
    with durable.locked(lock):
        with pytest.raises(FlashError) as e, durable.locked(lock, clock=lambda: 8.0 * next(ticks)):
            pass
        assert (e.value.code, e.value.values["path"]) == ("F324", lock)
    claim(store, 2)


def test_a_folder_that_may_only_be_read_is_told(tmp_path):
    store = records(tmp_path / "workshop")
    finished(store, 1)
    before = sorted(store.folder.rglob("*"))
    for path in (store.folder, *before):
        path.chmod(0o555 if path.is_dir() else 0o444)
    child = os.fork()
    if child == 0:
        os.chdir(store.folder)  # nobody else may come through the folders above
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            claim(Records(Path(), range(10, 100)), 2)
        except FlashError as e:
            os._exit(0 if e.code == "F321" and e.values["path"] == Path(".lock") else 1)
        os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert sorted(store.folder.rglob("*")) == before
    for path in (store.folder, *before):
        path.chmod(0o755 if path.is_dir() else 0o644)
