"""Papers, masts and help that are asked for with nonsense, or for a node that is gone.

Place: options -> `main` -> one line with a code; labels, signs and mounts that say what is true.
"""

import json
import os

import pytest

from tests.for_tools.flash_desk import A, bare, one_line, table
from tools.flashing import record_conflicts
from tools.flashing.record_files import FINISHED, RETIRED, Known, of_record

__all__ = ["bare", "table"]

MAC = "24:6f:28:aa:bb:00"


def known(address: int, epoch: int, point: str | None, state: str = FINISHED, **more) -> Known:
    """Return a record as it lies in a workshop; later ones have a higher epoch."""
    record = {
        "address": address,
        "epoch": epoch,
        "hardware": f"24:6f:28:00:00:{address:02x}",
        "made": f"2026-01-01T00:00:{epoch:02}Z",
        "point": point,
        **more,
    }
    return of_record(None, record, state)


@pytest.mark.parametrize("words", [("label", "1"), ("sign", "1", "--data-protection", "x@y.z")])
def test_a_node_out_of_service_gets_no_paper(table, capsys, words):
    table.finish(A)
    table.workshop().records.retire(MAC, {}, 1.8e9 + 9, "uli")
    assert table.run(*words) == 1
    assert one_line(capsys).startswith("F514 Knoten 1 ")
    assert not (table.folder / "labels").exists()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("--lang", "en", "--help"), "from a bare board to a node on the mast"),
        (("help", "--lang=en"), "from a bare board to a node on the mast"),
        (("help", "lab", "add", "--lang=en"), "add a lab"),
        (("--lang=en", "help", "label"), "make the label of a node"),
        (("--lang=en", "--port", "x", "--help"), "set up a board as a node"),
    ],
)
def test_help_is_that_of_what_was_asked_for(bare, capsys, words, title):
    assert bare.run(*words) == 0
    assert title in capsys.readouterr().out


def test_no_node_takes_its_own_place_at_a_mast(table, capsys):
    table.finish(A)
    words = ("mount", "--way", "none", "--node", "1", "--point", "air-1")
    assert table.run(*words, "--replaces", "1") == 1
    assert one_line(capsys).startswith("F348 ")
    assert not (table.folder / "mounts").exists()


def test_a_port_goes_with_the_way_by_cable_only(table, capsys):
    assert table.run("mount", "--node", "1", "--way", "gateway", "--port", "/dev/x") == 2
    assert one_line(capsys).startswith("F806 --way gateway und --port ")


def test_a_sign_that_is_over_already_is_not_made(table, capsys):
    table.finish(A)
    words = ("sign", "1", "--data-protection", "x@y.z", "--mail", "a@b.de", "--url", "https://x.de")
    assert table.run(*words, "--until", "2020-01-01") == 2
    assert one_line(capsys).startswith("F825 --until kann nicht „2020-01-01“ sein.")


def test_an_address_that_is_none_is_german(table, capsys):
    assert table.run("label", "abc") == 2
    assert one_line(capsys).startswith("F805 ADRESSE ")


def test_a_device_is_never_replaced_by_a_file(table, tmp_path, capsys):
    os.mkfifo(tmp_path / "device")
    table.finish(A)
    assert table.run("inventory", "--export", str(tmp_path / "device")) == 1
    assert "keine gewöhnliche Datei" in one_line(capsys)
    assert (tmp_path / "device").is_fifo()
    assert table.run("inventory", "--export", str(tmp_path / "file")) == 0


def test_a_file_without_an_end_is_read_to_a_limit(table, monkeypatch, capsys):
    monkeypatch.setattr("tools.flashing.inventory._MOST_BYTES", 1000)
    assert table.run("inventory", "import", "/dev/zero") == 1
    assert one_line(capsys).startswith("F339 Aus /dev/zero ")
    assert table.run("lab", "add", "x", "--gateway", "/dev/zero") == 1
    assert one_line(capsys).startswith("F822 ")
    assert table.run("inventory", "seal", "/dev/zero") == 1
    assert one_line(capsys).startswith("F304 ")


def test_a_new_key_moves_no_node():
    first, again = known(3, 1, "luft-1"), known(3, 2, None)
    assert record_conflicts.point_of([first, again], 3) == "luft-1"


def test_who_was_swapped_or_retired_hangs_nowhere():
    old, new = known(3, 1, "luft-1"), known(4, 2, "luft-1", replaces=3)
    assert record_conflicts.point_of([old, new], 3) is None
    assert record_conflicts.point_of([old, new], 4) == "luft-1"
    gone = known(3, 3, None, RETIRED)
    assert record_conflicts.point_of([old, gone], 3) is None


def test_a_mount_names_the_point_where_the_node_hangs(table, capsys):
    table.finish(A, point="luft-1")
    table.finish(A)
    assert table.run("mount", "--way", "none", "--node", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["record"]["point"] == "luft-1"
