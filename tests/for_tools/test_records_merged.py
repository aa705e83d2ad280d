"""Folders that people and git have had their hands in: named, never passed over, never a crash."""

import json
import shutil

import pytest

from tests.for_tools.workshops import NOW, claim, files, finished, mac, records, refused
from tools.flashing import record_format


@pytest.fixture
def store(tmp_path):
    """Return a workshop with one finished board, which has address 10."""
    made = records(tmp_path / "workshop")
    finished(made, 1)
    return made


def _changed(path, **changes):
    record = {**json.loads(path.read_bytes()), **changes}
    return record_format.encoded({n: v for n, v in record.items() if v is not None})


def _first(store):
    return store.folder / "records" / "10-1.json"


def _half(store):
    return _first(store).read_bytes()[:200]


DAMAGED = {
    "nothing": ("F330", lambda store: b""),
    "half": ("F330", _half),
    "zeros": ("F330", lambda store: bytes(437)),
    "noise": ("F330", lambda store: bytes(range(256))),
    "deep": ("F330", lambda store: b"[" * 60000),
    "list": ("F330", lambda store: b"[]"),
    "another": ("F311", lambda store: b'{"name": "package", "version": 1}'),
    "unknown field": ("F312", lambda store: _changed(_first(store), colour="red", address=11)),
    "no lab": ("F311", lambda store: _changed(_first(store), lab=None, address=11)),
    "bad epoch": ("F310", lambda store: _changed(_first(store), epoch=True, address=11)),
    "bad time": ("F310", lambda store: _changed(_first(store), made="yesterday", address=11)),
    "old time": ("F310", lambda store: _changed(_first(store), made="1970-01-01T00:00:00Z")),
    "not sealed": ("F310", lambda store: _changed(_first(store), sealed={}, address=11)),
    "badly sealed": (
        "F310",
        lambda store: _changed(_first(store), sealed={"85159c613fa2f4ae": ""}),
    ),
    "key in clear": ("F313", lambda store: _changed(_first(store), extra={"x": "00" * 16})),
    "twice": ("F330", lambda store: _first(store).read_bytes().replace(b"{", b'{"epoch": 7, ', 1)),
    "huge": ("F331", lambda store: b" " * 70000),
    "other name": ("F333", lambda store: _changed(_first(store), address=12)),
}


@pytest.mark.parametrize("where", ["records", "claims", "burnt"])
@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_named_and_keeps_every_address(store, where, kind):
    code, content = DAMAGED[kind]
    path = store.folder / where / "11-1.json"
    path.write_bytes(content(store))
    problems = store.read().problems
    assert [problem.code for problem in problems] == [code]
    assert str(path) in str(problems[0].values["file"])
    before = files(store)
    assert refused(code, claim, store, 2).values["file"] == path
    assert refused(code, store.retire, mac(1), {}, NOW, "x").values["file"] == path
    assert files(store) == before
    assert store.known(mac(1)).address == 10  # what can be read is still told
    path.unlink()
    assert claim(store, 2).address == 11


@pytest.mark.parametrize(
    "name",
    [
        "10-1.json~",
        "10-1 (1).json",
        "10-1.json.orig",
        "README.md",
        "boards.jsonl",
        "folder",
        "gone",
    ],
)
def test_a_file_that_does_not_belong_there_is_named(store, name):
    path = store.folder / "records" / name
    if name == "folder":
        path.mkdir()
    elif name == "gone":
        path.symlink_to("nowhere")
    else:
        shutil.copy(_first(store), path)
    code = "F331" if name in ("folder", "gone") else "F333"
    assert refused(code, claim, store, 2).values["file"] == path
    assert [problem.code for problem in store.read().problems] == [code]


def test_hidden_files_and_what_a_cut_left_are_no_trouble(store):
    for name in (".gitignore", ".gitkeep", ".DS_Store"):
        (store.folder / "records" / name).write_text("x")
    part = store.folder / "claims" / ".11-1.json.part"
    part.write_text('{"record": "neckar')
    assert claim(store, 2).address == 11
    assert not part.exists()
    assert (store.folder / "records" / ".gitignore").exists()


def test_a_damaged_file_does_not_keep_a_board_from_being_finished(store):
    made, other = claim(store, 2), claim(store, 3)
    (store.folder / "records" / "50-1.json").write_text("{")
    store.finish(made, {}, NOW)
    store.burn(other)
    assert store.known(mac(2)).state == "finished"


