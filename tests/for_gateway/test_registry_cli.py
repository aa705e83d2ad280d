"""What an operator types about nodes, points, labs and keys: done whole, or refused in one line."""

import io
import json
import sys

import pytest

from gateway.cli.tables import table
from gateway.registry import database
from gateway.registry.registry import Registry
from tests.for_gateway.registered import GATEWAY, PRIVATE, key_of, lines, record
from tests.for_gateway.registry_shell import make_shell


@pytest.fixture
def shell(tmp_path, capsys, monkeypatch):
    return make_shell(tmp_path, capsys, monkeypatch)


def _add(shell, *more):
    path = shell.folder / "17.key"
    words = ("nodes", "add", "--address", 17, "--lab", "innenstadt", "--key-file", path)
    return words + more


def test_a_node_is_added_with_a_key_at_hand_and_again_without_harm(shell):
    add = _add(shell, "--point", "air-17", "--create")
    assert shell.fine(*add) == "node 17: 1 new nodes, 1 new keys\n"
    assert shell.fine(*add) == "node 17: 1 known already\n"
    node = Registry(shell.folder / "registry.db", PRIVATE).find(17)
    assert (node.name, node.lab, node.key, node.radio) == (
        "air-17",
        "innenstadt",
        key_of(17),
        False,
    )


def test_adding_says_how_lab_and_point_are_made(shell):
    assert "lab 'innenstadt' is unknown; known are: none. Make it with" in shell.wrong(*_add(shell))
    shell.fine("labs", "set", "innenstadt")
    err = shell.wrong(*_add(shell, "--point", "air-17"))
    assert "make it with --create, or with `neckar-gateway points set air-17 --lab LAB`" in err
    shell.fine("points", "set", "air-17", "--lab", "innenstadt")
    shell.fine(*_add(shell, "--point", "air-17"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--point", "node-3", "--create"), "point is 'node-3', should be"),
        (("--epoch", "-1"), "'-1' should be the number of a key, a whole number from 0"),
        (("--epoch", "x"), "'x' should be the number of a key"),
        (("--epoch", "9" * 30), "should be the number of a key, a whole number from 0 to 42949"),
        (("--hardware", "?"), "hardware is '?', should be a MAC address"),
        (("--address", "70000"), "'70000' should be the address of a node"),
    ],
)
def test_what_is_typed_wrong_is_named(shell, words, told):
    shell.fine("labs", "set", "innenstadt")
    assert told in shell.wrong(*_add(shell, *words))


@pytest.mark.parametrize("content", ["", "00" * 15, "zz" * 16, "secret"])
def test_a_bad_key_of_a_node_is_not_shown(shell, content):
    (shell.folder / "17.key").write_text(content)
    err = shell.wrong(*_add(shell, "--create"))
    assert "should hold one key of 32 hexadecimal digits" in err
    assert not content or content not in err
    (shell.folder / "17.key").unlink()
    assert "cannot be read: No such file" in shell.wrong(*_add(shell, "--create"))


def test_files_are_imported_each_whole_or_not_at_all(shell):
    good = shell.file("a.json", record(17), record(18))
    bad = shell.file("b.json", record(19), record(17, board="x"), record(18, board="y"))
    broken = shell.file("c.json", {"record": 1})
    code, out, err = shell("nodes", "import", good, bad, broken, "--create")
    assert code == 2
    assert out == f"{good}: 2 new nodes, 2 new keys\n"
    told = err.splitlines()
    assert "b.json:2: node 17, epoch 1: board is 'x' here, but 'esp32' in" in told[0]
    assert "b.json:3: node 18, epoch 1: board is 'y' here" in told[1]
    assert told[2].endswith("b.json: 2 refused, nothing imported")
    assert (
        "c.json:1: record is 1, should be 'neckar/node/1' or 'neckar/mount/1'; nothing" in told[3]
    )
    assert Registry(shell.folder / "registry.db", PRIVATE).count() == 2


def test_records_come_by_standard_input_too(shell, monkeypatch):
    given = io.TextIOWrapper(io.BytesIO(lines(record(17))))
    monkeypatch.setattr(sys, "stdin", given)
    assert shell.fine("nodes", "import", "-", "--create") == "stdin: 1 new nodes, 1 new keys\n"


def test_a_file_that_cannot_be_read_is_named(shell):
    assert "none.json cannot be read: No such file" in shell.wrong("nodes", "import", "none.json")
    assert "cannot be read: Is a directory" in shell.wrong("nodes", "import", shell.folder)


