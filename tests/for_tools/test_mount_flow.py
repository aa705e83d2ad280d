"""A technician on a ladder: what is asked and said, what becomes of a bad link, what is kept."""

import json

import pytest

from tests.for_tools.workshops import LAB, NOW, claim, finished, make
from tools.flashing.errors import FlashError
from tools.flashing.mount import flow, linkcheck, over_gateway, record
from tools.flashing.mount.given import Given
from tools.flashing.mount.verdict import Link
from tools.flashing.texts import say
from tools.flashing.workshop import load

GOOD = Link("green", 10, 10, 14, 12, 9)
WEAK = Link("yellow", 10, 10, 5, 6, 9)
BAD = Link("red", 0, 3)


class Technician:
    """Answers by option, one answer after the other, else with Enter; notes all he hears."""

    def __init__(self, lang: str = "de", **answers: list[str] | str):
        self.lang = lang
        self.heard: list[str] = []
        self.asked: list[str] = []
        self._answers = {
            f"--{name}": [given] if isinstance(given, str) else list(given)
            for name, given in answers.items()
        }

    def line(self, question: str, option: str, **values: object) -> str:
        self.asked.append(option)
        assert say(question, self.lang, **values)
        left = self._answers.get(option, [])
        return left.pop(0) if left else ""

    def tell(self, text: str) -> None:
        self.heard.append(text)


@pytest.fixture
def workshop(tmp_path):
    """Return a workshop whose node 10 is finished, and made for the point air-10."""
    made = make(tmp_path / "workshop")
    finished(made.records, 1, point="air-10")
    return made


@pytest.fixture
def links(monkeypatch):
    """Return a list of what the tests by cable find; an error is raised."""
    found: list[Link | FlashError] = []

    def check(port, address, service_key, frames):
        assert (port, len(service_key)) == ("/dev/ttyUSB0", 16)
        link = found.pop(0)
        if isinstance(link, FlashError):
            raise link
        return link

    monkeypatch.setattr(linkcheck, "check", check)
    return found


CABLE = Given(port="/dev/ttyUSB0")
ALL = {
    "node": "neckar:10",
    "point": "air-10",
    "position": "49.1427, 9.2109",
    "height": "3,5",
    "direction": "S",
    "pole": "L 12",
    "remarks": "neben der Uhr",
}


def do(given, workshop, talk):
    return flow.mount(given, workshop, talk, clock=lambda: NOW)


def test_everything_is_asked_and_signed_and_kept(workshop, links, tmp_path):
    photo = tmp_path / "mast.jpg"
    photo.write_bytes(b"picture")
    links.append(GOOD)
    talk = Technician(**ALL, photo=str(photo))
    done = do(CABLE, workshop, talk)
    found = json.loads(done.path.read_text())
    assert found == done.record
    assert record.is_signed(found, workshop.signer().public)
    assert found["place"] == {
        "lat": 49.1427,
        "lon": 9.2109,
        "height_m": 3.5,
        "direction_deg": 180.0,
        "pole": "L 12",
    }
    assert (found["address"], found["epoch"], found["lab"]) == (10, 1, LAB)
    assert found["hardware"] == "24:6f:28:00:00:01"
    assert (found["point"], found["by"], found["remarks"]) == ("air-10", "Uli", "neben der Uhr")
    assert found["photo"]["name"] == "mast.jpg"
    assert found["link"] == {
        "way": "cable",
        "verdict": "green",
        "frames": 10,
        "answered": 10,
        "up_db": 14,
        "down_db": 12,
        "sf": 9,
        "when": "2026-11-25T09:46:40Z",
    }
    said = "\n".join(talk.heard)
    for words in ("GRÜN: 10 von 10", "14 dB", "SF9", "Sendungen je Stunde", "keine Menschen"):
        assert words in said
    assert done.frames_per_hour and done.frames_per_hour > 10
    assert str(done.path) in said


def test_what_is_not_answered_is_left_out(workshop, links):
    links.append(GOOD)
    talk = Technician(node="10")
    done = do(CABLE, workshop, talk)
    assert done.record["point"] == "air-10"
    assert not {"place", "photo", "remarks", "replaces"} & done.record.keys()


def test_options_are_not_asked(workshop, links):
    links.append(GOOD)
    given = Given(
        code="10", port="/dev/ttyUSB0", point="air-11", position="49.1427, 9.2109", height="4",
        direction="90", pole="L 1", photo=None, remarks="x", by="E. Maier", replaces=12,
    )  # fmt: skip
    done = do(given, workshop, None)
    assert (done.record["point"], done.record["replaces"], done.record["by"]) == (
        "air-11", 12, "E. Maier",
    )  # fmt: skip
    talk = Technician()
    links.append(GOOD)
    do(given, workshop, talk)
    assert talk.asked == ["--photo"]


def test_an_answer_that_does_not_fit_is_told_and_asked_again(workshop, links):
    links.append(GOOD)
    talk = Technician(**{**ALL, "node": ["x", "10"], "height": ["hoch", "3"]})
    assert do(CABLE, workshop, talk).record["place"]["height_m"] == 3.0
    assert [text[:4] for text in talk.heard if text.startswith("F5")] == ["F501", "F503"]


def test_an_option_that_does_not_fit_ends_it_before_the_long_test(workshop, links):
    for name, code in (("height", "F503"), ("photo", "F507"), ("by", "F511"), ("pole", "F505")):
        given = Given(code="10", port="/dev/ttyUSB0", **{name: "\n"})
        with pytest.raises(FlashError) as e:
            do(given, workshop, Technician())
        assert e.value.code == code
    assert not (workshop.folder / "mounts").exists()


