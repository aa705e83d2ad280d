"""The cable is pulled, or the program killed, at every step: the next run completes the board."""

import subprocess
import sys

import pytest

from tests.for_tools import flashing_victim
from tests.for_tools.flashing_bench import bench_in
from tools.benchmark.flash_cuts import Cut, check, cut_everywhere, uncut
from tools.flashing.wish import STEPS

pytestmark = pytest.mark.board
_EVERY = 4  # of the events while bytes travel; `tools/bench flash` takes all
_BYTES = 3  # cuts at so many places between first and last byte
_PARTS = 3


def _cuts(events, size):
    """Return where to cut: at each step, and at some places in between."""
    steps = [n for n, event in enumerate(events, 1) if "/" not in event]
    between = [n for n, event in enumerate(events, 1) if "/" in event][::_EVERY]
    bytes_ = [size * n // (_BYTES + 1) for n in range(1, _BYTES + 1)]
    return [Cut(event=n) for n in steps + between] + [Cut(after_bytes=n) for n in bytes_]


@pytest.mark.parametrize("part", range(_PARTS))
def test_pulled_anywhere_the_next_run_completes_and_nothing_is_doubled(tmp_path, part):
    bench = bench_in(tmp_path)
    with bench.boards() as (board,):
        cuts = _cuts(*uncut(bench, board))[part::_PARTS]
    bench.folder = tmp_path / "cuts"
    bench.folder.mkdir()
    with bench.boards(count=len(cuts) + 1) as boards:
        # The first place has the address of the board above.
        assert cut_everywhere(bench, boards[1:], cuts) == (len(cuts), len(cuts))
    known = bench.workshop.records.read().known
    checks = [each.check for each in known]
    assert len(set(checks)) == len(checks) == len({(k.address, k.epoch) for k in known})
    assert len({k.address for k in known}) == len({k.hardware for k in known}) == len(cuts) + 1


def test_killed_at_any_step_the_next_run_completes(tmp_path):
    bench = bench_in(tmp_path)
    wanted = [step for step in STEPS if step != "files"]  # those came with the image
    with bench.boards(count=len(wanted)) as boards:
        for board, step in zip(boards, wanted, strict=True):
            arguments = [str(bench.workshop.folder), str(bench.folder), board.port, step]
            victim = subprocess.run(
                [sys.executable, "-m", flashing_victim.__name__, *arguments], check=False
            )
            assert victim.returncode == flashing_victim.KILLED
            result = bench.set_up(board)
            assert result.error is None, (step, result.error)
            board.unplug()
            check(bench, board, result.record)
