"""What is printed: labels for boards, signs for the public.

Place: provisioning, batch bench, command line -> here -> files of a folder.
Guarantee: each file is there whole or not at all, and the same input gives the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

from tools.flashing import durable
from tools.flashing.paper.label import Files, Label, make_label
from tools.flashing.paper.sheet import make_sheet
from tools.flashing.paper.sign import Sign, make_sign
from tools.flashing.paper.sizes import SHEET, SIZES, LabelSize, size_named

__all__ = [
    "SHEET",
    "SIZES",
    "Files",
    "Label",
    "LabelSize",
    "Sign",
    "make_label",
    "make_sheet",
    "make_sign",
    "size_named",
    "write_label",
    "write_sheet",
    "write_sign",
]


def write_label(folder: Path, label: Label, size: LabelSize) -> tuple[Path, Path]:
    """Write `label-<address>.png` and `.pdf`; return their paths.

    FlashError F601, and those of `durable`.
    """
    files = make_label(label, size)
    return (
        _write(folder / f"label-{label.address}.png", files.png),
        _write(folder / f"label-{label.address}.pdf", files.pdf),
    )


def write_sheet(folder: Path, labels: Sequence[Label], first: int = 1) -> Path:
    """Write `labels-<first address>-<last>.pdf` for sheets of 3 x 8; see `make_sheet`.

    FlashErrors of `durable`.
    """
    name = f"labels-{labels[0].address}-{labels[-1].address}.pdf"
    return _write(folder / name, make_sheet(labels, first))


def write_sign(folder: Path, sign: Sign) -> Path:
    """Write `sign-<address>.pdf`. FlashError F603 to F606, and those of `durable`."""
    return _write(folder / f"sign-{sign.address}.pdf", make_sign(sign))


def _write(path: Path, data: bytes) -> Path:
    durable.make_folder(path.parent, 0o755)
    durable.write(path, data)
    return path
