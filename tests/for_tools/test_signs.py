"""Signs that do not say what is measured, or whom to ask; that promise what the firmware does not
keep; texts that leave the paper."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from node.sensors import _KINDS, build
from protocol import quantities
from tests.for_tools.test_labels import ink, read, rendered
from tools.flashing.errors import FlashError
from tools.flashing.paper import make_sign, write_sign
from tools.flashing.paper.__main__ import sign
from tools.flashing.paper.sign import subject_of
from tools.flashing.paper.words import HEADINGS, KINDS, QUANTITIES, SUBJECTS, every

PROFILES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[2] / "firmware" / "profiles").glob("*.json"))
}
NEEDED = {"level": {"mount_height_m": 3.5}, "parking": {"occupied_below_m": 1.8}}
BOTH = ("de", "en")
PURPOSE = (
    "Wir möchten wissen, wie sich der Verkehr zwischen dem südlichen Neckarufer und der"
    " Käthchenstraße über den Tag verteilt, damit die Ampeln besser geschaltet werden können. Der"
    " Gemeinderat hat die Erprobung am 14. Oktober 2026 beschlossen."
)


def measured_by_firmware(profile: dict) -> list[str]:
    """Return the quantities of a profile, as the firmware's own sensors say them."""
    sensors = [
        {"kind": sensor["kind"], "driver": "simulated", **NEEDED.get(sensor["kind"], {})}
        for sensor in profile["sensors"]
    ]
    built = build({"sensors": sensors}, {})
    return [name for sensor in built for name in sensor.quantities]


