"""A power cut before any write of a workshop's records: nothing is given twice, lost or half."""

import errno
import itertools
import random

import pytest

from tests.for_tools.power import Disk, restored
from tests.for_tools.workshops import (
    GATEWAY,
    NOW,
    RECIPIENTS,
    STRANGER,
    claim,
    finished,
    mac,
    private,
    public,
    records,
)
from tools.flashing import durable
from tools.flashing.errors import FlashError

SEED = 20261125


class Promises:
    """What calls that returned have promised: a cut after that must not take it back."""

    def __init__(self):
        self.at = []  # (how many operations were done then, what, claim or name, content)

    def since(self, disk, what, name=None, content=None):
        self.at.append((len(disk.log), what, name, content))

    def until(self, count):
        """Return the promises made before an operation."""
        return [promise for promise in self.at if promise[0] <= count]


def _day(store, disk, promises):
    """Work for a day in a workshop; put down what was promised when."""

    def give(board, at, **changes):
        made = claim(store, board, NOW + at, recipients=RECIPIENTS[:1], **changes)
        promises.since(disk, "given", made)
        return made

    def finish(made, at):
        path = store.finish(made, {"flash": {"release": "0.1.0"}}, NOW + at)
        promises.since(disk, "done", path.name, path.read_bytes())

    finish(give(1, 0, point="air-1"), 10)
    burnt = give(1, 20, point="air-1")
    store.burn(burnt)
    promises.since(disk, "burnt", burnt)
    finish(give(2, 30), 40)
    give(1, 50, point="air-1")
    finish(give(1, 60, point="air-1"), 70)  # burns the one before
    path = store.retire(mac(1), {"erased": True}, NOW + 80, "Uli")
    promises.since(disk, "done", path.name, path.read_bytes())
    give(3, 90, point="air-1")
    give(3, 100, point="air-1")
    path = store.retire(mac(3), {"erased": True}, NOW + 110, "Uli")  # burns its claim
    promises.since(disk, "done", path.name, path.read_bytes())
    finish(give(1, 120, point="air-1"), 130)


@pytest.fixture
def day(tmp_path, monkeypatch):
    """Return (disk, promises) of a whole day."""
    disk, promises = Disk(tmp_path / "day"), Promises()
    with disk.watched(monkeypatch):
        _day(records(tmp_path / "day"), disk, promises)
    return disk, promises


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Sync nothing in earnest: that takes long, and no power goes."""
    monkeypatch.setattr(durable.os, "fsync", lambda _: None)


def _check(folder, promises):
    """Go on after a cut; everything promised is there, and nothing is given again."""
    store = records(folder)
    found = store.read()
    assert found.problems == []
    given = [what for _, kind, what, _ in promises if kind == "given"]
    for _, kind, name, content in promises:
        if kind == "done":
            assert (folder / "records" / name).read_bytes() == content
            assert not (folder / "claims" / name).exists()
        if kind == "burnt":
            assert not (folder / "claims" / f"{name.address}-{name.epoch}.json").exists()
    kept = {(k.address, k.epoch, k.check) for k in found.known}
    assert {(made.address, made.epoch, made.check) for made in given} <= kept
    before = list(found.known)
    one = RECIPIENTS[:1]
    new = [claim(store, board, NOW + 200, recipients=one) for board in (1, 3, 4)]
    for made in new:
        same = [k for k in [*before, *given] if k.hardware == made.hardware]
        others = [k for k in [*before, *given] if k.hardware != made.hardware]
        assert all(k.address == made.address and k.epoch < made.epoch for k in same)
        assert all(k.address != made.address for k in others)
        assert all(k.check != made.check for k in [*before, *given])
    assert len({made.address for made in new}) == 3
    store.finish(new[0], {}, NOW + 200)
    assert store.by_address(new[0].address).state == "finished"
    assert store.read().problems == []
    assert not list(folder.rglob("*.part"))


def test_a_cut_before_any_write_takes_back_no_promise(day, tmp_path):
    disk, promises = day
    rng = random.Random(SEED)
    seen = set()
    for count in range(len(disk.log) + 1):
        kept = promises.until(count)
        for files in disk.cuts(count, rng):
            state = (frozenset(files.items()), len(kept))
            if state not in seen:
                seen.add(state)
                _check(restored(files, tmp_path / f"{len(seen)}"), kept)
    assert len(disk.log) > 100
    assert len(seen) > 250


def test_a_cut_in_the_run_after_a_cut_takes_back_no_promise(day, tmp_path, monkeypatch):
    disk, promises = day
    rng = random.Random(SEED)
    for number in range(30):
        count = rng.randrange(len(disk.log))
        files = rng.choice(list(disk.cuts(count, rng)))
        first = restored(files, tmp_path / f"{number}")
        again, more = Disk(first), Promises()
        with again.watched(monkeypatch):
            store = records(first)
            for board in (1, 2, 3):
                more.since(again, "given", claim(store, board, NOW + 150))
                path = store.finish(more.at[-1][2], {}, NOW + 160)
                more.since(again, "done", path.name, path.read_bytes())
        cut = rng.randrange(len(again.log))
        for at, files in enumerate(again.cuts(cut, rng)):
            kept = promises.until(count) + more.until(cut)
            _check(restored(files, tmp_path / f"{number}-{at}"), kept)


ACTS = {
    "claim": lambda store, begun: claim(store, 3),
    "reclaim": lambda store, begun: claim(store, 2),
    "finish": lambda store, begun: store.finish(begun, {}, NOW),
    "burn": lambda store, begun: store.burn(begun),
    "retire": lambda store, begun: store.retire(mac(1), {}, NOW, "Uli"),
    "seal": lambda store, begun: store.seal_again(private(GATEWAY), lambda _: [public(STRANGER)]),
}


# One after the other: each place of an act meets one of them.
REFUSALS = (
    (errno.ENOSPC, "F320"),
    (errno.EACCES, "F321"),
    (errno.EROFS, "F322"),
    (errno.EIO, "F323"),
)


@pytest.mark.parametrize("act", ACTS)
def test_whatever_the_disk_refuses_names_a_path_and_leaves_nothing_half(tmp_path, monkeypatch, act):
    for at, (number, code) in enumerate(itertools.cycle(REFUSALS)):
        folder = tmp_path / f"{at}"
        store = records(folder)
        finished(store, 1, recipients=RECIPIENTS[:1])
        begun = claim(store, 2, recipients=RECIPIENTS[:1])
        disk = Disk(folder, fail_at=(at, number))
        with disk.watched(monkeypatch):
            try:
                ACTS[act](store, begun)
                refused = False
            except FlashError as e:
                assert e.code == code
                assert str(e.values["path"]).startswith(str(folder))
                refused = True
        assert refused == (at < len(disk.log))
        if not refused:
            break
        store = records(folder)
        assert store.read().problems == []
        assert store.by_address(10).state in ("finished", "retired" if act == "retire" else "")
        assert not list(folder.rglob("*.part"))
        ACTS[act](store, begun)  # when the disk is well again
    assert at >= 4
