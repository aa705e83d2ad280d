"""Nodes that run and say what is wrong, or are not what the workshop thinks they are."""

import ast
import dataclasses
import re
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tools.flashing.doctor.examine import judged
from tools.flashing.doctor.facts import (
    Crash,
    Facts,
    Heard,
    Identity,
    OnBoard,
    PortFacts,
    Prompted,
    Recorded,
)
from tools.flashing.doctor.finding import Sure
from tools.flashing.doctor.reading import recorded
from tools.flashing.errors import FlashError
from tools.flashing.messages import CATALOGUE, text
from tools.flashing.messages.doctor import MESSAGES
from tools.flashing.records import Records

CHECK = "f3172be7cafaafa8"
HERE = Identity(17, 3, CHECK)
BOARD = OnBoard(is_ours=True, has_main=True, identity=HERE, board={"name": "x", "mcu": "esp32"})
KNOWN = Recorded("finished", 17, 3, CHECK)
PROMPT = Prompted(mac="24:6f:28:aa:bb:cc", mcu="esp32", micropython="1.26.0")
FINE = Facts(
    port=PortFacts("/dev/ttyUSB0"),
    heard=Heard(b"neckar: node 17 profile air boot 4\r\nneckar: heap 83840\r\n"),
    prompt=PROMPT,
    on_board=BOARD,
    recorded=KNOWN,
)


def codes(**changes) -> list[str]:
    return [finding.error.code for finding in judged(dataclasses.replace(FINE, **changes))]


def on_board(**changes) -> OnBoard:
    return dataclasses.replace(BOARD, **changes)


def says(*lines: str) -> Heard:
    return Heard("".join(f"neckar: {line}\r\n" for line in lines).encode())


def test_a_node_that_runs_and_is_who_it_should_be_is_fine():
    assert codes() == ["F762"]


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("/identity.json is missing: provision the node", "F742"),
        ("/identity.json: key is no hexadecimal number of 32 digits", "F743"),
        ("/state/frame_counter is lost: give the node a new key epoch", "F743"),
        ("/board.json: radio.cs is 99, should be a number from 0 to 39", "F747"),
        ("/board.json: radio is null, but /config.json wants one: another board?", "F748"),
        ("/state cannot be written: provision the node again", "F749"),
        ("SPI reads 0x00 everywhere: check supply of the radio, MISO, SCK and CS", "F750"),
        ("An SX127x answers instead of an SX126x: another board?", "F751"),
        ("Another chip than an SX1276 answers", "F751"),
        ("memory allocation failed, allocating 4096 bytes", "F746"),
    ],
)
def test_a_node_that_cannot_start_has_a_cause_and_its_own_words(cause, code):
    found = judged(dataclasses.replace(FINE, heard=says(f"cannot start: {cause}")))[0]
    assert (found.error.code, found.sure) == (code, Sure.CERTAIN)
    assert found.evidence.endswith(cause)
    assert "F762" not in codes(heard=says("node 17 profile air boot 4", f"cannot start: {cause}"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("/profiles/air.json: /board.json: sensors.i2s is null, but a sensor wants it", "F753"),
        ("/board.json: led.pin is 77, should be a number from 0 to 39", "F753"),
        ("/config.json: interval_s is -1, should be a number from 0 to 86400", "F754"),
        ("/identity.json is not a JSON object: provision the node again", "F754"),
        ("SAFE MODE after failed boots: radio, commands and log only", "F752"),
    ],
)
def test_a_node_that_runs_with_a_problem_names_it(line, code):
    assert codes(heard=says(line, "node 17 profile air boot 4"))[0] == code


def test_every_line_that_the_documents_name_is_understood():
    page = Path(__file__).parents[2] / "docs/boards/README.md"
    lines = re.findall(
        r"^\| `(cannot start: [^`]*|/profiles[^`]*|SAFE MODE[^`]*)`", page.read_text(), re.M
    )
    assert len(lines) >= 6
    for line in lines:
        assert codes(heard=says(line)) != ["F762"]


def test_micropython_without_our_firmware_is_told_with_its_version():
    found = judged(dataclasses.replace(FINE, heard=None, on_board=OnBoard(), recorded=None))[0]
    assert (found.error.code, found.error.values) == ("F740", {"version": "1.26.0"})


def test_a_prompt_that_nobody_looked_behind_says_how_to():
    assert codes(heard=Heard(echo=b"\r\n>>> "), on_board=None, prompt=None)[0] == "F766"


def test_a_board_without_main_py_was_cut_off_while_it_was_set_up():
    assert codes(heard=None, on_board=on_board(has_main=False)) == ["F741"]
    assert codes(heard=None, on_board=on_board(identity=None)) == ["F742"]


def test_a_modem_needs_no_identity_and_says_that_it_works():
    board = on_board(identity=None, config={"role": "modem"})
    assert codes(heard=None, on_board=board, recorded=None) == ["F765"]
    assert codes(heard=says("modem boot 2"), on_board=board, recorded=None) == ["F763"]
    broken = says("modem boot 2", "cannot start: SPI reads 0x00 everywhere")
    assert "F763" not in codes(heard=broken, on_board=board, recorded=None)


def test_a_claim_that_became_no_record_is_named_with_its_address():
    known = Recorded("claimed", 23, 2, CHECK)
    found = judged(dataclasses.replace(FINE, recorded=known))[0]
    assert found.error.code == "F745"
    assert found.error.values == {"address": 23, "epoch": 2, "mac": "24:6f:28:aa:bb:cc"}


