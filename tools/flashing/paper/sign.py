"""The sign for the public, A6: what is measured here, by whom, what for, and what is not.

Place: command line -> Sign -> PDF with one page for each language.
Guarantee: a sign that lacks who is responsible or whom to ask is not made. Nothing but the name of
the place is cut: what does not fit is an error that names the longest text. The same sign gives the
same bytes.

It answers what a sign of the standard DTPR has to (purpose, who is accountable, personal data or
not, whom to tell), and names of Art. 13 (1) of the GDPR who is responsible, the data protection
officer and the purpose. That nothing personal is collected is for the operator to answer for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tools.flashing.errors import FlashError
from tools.flashing.paper import layout, words
from tools.flashing.paper.pages import Pages

WIDTH_MM, HEIGHT_MM = 105, 148
_LONGEST_URL = 200
_WEB = re.compile(r"https?://[^\s/]+\.[^\s]+")
_REACHABLE = re.compile(r"@|(\d\D{0,2}){5}")


@dataclass(frozen=True)
class Sign:
    """What stands on it besides the words for its profile.

    `profile` is the content of a file of firmware/profiles. `office` answers questions, reached by
    `phone` or `mail`, one of which has to be there; `data_protection` is the data protection
    officer, with an address. `url` shows the live data. `purpose` and `purpose_en` replace the
    words for the profile. `until` None: no end is set.
    """

    address: int
    profile: dict[str, Any]
    operator: str
    data_protection: str
    url: str
    made: date
    office: str = ""
    phone: str = ""
    mail: str = ""
    lab: str = ""
    point: str = ""
    purpose: str = ""
    purpose_en: str = ""
    until: date | None = None
    languages: Sequence[str] = field(default=("de",))


def make_sign(sign: Sign) -> bytes:
    """Return the PDF.

    FlashError F603 (no words for a sensor), F604 (a field is missing), F605 (does not fit), F606
    (no address of a page).
    """
    _check(sign)
    subject, quantities = subject_of(sign.profile)
    first = sign.languages[0]
    title = words.SUBJECTS[subject][first].title
    page = Pages(WIDTH_MM, HEIGHT_MM, f"{title} ({sign.address})", first, sign.made)
    page.set_author(sign.operator)
    page.use_letters()
    for at, lang in enumerate(sign.languages):
        if at:
            page.add_page()
        layout.draw(page, sign, lang, subject, quantities)
    return page.bytes()


def subject_of(profile: dict[str, Any]) -> tuple[str, list[str]]:
    """Return what a profile is about, and the names of its quantities; FlashError F603.

    The first sensor decides, unless it looks after the device only.
    """
    subjects: list[str] = []
    quantities: list[str] = []
    for sensor in profile.get("sensors", []):
        kind = sensor.get("kind")
        if kind not in words.KINDS:
            raise FlashError("F603", kind=kind, known=sorted(words.KINDS))
        subject, names = words.KINDS[kind]
        subjects.append(subject)
        quantities += names
    seen = [subject for subject in subjects if subject != "device"]
    return (seen or ["device"])[0], quantities


def _check(sign: Sign) -> None:
    for name in ("operator", "data_protection", "url"):
        if not str(getattr(sign, name)).strip():
            raise FlashError("F604", field=name)
    if not _REACHABLE.search(f"{sign.phone} {sign.mail}"):
        raise FlashError("F604", field="--phone, --mail")
    if len(sign.url) > _LONGEST_URL or not _WEB.fullmatch(sign.url):
        raise FlashError("F606", url=sign.url, longest=_LONGEST_URL)
