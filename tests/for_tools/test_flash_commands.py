"""The other commands: what they hand on, and what they say where something is missing."""

import json
from pathlib import Path

import pytest

from tests.for_tools.flash_desk import A, B, bare, one_line, table
from tests.for_tools.flashing_bundle import bundle_in, key_in, loaded
from tools.flashing import inventory
from tools.flashing.cli import doctor, mounting, sockets
from tools.flashing.doctor import Report
from tools.flashing.errors import FlashError
from tools.flashing.mount.flow import Done
from tools.flashing.workshop import load

__all__ = ["bare", "table"]  # fixtures

MAC = "24:6f:28:aa:bb:00"


def gateway_file(folder: Path) -> Path:
    """Write what `neckar-gateway keys show` prints."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from tools.flashing import keys

    path = folder / "gateway.pub"
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    path.write_text(keys.told(public) + "\n", encoding="utf-8")
    return path


def test_a_workshop_is_made_and_gets_a_lab(bare, tmp_path, capsys):
    words = ("--by", "uli", "--operator", "Stadt Musterburg", "--addresses", "100-199")
    escrow = str(gateway_file(tmp_path))
    assert bare.run("init", *words, "--escrow", escrow) == 0
    out = capsys.readouterr().out
    assert f"Werkstatt angelegt: {bare.folder}" in out
    more = ("--gateway", escrow, "--purpose", "Luft messen", "--set", "interval_s=300")
    assert bare.run("lab", "add", "innenstadt", *more) == 0
    found = load(bare.folder)
    assert (found.by, found.addresses) == ("uli", range(100, 200))
    assert found.escrow == found.labs["innenstadt"].gateways[0]
    assert found.labs["innenstadt"].settings == {"interval_s": 300}
    capsys.readouterr()
    assert bare.run("lab", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["purpose"] == "Luft messen"
    assert bare.run("lab", "list") == 0
    assert "Luft messen" in capsys.readouterr().out


def test_a_second_workshop_in_the_same_folder_is_refused(table, capsys):
    assert table.run("init", "--by", "uli", "--operator", "x") == 1
    assert one_line(capsys).startswith("F306 ")


def test_a_file_without_a_public_key_is_refused(table, tmp_path, capsys):
    path = tmp_path / "x"
    path.write_text("nothing", encoding="utf-8")
    assert table.run("lab", "add", "mobil", "--gateway", str(path)) == 1
    assert one_line(capsys).startswith("F822 ")
    assert table.run("lab", "add", "mobil", "--gateway", str(tmp_path / "y")) == 1
    assert one_line(capsys).startswith("F817 ")


def test_a_key_to_trust_that_is_none_is_wrong_usage(bare, capsys):
    assert bare.run("init", "--by", "u", "--operator", "x", "--trust", "abc") == 2
    assert one_line(capsys).startswith("F825 ")
    assert not bare.folder.exists()


def test_the_inventory_is_shown_exported_and_taken_over(table, tmp_path, capsys):
    table.finish(A, point="air-17")
    assert table.run("inventory") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "Reallabor innenstadt"
    assert out.splitlines()[-1].split() == ["1", MAC, "heltec-v3", "air", "air-17", "fertig"]
    assert table.run("inventory", "--json") == 0
    assert json.loads(capsys.readouterr().out)["hardware"] == MAC
    path = tmp_path / "records.json"
    assert table.run("inventory", "--export", str(path)) == 0
    assert "neckar/node/1" in path.read_text(encoding="utf-8")
    capsys.readouterr()
    assert table.run("inventory", "import", str(path)) == 0
    assert capsys.readouterr().out == "0 neu, 1 schon bekannt\n"


def test_records_are_sealed_again_with_the_key_of_the_city(table, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(inventory, "seal_again", lambda *given: calls.append(given) or 3)
    assert table.run("inventory", "seal", "escrow.key") == 0
    assert calls[0][1] == Path("escrow.key")
    assert capsys.readouterr().out == "3 Datensätze neu versiegelt\n"


def test_ports_are_shown_with_their_chips(table, capsys):
    table.plugged = [A, B]
    assert table.run("ports") == 0
    out = capsys.readouterr().out
    assert "1-2.1  /dev/ttyUSB0  24:6f:28:aa:bb:00  esp32s3  8 MB   CP2102" in out
    assert table.run("ports", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["chip"] for line in lines] == ["esp32s3", "esp32"]


def test_a_port_that_somebody_has_is_named_and_left_alone(monkeypatch):
    monkeypatch.setattr(sockets.ports, "holders", lambda path: [sockets.ports.Holder("x", 7)])
    seen = sockets.look_at(A)
    assert seen.holder == "x (7)"
    assert sockets.row(seen, "de")[2] == "belegt von x (7)"


def test_a_port_that_is_silent_says_so():
    seen = sockets.Seen(A, error=FlashError("F110", port=A.path))
    assert sockets.row(seen, "de")[2] == "antwortet nicht"


def test_a_bundle_is_made_shown_and_verified(table, tmp_path, capsys):
    key, image, out = tmp_path / "sign.key", tmp_path / "esp32.bin", tmp_path / "x.bundle"
    assert table.run("bundle", "key", str(key)) == 0
    public = capsys.readouterr().out.split()[-1]
    image.write_bytes(loaded("esp32").data)
    words = ("--key", str(key), "--image", str(image))
    assert table.run("bundle", "make", str(out), *words) == 0
    assert table.run("bundle", "show", str(out)) == 0
    assert public in capsys.readouterr().out
    assert table.run("bundle", "verify", str(out)) == 1  # nobody said that it is to be trusted
    assert "F2" in one_line(capsys)
    settings = table.folder / "workshop.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("trusted = []", f'trusted = ["{public}"]'), encoding="utf-8")
    assert table.run("bundle", "verify", str(out)) == 0
    assert "in Ordnung" in capsys.readouterr().out


def test_a_bundle_may_be_named_in_both_ways(table, tmp_path, capsys):
    path, _ = bundle_in(tmp_path)
    for words in ((str(path),), ("--bundle", str(path))):
        assert table.run("bundle", "show", *words, "--json") == 0
        assert json.loads(capsys.readouterr().out)["boards"]


def test_an_image_with_another_sum_is_refused(table, tmp_path, capsys):
    image = tmp_path / "esp32.bin"
    image.write_bytes(loaded("esp32").data)
    words = ("--key", str(key_in(tmp_path)), "--image", f"{image}={'0' * 64}")
    assert table.run("bundle", "make", str(tmp_path / "x"), *words) == 1
    assert one_line(capsys).startswith("F231 ")


def test_a_label_and_a_sheet_are_written(table, tmp_path, capsys):
    table.finish(A)
    assert table.run("label", "1", "--out", str(tmp_path)) == 0
    assert {path.suffix for path in tmp_path.glob("label-1.*")} == {".png", ".pdf"}
    assert table.run("label", "1", "--sheet", "3", "--out", str(tmp_path / "b")) == 0
    assert list((tmp_path / "b").glob("*.pdf"))


def test_a_label_of_a_node_that_nobody_knows_is_refused(table, capsys):
    assert table.run("label", "7") == 1
    assert one_line(capsys).startswith("F823 Knoten 7 ist in dieser Werkstatt unbekannt.")


def test_a_sign_is_written_in_both_languages(table, tmp_path, capsys):
    table.finish(A, point="air-17")
    words = (
        "--data-protection", "datenschutz@musterburg.example", "--mail", "a@musterburg.example",
        "--url", "https://daten.musterburg.example/air-17", "--languages", "de,en",
        "--until", "2027-12-31",
    )  # fmt: skip
    assert table.run("sign", "1", *words, "--out", str(tmp_path)) == 0
    assert (tmp_path / "sign-1.pdf").read_bytes().startswith(b"%PDF")
    capsys.readouterr()
    assert table.run("sign", "1", *words[:-1], "tomorrow") == 2
    assert one_line(capsys).startswith("F825 --until")


def test_a_board_is_wiped_only_after_its_address_was_typed(table, monkeypatch, capsys):
    table.finish(A)
    wiped = []

    def retire(port, workshop, line, dry_run):
        wiped.append((port, dry_run))
        line.step("erase")
        return table.result(port)

    monkeypatch.setattr("tools.flashing.retiring.retire", retire)
    table.type("2")
    assert table.run("retire") == 1
    assert one_line(capsys).startswith("F821 ")
    assert wiped == []
    table.type("1")
    assert table.run("retire") == 0
    table.leave()
    assert table.run("retire", "--yes", "--dry-run") == 0
    assert wiped == [(A.path, False), (A.path, True)]
    assert "alles löschen" in capsys.readouterr().out


def test_a_board_of_others_is_not_wiped(table, capsys):
    table.type("1")
    assert table.run("retire") == 1
    assert one_line(capsys).startswith("F414 ")


def test_doctor_gets_what_was_asked_for(table, monkeypatch, capsys):
    calls = []

    def examine(port, workshop, ask, say, **more):
        calls.append((port, workshop is not None, ask("?"), more["reset"], more["bundle_out"]))
        say("hört zu")
        return _Report()

    monkeypatch.setattr(doctor, "examine", examine)
    assert table.run("doctor", "--port", "1-2.1", "--reset", "--out", "/x.zip") == 0
    assert calls == [(A.path, True, False, True, Path("/x.zip"))]
    assert capsys.readouterr().out == "hört zu\nfindings\n"
    table.type("ja")
    assert table.run("doctor") == 0
    assert calls[1] == (None, True, True, False, None)


def test_doctor_works_without_a_workshop(bare, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "examine", lambda port, workshop, *_, **__: _Report())
    assert bare.run("doctor", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"findings": []}
    assert bare.run("doctor", "--workshop", "/nowhere") == 1
    assert one_line(capsys).startswith("F300 ")


class _Report(Report):
    """One that says as little as possible."""

    def __init__(self):
        pass

    def text(self, lang: str) -> str:
        return "findings"

    def json(self) -> dict:
        return {"findings": []}


def test_a_mounting_gets_what_was_typed(table, monkeypatch, capsys):
    seen = []

    def mount(given, workshop, talk, frame_bytes):
        seen.append((given, talk, frame_bytes({"profile": "air"})))
        return Done(Path("/mounts/x.json"), {"point": "air-17"}, None, None)

    monkeypatch.setattr(mounting.flow, "mount", mount)
    words = ("--node", "neckar:17", "--point", "air-17", "--way", "none", "--height", "3,5")
    assert table.run("mount", *words) == 0
    given, talk, _ = seen[0]
    assert (given.code, given.point, given.way, given.height) == (
        "neckar:17",
        "air-17",
        "none",
        "3,5",
    )
    assert talk is None
    assert capsys.readouterr().out == "Geschrieben: /mounts/x.json\n"
    assert table.run("mount", *words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["record"] == {"point": "air-17"}


def test_new_keys_are_for_boards_that_stay_what_they_are(table, monkeypatch, capsys):
    calls = []

    def rekey(port, workshop, bundle, line, dry_run):
        calls.append((port, dry_run))
        return table.result(port)

    monkeypatch.setattr("tools.flashing.provisioning.rekey", rekey)
    assert table.run("rekey", "--port", "1-2.1") == 0
    assert calls == [(A.path, False)]


@pytest.mark.parametrize("words", [("--help",), ("nod",), ("ports", "--json")])
def test_no_command_leaves_a_process_or_a_thread(table, words):
    import threading

    table.run(*words)
    assert threading.active_count() == 1
