"""workshop.toml as people write it: read whole, or one line that says what would be right."""

from pathlib import Path

import pytest

from tests.for_tools.workshops import ESCROW, GATEWAY, LAB, SECOND, STRANGER, make, public, said
from tools.flashing import keys, workshop
from tools.flashing.errors import FlashError
from tools.flashing.workshop_file import LabelSize, parse

FILE = Path("/w/workshop.toml")
LEAST = 'by = "Uli"\noperator = "Stadt"\naddresses = "10-99"\n'
SHOWN = keys.told(public(GATEWAY))


def wrong(text):
    """Return what is said of a file."""
    with pytest.raises(FlashError) as e:
        parse(FILE, text.encode())
    return said(e.value)


def test_the_least_that_has_to_be_there_is_enough():
    settings = parse(FILE, LEAST.encode())
    assert (settings.by, settings.operator, settings.contact) == ("Uli", "Stadt", "")
    assert settings.addresses == range(10, 100)
    assert settings.bundle == Path("/w/neckar.bundle")
    assert (settings.ports, settings.baud, settings.trusted) == ([], 921600, [])
    assert (settings.broker, settings.escrow, settings.labs) == (None, None, {})
    assert settings.label == LabelSize(62.0, 29.0, 300)


def test_everything_that_can_be_said_is_taken():
    text = f"""\ufeff
by = "E. Maier"
operator = "Stadt Heilbronn"
contact = "sensoren@stadt.example"
addresses = "100 – 299"
bundle = "/media/stick/neckar.bundle"
ports = ["/dev/ttyS*", "rfc2217://bench:4000"]
baud = 460800
trusted = ["{keys.encoded(bytes(range(32)))}"]
escrow = '''{keys.told(public(ESCROW))}'''

[label]
width_mm = 50
height_mm = 25.4
dpi = 203

[broker]
host = "broker.stadt.example"
port = 1883
tls = false
user = "werkstatt"
password_file = "broker.password"
city = "heilbronn"

[labs.innenstadt]
purpose = "Luft messen"
public_url = "https://daten.stadt.example/innenstadt"
gateways = ["{keys.encoded(public(GATEWAY))} 0", '''{SHOWN}''']
settings = {{ interval_s = 300, radio = {{ channels = [1, 2], txp = 14 }}, console = "locked" }}

[labs.bahnhof]
""".replace(f"{keys.encoded(public(GATEWAY))} 0", keys.told(public(SECOND)).replace("\n", "; "))
    settings = parse(FILE, text.encode())
    assert settings.addresses == range(100, 300)
    assert settings.bundle == Path("/media/stick/neckar.bundle")
    assert settings.ports == ["/dev/ttyS*", "rfc2217://bench:4000"]
    assert (settings.baud, settings.trusted) == (460800, [bytes(range(32))])
    assert settings.escrow == public(ESCROW)
    assert settings.label == LabelSize(50.0, 25.4, 203)
    broker = settings.broker
    assert (broker.host, broker.port, broker.tls) == ("broker.stadt.example", 1883, False)
    assert (broker.user, broker.city) == ("werkstatt", "heilbronn")
    assert broker.password_file == Path("/w/broker.password")
    lab = settings.labs["innenstadt"]
    assert lab.gateways == [public(SECOND), public(GATEWAY)]
    assert lab.settings["radio"] == {"channels": [1, 2], "txp": 14}
    assert (lab.purpose, lab.public_url) == (
        "Luft messen",
        "https://daten.stadt.example/innenstadt",
    )
    assert settings.labs["bahnhof"].gateways == []


