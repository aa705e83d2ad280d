"""`python -m tools.rig` and mpremote on it, as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.for_tools.boards import PATIENCE_S
from tools.rig.image import read_image

pytestmark = pytest.mark.board

needs_raw_repl = pytest.mark.usefixtures("raw_repl")

ROOT = Path(__file__).parents[2]
MAIN = """
import asyncio, machine
print("started by", machine.reset_cause())

async def forever():
    while True:
        await asyncio.sleep(1)

asyncio.run(forever())
"""


def wait_for(is_so, what):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"this did not happen: {what}"
        time.sleep(0.01)


class Rig:
    """A `python -m tools.rig` and what mpremote says of it."""

    def __init__(self, folder, *options, wrapper=()):
        self.console = folder / "node"
        self.image = folder / "board.img"
        arguments = ["--image", self.image, "--console", self.console, *options]
        self.process = subprocess.Popen(
            [*wrapper, sys.executable, "-m", "tools.rig", *arguments],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},  # a killed rig cleans nothing up
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        while not self.lines or "Ctrl-C" not in self.lines[-1]:
            self.lines.append(self.process.stdout.readline())
            assert self.lines[-1], "the rig ended"

    def mpremote(self, *arguments):
        done = subprocess.run(
            [Path(sys.executable).parent / "mpremote", "connect", self.console, *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def interpreters(self):
        """Return the process ids of the board's interpreters: one, or none during a reset."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def interpreter(self):
        (child,) = self.interpreters()
        return child

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        return code


@pytest.fixture
def rig(bench):
    bench.image({"/main.py": MAIN.encode()})
    rig = Rig(bench.folder, "--uart", f"1={bench.folder / 'node-uart'}")
    yield rig
    rig.stop()


@needs_raw_repl
def test_mpremote_executes_and_evaluates(rig):
    assert rig.mpremote("exec", "print(1 + 1)") == "2\n"
    assert rig.mpremote("eval", "3 * 4").strip() == "12"


@needs_raw_repl
def test_mpremote_runs_a_script_of_the_host(rig, tmp_path):
    (tmp_path / "script.py").write_text("import machine\nprint(len(machine.unique_id()))\n")
    assert rig.mpremote("run", tmp_path / "script.py") == "6\n"


@needs_raw_repl
def test_mpremote_copies_lists_and_reads_files(rig, tmp_path):
    data = bytes(range(256)) * 20
    (tmp_path / "data.bin").write_bytes(data)
    (tmp_path / "text").write_text("Grüße\n")
    rig.mpremote("fs", "mkdir", ":d", "+", "fs", "cp", tmp_path / "data.bin", ":d/data.bin")
    rig.mpremote("fs", "cp", tmp_path / "text", ":text")
    assert "5120 data.bin" in rig.mpremote("fs", "ls", ":d")
    assert rig.mpremote("fs", "cat", ":text").strip() == "Grüße"
    rig.mpremote("fs", "cp", ":d/data.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == data
    rig.stop()
    assert read_image(rig.image)["/d/data.bin"] == data


@needs_raw_repl
def test_mpremote_mounts_a_folder_of_the_host(rig, tmp_path):
    (tmp_path / "helper.py").write_text("ANSWER = 42\n")
    assert "42" in rig.mpremote("mount", tmp_path, "exec", "import helper; print(helper.ANSWER)")


@needs_raw_repl
def test_mpremote_resets_and_the_board_tells_why(rig):
    cause = "import machine; print(machine.reset_cause())"
    assert rig.mpremote("exec", cause) == "5\n"  # mpremote resets softly before it executes
    assert rig.mpremote("resume", "exec", cause) == "5\n"
    before = rig.interpreters()
    # The board resets a tenth of a second after mpremote has left, if nobody connects before. With
    # `resume` there is no soft reset first, which would be a new interpreter as well.
    rig.mpremote("resume", "reset")
    wait_for(lambda: rig.interpreters() not in (before, []), "the board resets")
    assert rig.mpremote("resume", "exec", cause) == "2\n"
    rig.mpremote("soft-reset")
    assert rig.mpremote("resume", "exec", cause) == "5\n"


@needs_raw_repl
def test_mpremote_tells_how_full_the_flash_is(rig):
    assert "1048576" in rig.mpremote("df")


def test_the_ports_are_where_they_were_asked_for_and_go_with_the_rig(rig, bench):
    assert rig.console.is_symlink()
    assert (bench.folder / "node-uart").is_symlink()
    assert rig.stop() == 0
    assert not rig.console.is_symlink()
    assert not (bench.folder / "node-uart").is_symlink()


def has_ended(pid):
    """A zombie has ended; whether somebody reaps it is not for us to say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("main", [MAIN, "while True: pass", ""])
@pytest.mark.parametrize("wrapper", [(), ("sh", "-c", 'trap "" HUP INT TERM; exec "$@"', "-")])
def test_a_supervisor_that_is_killed_leaves_no_interpreter_behind(bench, main, wrapper):
    bench.image({"/main.py": main.encode()})
    rig = Rig(bench.folder, wrapper=wrapper)
    interpreter = rig.interpreter()
    assert not has_ended(interpreter)
    rig.process.kill()
    wait_for(lambda: has_ended(interpreter), "the interpreter ends")
    rig.process.wait(PATIENCE_S)
    rig.process.stdout.close()


def test_the_interpreter_gets_the_environment_it_needs_and_no_more(bench, monkeypatch):
    monkeypatch.setenv("SECRET", "of the supervisor")
    bench.image({})
    rig = Rig(bench.folder)
    environment = Path(f"/proc/{rig.interpreter()}/environ").read_text().split("\0")
    names = {line.partition("=")[0] for line in environment if line}
    kept = {"PATH", "LD_LIBRARY_PATH", "MICROPYPATH"}
    assert {name for name in names if not name.startswith("NECKAR_RIG_")} <= kept
    descriptors = list(Path(f"/proc/{rig.interpreter()}/fd").iterdir())
    assert len(descriptors) < 10
    rig.stop()


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tools.rig", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--console", "c"], "--image"),
        (["--image", "i"], "--console"),
        (["--image", "i", "--console", "c", "--uart", "one=/tmp/x"], "'one=/tmp/x'"),
        (["--image", "i", "--console", "c", "--uart", "1"], "'1' should be"),
        (["--image", "i", "--console", "c", "--heap-kb", "7"], "'7' should be 16 to 65536"),
        (["--image", "i", "--console", "c", "--wrong"], "--wrong"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments, told):
    done = run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_board_that_cannot_start_is_told_in_one_line(micropython, tmp_path):
    done = run("--image", tmp_path / "no.img", "--console", tmp_path / "node")
    assert done.returncode == 1
    assert "no.img" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--new",), ("--new", "--lib")])
def test_new_makes_the_image_from_the_checkout(bench, arguments):
    rig = Rig(bench.folder, *arguments)
    assert rig.stop() == 0
    files = read_image(rig.image)
    assert files["/main.py"] == (ROOT / "firmware" / "main.py").read_bytes()
    in_lib = any(path.startswith("/lib/protocol/") for path in files)
    assert in_lib == ("--lib" in arguments)
