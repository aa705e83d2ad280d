"""Starts a world and talks to it: what tests, benches and the demonstration use.

    async with World(folder, seed=1) as world:
        board = VirtualBoard(image, ..., radio=world.slot("node-1", wiring))
        await world.do("attenuate", radio="node-1", db=20)
        report = await world.do("report")

Place: test, bench, demo -> World -> process `tools.rig.world`; VirtualBoard -> RadioSlot -> it.
Guarantee: the process ends with its `World`, and with the process that made it. Commands may be
given side by side, and whoever gives one may stop waiting for its answer.
"""

import asyncio
import contextlib
import itertools
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.rig.children import end_with_parent
from tools.rig.errors import RigError
from tools.rig.world.pace import HOLD_S

_START_S = 20.0
_OFF_S = 5.0
_ANSWER_LIMIT = 1 << 26


class RadioSlot:
    """Where a board's radio is: `connect` for a program that starts, `cut_power` at its end."""

    def __init__(
        self, path: Path, mode: str, name: str, wiring: Mapping[str, Any], position: tuple
    ):
        self._path = path
        self._hello = {"name": name, "wiring": dict(wiring), "position": position}
        self.mode = mode

    def connect(self, is_cold: bool) -> socket.socket:
        """Return the board's end of a fresh line, to be handed over and closed."""
        return self._say({"kind": "board", "is_cold": is_cold})

    def sleep(self, span_ms: int | None) -> socket.socket:
        """Return a line that rings after so long, None: never; the board is in deep sleep."""
        return self._say({"kind": "sleep", "span_ms": span_ms})

    def cut_power(self) -> None:
        """Take the supply from board and radio; return when it is off."""
        with self._say({"kind": "off"}) as line:
            line.settimeout(_OFF_S)
            with contextlib.suppress(OSError):
                line.recv(1)

    def _say(self, words: dict[str, Any]) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(self._path))
            line.sendall(json.dumps({**words, **self._hello}).encode() + b"\n")
        except OSError as e:
            line.close()
            raise RigError(f"the radio world does not answer: {e.strerror or e}") from e
        return line


class World:
    """`mode` is `real`, or `warp`: time jumps over what nobody does; `hold_s`: see `pace`.

    `clock` is a file with the time of day of a warped world; `wall_clock.environment` makes a
    program live by it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = 1,
        mode: str = "real",
        hold_s: float = HOLD_S,
        log: Path | None = None,
    ):
        self._path = folder / "world.sock"
        self._seed = seed
        self._hold_s = hold_s
        self._log = log
        self._errors = folder / "world.log"
        self.mode = mode
        self.clock = folder / "world.clock"
        self._process: asyncio.subprocess.Process | None = None
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def slot(self, name: str, wiring: Mapping[str, Any], position: tuple = (0, 0)) -> RadioSlot:
        """Return the place of one board's radio; `wiring` is the `radio` of a board file."""
        return RadioSlot(self._path, self.mode, name, wiring, position)

    async def __aenter__(self) -> "World":
        self._claim_path()
        arguments = [str(self._path), "--mode", self.mode, "--seed", str(self._seed)]
        arguments += ["--clock", str(self.clock), "--hold", str(self._hold_s)]
        arguments += ["--log", str(self._log)] if self._log else []
        with self._errors.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tools.rig.world", *arguments),
                stdout=errors,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for us
                preexec_fn=end_with_parent,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        try:
            reader, self._writer = await self._connect(self._process)
        except BaseException:
            await self._end(self._process)
            raise
        self._reading = asyncio.create_task(self._read(reader))
        return self

    def _claim_path(self) -> None:
        """Remove what a world left that was killed; RigError where one runs."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._path))
            except FileNotFoundError:
                return
            except OSError:
                self._path.unlink(missing_ok=True)
                return
        raise RigError(f"another radio world runs in {self._path.parent}")

    async def _connect(
        self, process: asyncio.subprocess.Process
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(int(_START_S / 0.02)):
            if process.returncode is not None:
                break
            try:
                reader, writer = await asyncio.open_unix_connection(self._path, limit=_ANSWER_LIMIT)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.write(b'{"kind": "control"}\n')
            return reader, writer
        raise RigError(f"the radio world does not start: {self._last_words()}")

    async def __aexit__(self, *error: object) -> None:
        self._reading.cancel()
        self._writer.close()
        if self._process:
            await self._end(self._process)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.kill()
            await process.wait()
        self._path.unlink(missing_ok=True)

    async def do(self, what: str, **fields: Any) -> dict[str, Any]:
        """Give one command and return its answer; RigError where it is refused."""
        if self._reading.done():
            raise RigError(f"the radio world ended: {self._last_words()}")
        number = next(self._numbers)
        self._answers[number] = future = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"do": what, "id": number, **fields}).encode() + b"\n")
        try:
            answer = await future
        finally:
            del self._answers[number]
        if "error" in answer:
            raise RigError(f"the radio world refuses {what}: {answer['error']}")
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                answer: dict[str, Any] = json.loads(line)
                future = self._answers.get(answer.pop("id"))
                if future and not future.done():
                    future.set_result(answer)
        for future in self._answers.values():
            if not future.done():
                words = f"the radio world ended: {self._last_words()}"
                future.set_exception(RigError(words))

    def _last_words(self) -> str:
        lines = self._errors.read_text(encoding="utf-8").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
