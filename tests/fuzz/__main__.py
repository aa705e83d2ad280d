"""Runs every target for long: under atheris where it is installed, and on MicroPython.

    python -m tests.fuzz --runs 1000000                 all targets; a hundredth on MicroPython,
                                                        a quarter where an input is a history of
                                                        several frames
    python -m tests.fuzz --target cbor --seed 7         one target, other inputs
    python -m tests.fuzz --target cbor --replay 9bff    one input, in hex, as a failure prints it

Place: `make fuzz` -> here -> `guided` or `unguided`, one process a target -> `tests.shared.fuzz`.
Guarantee: one line a target; the exit status is 1 where one of them failed.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.test_shared_on_micropython import interpreter

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "firmware"))
from tests.shared import fuzz  # noqa: E402  it needs the line above

NO_ATHERIS = (
    "atheris is not installed (it has wheels for Linux on x86-64): seeded mutations, no coverage"
)
NO_MICROPYTHON = "no micropython beside this Python or on the PATH: CPython only"


@dataclass
class Job:
    """A target, where it runs, and for how long."""

    name: str
    where: str
    runs: int
    command: list[str]


def jobs(names: list[str], runs: int, seed: int, folder: Path) -> list[Job]:
    """Return what there is to do, and print what there is not."""
    todo = []
    guided = importlib.util.find_spec("atheris") is not None
    if not guided:
        print(NO_ATHERIS)
    for name in names:
        count = share(name, runs)
        numbers = [name, str(count), str(seed)]
        if guided:
            kept = folder / name
            kept.mkdir()
            command = [sys.executable, "-m", "tests.fuzz.guided", *numbers, str(kept)]
            todo.append(Job(name, "atheris", count, command))
        else:
            command = [sys.executable, "tests/fuzz/unguided.py", *numbers]
            todo.append(Job(name, "cpython", count, command))
    program = interpreter()
    if program is None:
        print(NO_MICROPYTHON)
        return todo
    for name in names:
        fewer = share(name, max(runs // 100, 100))
        arguments = ["tests/fuzz/unguided.py", name, str(fewer), str(seed)]
        command = [program, "-X", "heapsize=8m", *arguments]
        todo.append(Job(name, "micropython", fewer, command))
    return todo


def share(name: str, runs: int) -> int:
    """Return how many inputs a target gets: a quarter of `runs` where they are histories."""
    return runs // 4 if fuzz.TARGETS[name][2] else runs


def run(job: Job) -> bool:
    """Run a job to its end, print its line, and say whether it went well."""
    start = time.monotonic()
    done = subprocess.run(
        job.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, check=False
    )
    seconds = time.monotonic() - start
    output = done.stdout.decode(errors="replace")
    found = re.findall(r"DONE +(.* lim)|(\d+) of \d+ inputs taken", output)
    note = "".join(found[-1]).removesuffix(" lim") if found else ""
    note = f"{int(note):,} taken" if note.isdigit() else note
    good = done.returncode == 0 and bool(found)
    line = f"{job.name:14} {job.where:12} {job.runs:>11,} inputs {seconds:>6.0f} s"
    if good:
        print(f"{line} {job.runs / seconds:>8,.0f}/s  {note}", flush=True)
    else:
        print(f"{line}  FAILED\n{story(job, output)}", flush=True)
    return good


def story(job: Job, output: str) -> str:
    """Return the end of what a failed job printed, and how to see it again."""
    lines = [line for line in output.splitlines() if not line.startswith("#")]  # progress
    inputs = re.findall(r"^input ([0-9a-f]*)$", output, re.MULTILINE)
    again = [f"again: python -m tests.fuzz --target {job.name} --replay '{x}'" for x in inputs[-1:]]
    return "\n".join(lines[-40:] + again)


def main() -> int:
    """Parse the command line, run, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs for each target")
    parser.add_argument("--target", choices=fuzz.TARGETS, help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="targets at a time")
    parser.add_argument("--replay", metavar="HEX", help="give the target this input only")
    args = parser.parse_args()
    if args.replay is not None:
        if args.target is None:
            parser.error("--replay needs --target")
        taken = fuzz.TARGETS[args.target][0](bytes.fromhex(args.replay))
        print("taken" if taken else "refused")
        return 0
    names = [args.target] if args.target else list(fuzz.TARGETS)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(args.workers) as pool:
        results = list(pool.map(run, jobs(names, args.runs, args.seed, Path(folder))))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