def test_a_weak_link_is_tested_again_half_a_metre_higher(workshop, links):
    links += [BAD, WEAK, GOOD]
    talk = Technician(**ALL, anyway=["", ""])
    assert do(CABLE, workshop, talk).record["link"]["verdict"] == "green"
    said = "\n".join(talk.heard)
    for words in ("ROT: 0 von 3", "Niemand antwortet", "GELB", "Einen halben Meter höher"):
        assert words in said


def test_a_weak_link_is_recorded_where_the_technician_wants_it(workshop, links):
    links += [BAD]
    done = do(CABLE, workshop, Technician(**ALL, anyway=["what?", "j"]))
    assert done.record["link"]["verdict"] == "red"
    assert done.frames_per_hour is None


def test_giving_up_leaves_nothing(workshop, links):
    links += [WEAK]
    with pytest.raises(FlashError) as e:
        do(CABLE, workshop, Technician(**ALL, anyway="q"))
    assert e.value.code == "F528"
    assert not (workshop.folder / "mounts").exists()


def test_without_anybody_yellow_is_recorded_and_red_is_not(workshop, links):
    given = Given(code="10", port="/dev/ttyUSB0")
    links += [WEAK, BAD, BAD]
    assert do(given, workshop, None).record["link"]["verdict"] == "yellow"
    with pytest.raises(FlashError) as e:
        do(given, workshop, None)
    assert e.value.code == "F527"
    anyway = Given(code="10", port="/dev/ttyUSB0", anyway=True)
    assert do(anyway, workshop, None).record["link"]["verdict"] == "red"
    assert len(list((workshop.folder / "mounts").glob("*.json"))) == 2


def test_a_test_that_fails_is_told_and_can_be_tried_again_or_left_out(workshop, links):
    fails = FlashError("F520", port="/dev/ttyUSB0", seconds=40)
    links += [fails, GOOD, fails]
    talk = Technician(**ALL, anyway=[""])
    assert do(CABLE, workshop, talk).record["link"]["verdict"] == "green"
    assert any(text.startswith("F520") for text in talk.heard)
    assert "link" not in do(CABLE, workshop, Technician(**ALL, anyway="j")).record
    links.append(fails)
    with pytest.raises(FlashError) as e:
        do(Given(code="10", port="/dev/ttyUSB0"), workshop, None)
    assert e.value.code == "F520"


def test_a_place_can_be_recorded_without_a_test(workshop):
    given = Given(code="10", way="none", position="49.1427, 9.2109")
    done = do(given, workshop, None)
    assert done.link is None
    assert "link" not in done.record


def test_the_way_through_the_gateway_needs_no_cable(workshop, monkeypatch):
    asked = []

    def check(broker, password, wanted, on_state):
        asked.append((broker.host, password, wanted))
        on_state("queued")
        on_state("a state of later")
        return GOOD

    monkeypatch.setattr(over_gateway, "check", check)
    text = '\n[broker]\nhost = "broker.example"\ncity = "heilbronn"\npassword_file = "b.password"\n'
    (workshop.folder / "b.password").touch(0o600)
    (workshop.folder / "b.password").write_text("secret\n")
    with (workshop.folder / "workshop.toml").open("a") as file:
        file.write(text)
    talk = Technician(**ALL)
    done = do(Given(), load(workshop.folder), talk)
    assert done.record["link"]["way"] == "gateway"
    ((host, password, wanted),) = asked
    assert (host, password) == ("broker.example", "secret")
    assert (wanted.address, wanted.lab, wanted.by) == (10, LAB, "Uli")
    assert any("wartet auf den Knoten" in text for text in talk.heard)


def test_without_a_broker_or_a_port_it_says_so_at_once(workshop):
    for given, code in ((Given(code="10"), "F530"), (Given(code="10", way="cable"), "F512")):
        with pytest.raises(FlashError) as e:
            do(given, workshop, Technician())
        assert e.value.code == code


def test_what_is_needed_and_not_given_names_its_option(workshop):
    for given, option in ((Given(way="none"), "--node"), (Given(way="none", code="77"), "--point")):
        with pytest.raises(FlashError) as e:
            do(given, workshop, None)
        assert (e.value.code, e.value.values["option"]) == ("F512", option)


def test_a_node_of_another_workshop_is_mounted_by_its_number_alone(workshop):
    done = do(Given(code="500", way="none", point="air-500"), workshop, None)
    assert done.record["lab"] == LAB  # the only one
    assert not {"epoch", "hardware"} & done.record.keys()
    with pytest.raises(FlashError) as e:
        do(Given(code="500", way="none", point="air-500", lab="nowhere"), workshop, None)
    assert e.value.code == "F317"


def test_a_board_that_is_not_finished_or_was_wiped_is_not_mounted(workshop):
    claim(workshop.records, 2)
    workshop.records.retire("24:6f:28:00:00:01", {}, NOW + 5, "Uli")
    for number, code in (("11", "F515"), ("10", "F514")):
        with pytest.raises(FlashError) as e:
            do(Given(code=number, way="none", point="x"), workshop, None)
        assert e.value.code == code


def test_english_is_spoken_as_well(workshop, links):
    links.append(WEAK)
    talk = Technician(lang="en", **ALL, anyway="y")
    do(CABLE, workshop, talk)
    said = "\n".join(talk.heard)
    for words in ("YELLOW: 10 of 10", "Half a metre higher", "frames an hour", "no people"):
        assert words in said