@pytest.mark.parametrize(
    "changed", [{"node": 18}, {"epoch": 2}, {"check": "0" * 16}], ids=["node", "epoch", "key"]
)
def test_a_board_with_another_key_than_recorded_is_a_copy_or_older(changed):
    assert codes(on_board=on_board(identity=HERE._replace(**changed)))[0] == "F744"


def test_a_board_that_the_workshop_wiped_is_told():
    assert codes(recorded=Recorded("retired", 17, 3, CHECK))[0] == "F755"


@pytest.mark.parametrize("state", ["claimed", "retired", ""])
def test_only_a_finished_record_says_which_key_there_should_be(state):
    assert "F744" not in codes(recorded=Recorded(state, 99, 9, "0" * 16))


def test_a_board_file_for_another_chip_is_certain():
    board = {"name": "heltec-v3", "mcu": "esp32s3"}
    found = judged(dataclasses.replace(FINE, on_board=on_board(board=board)))[0]
    assert found.error.code == "F757"
    assert found.error.values == {"name": "heltec-v3", "wants": "esp32s3", "chip": "esp32"}
    assert codes(on_board=on_board(board={"mcu": 5}), heard=None) == ["F765"]


def test_a_console_that_stays_closed_is_told_in_the_words_of_the_prompt():
    error = FlashError("F131", port="/dev/ttyUSB0")
    assert codes(prompt=Prompted(error), on_board=None, recorded=None) == ["F131", "F762"]


def test_what_it_died_of_is_likely_until_it_was_told():
    crash = Crash("OSError", "sx126x", 120, "1a2b3c4d", False, 0)
    assert codes(on_board=on_board(crash=crash)) == ["F758", "F762"]
    found = judged(
        dataclasses.replace(FINE, on_board=on_board(crash=crash._replace(was_told=True)))
    )
    assert [finding.sure for finding in found] == [Sure.POSSIBLE, Sure.NOTE]


@pytest.mark.parametrize(
    ("resets", "code"), [((4, 6, 0, 0), "F759"), ((20, 1, 9, 0), "F760"), ((90, 5, 5, 9), None)]
)
def test_many_starts_of_one_kind_point_at_supply_or_a_hang(resets, code):
    found = codes(on_board=on_board(resets=resets))
    assert found == ([code, "F762"] if code else ["F762"])


def test_failed_starts_in_a_row_are_counted_up_to_safe_mode():
    assert codes(on_board=on_board(failed=3))[0] == "F761"
    assert codes(on_board=on_board(failed=5))[0] == "F752"
    assert codes(on_board=on_board(failed=0)) == ["F762"]


def test_without_any_fact_nothing_is_found_and_nothing_raised():
    assert [finding.error.code for finding in judged(Facts(ports=("a",)))] == ["F765"]


def findings_in_sources():
    """Yield (code, names of its values) of every finding that is made with a literal code."""
    for path in sorted((Path(__file__).parents[2] / "tools/flashing/doctor").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in ("certain", "likely", "possible", "note") and isinstance(
                node.args[0], ast.Constant
            ):
                yield node.args[0].value, {keyword.arg for keyword in node.keywords}


def gaps(*sentences: str) -> set[str]:
    return {name for text in sentences for _, name, _, _ in Formatter().parse(text) if name}


def test_values_of_findings_are_what_their_sentences_name():
    found = list(findings_in_sources())
    assert len(found) > 30
    for code, values in found:
        row = MESSAGES[code]
        assert values == gaps(row.de, row.de_next) == gaps(row.en, row.en_next), code


@pytest.mark.parametrize("code", sorted(code for code in MESSAGES))
def test_every_finding_is_in_the_catalogue_in_both_languages(code):
    assert CATALOGUE[code] is MESSAGES[code]
    values = dict.fromkeys(gaps(MESSAGES[code].de, MESSAGES[code].de_next), "x")
    said = [text(FlashError(code, **values), lang) for lang in ("de", "en")]
    assert said[0] != said[1] and all(code in each for each in said)


@pytest.mark.parametrize("code", sorted(code for code in MESSAGES))
def test_every_finding_is_explained_for_technicians(code):
    page = (Path(__file__).parents[2] / "docs/doctor.md").read_text(encoding="utf-8")
    german, english = page.split("## English")
    assert code in german and code in english


def test_what_the_workshop_knows_follows_its_records(tmp_path):
    workshop = SimpleNamespace(records=Records(tmp_path, range(1, 100)))
    mac, public = "24:6f:28:aa:bb:cc", X25519PrivateKey.generate().public_key().public_bytes_raw()
    assert recorded(workshop, mac) == Recorded()
    assert recorded(workshop, "") is None
    assert recorded(None, mac) is None

    wanted = {"board": "esp32-wired", "radio": False, "profile": "air", "by": "uli"}
    claim = workshop.records.claim(mac, "lab", recipients=[public], now=1.8e9, **wanted)
    assert recorded(workshop, mac) == Recorded("claimed", 1, 1, claim.check)
    workshop.records.finish(claim, {}, 1.8e9)
    assert recorded(workshop, mac) == Recorded("finished", 1, 1, claim.check)
    workshop.records.retire(mac, {"erased": True}, 1.8e9, "uli")
    assert recorded(workshop, mac).state == "retired"
