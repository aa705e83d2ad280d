"""Virtual boards with something wrong, examined through their port as a technician would."""

import base64
import json
import zipfile
from functools import partial

import pytest

from node import files
from tests.for_tools.doctored import (
    CONFIG,
    IMAGE_BYTES,
    KEY,
    SERVICE_KEY,
    flash_with,
    node_files,
)
from tools.flashing import ports
from tools.flashing.doctor import Means, examine
from tools.flashing.doctor.decoding import check
from tools.flashing.doctor.facts import Identity, Line
from tools.flashing.doctor.listening import Patience, hear
from tools.flashing.prompt import open_prompt
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.running import running

pytestmark = pytest.mark.board

SHORT = Means(patience=Patience(0.1, 0.2, 0.1, 0.2, 0.1))
NO_RADIO = json.dumps(CONFIG | {"link": "lora"}).encode()
LOCKED = json.dumps(CONFIG | {"console": "locked"}).encode()
LOG = b"".join(
    files.to_record(line)
    for line in (b"6 12 boot: brown-out", b"6 1790000000 key " + KEY.hex().encode())
)
STATE = {
    "log__new": LOG,
    "state__resets": b"9 8 1 2",
    "state__ladder": b"30",
    "state__boots": b"20",
}


@pytest.fixture(scope="module")
def boards(tmp_path_factory, micropython):
    """Boards by what is wrong with them."""
    folder = tmp_path_factory.mktemp("doctor")
    flashes = {
        "erased": None,
        "other chip": other_chip,
        "half written": half_written,
        "bare": lambda path: flash_with(path, None),
        "node": lambda path: flash_with(path, node_files(**STATE)),
        "locked": lambda path: flash_with(path, node_files(config_json=LOCKED, **STATE)),
        "no radio": lambda path: flash_with(path, node_files(config_json=NO_RADIO)),
        "unfinished": lambda path: flash_with(path, node_files(main_py=None, boot_py=None)),
        "brown-out": lambda path: flash_with(path, None),
    }
    for number, make in enumerate(flashes.values()):
        if make is not None:
            make(folder / f"flash{number}.bin")
    with running(folder, Wish(count=len(flashes), kind="esp32")) as found:
        yield dict(zip(flashes, found, strict=True))


def other_chip(path) -> None:
    """Put the app of an ESP32-S3 behind the bootloader of an ESP32."""
    flash_with(path, None)
    flash_with(path.with_suffix(".s3"), None, "esp32s3")
    flash = bytearray(path.read_bytes())
    flash[0x10000:IMAGE_BYTES] = path.with_suffix(".s3").read_bytes()[0x10000:IMAGE_BYTES]
    path.write_bytes(flash)


def half_written(path) -> None:
    """Leave the second half of the app erased."""
    flash_with(path, None)
    flash = bytearray(path.read_bytes())
    flash[IMAGE_BYTES // 2 : 0x200000] = b"\xff" * (0x200000 - IMAGE_BYTES // 2)
    path.write_bytes(flash)


def started(board) -> Means:
    """Return means that start a board as soon as they listen: it says all once a second only."""

    def opened(path):
        port = ports.opened(path)
        board.reset()
        return port

    patience = SHORT.patience._replace(alone=0.3)
    return Means(patience=patience, hear=partial(hear, open_port=opened))


def examined(board, reset: bool = False, means: Means = SHORT, **how):
    """Examine a board; nobody is there to be asked."""
    return examine(
        board.port, None, lambda _: False, lambda _: None, reset=reset, means=means, **how
    )


def codes(report) -> list[str]:
    return [finding.error.code for finding in report.findings]


@pytest.mark.parametrize(
    ("name", "code"),
    [("erased", "F723"), ("other chip", "F728"), ("half written", "F727"), ("unfinished", "F766")],
)
def test_what_a_board_says_by_itself_is_enough(boards, name, code):
    before = boards[name].bytes_down
    report = examined(boards[name], means=SHORT if name == "unfinished" else started(boards[name]))
    assert codes(report)[0] == code, report.text("en")
    assert boards[name].bytes_down - before <= 1  # one line end, to a board that is silent


def test_an_erased_board_that_may_be_reset_tells_its_chip(boards):
    report = examined(boards["erased"], reset=True, means=started(boards["erased"]))
    assert codes(report)[0] == "F723"
    assert report.facts.chip.kind == "esp32"
    assert report.facts.chip.mac == boards["erased"].mac.hex(":")
    assert "Flash 4 MB" in report.text("de")
    boards["erased"].until_mode("bad image")


def test_a_brown_out_is_told(boards):
    boards["brown-out"].faults.brown_out = True
    report = examined(boards["brown-out"], means=started(boards["brown-out"]))
    assert codes(report)[0] == "F730"


def test_bare_micropython_is_not_ours(boards):
    assert codes(examined(boards["bare"], reset=True)) == ["F740"]


def test_a_board_that_was_cut_off_while_it_was_set_up(boards):
    report = examined(boards["unfinished"], reset=True)
    assert codes(report)[0] == "F741"
    assert report.facts.on_board.identity == Identity(17, 3, check(KEY))
    boards["unfinished"].until_printed(b">>> ")


def assert_read_out(report, way: str) -> None:
    """The node's own records are there, whichever way they were read."""
    board = report.facts.on_board
    assert board.way == way
    assert board.identity == Identity(17, 3, check(KEY))
    assert Line(6, 12, "boot: brown-out") in board.recorder
    assert board.resets[1] == 8
    assert board.boots >= 20
    assert board.config["profile"] == "air"


def assert_no_key(report) -> None:
    """No key in what is shown, nor in the archive."""
    shown = json.dumps(report.json()) + report.text("de") + report.text("en")
    with zipfile.ZipFile(report.bundle) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    for key in (KEY, SERVICE_KEY):
        forms = (key, key.hex().encode(), base64.b64encode(key)[:-2])
        for data in (shown.encode(), *parts):
            assert not any(form in data for form in forms)
            assert key.hex() not in data.decode().lower()


def test_a_node_is_read_out_through_its_console_and_runs_again(boards, tmp_path):
    board = boards["node"]
    report = examined(board, reset=True, bundle_out=tmp_path / "out.zip")
    assert_read_out(report, "prompt")
    assert_no_key(report)
    assert {"F759", "F761", "F762"} <= set(codes(report))
    assert board.mode == "run"


def test_a_node_that_cannot_start_says_why(boards):
    report = examined(boards["no radio"], reset=True)
    assert codes(report)[:2] == ["F748", "F758"]
    assert "radio is null" in report.text("de")
    assert report.facts.on_board.crash.exception == "NodeError"


def test_a_locked_node_is_read_out_of_its_flash_and_runs_again(boards, tmp_path):
    board = boards["locked"]
    means = Means(
        patience=SHORT.patience,
        open_prompt=lambda path, key_of: open_prompt(path, key_of, patience_s=1.0),
    )
    report = examine(
        board.port, None, lambda _: False, lambda _: None,
        reset=True, bundle_out=tmp_path / "out.zip", means=means,
    )  # fmt: skip
    assert_read_out(report, "flash")
    assert_no_key(report)
    assert report.facts.prompt.error is not None
    assert report.facts.chip.mac == board.mac.hex(":")
    board.until_mode("run")


def test_a_cable_that_is_pulled_while_it_is_examined(boards):
    board = boards["bare"]
    board.faults.pull_after_bytes = 60
    report = examined(board, reset=True)
    assert report.findings
    assert report.facts.on_board is None
    board.plug()