def test_without_a_key_file_nothing_is_imported(shell):
    path = shell.folder / "gateway.toml"
    path.write_text(path.read_text().replace('key_file = "neckar.key"\n', ""))
    file = shell.file("a.json", record(17))
    assert "registry.key_file is missing" in shell.wrong("nodes", "import", file, "--create")


def test_lists_are_readable_in_80_columns(shell):
    names = {"lab": "bildungscampus-am-neckarbogen", "point": "luftqualitaet-neckarbogen-17"}
    shell.fine("nodes", "import", shell.file("a.json", record(17, **names)), "--create")
    for what in ("nodes", "points", "labs"):
        out = shell.fine(what, "list")
        assert len(out.splitlines()) == 2
        assert max(map(len, out.splitlines())) <= 80
    assert "246f28000011" in shell.fine("nodes", "list")
    assert "…" in shell.fine("nodes", "list")


def test_a_table_is_aligned_and_cuts_its_widest_column():
    text = table(["A", "LONG"], [[1, "x" * 90], [None, True]], width=20)
    assert text.splitlines() == ["A  LONG", "1  " + "x" * 16 + "…", "-  yes"]


def test_lists_for_programs_have_all_fields(shell):
    shell.fine("nodes", "import", shell.file("a.json", record(17)), "--create")
    (node,) = json.loads(shell.fine("nodes", "list", "--json"))
    assert (node["address"], node["point"], node["state"], node["radio"]) == (
        17, "air-17", "in_service", True,
    )  # fmt: skip
    (point,) = json.loads(shell.fine("points", "list", "--json"))
    assert (point["id"], point["node"], point["public"]) == ("air-17", 17, False)
    (lab,) = json.loads(shell.fine("labs", "list", "--json"))
    assert (lab["id"], lab["points"], lab["nodes"]) == ("innenstadt", 1, 1)


def test_a_swap_a_revocation_and_a_retirement_are_shown_with_who_and_why(shell):
    file = shell.file("a.json", record(17), record(18, point=None), record(19, point=None))
    shell.fine("nodes", "import", file, "--create")
    out = shell.fine("nodes", "swap", "air-17", "--address", 18, "--reason", "lightning")
    assert out == "node 18 hangs at air-17; node 17 hangs nowhere now: retire it once it is wiped\n"
    hangs = {n["address"]: n["point"] for n in json.loads(shell.fine("nodes", "list", "--json"))}
    assert hangs == {17: None, 18: "air-17", 19: None}
    shell.fine("nodes", "retire", 17, "--reason", "burnt")
    shell.fine("nodes", "revoke", 18, "--reason", "stolen")
    shell.fine("nodes", "swap", "air-17", "--address", 19)
    states = {n["address"]: n["state"] for n in json.loads(shell.fine("nodes", "list", "--json"))}
    assert states == {17: "retired", 18: "revoked", 19: "in_service"}
    shown = json.loads(shell.fine("nodes", "show", 18, "--json"))
    assert [(e["who"], e["what"]) for e in shown["events"]] == [
        ("uli", "key added"),
        ("uli", "node revoked"),
    ]
    assert [place["point"] for place in shown["places"]] == ["air-17"]
    assert shown["places"][0]["to_s"] is not None
    text = shell.fine("nodes", "show", 18)
    assert "stolen" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_time_with_a_zone_is_wanted_for_at(shell):
    err = shell.wrong("nodes", "retire", 17, "--reason", "x", "--at", "2025-06-01")
    assert "should be a time such as 2026-11-25T12:00:00Z" in err


