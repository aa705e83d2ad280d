"""What tests of the command line share: a bundle, boards and a keyboard that are none."""

import io
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tools.flashing import ports, workshop_making
from tools.flashing.cli import main, running, sockets, wishes
from tools.flashing.cli.desk import Desk
from tools.flashing.errors import FlashError
from tools.flashing.ports import Port
from tools.flashing.wish import STEPS, Result, Step, Wish
from tools.flashing.workshop import Workshop, load

A = Port("/dev/ttyUSB0", "1-2.1", "CP2102", is_usb=True)
B = Port("/dev/ttyUSB1", "1-2.2", "CP2102", is_usb=True)
NODE = ("node", "--board", "heltec-v3", "--profile", "air")
_NOW_S = 1.8e9
CHIPS = {A.path: "esp32s3", B.path: "esp32"}


def mac_at(path: str) -> str:
    """Return the MAC of the board at a port."""
    return f"24:6f:28:aa:bb:0{path[-1]}"


class Bundle:
    """The names in a bundle."""

    boards = ("esp32-wired", "heltec-v3", "t-beam-sx1262")
    profiles = ("air", "noise")

    def profile(self, name: str) -> dict[str, object]:
        return {"interval_s": 900, "sensors": [{"kind": "particles"}, {"kind": "climate"}]}

    def board(self, name: str) -> dict[str, str]:
        return {"mcu": "esp32s3" if name == "heltec-v3" else "esp32"}


class Keys(io.StringIO):
    """A keyboard."""

    def isatty(self) -> bool:
        return True


class Table:
    """A bench with a workshop; `wishes` are those that came to provisioning."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder = folder / "workshop"
        self.plugged: list[Port] = [A]
        self.wishes: list[Wish | None] = []
        self.error: FlashError | Exception | None = None
        self._patch = monkeypatch
        self._is_held = False
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("NECKAR_WORKSHOP", str(self.folder))
        monkeypatch.setattr("tempfile.tempdir", str(folder))  # for details of what was not foreseen
        monkeypatch.setattr(ports, "found", lambda globs=(): list(self.plugged))
        monkeypatch.setattr(Desk, "bundle", Bundle())
        monkeypatch.setattr(running, "provisioned", self._provisioned)
        monkeypatch.setattr(sockets, "look_at", self._look_at)
        monkeypatch.setattr(wishes, "recognized", lambda desk, port: self._look_at(port))

    def make_workshop(self, *labs: str) -> None:
        workshop_making.create(self.folder, by="uli", operator="Stadt Musterburg")
        for name in labs:
            workshop_making.add_lab(self.folder, name)

    def make_lab(self, name: str) -> None:
        workshop_making.add_lab(self.folder, name)

    def workshop(self) -> Workshop:
        return load(self.folder)

    def finish(self, port: Port, point: str | None = None) -> None:
        """Put down that the board at a port is a finished node."""
        records = self.workshop().records
        public = X25519PrivateKey.generate().public_key().public_bytes_raw()
        claim = records.claim(
            mac_at(port.path),
            "innenstadt",
            board="heltec-v3",
            radio=True,
            profile="air",
            by="uli",
            recipients=[public],
            now=_NOW_S,
            point=point,
        )
        records.finish(claim, {}, _NOW_S + 5)

    def result(self, port: str) -> Result:
        steps = [Step("look", 1.0, "done")]
        return Result(port, mac=mac_at(port), address=17, epoch=1, steps=steps)

    def next(self, looks: Iterator[list[Port]]) -> list[Port]:
        """Plug in what comes next, and the same again where nothing does."""
        self.plugged = next(looks, self.plugged)
        return self.plugged

    def hold_until_stopped(self) -> None:
        """Have boards work on until they are told to end."""
        self._is_held = True

    def leave(self) -> None:
        """Have nobody at the terminal any more."""
        self._patch.delenv("TTY_COMPATIBLE")
        self._patch.setattr("sys.stdin", io.StringIO())

    def type(self, *lines: str) -> None:
        """Put a technician at a terminal, who will type these lines."""
        self._patch.setenv("TTY_COMPATIBLE", "1")
        self._patch.setenv("TERM", "dumb")
        self._patch.setattr("sys.stdin", Keys("".join(line + "\n" for line in lines)))

    def run(self, *words: str) -> int:
        return main(list(words))

    def _provisioned(
        self, desk: Desk, only: list[str] | None, dry_run: bool, stays: Collection[str] = ()
    ) -> Callable[..., Result]:
        def work(port: str, wish: Wish, line) -> Result:
            self.wishes.append(None if port in stays else wish)
            line.step("look")
            line.found(mac_at(port))
            while self._is_held:
                line.progress(1, 2)  # raises where it is to end
            if self.error is not None:
                raise self.error
            outcome = "wanted" if dry_run else "done"
            steps = [Step(name, 1.0, outcome) for name in only or STEPS]
            return Result(port, mac=mac_at(port), address=17, epoch=1, steps=steps)

        return work

    def _look_at(self, port: Port) -> sockets.Seen:
        return sockets.Seen(port, mac_at(port.path), CHIPS[port.path], 8 << 20)


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A bench with a workshop of one lab, and one board."""
    made = Table(tmp_path, monkeypatch)
    made.make_workshop("innenstadt")
    return made


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A bench where no workshop was made."""
    return Table(tmp_path, monkeypatch)


def one_line(capsys) -> str:
    """Return the only line of standard error."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]
