"""What goes onto a board's filesystem: the firmware of a checkout, compiled where that is possible.

Place: checkout -> here -> `image`.
Guarantee: the same files as on a real board: `boot.py` and `main.py` as they are, `node`, `radio`
and `protocol` under /lib, profiles under /profiles. Modules are .mpy where a fitting mpy-cross is
at hand, else .py: slower to start and larger in RAM, the same otherwise.
"""

import hashlib
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.interpreter import find_mpy_cross

# folder of the checkout -> folder on the board
_PACKAGES = (
    ("protocol", "/lib/protocol"),
    ("firmware/node", "/lib/node"),
    ("firmware/radio", "/lib/radio"),
)


def firmware_files(root: Path) -> dict[str, bytes]:
    """Return {path on the board: content} of the firmware in the checkout at `root`."""
    files = {f"/{name}": (root / "firmware" / name).read_bytes() for name in ("boot.py", "main.py")}
    for path in sorted((root / "firmware" / "profiles").glob("*.json")):
        files[f"/profiles/{path.name}"] = path.read_bytes()
    sources = {
        f"{target}/{path.relative_to(root / folder).as_posix()}": path
        for folder, target in _PACKAGES
        for path in sorted((root / folder).rglob("*.py"))
    }
    files.update(_compiled(sources))
    return files


def _compiled(sources: dict[str, Path]) -> dict[str, bytes]:
    compiler = find_mpy_cross()
    if compiler is None:
        return {target: path.read_bytes() for target, path in sources.items()}
    cache = Path(tempfile.gettempdir()) / f"neckar-mpy-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)

    def compile_one(item: tuple[str, Path]) -> tuple[str, bytes]:
        target, path = item
        return target.removesuffix(".py") + ".mpy", _compile(compiler, cache, target, path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(compile_one, sources.items()))


def _compile(compiler: Path, cache: Path, target: str, path: Path) -> bytes:
    """Compile one module; the cache is keyed by all that the result depends on."""
    parts = (str(compiler).encode(), str(compiler.stat().st_mtime_ns).encode(), target.encode())
    digest = hashlib.sha256(b"\0".join((*parts, path.read_bytes()))).hexdigest()
    result = cache / f"{digest}.mpy"
    if not result.exists():
        fresh = cache / f"{digest}.{os.getpid()}.new"
        command = [compiler, "-s", target.removeprefix("/lib/"), "-o", fresh, path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RigError(f"{path} does not compile: {done.stderr.strip()}")
        fresh.replace(result)
    return result.read_bytes()
