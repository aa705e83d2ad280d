"""What an operator reads at three in the morning: the screens themselves are files.

After a wanted change: `python -m tests.for_gateway.test_status_text` writes them again; read them.
"""

import asyncio
from pathlib import Path

import pytest

from gateway import census
from gateway.cli import status_text
from gateway.cli.status import at_rest
from gateway.cli.status_text import clean, duration, render
from gateway.health import Health
from gateway.overview import overview
from tests.fakes.running_gateway import CONCENTRATOR, RADIO, FakeApp, FakeLink

SCREENS = Path(__file__).with_name("screens")


def state_of(app, tick=True):
    """Return what /status says."""
    health = Health(app)
    if tick:
        health.tick()
    return overview(app, asyncio.run(census.take(app)), health)


def well():
    """All is well."""
    app = FakeApp()
    for address, name in ((17, "air-17"), (18, "noise-18"), (19, "water-19")):
        app.add(address, name)
    app.clock.advance(50)
    return state_of(app)


def trouble():
    """The disk is full, the broker away, a modem unplugged, a lab dark, somebody forges frames."""
    app = FakeApp(registered=340)
    for address in range(40):
        app.add(address, f"air-{address}", lab="bahnhof", quiet_s=3 * 86400 + address * 1000)
    for address in range(100, 300):
        missing, lost = address % 7 == 0 and address, address % 50 == 0 and 3
        app.add(address, f"noise-{address}", missing=missing, lost=lost, interval_s=900)
    app.links.append(FakeLink("a-name-that-is-longer-than-its-column", "lora", RADIO, False))
    quiet = {**CONCENTRATOR, "quiet_s": 500}
    app.links.append(FakeLink("air", "udp", None, True, {"town-hall": quiet, "a": CONCENTRATOR}))
    app.links[1].radio = {**RADIO, "error": "no SX1262 on SPI 1: check wiring"}
    app.ingest.storing, app.ingest.store_error = False, "only 3 MB are free on the disk"
    app.publisher.connected, app.publisher.error = False, "[Errno 111] Connection refused"
    app.spool.rows, app.spool.bytes, app.spool.dropped_samples = 1234567, 900 * 2**20, 4711
    app.spool.oldest_ms = app.clock.unix_ms() - 26 * 3600 * 1000
    app.commands.counters = {"queued": 12, "sent": 1, "acknowledged": 1500, "failed": 2}
    health = Health(app)
    health.tick()
    for address in range(8):
        app.security.event("bad_tag", address, "roof")
    app.security.event("locked_out", 3, "roof")
    app.clock.advance(400)
    health.tick()
    return overview(app, asyncio.run(census.take(app)), health)


def gone():
    """No gateway runs; something waits on the disk."""
    state = at_rest(FakeApp().config, 0)
    state["spool"].update(rows=12345, bytes=2**20, oldest_age_s=7200)
    return state


def hostile():
    """Everything that comes from somewhere else brings control characters."""
    app = FakeApp()
    evil = "\x1b[2J\x1b]0;owned\x07\r\nall well\u202e"
    app.add(17, evil, lab=evil, quiet_s=5000, missing=1, lost=1)
    app.links = [FakeLink(evil, "lora", {**RADIO, "error": evil, "duty": {}})]
    app.publisher.error = evil
    app.security.event("bad_tag", 17, evil, why=evil)
    app.commands.counters = {evil: 1}
    return state_of(app)


SCENES = {"well": well, "trouble": trouble, "gone": gone, "hostile": hostile}


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_is_as_it_was(name):
    wanted = (SCREENS / f"{name}.txt").read_text(encoding="utf-8")
    assert render(SCENES[name]()) == wanted


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_fits_a_terminal(name):
    lines = render(SCENES[name]()).split("\n")
    assert all(len(line) <= 80 for line in lines), max(lines, key=len)
    assert len(lines) <= 50


@pytest.mark.parametrize("name", SCENES)
def test_nothing_from_outside_reaches_the_terminal_as_a_command(name):
    text = render(SCENES[name]())
    assert all(c.isprintable() or c == "\n" for c in text)


def test_colour_changes_nothing_but_colour():
    state = trouble()
    painted = render(state, colour=True)
    for code in ("\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"):
        assert code in painted
        painted = painted.replace(code, "")
    assert painted == render(state)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (7260, "2 h 1 min"),
        (86400 * 400 + 3600, "400 d 1 h"),
    ],
)
def test_times_are_in_their_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_clean_keeps_every_letter():
    assert clean("Straßenlärm 17 °C") == "Straßenlärm 17 °C"


def test_a_screen_has_a_line_for_each_part():
    text = render(well())
    for word in ("links", "broker", "spool", "nodes", "commands", "security"):
        assert f"\n{word} " in text
    assert text.startswith("gw-1 in heilbronn: all well")
    assert status_text.render(gone()).startswith("gw-1 in heilbronn: DOES NOT RUN")


if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    for scene, make in SCENES.items():
        (SCREENS / f"{scene}.txt").write_text(render(make()), encoding="utf-8")
