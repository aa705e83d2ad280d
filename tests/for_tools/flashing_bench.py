"""The workbench of the benchmarks with the bundle of the tests.

Place: tests of provisioning -> here -> running boards. Not modelled: the time that a wire takes.
"""

from pathlib import Path

from tests.for_tools.flashing_bundle import bundle_in
from tools.benchmark.workbench import LAB, PROFILE, WISH, Watcher, Workbench, workbench

__all__ = ["LAB", "PROFILE", "WISH", "Watcher", "bench_in"]


def bench_in(folder: Path, settings: dict | None = None) -> Workbench:
    """Return a bench whose workshop, with one lab, is in a folder."""
    return workbench(folder, *bundle_in(folder), settings)