def text_of(pdf: bytes) -> str:
    """Return what a page says, on one line."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing")
    made = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(made.stdout.decode().split())


def is_refused(code: str, **changed: object) -> dict:
    """Return the values of the error."""
    with pytest.raises(FlashError) as caught:
        make_sign(replace(sign("traffic"), **changed))
    assert caught.value.code == code
    return caught.value.values


def test_every_kind_of_sensor_says_what_the_firmware_measures():
    kinds = [line.split()[0] for line in _KINDS.splitlines() if line and line[0] != " "]
    assert KINDS.keys() == {kind for kind in kinds if kind != "farthest_m=8.0"}
    for kind, (_, names) in KINDS.items():
        assert list(names) == measured_by_firmware({"sensors": [{"kind": kind}]}), kind


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_words_in_both_languages(name):
    subject, names = subject_of(PROFILES[name])
    assert names == measured_by_firmware(PROFILES[name])
    for lang in BOTH:
        assert SUBJECTS[subject][lang].title
        assert len(re.findall(r"\.( |$)", SUBJECTS[subject][lang].purpose)) == 2


def test_every_quantity_of_the_protocol_has_words():
    assert QUANTITIES.keys() == set(quantities.names())
    assert all(len(words) == 2 and all(words) for words in QUANTITIES.values())


def test_what_is_never_measured_stands_on_every_sign():
    for subject in SUBJECTS.values():
        german = " ".join(subject["de"].not_measured)
        english = " ".join(subject["en"].not_measured)
        for word in ("Bilder", "Tonaufnahmen", "Personen", "Kennzeichen", "MAC-Adressen"):
            assert word in german
        for word in ("ictures", "sound", "ersons", "number plates", "MAC addresses"):
            assert word in english


def test_noise_and_traffic_say_how_little_they_keep():
    assert "weder gespeichert noch gesendet" in SUBJECTS["noise"]["de"].not_measured[0]
    assert "no sound is stored or sent" in SUBJECTS["noise"]["en"].not_measured[0]
    assert "nur gezählt" in SUBJECTS["traffic"]["de"].not_measured[0]


@pytest.mark.parametrize("name", PROFILES)
def test_a_sign_says_everything_that_belongs_on_it(name):
    made = replace(sign("air"), profile=PROFILES[name], languages=("de",))
    said = text_of(make_sign(made))
    subject, names = subject_of(PROFILES[name])
    words = SUBJECTS[subject]["de"]
    wanted = [words.title, words.purpose, *words.not_measured, made.operator, made.office]
    wanted += [made.phone, made.mail, made.data_protection, "31.12.2027", "25.11.2026"]
    wanted += ["Gerät 17 · air-17 · Innenstadt", "Wir erheben keine personenbezogenen Daten."]
    wanted += [QUANTITIES[name][0] for name in names]
    wanted.append("alle 5 Minuten" if PROFILES[name]["interval_s"] == 300 else "alle 15 Minuten")
    assert [text for text in wanted if text not in said] == []


def test_the_second_page_is_english():
    said = text_of(make_sign(sign("noise")))
    assert "Hier wird die Lautstärke gemessen" in said
    assert "Loudness is measured here" in said and "every 5 minutes" in said
    assert make_sign(sign("noise")).count(b"/Type /Page\n") == 2
    assert HEADINGS["de"].keys() == HEADINGS["en"].keys()


def test_a_purpose_of_the_lab_stands_in_its_own_language_only():
    said = text_of(make_sign(replace(sign("traffic"), purpose=PURPOSE)))
    assert PURPOSE in said
    assert SUBJECTS["traffic"]["de"].purpose not in said
    assert SUBJECTS["traffic"]["en"].purpose in said


def test_the_paper_is_a6():
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", make_sign(sign("air")))
    assert [[round(float(side) / 72 * 25.4) for side in box] for box in boxes] == [[105, 148]]


@pytest.mark.parametrize("length", [26, 60, 120, 200])
def test_the_code_leads_to_the_live_data(length):
    url = "https://daten.stadt.example/".ljust(length, "x")[:length]
    made = replace(sign("noise"), url=url, languages=("de",))
    found = read(rendered(make_sign(made), 300))
    assert [code.text for code in found] == [url]
    assert found[0].ec_level in ("M", "Q", "H")


@pytest.mark.parametrize("subject", ["air", "noise", "traffic"])
def test_nothing_leaves_the_margins_or_runs_into_the_foot(subject):
    made = replace(
        sign(subject),
        languages=("de",),
        purpose=PURPOSE,
        operator="Große Kreisstadt Heilbronn, Amt für Straßenwesen und Mobilität",
        lab="südliche Innenstadt und Neckarufer mit Hafen und Bahnhofsvorstadt",
        point="verkehr-an-der-kaethchenstrasse-42-richtung-norden-zweite-spur",
    )
    page = rendered(make_sign(made), 200)
    mm = 200 / 25.4
    below = page.crop((0, round(26 * mm), page.width, page.height))
    left, _, right, bottom = ink(below)
    assert left >= 6.8 * mm and page.width - right >= 6.5 * mm
    assert page.height - round(26 * mm) - bottom >= 5 * mm
    gap = page.crop((0, round((148 - 7 - 7.5) * mm), page.width, round((148 - 7 - 5) * mm)))
    assert ink(gap) is None


def test_a_text_that_does_not_fit_names_the_longest_field():
    assert is_refused("F605", purpose=PURPOSE * 8)["field"] == "purpose"
    assert is_refused("F605", data_protection="Beauftragte " * 90)["field"] == "data_protection"
    assert is_refused("F605", operator="Stadt " * 60)["field"] == "operator"


@pytest.mark.parametrize("field", ["operator", "data_protection", "url"])
def test_a_sign_without_somebody_responsible_is_not_made(field):
    assert is_refused("F604", **{field: "  "}) == {"field": field}


def test_a_sign_without_a_way_to_ask_is_not_made():
    assert "mail" in is_refused("F604", phone="", mail="im Rathaus")["field"]
    make_sign(replace(sign("air"), phone="", office=""))
    make_sign(replace(sign("air"), mail="", phone="07131 12-345"))


@pytest.mark.parametrize(
    "url", ["daten.stadt.example", "ftp://a.example/x", "https://", "https://a b.de/x", "x" * 300]
)
def test_an_address_that_leads_nowhere_is_refused(url):
    assert is_refused("F606", url=url)["longest"] == 200


def test_a_sensor_without_words_is_refused():
    profile = {"interval_s": 300, "sensors": [{"kind": "camera"}]}
    assert is_refused("F603", profile=profile)["kind"] == "camera"


def test_a_node_that_measures_only_itself_says_so():
    profile = {"interval_s": 900, "sensors": [{"kind": "battery"}, {"kind": "solar"}]}
    assert subject_of(profile) == ("device", ["battery", "solar"])
    assert subject_of({"sensors": [{"kind": "battery"}, {"kind": "co2"}]})[0] == "air"
    for subject in ("weather", "water", "parking"):
        kinds = [kind for kind, (about, _) in KINDS.items() if about == subject]
        sensors = [{"kind": kind} for kind in kinds]
        make_sign(replace(sign("air"), profile={"interval_s": 60, "sensors": sensors}))
    make_sign(replace(sign("air"), profile=profile))


def test_names_with_letters_that_the_fonts_lack_still_make_a_sign():
    said = text_of(make_sign(replace(sign("air"), operator="Gemeinde Ä ğ ł 大 ①")))
    assert "Gemeinde Ä ğ ł ? 1" in said


def test_no_end_and_how_often_are_said_in_words():
    assert "nicht befristet" in text_of(make_sign(replace(sign("air"), until=None)))
    assert [every(seconds, "de") for seconds in (60, 300, 3600, 7200, 90)] == [
        *("jede Minute", "alle 5 Minuten", "jede Stunde", "alle 2 Stunden", "alle 90 Sekunden")
    ]
    assert every(900, "en") == "every 15 minutes"


def test_the_same_sign_gives_the_same_bytes_and_a_name_of_its_node(tmp_path):
    path = write_sign(tmp_path / "signs", sign("air"))
    assert path.name == "sign-17.pdf"
    assert path.read_bytes() == make_sign(sign("air"))
    later = make_sign(replace(sign("air"), made=date(2031, 5, 6)))
    assert re.findall(rb"D:(\d+)", later) == [b"20310506000000"]
    assert b"fpdf" not in later