def test_a_point_is_public_only_once_it_is_approved(shell):
    shell.fine("labs", "set", "innenstadt", "--name", "Innenstadt", "--begin", "2026-01-01")
    shell.fine("points", "set", "air-17", "--lab", "innenstadt", "--field", "mobilitaet",
               "--lat", "49.14", "--lon", "9.22", "--height-m", "3.5")  # fmt: skip
    assert not json.loads(shell.fine("points", "list", "--json"))[0]["public"]
    shell.fine("points", "approve", "air-17", "--by", "E. Maier, Amt 61", "--day", "2026-03-01")
    (point,) = json.loads(shell.fine("points", "list", "--json"))
    assert (point["public"], point["approved_by"], point["approved_day"]) == (
        True, "E. Maier, Amt 61", "2026-03-01",
    )  # fmt: skip
    assert (point["lat"], point["field"]) == (49.14, "mobilitaet")
    shell.fine("points", "set", "air-17", "--lat", "", "--remarks", "hinter dem Baum")
    (point,) = json.loads(shell.fine("points", "list", "--json"))
    assert (point["lat"], point["remarks"], point["public"]) == (None, "hinter dem Baum", True)
    shell.fine("points", "withdraw", "air-17", "--reason", "objection")
    assert not json.loads(shell.fine("points", "list", "--json"))[0]["public"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("points", "set", "a/b", "--lab", "x"), "point is 'a/b', should be up to 64"),
        (("points", "set", "p"), "point 'p' is new: say its lab with --lab"),
        (("points", "set", "p", "--lab", "y"), "lab 'y' is unknown; known are: x."),
        (("points", "set", "p", "--lab", "x", "--lat", "91"), "lat is 91.0, should be a number"),
        (("points", "set", "p", "--lab", "x", "--lat", "nan"), "lat is nan, should be a number"),
        (("points", "set", "p", "--lab", "x", "--lat", "N49"), "'N49' should be a number"),
        (("points", "set", "p", "--lab", "x", "--field", "z"), "invalid choice: 'z'"),
        (("points", "set", "p", "--lab", "x", "--profile", "A"), "profile is 'A'"),
        (("points", "set", "p", "--lab", "x", "--pole", "a\nb"), r"pole is 'a\nb'"),
        (("points", "approve", "p", "--by", "me"), "point 'p' is unknown"),
        (("points", "approve", "q", "--by", ""), "by is '', should be a text"),
        (("points", "approve", "q", "--by", "me", "--day", "1.3."), "day is '1.3.'"),
        (("points", "approve", "q", "--by", "me", "--day", "2999-01-01"), "day is '2999-01-01'"),
        (("points", "withdraw", "q", "--reason", "r"), "point 'q' is not public"),
        (("labs", "set", "gateways"), "lab is 'gateways'"),
        (("labs", "set", "x", "--begin", "soon"), "begin is 'soon', should be a day"),
        (("labs", "set", "x", "--begin", "2026-02-01", "--end", "2026-01-01"), "end is '2026-01-"),
        (("nodes", "show", "5"), "node 5 is unknown"),
        (("nodes", "show", "x"), "'x' should be the address of a node"),
        (("nodes", "retire", "5", "--reason", "r"), "node 5 is unknown"),
        (("nodes", "revoke", "5", "--reason", "r"), "node 5 is unknown"),
        (("nodes", "revoke", "5", "--reason", ""), "reason is '', should be a text"),
        (("nodes", "revoke", "5", "--epoch", "1", "--reason", ""), "reason is '', should be a"),
        (("nodes", "revoke", "5", "--epoch", "4294967296", "--reason", "r"), "number of a key"),
        (("nodes", "retire", "5", "--reason", "a\nb"), r"reason is 'a\nb', should be a text"),
        (("nodes", "swap", "q", "--address", "5", "--reason", ""), "reason is ''"),
        (("nodes", "swap", "q", "--address", "5"), "node 5 is unknown"),
    ],
)
def test_nothing_wrong_is_half_done(shell, words, told):
    shell.fine("labs", "set", "x")
    shell.fine("points", "set", "q", "--lab", "x")
    before = shell.fine("nodes", "export")
    assert told in shell.wrong(*words)
    assert shell.fine("nodes", "export") == before


def test_an_export_has_everything_but_keys(shell):
    shell.fine("nodes", "import", shell.file("a.json", record(17)), "--create")
    told = [json.loads(line) for line in shell.fine("nodes", "export").splitlines()]
    kinds = {"lab", "point", "node", "key", "installation", "event"}
    assert {line["kind"] for line in told} == kinds
    assert {line["export"] for line in told} == {"neckar/registry/1"}


def test_the_gateway_s_key_is_made_once_and_only_its_public_half_is_shown(shell):
    new = shell.folder / "new.key"
    out = shell.fine("keys", "init", new)
    assert new.read_text().strip() not in out
    assert "is there already" in shell.wrong("keys", "init", new)
    assert shell.fine("keys", "show", new).splitlines() == out.splitlines()[-2:]
    assert GATEWAY.id in shell.fine("keys", "show")


def test_a_key_can_be_made_before_there_is_a_configuration(shell):
    (shell.folder / "gateway.toml").unlink()
    shell.fine("keys", "init", shell.folder / "new.key")


def test_a_registry_that_another_command_holds_is_said_and_nothing_is_changed(shell, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.01)
    shell.fine("labs", "set", "x")
    with database.Database(shell.folder / "registry.db") as other, other.change():
        code, _, err = shell("labs", "set", "y")
    assert code == 1
    assert "database is locked; nothing was changed" in err
