"""Means to examine with, for tests of doctor: a board that writes down what is done with it.

Place: tests of doctor -> here -> `examine`.
Not modelled: time, and whatever a real board would say in between.
"""

import base64
import json

from tests.for_tools.doctored import CONFIG
from tools.flashing.doctor import Means, examine
from tools.flashing.doctor.facts import Heard
from tools.flashing.errors import FlashError
from tools.flashing.ports import Holder, Port
from tools.flashing.prompt import Facts as PromptFacts

RUNS = Heard(b"neckar: node 17 profile air boot 1\r\n", seconds=2.0)
CHECK = "f3172be7cafaafa8"


class Prompt:
    """A console with some files behind it; `done` is what happened to it, in order."""

    def __init__(self, done: list[str], files: dict[str, bytes], has_main: bool = True):
        self._done = done
        self._files = files
        identity = {"node": 17, "epoch": 3, "check": CHECK}
        mac = "24:6f:28:aa:bb:cc"
        self.facts = PromptFacts(mac, "esp32", "1.26.0", {}, identity, has_main, 10**6)

    def __enter__(self):
        self._done.append("prompt")
        return self

    def __exit__(self, *_):
        self._done.append("close")

    def run(self, script: str, paths: list[str], limit: int) -> dict:
        assert script == "read_out"
        assert not {"/identity.json", "/identity.bak"} & set(paths)
        found = {path: self._files.get(path) for path in paths}
        shown = {path: data and base64.b64encode(data).decode() for path, data in found.items()}
        return {"ours": True, "files": shown}

    def restart(self, until: str, wait_s: float) -> str:
        self._done.append("restart")
        return "neckar: cannot start: /state cannot be written: provision the node again\r\n"

    def leave(self) -> None:
        self._done.append("leave")


class Bench:
    """Means that write down what is done with the board."""

    def __init__(self, tmp_path, heard=RUNS, **behind):
        self.done: list[str] = []
        self.asked: list[str] = []
        self.told: list[str] = []
        self.answer = False
        self.path = tmp_path / "ttyUSB0"
        self.path.write_bytes(b"")
        self.heard = heard
        self.holders: list[Holder] = []
        self.ports = [Port(str(self.path), is_usb=True)]
        self.files = {"/config.json": json.dumps(CONFIG).encode()}
        self.no_prompt = behind.get("no_prompt")
        self.has_main = behind.get("has_main", True)
        self.means = Means(
            root=tmp_path,
            found=lambda globs: self.ports,
            holders=lambda path: self.holders,
            hear=self._hear,
            open_prompt=self._open_prompt,
            open_chip=self._open_chip,
        )

    def _hear(self, path, may_reset, patience, clock):
        self.done.append("reset" if may_reset else "listen")
        return self.heard if len(self.done) == 1 else Heard(was_reset=may_reset, seconds=3.0)

    def _open_prompt(self, path, key_of):
        if self.no_prompt is not None:
            self.done.append("no prompt")
            key_of(17)
            raise self.no_prompt
        return Prompt(self.done, self.files, self.has_main)

    def _open_chip(self, path, baud):
        self.done.append(f"chip at {baud}")
        raise FlashError("F110", port=path)

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer

    def examine(self, **how):
        return examine(
            None, how.pop("workshop", None), self.ask, self.told.append, means=self.means, **how
        )
