"""A bundle that was checked: what goes onto a board, by its name and what it is to do.

Place: file -> `open_bundle` -> Bundle -> provisioning, doctor, signs.
Guarantee: there is no Bundle that is not signed by a trusted key and complete. What a board gets
comes from the bundle alone: no checkout, no compiler, no network.

    index.json   {board: {"node": {profile: [sources] or "wire"}, "modem": [sources] or null}}

A text in place of the sources is the wire that the profile needs and the board does not have.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tools.flashing.bundle import archive, manifest
from tools.flashing.bundle.image import SECTOR_BYTES
from tools.flashing.errors import FlashError
from tools.rig.firmware import small

ROLES = ("node", "modem")
TOOL = "0.1.0"  # of this program; pyproject.toml says the same
SCRIPTS = ("boot.py", "main.py")
_HASH_DIGITS = 16


def open_bundle(path: Path, trusted: Collection[bytes]) -> "Bundle":
    """Return a bundle that is signed with one of these Ed25519 public keys, each of 32 bytes.

    F201 to F211 where it is not, or where anything of it is not as it was signed.
    """
    members = archive.read(path)
    return Bundle(manifest.check(members, trusted, TOOL, path), members)


@dataclass(frozen=True)
class Image:
    """A MicroPython image and where it goes.

    `offset` is where `data` begins in flash, `vfs_offset` where the files do. `frozen`: it has the
    firmware in it.
    """

    chip: str
    offset: int
    data: bytes
    sha256: str
    version: str
    frozen: bool
    vfs_offset: int
    vfs_bytes: int | None

    def vfs_size(self, flash_size: int) -> int:
        """Return how many bytes the files have on a chip with that much flash.

        F218 where the image, or the partition that it wants, is too large for it.
        """
        end = self.offset + len(self.data)
        size = flash_size - self.vfs_offset if self.vfs_bytes is None else self.vfs_bytes
        needed = max(end, self.vfs_offset + max(size, SECTOR_BYTES))
        if needed > flash_size:
            raise FlashError(
                "F218", chip=self.chip, needed_kb=needed >> 10, found_kb=flash_size >> 10
            )
        return size


class Bundle:
    """`boards` and `profiles` are names; `hash` names the bundle, `firmware_hash` the firmware."""

    def __init__(self, facts: dict[str, Any], members: dict[str, bytes]):
        self._facts = facts
        self._members = members
        self.version: str = facts["version"]
        self.commit: str = facts["commit"]
        self.is_dirty: bool = facts["dirty"]
        self.created: str = facts["created"]
        self.firmware_hash: str = facts["hash"]
        self.hash = hashlib.sha256(members[manifest.MANIFEST]).hexdigest()
        self.chips = sorted(facts["images"])
        self.boards = self._names("boards/")
        self.profiles = self._names("profiles/")

    def sbom(self) -> dict[str, Any]:
        """Return the list of what is in it: CycloneDX 1.6."""
        return self._json("sbom.json")

    def board(self, name: str) -> dict[str, Any]:
        """Return all that the file of a board says; F212 where there is none."""
        if name not in self.boards:
            raise FlashError("F212", board=name, known=self.boards)
        return self._json(f"boards/{name}.json")

    def profile(self, name: str) -> dict[str, Any]:
        """Return all that a profile says; F213 where there is none."""
        if name not in self.profiles:
            raise FlashError("F213", profile=name, known=self.profiles)
        return self._json(f"profiles/{name}.json")

    def text(self, name: str) -> str:
        """Return what is for people: `profiles`, `boards` (Markdown) or `licence`."""
        return self._members[f"texts/{name}"].decode()

    def image(self, chip: str) -> Image:
        """Return the MicroPython for a chip; F217 where there is none."""
        if chip not in self._facts["images"]:
            raise FlashError("F217", chip=chip, known=self.chips)
        facts = self._facts["images"][chip]
        name = f"images/{chip}.bin"
        return Image(
            chip,
            facts["offset"],
            self._members[name],
            self._facts["members"][name][1],
            facts["version"],
            facts["frozen"],
            facts["vfs_offset"],
            facts["vfs_bytes"],
        )

    def files(self, board: str, profile: str | None, role: str = "node") -> dict[str, bytes]:
        """Return what a board has on its flash by path, but for who it is and its settings.

        F212 to F217 where board, profile and role do not fit, or the bundle has no image for it.
        """
        needed = self._needed(board, profile, role)
        described = self.board(board)
        image = self.image(described["mcu"])
        files = {f"/{name}": self._members[f"scripts/{name}"] for name in SCRIPTS}
        files["/board.json"] = small(described)
        files["/firmware.hash"] = self.firmware_hash.encode()
        files["/release.json"] = manifest.encode(
            {
                "version": self.version,
                "commit": self.commit,
                "bundle": self.hash[:_HASH_DIGITS],
                "image": image.sha256[:_HASH_DIGITS],
            }
        )
        if profile is not None:
            files[f"/profiles/{profile}.json"] = small(self.profile(profile))
        if not image.frozen:
            for source in needed:
                module = f"lib/{source.removesuffix('.py')}.mpy"
                files[f"/{module}"] = self._members[module]
        return files

    def _needed(self, board: str, profile: str | None, role: str) -> list[str]:
        """Return the sources of the modules; F212 to F216 where these do not fit together."""
        self.board(board)
        if role not in ROLES:
            raise FlashError("F216", role=role, known=ROLES)
        fits = self._index[board][role]
        if role == "modem":
            if profile is not None or fits is None:
                raise FlashError("F215", board=board, known=self._modems())
            return list(fits)
        if profile is None:
            raise FlashError("F213", profile="–", known=self.profiles)
        self.profile(profile)
        if isinstance(fits[profile], str):
            fitting = [name for name, needs in fits.items() if not isinstance(needs, str)]
            raise FlashError(
                "F214", board=board, profile=profile, wire=fits[profile], known=fitting
            )
        return list(fits[profile])

    def _modems(self) -> list[str]:
        return [name for name in self.boards if self._index[name]["modem"] is not None]

    @cached_property
    def _index(self) -> dict[str, Any]:
        return self._json("index.json")

    def _names(self, folder: str) -> list[str]:
        found = [name for name in self._members if name.startswith(folder)]
        return sorted(name.removeprefix(folder).removesuffix(".json") for name in found)

    def _json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._members[name])
        return content
