"""The workshop of the pictures: a folder as a technician's home, boards to plug in, a gateway.

Place: scenes -> `stage` -> tools.rig.esp32, tools.flashing and gateway as processes.
Guarantee: all data is made up, all keys are new, and all of it is gone when the block ends. What a
picture shows names no place of this machine: ports and folders are called as they would be there.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.drawings.terminal.screen import Screen
from tools.drawings.terminal.session import SessionError, run
from tools.rig.esp32 import bench
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.running import running
from tools.rig.esp32.sensors import parts_of
from tools.rig.parts.wiring import Parts

ROOT = Path(__file__).resolve().parents[3]
BOARD, PROFILE, LAB = "heltec-v3", "air-station", "innenstadt"
_LESS = "weather"  # has no particle sensor
FIRST = 17  # the address of the first node
_HOME = "/home/maier"
# As long as what it stands for, so that no table moves.
_DEVICES, _SHOWN_DEVICES = "_dev/", "/dev/"
_IMAGE = "ESP32_GENERIC_S3-v1.26.0.bin"


class Stage:
    """Boards are at no port before they are plugged in."""

    def __init__(self, home: Path):
        self.home = home
        self._devices = home / "_dev"
        self._devices.mkdir()
        keep = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ}
        self.environment |= {"HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}

    @property
    def hidden(self) -> dict[str, str]:
        """Return what a picture must not show, and what stands there instead."""
        return {str(self.home): _HOME, _DEVICES: _SHOWN_DEVICES}

    def plug(self, *places: int) -> None:
        """Plug boards in."""
        for place in places:
            (self._devices / f"ttyUSB{place}").symlink_to(self.home / f"rig/tty{place}")

    def unplug(self) -> None:
        """Pull all boards out."""
        for link in self._devices.iterdir():
            link.unlink()

    def types(
        self,
        words: str,
        *answers: tuple[str, str],
        on_change: Callable[[Screen], str | None] | None = None,
    ) -> Screen:
        """Type a command of tools/flash at a terminal; return what is to be seen then."""
        meant = shlex.split(words.replace(_SHOWN_DEVICES, _DEVICES))
        command = [sys.executable, "-m", "tools.flashing", *meant]
        shown = f"tools/flash {words}".rstrip()
        return run(command, shown, answers, self.home, self.environment, on_change)

    def does(self, module: str, *words: str) -> str:
        """Run a program without a terminal; return what it said, SessionError where it fails."""
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SessionError(f"{module} {shlex.join(words)}: {done.stderr}")
        return done.stdout

    def furnish(self) -> None:
        """Make gateway's key, bundle and workshop."""
        flash = "tools.flashing"
        (self.home / _IMAGE).write_bytes(micropython_image("esp32s3", has_vfs=False))
        self.does("gateway", "keys", "init", "gateway.key")
        (self.home / "gateway.txt").write_text(self.does("gateway", "keys", "show", "gateway.key"))
        trusted = self.does(flash, "bundle", "key", "bundle.key").split()[-1]
        who = ("--by", "E. Maier", "--operator", "Stadt Musterburg", "--trust", trusted)
        self.does(flash, "init", *who, "--addresses", f"{FIRST}-99")
        self.does(flash, "lab", "add", LAB, "--gateway", "gateway.txt")
        workshop = self.home / ".local/share/neckar/workshop"
        made = ("--key", "bundle.key", "--image", _IMAGE, "--checkout", str(ROOT))
        self.does(flash, "bundle", "make", str(workshop / "neckar.bundle"), *made)
        settings = workshop / "workshop.toml"
        told = f'ports = ["{_DEVICES}ttyUSB*"]\n'
        settings.write_text(settings.read_text("utf-8").replace("# ports = ", f"{told}# "), "utf-8")


@contextmanager
def stage(count: int, deaf: int | None = None) -> Iterator[Stage]:
    """Yield a stage with bare boards; the one at the place `deaf` lacks sensors."""

    def parts(place: int) -> Parts:
        return parts_of(_LESS if place == deaf else PROFILE, BOARD)

    with tempfile.TemporaryDirectory(prefix="n", dir="/tmp") as home:
        made = Stage(Path(home))
        made.furnish()
        rig = made.home / "rig"
        rig.mkdir()
        with running(rig, bench.Wish(count=count, board=BOARD, has_radio=True, parts=parts)):
            yield made


@contextmanager
def gateway(stage: Stage, modem: int) -> Iterator[None]:
    """Run a gateway behind a modem, with all nodes of the workshop; it has no broker."""
    config = stage.home / "gateway.toml"
    config.write_text(
        '[gateway]\nid = "gw-1"\ncity = "musterburg"\n[mqtt]\nurl = "mqtt://127.0.0.1:1"\n'
        '[spool]\npath = "spool.db"\n[registry]\npath = "registry.db"\nkey_file = "gateway.key"\n'
        f'[http]\nport = 0\n[[serial]]\nname = "dach"\nport = "rig/esp32-{modem}-uart1"\n'
        "[serial.radio]\nfrequency_hz = 868100000\n"
    )
    stage.does("tools.flashing", "inventory", "--export", "boards.json")
    stage.does("gateway", "-c", "gateway.toml", "nodes", "import", "--create", "boards.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "-c", "gateway.toml", "run"],
        cwd=stage.home,
        env=stage.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
