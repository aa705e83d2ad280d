"""Boards whose flash is full, whose scripts fail or hang, whose cable goes, whose files lie."""

import hashlib
import hmac
import json
import runpy
import sys
from types import SimpleNamespace

import pytest

from tests.for_tools.boards import PATIENCE_S
from tests.for_tools.flashing_boards import (
    IDENTITY,
    KEY,
    OF_FIRMWARE,
    ROOT,
    failing,
    no_key,
    node_files,
    on_bare,
    on_board,
    on_idle,
)
from tools.flashing.errors import FlashError
from tools.flashing.prompt import Prompt, open_prompt
from tools.rig import boards
from tools.rig.board import HARD_RESET, PWRON_RESET, SOFT_RESET
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.running import running
from tools.rig.firmware import compiled
from tools.rig.parts.wiring import Parts
from tools.rig.selection import modules, purpose

DEVICE = ROOT / "tools" / "flashing" / "device"

pytestmark = [pytest.mark.board, pytest.mark.usefixtures("raw_repl")]


def test_a_bare_board_says_who_it_is(bench):
    facts = on_bare(bench, lambda prompt: prompt.facts)
    assert len(facts.mac) == 17
    assert facts.micropython.startswith("1.")
    assert (facts.release, facts.identity, facts.has_main) == (None, None, False)
    assert facts.free > 500_000


def test_files_arrive_whole_in_order_with_their_folders(bench):
    files = {
        "/lib/node/app.mpy": bytes(range(256)) * 40,
        "/a/b/c/deep.json": b'{"\xc3\xa4": "\'\\"}',
        "/empty": b"",
        "/batch": b"x" * 2048,
        "/again": b"y" * 2049,
    }
    told = []

    def work(prompt):
        prompt.put({"/again": b"old", "/empty": b"old"})
        prompt.put(files, lambda done, total: told.append((done, total)))
        before = prompt.hashes([*files, "/nothing", "/a"]), prompt.tree()
        prompt.remove(["/empty", "/nothing"])
        prompt.put({})
        prompt.remove([])
        return (*before, prompt.tree())

    hashes, tree, later = on_bare(bench, work)
    wanted = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    assert hashes == {**wanted, "/nothing": None, "/a": None}
    assert tree == wanted
    assert set(later) == set(files) - {"/empty"}
    assert told[-1][0] == told[-1][1] == sum(map(len, files.values()))
    assert told == sorted(told)


def test_what_a_node_measured_is_not_hashed(bench):
    files = {"/journal/1": b"x", "/log/new": b"x", "/state/boots": b"1"}
    tree = on_idle(bench, files, lambda prompt: prompt.tree())
    assert set(tree) == {"/state/boots"}


def test_what_fails_on_the_board_is_told_in_its_words(bench):
    def work(prompt):
        error = failing(prompt.run, "challenge", nonce="00")
        assert (error.code, error.values["why"][:12]) == ("F134", "ImportError:")
        assert prompt.facts.has_main is False  # it is as good as before

    on_bare(bench, work)


def test_a_file_that_does_not_fit_leaves_the_old_one_and_no_rest(bench):
    def work(prompt):
        prompt.put({"/data": b"old"})
        room = prompt.facts.free // 4096 - 10
        fill = (
            f"f = open('/fill', 'wb')\nfor _ in range({room}):\n    f.write(bytes(4096))\nf.close()"
        )
        prompt._repl.execute(fill, PATIENCE_S)
        assert failing(prompt.put, {"/data": bytes(60_000)}).code == "F137"
        tree = prompt.tree()
        assert set(tree) == {"/data", "/fill"}
        assert tree["/data"] == hashlib.sha256(b"old").hexdigest()

    on_bare(bench, work)


def test_an_answer_that_is_none_is_told(bench, monkeypatch):
    def work(prompt):
        monkeypatch.setattr(prompt._repl, "execute", lambda script, wait_s: "neckar-result {\n")
        assert failing(prompt.run, "facts").code == "F136"

    on_bare(bench, work)


def test_a_script_that_hangs_ends_and_the_next_prompt_stops_it(bench):
    def work(board):
        with open_prompt(str(board.console), no_key) as prompt:
            assert failing(prompt._repl.execute, "while True: pass", 0.2).code == "F135"
        with open_prompt(str(board.console), no_key) as prompt:
            return prompt.facts.has_main

    assert on_board(bench, {}, work) is False


def test_a_running_program_is_stopped_and_started_again(bench):
    said = []

    def work(board):
        with open_prompt(str(board.console), no_key, said.append) as prompt:
            assert prompt.was_running
            assert board.boots[-1][0] == SOFT_RESET  # its heap is free again
            assert prompt.facts.identity["node"] == 17
            prompt.leave()
            prompt.leave()
        with open_prompt(str(board.console), no_key) as prompt:
            causes = [cause for cause, _ in board.boots]
            return causes, prompt.restart("neckar: heap")

    causes, started = on_board(bench, node_files(), work, "neckar: heap", **OF_FIRMWARE)
    assert causes[:3] == [PWRON_RESET, SOFT_RESET, HARD_RESET]
    assert "neckar: node 17 profile air" in started
    assert "KeyboardInterrupt" in "".join(said)


def test_a_prompt_that_was_found_is_given_back(bench):
    def work(board):
        with open_prompt(str(board.console), no_key) as prompt:
            prompt.leave()
        return len(board.boots)

    assert on_board(bench, {}, work, ">>>") == 1
    assert bench.printed.endswith(b">>> ")


