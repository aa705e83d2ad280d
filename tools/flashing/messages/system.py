"""What the operating system says of files, ports and networks, in German.

Place: the `why` of a FlashError -> `german` -> messages.text.

A process has the system's words in English, whatever its language: Python does not ask the locale
of the C library, and on a small machine no other one is there.
"""

import re

_GERMAN = {
    "Address family not supported by protocol": "Adressart nicht unterstützt",
    "Broken pipe": "Gegenstelle ist weg",
    "Connection refused": "Verbindung abgelehnt",
    "Connection reset by peer": "Verbindung vom anderen Ende beendet",
    "Device or resource busy": "Gerät ist belegt",
    "Directory not empty": "Ordner ist nicht leer",
    "File exists": "gibt es schon",
    "File name too long": "Name ist zu lang",
    "File too large": "Datei ist zu groß",
    "Inappropriate ioctl for device": "ist kein serieller Anschluss",
    "Input/output error": "Ein-/Ausgabefehler",
    "Is a directory": "ist ein Ordner",
    "Name or service not known": "Name unbekannt",
    "Network is unreachable": "Netz ist nicht erreichbar",
    "No route to host": "kein Weg dorthin",
    "No space left on device": "Datenträger ist voll",
    "No such device": "Gerät gibt es nicht",
    "No such device or address": "Gerät gibt es nicht",
    "No such file or directory": "gibt es nicht",
    "Not a directory": "ist kein Ordner",
    "Not a regular file": "keine gewöhnliche Datei",
    "Operation not permitted": "nicht erlaubt",
    "Operation not supported": "hier nicht möglich",
    "Permission denied": "keine Berechtigung",
    "Read-only file system": "nur lesbar",
    "Stale file handle": "Netzlaufwerk ist weg",
    "Temporary failure in name resolution": "Namen sind gerade nicht auflösbar",
    "Too many levels of symbolic links": "Verweise führen im Kreis",
    "Too many open files": "zu viele offene Dateien",
    "timed out": "keine Antwort",
}
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_ANY = "|".join(map(re.escape, _GERMAN))
_WORDS = re.compile(rf"(?<!\w)(?:{_ANY})(?!\w)", re.IGNORECASE)
_BY_WORDS = {words.lower(): german for words, german in _GERMAN.items()}


_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def german(words: str) -> str:
    """Return words with what the system said in them in German."""
    words = _PLACE.sub(r"(Zeile \1, Spalte \2)", _NUMBER.sub("", words))
    return _WORDS.sub(lambda found: _BY_WORDS[found[0].lower()], words)
