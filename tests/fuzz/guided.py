"""One target under atheris (libFuzzer), which keeps the inputs that reach new lines.

    python -m tests.fuzz.guided TARGET RUNS SEED FOLDER

Place: `__main__` starts it, one process a target, as libFuzzer ends the process it runs in; what it
keeps goes to `FOLDER`.
Guarantee: an input that breaks a promise, takes longer than 10 s or more than 1 GB ends it with a
status other than 0; one that breaks a promise is printed in hex.
"""

import sys
from pathlib import Path

import atheris

sys.path.append(str(Path(__file__).parents[2] / "firmware"))
with atheris.instrument_imports(include=["protocol", "node"]):
    from tests.shared import fuzz
from tests.shared.mutation import LIMIT


def main(name: str, runs: int, seed: int, folder: Path) -> None:
    """Fuzz a target from its corpus; does not return."""
    target = fuzz.TARGETS[name][0]

    def one_input(data: bytes) -> None:
        try:
            target(data)
        except Exception:
            print("input", data.hex(), flush=True)
            raise

    for number, data in enumerate(fuzz.corpus(name)):
        (folder / f"golden-{number}").write_bytes(data)
    bounds = [f"-runs={runs}", f"-max_len={LIMIT}", "-timeout=10", "-rss_limit_mb=1024"]
    options = [f"-seed={seed}", f"-artifact_prefix={folder}/", str(folder)]
    atheris.Setup([sys.argv[0], *bounds, *options], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
