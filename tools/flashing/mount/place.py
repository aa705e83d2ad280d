"""Checks what a technician says of a place, one answer at a time.

Place: keyboard, options -> here -> record.
Guarantee: what passes here the gateway takes. What does not is a FlashError that shows the answer
and an example. A photo is hashed where it lies: it is neither copied nor opened as a picture.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from tools.flashing import record_format
from tools.flashing.errors import FlashError

_DECIMAL = r"-?\d{1,3}[.,]\d{3,}"  # three decimals are a hundred metres
_PAIR = re.compile(
    rf"(?:geo:)?\s*(?P<ns>[NS]?)\s*(?P<lat>{_DECIMAL})\s*°?\s*(?P<ns2>[NS]?)\s*[,;/\s]\s*"
    rf"(?P<ew>[EOW]?)\s*(?P<lon>{_DECIMAL})\s*°?\s*(?P<ew2>[EOW]?)",
    re.IGNORECASE,
)
_MINUTES = r"(\d{1,3})\s*°\s*(\d{1,2})\s*['′’]\s*(\d{1,2}(?:[.,]\d+)?)\s*[\"″”]?\s*"
_DEGREES = re.compile(rf"{_MINUTES}([NS])[,;\s]*{_MINUTES}([EOW])", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[@=/](-?\d{1,2}\.\d{3,})(?:,|/|%2C)(-?\d{1,3}\.\d{3,})", re.IGNORECASE)
_LENGTH = re.compile(r"(-?\d{1,4}(?:[.,]\d{1,2})?)\s*m?", re.IGNORECASE)
_ANGLE = re.compile(r"(\d{1,3}(?:[.,]\d)?)\s*°?")
_POINTS = ("N", "NNO", "NO", "ONO", "O", "OSO", "SO", "SSO",
           "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")  # fmt: skip
_PICTURES = (".jpg", ".jpeg", ".png", ".heic", ".webp")
_PHOTO_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff/\\]{1,120}")
_REMARKS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,500}")
_CHUNK = 2**20


def position(text: str) -> dict[str, Any]:
    """Return lat and lon, WGS 84, of what a map copies: decimal, with minutes, or an address."""
    text = text.strip()
    if match := _DEGREES.fullmatch(text):
        lat = _signed(_of_minutes(*match.group(1, 2, 3)), match[4])
        lon = _signed(_of_minutes(*match.group(5, 6, 7)), match[8])
    elif match := _PAIR.fullmatch(text):
        lat = _signed(_number(match["lat"]), match["ns"] or match["ns2"])
        lon = _signed(_number(match["lon"]), match["ew"] or match["ew2"])
    elif match := _IN_ADDRESS.search(text):
        lat, lon = float(match[1]), float(match[2])
    else:
        raise FlashError("F502", value=_shown(text))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise FlashError("F502", value=_shown(text))
    return {"lat": round(lat, 6), "lon": round(lon, 6)}


def height(text: str) -> dict[str, Any]:
    """Return metres above the ground."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not -100 <= _number(match[1]) <= 1000:
        raise FlashError("F503", value=_shown(text))
    return {"height_m": _number(match[1])}


def direction(text: str) -> dict[str, Any]:
    """Return degrees from north, clockwise, of a number or a point of the compass."""
    name = text.strip().upper().replace("E", "O")
    if name in _POINTS:
        return {"direction_deg": 22.5 * _POINTS.index(name)}
    match = _ANGLE.fullmatch(text.strip())
    if match is None or _number(match[1]) > 360:
        raise FlashError("F504", value=_shown(text))
    return {"direction_deg": _number(match[1])}


def pole(text: str) -> dict[str, Any]:
    """Return the number that stands on a pole."""
    return {"pole": _line("F505", text, record_format.LINE)}


def who(text: str) -> str:
    """Return the name of whoever is on the ladder."""
    return _line("F511", text, record_format.LINE)


def remarks(text: str) -> str:
    """Return whatever else there is to say, in one line."""
    return _line("F508", text, _REMARKS)


def point(text: str) -> str:
    """Return the name of a measuring point, as topics take it."""
    name = text.strip()
    if not record_format.POINT.fullmatch(name):
        raise FlashError("F509", value=_shown(name))
    return name


def photo(text: str) -> dict[str, Any]:
    """Return name, SHA-256 and size of a picture; F506 where it cannot be read, F507: is none."""
    path = Path(text.strip()).expanduser()
    if path.suffix.lower() not in _PICTURES or not _PHOTO_NAME.fullmatch(path.name):
        raise FlashError("F507", file=path.name or text, known=", ".join(_PICTURES))
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as e:
        raise FlashError("F506", file=path, why=e.strerror or str(e)) from e
    if not size:
        raise FlashError("F506", file=path, why="0 B")
    return {"name": path.name, "sha256": digest.hexdigest(), "bytes": size}


def _line(code: str, text: str, pattern: re.Pattern[str]) -> str:
    words = text.strip()
    if not pattern.fullmatch(words):
        raise FlashError(code, value=_shown(words))
    if record_format.looks_like_a_key(words):
        raise FlashError("F513")
    return words


def _of_minutes(degrees: str, minutes: str, seconds: str) -> float:
    return int(degrees) + int(minutes) / 60 + _number(seconds) / 3600


def _signed(value: float, side: str) -> float:
    return -value if side.upper() in ("S", "W") and side else value


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _shown(text: str) -> str:
    return text.strip()[:60] or "-"
