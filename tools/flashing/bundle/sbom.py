"""What a bundle is made of, for those who watch over weaknesses: CycloneDX 1.6 in JSON.

    firmware of ours ──> each module of it
                     └─> MicroPython for each chip ──> ESP-IDF

Place: making -> here -> sbom.json of a bundle.
Guarantee: the same bundle gives the same list: its time is that of the commit, its number follows
from what it lists. Modules have SHA-256 and SHA-512 of what goes onto the board. Of what is within
MicroPython and ESP-IDF only these two are listed, and the list says that it is incomplete there.

Fields as BSI TR-03183-2 (version 2.1.0, section 5) asks for: who made the list and when; of each
component its maker, name, version, file, licence, SHA-512, whether it is executable, an archive,
structured. The names `bsi:component:...` are those of the BSI's taxonomy of properties; we know it
from programs that read it, not from its text.
"""

import hashlib
import uuid
from typing import Any, NamedTuple

LICENCE = "Apache-2.0"
_SPACE = uuid.UUID("f1d2a2a4-5c0e-5d7f-9a53-6d1c3b1d0c17")  # a name space of our own
_FIRMWARE = "neckar-firmware"
_MICROPYTHON = {"name": "MicroPython", "url": ["https://micropython.org"]}
_ESPRESSIF = {"name": "Espressif Systems", "url": ["https://www.espressif.com"]}


class Maker(NamedTuple):
    """Who answers for a bundle; `contact` is an e-mail address or a URL."""

    name: str = "Neckar"
    contact: str = ""


def sbom(facts: dict[str, Any], members: dict[str, bytes], maker: Maker) -> dict[str, Any]:
    """Return the list; `facts` as in manifest.json, `members` without it."""
    modules = [
        _module(name, data, facts["version"], maker)
        for name, data in sorted(members.items())
        if name.startswith(("lib/", "scripts/"))
    ]
    images = [_image(chip, each, members) for chip, each in facts["images"].items()]
    idfs = {
        ref: _idf(ref, version)
        for ref, version in map(_idf_of, facts["images"].values())
        if version
    }
    components = [*modules, *images, *idfs.values()]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": facts["created"],
            "manufacturer": _organisation(maker),
            "component": _firmware(facts, maker),
        },
        "components": components,
        "dependencies": _dependencies(facts, components),
        "compositions": _compositions(modules, images, idfs),
    }
    number = uuid.uuid5(_SPACE, repr(content))
    return {**content, "serialNumber": f"urn:uuid:{number}"}


def _firmware(facts: dict[str, Any], maker: Maker) -> dict[str, Any]:
    return {
        "type": "firmware",
        "bom-ref": _FIRMWARE,
        "manufacturer": _organisation(maker),
        "supplier": _organisation(maker),
        "name": _FIRMWARE,
        "version": facts["version"],
        "licenses": _licence(LICENCE),
        "properties": [
            {"name": "neckar:commit", "value": facts["commit"]},
            {"name": "neckar:dirty", "value": str(facts["dirty"]).lower()},
            {"name": "neckar:firmware-hash", "value": facts["hash"]},
        ],
    }


def _module(name: str, data: bytes, version: str, maker: Maker) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": name,
        "manufacturer": _organisation(maker),
        "supplier": _organisation(maker),
        "name": name.partition("/")[2].rpartition(".")[0].replace("/", "."),
        "version": version,
        "hashes": _hashes(data),
        "licenses": _licence(LICENCE),
        "properties": _properties(name),
    }


def _image(chip: str, facts: dict[str, Any], members: dict[str, bytes]) -> dict[str, Any]:
    version = facts["version"].removeprefix("v")
    return {
        "type": "firmware",
        "bom-ref": f"micropython-{chip}",
        "manufacturer": _MICROPYTHON,
        "supplier": _MICROPYTHON,
        "name": "MicroPython",
        "version": version,
        "description": f"interpreter and bootloader for {chip}, from {facts['file']}",
        "cpe": f"cpe:2.3:a:micropython:micropython:{version}:*:*:*:*:*:*:*",
        "purl": f"pkg:github/micropython/micropython@v{version}",
        "hashes": _hashes(members[f"images/{chip}.bin"]),
        "licenses": _licence("MIT"),
        "properties": _properties(f"images/{chip}.bin"),
    }


def _idf_of(facts: dict[str, Any]) -> tuple[str, str]:
    """Return reference and version of an image's ESP-IDF; no version where it tells none."""
    return f"esp-idf-{facts['idf']}", facts["idf"]


def _idf(ref: str, version: str) -> dict[str, Any]:
    return {
        "type": "framework",
        "bom-ref": ref,
        "manufacturer": _ESPRESSIF,
        "supplier": _ESPRESSIF,
        "name": "ESP-IDF",
        "version": version.removeprefix("v"),
        "purl": f"pkg:github/espressif/esp-idf@{version}",
        "licenses": _licence("Apache-2.0"),
    }


def _dependencies(facts: dict[str, Any], components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    below: dict[str, list[str]] = {each["bom-ref"]: [] for each in components}
    for chip, image in facts["images"].items():
        ref, version = _idf_of(image)
        below[f"micropython-{chip}"] = [ref] if version else []
    direct = [each["bom-ref"] for each in components if each["name"] != "ESP-IDF"]
    return [{"ref": ref, "dependsOn": refs} for ref, refs in {_FIRMWARE: direct, **below}.items()]


def _compositions(
    modules: list[dict[str, Any]], images: list[dict[str, Any]], idfs: dict[str, Any]
) -> list[dict[str, Any]]:
    complete = [_FIRMWARE, *(each["bom-ref"] for each in modules)]
    open_ended = [*(each["bom-ref"] for each in images), *idfs]
    return [
        {"aggregate": "complete", "dependencies": complete},
        {"aggregate": "incomplete", "dependencies": open_ended},
    ]


def _organisation(maker: Maker) -> dict[str, Any]:
    if "@" in maker.contact:
        return {"name": maker.name, "contact": [{"email": maker.contact}]}
    return {"name": maker.name, **({"url": [maker.contact]} if maker.contact else {})}


def _licence(name: str) -> list[dict[str, Any]]:
    return [{"license": {"id": name, "acknowledgement": "declared"}}]


def _hashes(data: bytes) -> list[dict[str, str]]:
    return [
        {"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()},
        {"alg": "SHA-512", "content": hashlib.sha512(data).hexdigest()},
    ]


def _properties(name: str) -> list[dict[str, str]]:
    """Return what the BSI wants to know of a file; all of ours run, and none is an archive.

    An image is not structured: its parts cannot be told apart by their names.
    """
    form = "unstructured" if name.startswith("images/") else "structured"
    return [
        {"name": "bsi:component:filename", "value": name.rpartition("/")[2]},
        {"name": "bsi:component:executable", "value": "executable"},
        {"name": "bsi:component:archive", "value": "no archive"},
        {"name": "bsi:component:structured", "value": form},
    ]
