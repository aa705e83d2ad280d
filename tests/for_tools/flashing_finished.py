"""A finished node for tests, which is set up once and then copied: board and workshop.

Place: flashing_bench -> `kept_in` -> `finished` -> tests of provisioning.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.for_tools.flashing_bench import bench_in
from tools.benchmark.flash_cuts import files_of
from tools.benchmark.workbench import Workbench
from tools.flashing.prompt import open_prompt
from tools.flashing.workshop import load
from tools.rig.esp32.running import Running


@dataclass(frozen=True)
class Kept:
    """A board that was set up, and the workshop that did it: boards of one place are the same."""

    flash: bytes
    workshop: Path


def kept_in(folder: Path) -> Kept:
    """Set up a board; return what is on it, and what is known of it."""
    bench = bench_in(folder)
    with bench.boards() as (board,):
        result = bench.set_up(board)
        assert result.error is None
        board.power_cut()
        return Kept(board.flash.read_bytes(), bench.workshop.folder)


@contextmanager
def finished(folder: Path, kept: Kept) -> Iterator[tuple[Workbench, Running]]:
    """Yield a bench and a finished node at it, which takes a fifth of the time to set one up."""
    bench = bench_in(folder)
    shutil.rmtree(bench.workshop.folder)
    shutil.copytree(kept.workshop, bench.workshop.folder)
    bench.workshop = load(bench.workshop.folder)
    with bench.boards() as (board,):
        board.power_cut()
        board.flash.write_bytes(kept.flash)
        board.power_on()
        yield bench, board


def changed(
    bench: Workbench,
    board: Running,
    files: dict[str, bytes] | None = None,
    without: tuple[str, ...] = (),
) -> None:
    """Change files of a node, which does not run afterwards."""
    with open_prompt(board.port, bench.workshop.service_key) as prompt:
        prompt.put(files or {})
        prompt.remove(without)


def there(bench: Workbench, board: Running) -> dict[str, bytes]:
    """Return the files on a board, which is switched off for that, and starts again."""
    board.power_cut()
    files = files_of(bench, board)
    board.power_on()
    return files