def test_a_restart_without_main_ends_at_the_prompt(bench):
    said = on_bare(bench, lambda prompt: prompt.restart("neckar: node", wait_s=PATIENCE_S))
    assert said.endswith(">>> ")
    assert "neckar" not in said


def test_a_restart_ends_with_the_line_that_was_waited_for(bench):
    files = {"/main.py": b"print('neckar: cannot start: x')\nimport time\ntime.sleep(60)"}

    def work(board):
        with open_prompt(str(board.console), no_key) as prompt:
            return prompt.restart("neckar: node", "neckar: cannot start:", wait_s=PATIENCE_S)

    assert on_board(bench, files, work, "start").splitlines()[-1] == "neckar: cannot start: x"


def test_a_node_proves_its_key_and_tells_its_settings_without_it(bench):
    nonce = bytes(range(32))

    def work(prompt):
        return prompt.facts, prompt.run("challenge", nonce=nonce.hex()), prompt.run("settings")

    files = node_files(interval_s=60)
    del files["/main.py"]
    facts, answer, found = on_idle(bench, files, work, **OF_FIRMWARE)
    check = hashlib.sha256(b"neckar check " + KEY).hexdigest()[:16]
    assert facts.identity == {"node": 17, "epoch": 3, "check": check}
    assert answer == hmac.digest(KEY, b"neckar challenge " + nonce, "sha256").hex()
    assert (found["interval_s"], found["profile_name"], found["node"]) == (60, "air", 17)
    assert (found["status_s"], found["problem"]) == (300, None)
    assert not {"key", "service_key"} & set(found)


def test_the_settings_of_a_modem_are_those_that_it_checks(bench):
    files = node_files() | {"/config.json": b'{"role": "modem", "antenna_dbi": 5}', "/boot.py": b""}
    del files["/main.py"]

    found = on_idle(bench, files, lambda prompt: prompt.run("settings"), **OF_FIRMWARE)
    assert (found["role"], found["antenna_dbi"], found["watchdog_s"]) == ("modem", 5, 60)


def test_facts_survive_files_that_are_nonsense(bench):
    files = {
        "/release.json": b"[1]",
        "/identity.json": b'{"node": 1, "key": 5}',
        "/identity.bak": json.dumps(IDENTITY).encode(),
    }

    facts = on_idle(bench, files, lambda prompt: prompt.facts)
    assert facts.release is None
    assert facts.identity["node"] == 17


def test_a_cable_pulled_at_any_byte_leaves_the_old_file_or_the_new_one(tmp_path):
    old, new = b"old" * 1000, b"new" * 2000
    hashes = [hashlib.sha256(data).hexdigest() for data in (old, new)]
    seen = set()
    with running(tmp_path, Wish(has_image=True)) as [board]:
        for count in (1, 700, 2000, 5000, 9000, 13_000, 20_000):
            with open_prompt(board.port, no_key) as prompt:
                prompt.put({"/data": old})
                board.faults.pull_after_bytes = count
                try:
                    prompt.put({"/data": new})
                except FlashError as e:
                    assert e.code in ("F104", "F135")
            board.faults.pull_after_bytes = None
            board.unplug()
            board.plug()
            with open_prompt(board.port, no_key) as prompt:
                found = prompt.hashes(["/data"])["/data"]
            assert found in hashes
            seen.add(found)
    assert len(seen) == 2


def test_the_watchdog_of_a_node_is_put_off_and_none_is_started(monkeypatch):
    started = []
    machine = SimpleNamespace(WDT=lambda timeout: started.append(timeout))
    monkeypatch.setitem(sys.modules, "machine", machine)
    main = runpy.run_path(str(DEVICE / "calm.py"))["main"]
    for loaded, ran, timeouts in (
        (("node", "node.console", "node.files"), False, []),
        (("node", "node.app"), True, [600000]),
        (("node", "node.start"), True, []),  # it was stopped before it had one
        (("node", "node.modem.app"), True, [600000]),
    ):
        main.__globals__["sys"] = SimpleNamespace(modules=dict.fromkeys(loaded))
        started.clear()
        assert (main(), started) == ({"ran": ran}, timeouts)


def test_the_firmware_tests_itself_on_a_board_with_a_sensor_too_few(tmp_path):
    what = purpose(ROOT, "heltec-v3", "weather")
    libraries = {f"/lib/{place}": source for place, source in modules(ROOT, what).items()}
    files = compiled(libraries) or {to: path.read_bytes() for to, path in libraries.items()}
    files["/board.json"] = boards.board_file("heltec-v3")
    files["/profiles/weather.json"] = json.dumps(what.profile).encode()
    wish = Wish(has_image=True, board="heltec-v3", parts=lambda i: Parts())
    with running(tmp_path, wish) as [board], open_prompt(board.port, no_key) as prompt:
        prompt.put(files)
        assert prompt.facts.mcu == "esp32s3"
        found = prompt.run("selftest", profile="weather")
    assert {each["name"]: each["ok"] for each in found["sensors"]} == {
        "climate bme280": False,
        "battery divider": True,
        "solar divider": True,
    }
    assert found["sensors"][0]["why"].startswith("does not answer on its bus")
    assert found["radio"]["ok"] is False
    assert "check MISO and CS" in found["radio"]["why"]


def test_a_node_that_no_longer_answers_is_reset_when_it_is_left():
    resets = []
    line = SimpleNamespace(name="port", pulse_reset=lambda: resets.append(1))
    prompt = Prompt(SimpleNamespace(in_raw_repl=False), line)
    prompt.leave()
    assert resets == []  # it was reset on purpose, or nothing ran there
    prompt.was_running = True
    prompt.leave()
    assert resets == [1]