@pytest.mark.parametrize(
    ("line", "code", "field", "value"),
    [
        ("by = 7", "F310", "by", "7"),
        ('by = ""', "F310", "by", ""),
        ('by = "Elisabeth-Maier-Amt-61"', "F310", "by", "Elisabeth-Maier-Amt-61"),
        ('addresses = "99-10"', "F310", "addresses", "99-10"),
        ('addresses = "10-65536"', "F310", "addresses", "10-65536"),
        ('addresses = "10"', "F310", "addresses", "10"),
        ("addresses = 10", "F310", "addresses", "10"),
        ("baud = true", "F310", "baud", "True"),
        ("baud = 5", "F310", "baud", "5"),
        ('ports = "/dev/ttyS0"', "F310", "ports", "/dev/ttyS0"),
        ("ports = [1]", "F310", "ports", "1"),
        ('trusted = ["abc"]', "F310", "trusted", "abc"),
        ("label = 62", "F310", "label", "62"),
        ("label = { width_mm = 5 }", "F310", "label.width_mm", "5"),
        ("label = { width = 62 }", "F312", "label.width", None),
        ("adresses = 1", "F312", "adresses", None),
        ("[broker]", "F311", "broker.host", None),
        ('[broker]\nhost = "a b"\ncity = "x"', "F310", "broker.host", "a b"),
        ('[broker]\nhost = "a"\ncity = "X"', "F310", "broker.city", "X"),
        ('[broker]\nhost = "a"\ncity = "x"\npassword = "geheim"', "F312", "broker.password", None),
        ('[broker]\nhost = "a"\npassword_file = 7', "F310", "broker.password_file", "***"),
        ("[labs.Innenstadt]", "F310", "labs.Innenstadt", "Innenstadt"),
        ("[labs.unknown]", "F310", "labs.unknown", "unknown"),
        ("[labs]\ninnenstadt = 1", "F310", "labs.innenstadt", "1"),
        ('[labs.a]\ngateway = ["x"]', "F312", "labs.a.gateway", None),
        ('[labs.a]\npublic_url = "daten.stadt"', "F310", "labs.a.public_url", "daten.stadt"),
        ("[labs.a]\nsettings = 5", "F310", "labs.a.settings", "5"),
        ("[labs.a]\nsettings.a.b = [2026-11-25]", "F310", "labs.a.settings.a.b", "2026-11-25"),
        ("[labs.a]\nsettings = { a = nan }", "F310", "labs.a.settings.a", "nan"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_would_be_right(line, code, field, value):
    key = line.split(" =")[0]
    rest = [given for given in LEAST.splitlines() if not given.startswith(f"{key} =")]
    error = wrong("\n".join([*rest, line]))
    assert (error.code, error.values["field"]) == (code, field)
    assert error.values["file"] == FILE
    assert error.values.get("value") == value
    assert error.values.get("example") or error.values["known"]


@pytest.mark.parametrize("key", ["by", "operator", "addresses"])
def test_what_is_missing_is_named_with_an_example(key):
    error = wrong("\n".join(line for line in LEAST.splitlines() if not line.startswith(key)))
    assert (error.code, error.values["field"]) == ("F311", key)
    assert error.values["example"].startswith('"')


def test_a_field_that_is_unknown_comes_with_the_nearest_names():
    assert wrong(LEAST + "adress = 1").values["known"].split(", ")[0] == "addresses"
    assert wrong(LEAST + "trustd = 1").values["known"] == "trusted"
    assert "labs" in wrong(LEAST + "xyzzy = 1").values["known"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"by = Uli\n", "line 1"),
        (b'by = "Uli"\nby = "E"\n', "line 2"),
        (b'by = "Uli\n', "line 1"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_is_no_toml_is_named_with_its_line(content, words):
    with pytest.raises(FlashError) as e:
        parse(FILE, content)
    assert e.value.code == "F301"
    assert e.value.values["file"] == FILE
    assert words in e.value.values["why"]


PUBLIC = keys.encoded(public(GATEWAY))


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC,  # without its id a slip would show when nobody can open a record
        SHOWN.replace(PUBLIC[5], "A" if PUBLIC[5] != "A" else "B"),
        SHOWN.replace(PUBLIC, keys.encoded(GATEWAY.private_bytes_raw())),
        keys.told(bytes(32)),  # a point of low order
        keys.told(public(GATEWAY)).replace("=", ""),
        f"{SHOWN}\n{keys.told(public(SECOND))}",
        "public key  hello\nkey id  85159c613fa2f4ae",
    ],
)
def test_a_gateways_key_with_a_slip_in_it_is_refused(text):
    error = wrong(f"{LEAST}[labs.a]\ngateways = ['''{text}''']")
    assert (error.code, error.values["field"]) == ("F310", "labs.a.gateways")
    assert "keys show" in error.values["example"]
    assert wrong(f"escrow = '''{text or ' '}'''\n{LEAST}").values["field"] == "escrow"


@pytest.mark.parametrize(
    "text",
    [
        SHOWN,
        SHOWN.replace("\n", " "),
        f"$ neckar-gateway keys show\n{SHOWN}\n",
        f"  {PUBLIC}\t{SHOWN.split()[-1]}",
        SHOWN.replace("\n", "\r\n"),
    ],
)
def test_a_gateways_key_is_taken_as_people_paste_it(text):
    settings = parse(FILE, f"{LEAST}[labs.a]\ngateways = ['''{text}''']".encode())
    assert settings.labs["a"].gateways == [public(GATEWAY)]


def test_a_lab_without_a_gateway_cannot_have_nodes(tmp_path):
    made = make(tmp_path / "workshop")
    assert made.recipients(LAB) == [public(GATEWAY), public(SECOND), public(ESCROW)]
    path = made.folder / "workshop.toml"
    path.write_text(path.read_text() + "[labs.leer]\ngateways = []\n")
    made = workshop.load(made.folder)
    with pytest.raises(FlashError) as e:
        made.recipients("leer")
    assert (e.value.code, e.value.values["lab"]) == ("F318", "leer")
    with pytest.raises(FlashError) as e:
        made.recipients("inenstadt")
    assert (e.value.code, e.value.values["known"]) == ("F317", "innenstadt, leer")
    assert public(STRANGER) not in made.recipients(LAB)


def test_where_no_workshop_is_that_is_said(tmp_path):
    with pytest.raises(FlashError) as e:
        workshop.load(tmp_path)
    assert (e.value.code, e.value.values["folder"]) == ("F300", tmp_path)
    given = workshop.default_folder({"NECKAR_WORKSHOP": "/srv/w"})
    assert given == Path("/srv/w")
    assert workshop.default_folder({}) == Path.home() / ".local/share/neckar/workshop"
