"""No board passes that is not what its record says, and no node of others is lost."""

import functools
import json

import pytest

from tests.for_tools.flashing_bench import WISH, Watcher, bench_in
from tests.for_tools.flashing_finished import changed, finished, kept_in, there
from tools.benchmark.flash_cuts import files_of
from tools.flashing.chip import Chip
from tools.flashing.prompt import Prompt, open_prompt
from tools.flashing.provisioning import rekey
from tools.flashing.retiring import retire
from tools.flashing.wish import Wish

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("impatient")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A finished node, for tests that do not care how it became one."""
    return kept_in(tmp_path_factory.mktemp("kept"))


def outcomes(result):
    return {step.name: step.outcome for step in result.steps}


def test_what_would_be_loaded_instead_of_the_firmware_goes_and_no_radio_comes(tmp_path, kept):
    stray = ("/node/start.py", "/radio/port.mpy", "/lib/node/led/old/x.py")
    with finished(tmp_path, kept) as (bench, board):
        with open_prompt(board.port, bench.workshop.service_key) as prompt:
            prompt.put({**dict.fromkeys(stray, b"1/0"), "/notes.txt": b"of a person"})
            prompt._repl.execute("import os\nos.remove('/lib/node/led/old/x.py')", 5.0)
            assert "/lib/node/led/old/" in prompt.tree()
        result = bench.set_up(board)
        assert (result.error, outcomes(result)["files"]) == (None, "done")
        files = there(bench, board)
        assert not set(stray) & files.keys()
        assert files["/notes.txt"] == b"of a person"
        link = Wish(**{**vars(WISH), "settings": {"link": "lora"}})
        refused = bench.set_up(board, link).error
        assert (refused.code, refused.values["field"]) == ("F405", "radio")


def test_a_record_alone_is_made_only_of_a_board_that_has_all_else(tmp_path, kept):
    changes = (
        ({"/lib/node/stale.py": b"1/0"}, (), "record", "files"),
        ({}, ("/main.py",), "record", "start"),
        ({}, (), "start", "files"),
        ({}, ("/identity.json", "/identity.bak"), "record", "key"),
    )
    with finished(tmp_path, kept) as (bench, board):
        record = bench.workshop.folder / "records/1-1.json"
        record.rename(bench.workshop.folder / "claims/1-1.json")
        for files, without, step, lacking in changes:
            changed(bench, board, files, without)
            error = bench.set_up(board, only=(step,)).error
            assert (error.code, error.values["lacking"]) == ("F413", lacking)
    assert [known.state for known in bench.workshop.records.read().known] == ["claimed"]


def test_rekey_writes_down_what_is_on_the_board_and_a_dry_run_tells_all_of_it(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        release = json.loads(there(bench, board)["/release.json"])
        older = {**release, "version": "0.0.9", "commit": "older", "bundle": "0" * 16}
        changed(bench, board, {"/release.json": json.dumps(older).encode()})
        found = rekey(board.port, bench.workshop, bench.bundle, Watcher(), dry_run=True)
        done = rekey(board.port, bench.workshop, bench.bundle, Watcher())
        update = bench.set_up(board, dry_run=True)
        updated = bench.set_up(board)
    flash = json.loads(done.record.read_text())["extra"]["flash"]
    assert (flash["release"], flash["commit"], flash["bundle"]) == ("0.0.9", "older", "0" * 16)
    for told, real in ((found, done), (update, updated)):
        assert real.error is None
        wanted = {name for name, outcome in outcomes(told).items() if outcome == "wanted"}
        did = {name for name, outcome in outcomes(real).items() if outcome == "done"}
        assert wanted == did - {"look"}
    assert (done.epoch, updated.epoch) == (2, 2)


def test_a_silent_node_of_another_workshop_is_not_erased(tmp_path, kept, monkeypatch):
    quick = functools.partial(open_prompt, patience_s=0.5)
    monkeypatch.setattr("tools.flashing.board.open_prompt", quick)
    (tmp_path / "other").mkdir()
    other = bench_in(tmp_path / "other")
    with finished(tmp_path, kept) as (bench, board):
        with open_prompt(board.port, bench.workshop.service_key) as prompt:
            prompt.put({"/boot.py": b"import micropython\nmicropython.kbd_intr(-1)\nwhile 1: pass"})
            prompt.restart(wait_s=0.2)
        flash = board.flash.read_bytes()
        result = other.set_up(board)
        assert (result.error.code, result.error.values["address"]) == ("F403", 1)
        assert board.flash.read_bytes() == flash


def test_a_board_without_an_address_of_its_own_is_left_as_it_is(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        before = there(bench, board)["/identity.json"]
        board._esp.mac = bytes(6)
        result = bench.set_up(board, Wish(**{**vars(WISH), "erase": True}))
        assert result.error.code == "F346"
        assert there(bench, board)["/identity.json"] == before


def answering(monkeypatch, script, answer):
    """Have boards answer a script with `answer(what they say)`."""

    def run(prompt, name, **arguments):
        found = asked(prompt, name, **arguments)
        return answer(found) if name == script else found

    asked = Prompt.run
    monkeypatch.setattr(Prompt, "run", run)


@pytest.mark.parametrize(
    ("script", "answer", "code"),
    [
        ("challenge", lambda found: "00" * 32, "F409"),
        ("settings", lambda found: {**found, "interval_s": 46}, "F410"),
    ],
)
def test_a_board_that_answers_something_else_gets_no_record(
    tmp_path, kept, monkeypatch, script, answer, code
):
    answering(monkeypatch, script, answer)
    wish = Wish(**{**vars(WISH), "settings": {"interval_s": 45}})
    with finished(tmp_path, kept) as (bench, board):
        result = bench.set_up(board, wish, new_key=True)
        assert result.error.code == code
        assert bench.workshop.records.by_address(1).state == "claimed"


def test_a_node_that_was_being_erased_when_it_was_pulled_is_set_up_without_a_second_word(
    tmp_path, kept
):
    with finished(tmp_path, kept) as (bench, board):
        watcher = Watcher()

        def pull(_):
            done, _, total = watcher.events[-1].partition("/")
            if total and int(done) > 0.49 * int(total) and board.is_plugged:
                board.unplug()

        watcher.on_event = pull
        erased = bench.set_up(board, Wish(**{**vars(WISH), "erase": True}), watcher)
        assert erased.error.code == "F104"
        board.plug()
        result = bench.set_up(board)
        assert (result.error, result.address, result.epoch) == (None, 1, 2)


def test_a_node_that_was_being_updated_when_it_was_pulled_does_not_start(tmp_path, kept):
    with finished(tmp_path, kept) as (bench, board):
        changed(bench, board, {"/profiles/air.json": b"{}", "/lib/node/led.mpy": b"M"})
        watcher = Watcher()

        def pull(_):
            if "files" in watcher.events and "/" in watcher.events[-1] and board.is_plugged:
                board.unplug()

        watcher.on_event = pull
        assert bench.set_up(board, watcher=watcher).error.code == "F104"
        assert not {"/boot.py", "/main.py"} & files_of(bench, board).keys()
        board.plug()
        result = bench.set_up(board, only=("files",))
        assert (result.error, result.steps[-1].name) == (None, "start")  # a node that ran goes on
        board.power_cut()
        assert {"/boot.py", "/main.py"} <= files_of(bench, board).keys()


def test_a_node_without_room_on_its_flash_is_not_taken_for_one_that_cannot_be_read(
    tmp_path, kept, monkeypatch
):
    answering(monkeypatch, "facts", lambda found: {**found, "free": 0})
    with finished(tmp_path, kept) as (bench, board):
        result = bench.set_up(board)
        assert (result.error, result.skipped) == (None, True)


def test_another_board_at_the_port_gets_nothing_of_the_first(tmp_path, kept, monkeypatch):
    answering(monkeypatch, "facts", lambda found: {**found, "mac": "24:6f:28:00:00:01"})
    with finished(tmp_path, kept) as (bench, board):
        result = bench.set_up(board, Wish(**{**vars(WISH), "erase": True}))
        assert (result.error.code, result.error.values["found"]) == ("F412", "24:6f:28:00:00:01")
        assert "/identity.json" not in there(bench, board)
        assert len(bench.workshop.records.read().known) == 1


@pytest.mark.parametrize("lost", ["/profiles/air.json", "/main.py"])
def test_a_file_that_the_flash_does_not_take_is_noticed(tmp_path, kept, monkeypatch, lost):
    with finished(tmp_path, kept) as (bench, board):
        changed(bench, board, without=(lost,))
        put = Prompt.put
        monkeypatch.setattr(
            Prompt,
            "put",
            lambda prompt, files, *more: put(
                prompt, {path: data for path, data in files.items() if path != lost}, *more
            ),
        )
        error = bench.set_up(board).error
        assert (error.code, error.values["path"]) == ("F408", lost)


def test_a_board_without_a_radio_that_works_or_that_does_not_start_gets_no_record(
    tmp_path, kept, monkeypatch
):
    with finished(tmp_path, kept) as (bench, board):
        monkeypatch.setattr(Prompt, "restart", lambda prompt, *until: "\r\nMemoryError:\r\n>>> ")
        error = bench.set_up(board, new_key=True).error
        assert (error.code, bench.workshop.records.by_address(1).state) == ("F411", "claimed")
        radio = {"ok": False, "why": "no answer"}
        answering(monkeypatch, "selftest", lambda found: {**found, "radio": radio})
        assert bench.set_up(board).error.code == "F407"


def test_what_is_not_erased_is_not_retired(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(Chip, "erase", lambda chip: None)
    with finished(tmp_path, kept) as (bench, board):
        assert retire(board.port, bench.workshop, Watcher()).error.code == "F415"
        assert bench.workshop.records.by_address(1).state == "finished"


def test_a_micropython_that_looks_for_files_elsewhere_does_not_come_onto_a_node(
    tmp_path, kept, monkeypatch
):
    monkeypatch.setattr("tools.flashing.imaging.vfs_of", lambda table, name: (0x300000, None))
    with finished(tmp_path, kept) as (bench, board):
        release = json.loads(there(bench, board)["/release.json"])
        older = json.dumps({**release, "image": "0" * 16}).encode()
        changed(bench, board, {"/release.json": older})
        assert bench.set_up(board).error.code == "F417"
        assert there(bench, board)["/release.json"] == older
