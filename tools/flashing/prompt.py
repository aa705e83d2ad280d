"""MicroPython's prompt on a board: what is there, files, and scripts that run on it.

    with open_prompt(port, workshop.service_key) as prompt:
        prompt.facts                                   # who it is
        prompt.put({"/lib/node/app.mpy": data, ...})
        prompt.run("selftest", profile="weather")      # a file of tools/flashing/device
        print(prompt.restart("neckar: node "))

Place: port -> unlocking -> `Prompt` -> provisioning, doctor.
Guarantee: a file is on the board whole or not at all, whatever is pulled when: it is written beside
its place and renamed. A node that was stopped has its watchdog put off for ten minutes, and
`leave` starts it again. Every wait has an end, and every error is a FlashError with code.

A script is a module with a function `main`; what that returns comes back as JSON on a line of its
own, whatever else is printed.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tools.flashing import ports
from tools.flashing.errors import FlashError
from tools.flashing.raw_repl import Line, RawRepl
from tools.flashing.unlocking import PATIENCE_S, KeyOf, Say, unlock

_DEVICE = Path(__file__).with_name("device")
_RESULT = "neckar-result "
_CALL = f'\nimport json\nprint("\\n{_RESULT}" + json.dumps(main(**{{}})))\n'
# A reset that is meant: no step on the ladder of a node that was not healthy yet (node.ladder).
_PARDON = """
try:
    from node.ladder import Ladder
    ladder = Ladder()
    ladder.begin("unknown")
    ladder.pardon()
except (ImportError, MemoryError):
    pass
"""
_RESET = "import machine\nmachine.reset()\n"
_RUN_S = 30.0
# Bytes of files in one script: the board needs three times as much of its heap for a moment.
_BATCH_BYTES = 2048
_RESTART_S = 15.0
_FRIENDLY = "\n>>> "
_ITS_OWN = ("/journal", "/log")


@dataclass(frozen=True)
class Facts:
    """What a board is and has.

    `mcu` is "esp32", "esp32s3" or empty; `release` is the content of /release.json, `identity`
    {"node", "epoch", "check"} of /identity.json or its copy; `free` bytes of its filesystem, 0
    where there is none that can be read.
    """

    mac: str
    mcu: str
    micropython: str
    release: dict[str, Any] | None
    identity: dict[str, Any] | None
    has_main: bool
    free: int


class Prompt:
    """What `open_prompt` returns; a context manager.

    `was_running`: a node ran here and was stopped.
    """

    def __init__(self, repl: RawRepl, line: Line, on_say: Say | None = None):
        self._repl = repl
        self._line = line
        self._on_say = on_say
        self._facts: Facts | None = None
        self.was_running = False

    def __enter__(self) -> "Prompt":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def facts(self) -> Facts:
        """Return what was found when it was asked first."""
        if self._facts is None:
            self._facts = Facts(**self.run("facts"))
        return self._facts

    def look(self) -> Facts:
        """Return what there is now, after something was changed."""
        self._facts = None
        return self.facts

    def calm(self) -> None:
        """Put the watchdog of a node that was stopped off, and give all of its heap back."""
        self.was_running = bool(self.run("calm")["ran"])
        if self.was_running:
            self._repl.soft_reset()

    def refresh(self) -> None:
        """Give back the heap that scripts have filled with modules."""
        self._repl.soft_reset()

    def run(self, script: str, *, wait_s: float = _RUN_S, **arguments: Any) -> Any:
        """Return what `main(**arguments)` of a script returns on the board.

        Arguments and result are what JSON knows, and bytes as arguments. F134 where it raises,
        F135 where it takes longer than `wait_s`, F136 where its answer is none.
        """
        source = (_DEVICE / f"{script}.py").read_text(encoding="utf-8")
        call = _CALL.replace("{}", repr(arguments))
        printed = self._repl.execute(source + call, wait_s)
        for line in printed.splitlines():
            if line.startswith(_RESULT):
                with suppress(ValueError):
                    return json.loads(line.removeprefix(_RESULT))
        raise FlashError("F136", port=self._line.name, script=script)

    def hashes(self, paths: Collection[str]) -> dict[str, str | None]:
        """Return the SHA-256 of files in hexadecimal; None for what is not there."""
        return dict(self.run("hashes", paths=list(paths))) if paths else {}

    def tree(self) -> dict[str, str]:
        """Return the SHA-256 of all files but those in which a node keeps what it measures.

        An empty folder is there too: its path ends in "/", its text is empty.
        """
        return dict(self.run("hashes", paths=None, without=list(_ITS_OWN)))

    def put(
        self, files: Mapping[str, bytes], on_progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Write files, in this order, and make the folders around them; F137: the flash is full.

        `on_progress(done, total)` is told in bytes.
        """
        if not files:
            return
        total, done = sum(len(data) for data in files.values()), 0
        self._repl.execute((_DEVICE / "put.py").read_text(encoding="utf-8"), _RUN_S)
        for script, size in _scripts(files):
            self._repl.execute(script, _RUN_S)
            done += size
            if on_progress is not None:
                on_progress(done, total)

    def remove(self, paths: Collection[str]) -> None:
        """Remove files, and empty folders ("/lib/old/"); what is not there may stay away."""
        if paths:
            self.run("remove", paths=list(paths))

    def restart(self, *until: str, wait_s: float = _RESTART_S) -> str:
        """Reset the board; return what it says up to a line with one of `until`, or for `wait_s`.

        A prompt ends it too, for then nothing runs. Afterwards close this Prompt.
        """
        self._reset()
        said = ""
        over = time.monotonic() + wait_s
        try:
            while (left := over - time.monotonic()) > 0 and not _is_over(said, until):
                data = self._line.receive(left).decode(errors="replace")
                said += data
                if data and self._on_say is not None:
                    self._on_say(data)
        except ports.PORT_ERRORS as e:
            raise ports.pulled(self._line.name, e) from e
        return said

    def leave(self) -> None:
        """Let a node run again that was stopped, or give back the prompt that was found.

        A node that no longer answers is reset, where its port can.
        """
        if not self._repl.in_raw_repl:
            if self.was_running:
                with suppress(*ports.PORT_ERRORS):
                    self._line.pulse_reset()
            return
        if self.was_running or self.facts.has_main:
            self._reset()
        else:
            self._repl.quit()

    def _reset(self) -> None:
        """Reset the board. Only that is not waited for: whoever comes next must not stop it."""
        try:
            self._repl.execute(_PARDON, _RUN_S)
        except FlashError as e:
            if e.code != "F134":  # of a firmware that has another ladder
                raise
        self._repl.begin(_RESET)
        self.was_running = False

    def close(self) -> None:
        """Let go of the port, whatever runs there."""
        self._line.close()


