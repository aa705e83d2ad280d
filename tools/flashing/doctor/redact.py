"""Takes secrets out of what is shown and what is passed on.

Place: everything of Report and bundle -> `Redactor` -> terminal, archive.
Guarantee: a key that it was told of is in no text that it returns: not as bytes, as hexadecimal
digits in any case and with any separators, as base64 with either alphabet, as numbers, or as Python
writes bytes. What looks like a key goes too, whether it was told of or not: 32 or more hexadecimal
digits, long base64, and whatever follows a word such as key, password or token.
"""

import base64
import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "***"
_NAMED_SO = r"(?:[a-z0-9]+[_-])*(?:key|passwor[dt]|passphrase|secret|token|psk|credential)s?"
_SECRET_FIELD = re.compile(rf"{_NAMED_SO}(?:_file)?", re.IGNORECASE)
_HASHES = ("bundle", "commit", "image")  # of a release: their beginning says as much
_HASH_DIGITS = 16
_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # 16 or more bytes in hexadecimal, with or without something between them.
        (r"(?<![0-9a-z])(?:[0-9a-f]{2}[\s:,;_-]{0,2}){15,}[0-9a-f]{2}(?![0-9a-z])", re.IGNORECASE),
        (r"[0-9a-f]{32,}", re.IGNORECASE),
        (r"(?:\\x|0x)[0-9a-f]{1,2}(?:[\s,]{0,2}(?:\\x|0x)[0-9a-f]{1,2}){11,}", re.IGNORECASE),
        # base64 of 16 bytes and more that ends as such, or mixes all its letters.
        (r"[A-Za-z0-9+/_-]{20,}={1,2}", 0),
        (r"\b(?=[A-Za-z0-9+_-]*[A-Z])(?=[A-Za-z0-9+_-]*[a-z])(?=[A-Za-z0-9+_-]*\d)"
         r"[A-Za-z0-9+_-]{36,}", 0),
    )
)  # fmt: skip
_AFTER_WORD = re.compile(
    rf"(?P<word>(?<![\w-]){_NAMED_SO}[\"']?\s*[:=]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;}}\]]+)",
    re.IGNORECASE,
)
_LEAST_SECRET = 6  # bytes: what is shorter would blank out half a text


def forms(secret: bytes) -> list[bytes]:
    """Return the ways in which a secret may be written, longest first, as bytes."""
    digits = secret.hex()
    found = {secret, repr(secret)[2:-1].encode(), _as_text(secret)}
    found |= {str(list(secret))[1:-1].encode(), digits[::-1].encode()}
    found.add(base64.b32encode(secret).rstrip(b"="))
    for word in (secret, digits.encode(), digits.upper().encode()):
        for lead, skipped in enumerate((0, 2, 3)):  # also within the base64 of something longer
            whole = base64.b64encode(bytes(lead) + word)[skipped : (lead + len(word)) * 8 // 6]
            found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return sorted((form for form in found if len(form) >= _LEAST_SECRET), key=len, reverse=True)


def _as_text(secret: bytes) -> bytes:
    """Return a secret as it stands in a text that was decoded byte by byte."""
    return secret.decode("latin-1").encode()


class Redactor:
    """`secrets` are keys that are known; more come with `learn`."""

    def __init__(self, secrets: Iterable[bytes] = ()):
        self._forms: list[bytes] = []
        self._digits: list[re.Pattern[bytes]] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[bytes]) -> None:
        """Take out these as well from now on."""
        for secret in secrets:
            if len(secret) >= _LEAST_SECRET:
                self._digits.append(_digits_of(secret))
                self._forms += [form for form in forms(secret) if form not in self._forms]
        self._forms.sort(key=len, reverse=True)

    def text(self, given: str | bytes) -> str:
        """Return a text without secrets; what is no UTF-8 stands in it as \\x.."""
        data = given if isinstance(given, bytes) else given.encode("utf-8", "backslashreplace")
        for digits in self._digits:
            data = digits.sub(HIDDEN.encode(), data)
        for form in self._forms:
            data = _without(data, form)
        text = data.decode("utf-8", "backslashreplace")
        text = _AFTER_WORD.sub(rf"\g<word>{HIDDEN}", text)
        for pattern in _PATTERNS:
            text = pattern.sub(HIDDEN, text)
        return text

    def value(self, given: Any, name: str = "") -> Any:
        """Return JSON data without secrets: fields that are named as such, and in every text."""
        if _is_secret(name) and given not in (None, ""):
            return HIDDEN
        if isinstance(given, dict):
            return {self.text(str(key)): self.value(each, str(key)) for key, each in given.items()}
        if isinstance(given, list | tuple):
            return [self.value(each) for each in given]
        if isinstance(given, str) and name in _HASHES:
            return self.text(given[:_HASH_DIGITS])
        return self.text(given) if isinstance(given, str | bytes) else given

    def holds_secret(self, data: bytes) -> bool:
        """Say whether a known secret is still in some bytes: the last look before they leave."""
        lower = data.lower()
        return any(digits.search(data) for digits in self._digits) or any(
            form.lower() in lower for form in self._forms
        )


def _without(data: bytes, form: bytes) -> bytes:
    """Return data without a form of a secret, in any case of its letters."""
    if form.lower() not in data.lower():
        return data
    return re.sub(re.escape(form), HIDDEN.encode(), data, flags=re.IGNORECASE)


def _digits_of(secret: bytes) -> re.Pattern[bytes]:
    """Return what finds the hexadecimal digits of a secret, whatever stands between its bytes."""
    each = [rb"(?:\\x|0x)?" + b"%02x" % byte for byte in secret]
    return re.compile(rb"[\s:,;_-]{0,3}".join(each), re.IGNORECASE)


def _is_secret(name: str) -> bool:
    return _SECRET_FIELD.fullmatch(name) is not None