def _merged(tmp_path, *boards):
    """Return the folders of two workshops with the same addresses, and the boards that each has."""
    stores = [records(tmp_path / "one"), records(tmp_path / "other")]
    for store, own in zip(stores, boards, strict=True):
        for board in own:
            finished(store, board)
    return stores


def test_two_versions_that_git_left_in_a_file_are_both_named(tmp_path):
    one, other = _merged(tmp_path, [1], [2])
    texts = [_first(store).read_text() for store in (one, other)]
    for lines in (
        ["<<<<<<< HEAD", texts[0], "=======", texts[1], ">>>>>>> werkstatt-2"],
        ["<<<<<<< HEAD", texts[0], "||||||| base", "{}", "=======", texts[1], ">>>>>>> x"],
    ):
        _first(one).write_text("\n".join(lines))
        error = refused("F332", claim, one, 3)
        assert error.values["file"] == _first(one)
        assert mac(1) in error.values["one"]
        assert mac(2) in error.values["other"]
    _first(one).write_text("<<<<<<< HEAD\n=======\n")
    assert refused("F332", claim, one, 3).values["other"] == "?"


def test_an_address_of_two_boards_is_named_with_both(tmp_path):
    one, other = _merged(tmp_path, [1, 3], [2])
    claim(other, 2)
    shutil.copy(other.folder / "claims" / "10-2.json", one.folder / "claims")
    (error,) = one.read().problems
    assert error.code == "F334"
    assert {error.values["one_file"].name, error.values["other_file"].name} == {
        "10-1.json",
        "10-2.json",
    }
    assert mac(1) in error.values["other"]
    assert mac(2) in error.values["one"]
    for board in (1, 2):
        refused("F334", claim, one, board)
        refused("F334", one.known, mac(board))
    refused("F334", one.by_address, 10)
    assert claim(one, 3).address == 11  # the others go on
    assert claim(one, 4).address == 12


def test_a_board_with_two_addresses_is_named_with_both(tmp_path):
    one, other = _merged(tmp_path, [1, 2], [2])
    shutil.copy(_first(other), one.folder / "burnt")
    codes = [problem.code for problem in one.read().problems]
    assert codes == ["F334", "F335"]
    refused("F334", claim, one, 2)
    _first(one).unlink()
    (error,) = one.read().problems
    assert (error.code, error.values["hardware"]) == ("F335", mac(2))
    assert {error.values["one"][:4], error.values["other"][:4]} == {"10/1", "11/1"}
    refused("F335", claim, one, 2)
    refused("F335", one.known, mac(2))


def test_an_epoch_with_two_keys_is_named_with_both(tmp_path):
    one, other = _merged(tmp_path, [1], [1])
    shutil.copy(_first(other), one.folder / "claims")
    (error,) = one.read().problems
    assert (error.code, error.values["address"], error.values["epoch"]) == ("F336", 10, 1)
    checks = {store.read().known[-1].check for store in (one, other)}
    assert {error.values["one"].split(", ")[2], error.values["other"].split(", ")[2]} == checks
    refused("F336", claim, one, 1)


def test_a_key_of_two_boards_is_named_with_both(store):
    check = store.known(mac(1)).check
    made = claim(store, 2)
    record = {**made.record, "extra": {"flash": {"check": check}}}
    (store.folder / "claims" / "11-1.json").write_bytes(record_format.encoded(record))
    (error,) = store.read().problems
    assert error.code == "F337"
    refused("F337", claim, store, 1)


def test_a_claim_that_is_there_twice_after_a_cut_is_one(store):
    made = claim(store, 2)
    claimed = (store.folder / "claims" / "11-1.json").read_bytes()
    store.burn(made)
    (store.folder / "claims" / "11-1.json").write_bytes(claimed)
    assert store.read().problems == []
    store.burn(made)
    assert files(store) == {"records/10-1.json", "burnt/11-1.json"}


def test_files_that_do_not_change_are_read_once(store, monkeypatch):
    store.read()
    read = []
    path_of = type(store.folder)
    was = path_of.read_bytes
    monkeypatch.setattr(path_of, "read_bytes", lambda path: read.append(path.name) or was(path))
    store.known(mac(1))
    assert read == []
    other = records(store.folder)
    finished(other, 2)
    read.clear()
    assert store.known(mac(2)).address == 11
    assert read == ["11-1.json"]