def open_prompt(
    port: str,
    service_key: KeyOf,
    on_say: Say | None = None,
    patience_s: float = PATIENCE_S,
) -> Prompt:
    """Return the prompt of the board at a port, stopped and unlocked where need be.

    `on_say` gets what the board says until then. FlashError F101 to F106 of the port, F130 to F133
    where there is no prompt to be had; see `unlocking`.
    """
    line = Line(ports.opened(port), port)
    try:
        prompt = Prompt(unlock(line, service_key, on_say, patience_s), line, on_say)
        prompt.calm()
    except BaseException:
        line.close()
        raise
    return prompt


def _scripts(files: Mapping[str, bytes]) -> Iterator[tuple[str, int]]:
    """Yield scripts of calls of device/put.py, each with the bytes of files that it writes."""
    script, size = "", 0
    for path, data in files.items():
        pieces = [data[at : at + _BATCH_BYTES] for at in range(0, len(data), _BATCH_BYTES)] or [b""]
        for number, piece in enumerate(pieces):
            if size + len(piece) > _BATCH_BYTES:
                yield script, size
                script, size = "", 0
            is_last = number == len(pieces) - 1
            text = b64encode(piece).decode()
            script += f"put({path!r}, {text!r}, {number == 0}, {is_last})\n"
            size += len(piece)
    yield script, size


def _is_over(said: str, until: Collection[str]) -> bool:
    """Say whether a line with one of `until` is complete, or a prompt came."""
    if said.endswith(_FRIENDLY):
        return True
    lines = said.split("\n")[:-1]
    return any(words in line for line in lines for words in until)
