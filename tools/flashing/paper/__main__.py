"""`python -m tools.flashing.paper`: make the pictures of docs/labels.md, of made-up data.

Place: here -> docs/labels.
Guarantee: labels come out the same, byte for byte (a test holds them against the code); pictures of
signs depend on the program that makes pictures of pages, `pdftoppm` of poppler-utils.
"""

import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image

from tools.flashing.paper import SHEET, SIZES, Label, LabelSize, Sign, make_label, make_sign

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "labels"
_DAY = date(2026, 11, 25)
_SHORT = Label(17, "air-17", "innenstadt", "heltec_v3", "Stadt Musterburg", _DAY)
_LONG = Label(
    65535,
    "verkehr-kaethchenstrasse-42-richtung-norden",
    "suedliche-innenstadt",
    "t_beam_sx1262",
    "Große Kreisstadt Musterburg, Amt für Straßenwesen",
    _DAY,
)
LABELS: dict[str, tuple[Label, LabelSize]] = {
    **{name: (_SHORT, size) for name, size in SIZES.items()},
    "sheet-70x37": (_SHORT, SHEET),
    "long-names-62x29": (_LONG, SIZES["brother-62x29"]),
}
_SENSORS = {
    "air": ("particles", "climate", "co2"),
    "noise": ("noise",),
    "traffic": ("directions",),
}


def sign(subject: str) -> Sign:
    """Return a sign of a city that does not exist."""
    return Sign(
        address=17,
        profile={
            "interval_s": 900 if subject == "air" else 300,
            "sensors": [{"kind": kind} for kind in _SENSORS[subject]],
        },
        operator="Stadt Musterburg",
        office="Amt 61, Stabsstelle Digitale Stadt",
        phone="Telefon 01234 56-0",
        mail="sensoren@musterburg.example",
        data_protection="Datenschutzbeauftragte: datenschutz@musterburg.example",
        url=f"https://daten.musterburg.example/innenstadt/{subject}-17",
        made=_DAY,
        lab="Innenstadt",
        point=f"{subject}-17",
        until=date(2027, 12, 31),
        languages=("de", "en"),
    )


def _picture(pdf: bytes, page: int) -> Image.Image:
    """Return a page as people see it, in few colours."""
    place = ["-f", str(page), "-l", str(page), "-r", "110", "-singlefile"]
    made = subprocess.run(["pdftoppm", *place], input=pdf, capture_output=True, check=True)
    return Image.open(BytesIO(made.stdout)).quantize(128, dither=Image.Dither.NONE)


def main() -> int:
    """Write the pictures; return the exit code."""
    FOLDER.mkdir(exist_ok=True)
    for name, (label, size) in LABELS.items():
        (FOLDER / f"{name}.png").write_bytes(make_label(label, size).png)
    for subject in _SENSORS:
        for page, lang in enumerate(("de", "en"), 1):
            picture = _picture(make_sign(sign(subject)), page)
            picture.save(FOLDER / f"sign-{subject}-{lang}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
