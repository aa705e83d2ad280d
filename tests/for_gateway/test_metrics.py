"""What would make Prometheus refuse a page, or drown in it."""

import asyncio
import math
import re
from pathlib import Path

import pytest

from gateway import census, metrics
from gateway.health import Health
from gateway.metrics import COUNTER, GAUGE, Page
from tests.fakes.running_gateway import FakeApp
from tests.for_gateway.exposition import FormatError, read

OBSERVE = Path(__file__).parents[2] / "docs" / "observe.md"


def page_of(app):
    """Return (text, what a reader makes of it)."""
    nodes = asyncio.run(census.take(app))
    text = metrics.text(app, nodes, Health(app))
    return text, read(text)


def value(found, name, **labels):
    """Return the value of one series."""
    return found["neckar_" + name][2][tuple(sorted(labels.items()))]


def test_a_page_follows_the_specification_and_says_what_is():
    app = FakeApp()
    app.add(17, "air-17")
    app.add(18, "noise-18", quiet_s=5000, missing=12, lost=3)
    app.add(19, "air-19", lab="bahnhof")
    app.security.event("bad_tag", 17, "roof")
    app.spool.rows, app.spool.oldest_ms = 5, app.clock.unix_ms() - 90_000
    _, found = page_of(app)
    assert value(found, "samples_stored_total") == 4000
    assert value(found, "refused_frames_total", kind="unknown_node") == 7
    assert value(found, "spool_oldest_age_seconds") == 90
    assert value(found, "link_frames_total", link="roof", kind="lora") == 1234
    assert value(found, "radio_duty_ratio", radio="roof", band="O") == pytest.approx(24.8 / 360)
    assert value(found, "nodes", lab="innenstadt", state="online") == 1
    assert value(found, "nodes", lab="innenstadt", state="silent") == 1
    assert value(found, "nodes", lab="bahnhof", state="online") == 1
    assert value(found, "samples_missing", lab="innenstadt") == 12
    assert value(found, "security_events_total", kind="bad_tag") == 1
    assert value(found, "commands_total", state="acknowledged") == 15
    assert value(found, "process_resident_memory_bytes") > 2**20


def test_counters_and_only_they_are_called_total():
    _, found = page_of(FakeApp())
    for name, (kind, _, _) in found.items():
        assert (kind == COUNTER) == name.endswith("_total"), name


def test_an_empty_spool_has_no_age():
    _, found = page_of(FakeApp())
    assert "neckar_spool_oldest_age_seconds" not in found


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", 'x"} 1\n# TYPE', "münster", "a,b={}", ""])
def test_a_name_of_any_characters_stays_one_label(name):
    page = Page()
    page.add("x", GAUGE, 'words with \\ and\nline "feeds"', [({"link": name, "b": name}, 1)])
    kind, words, series = read(page.text())["neckar_x"]
    assert (kind, words) == (GAUGE, 'words with \\ and\nline "feeds"')
    assert series == {(("b", name), ("link", name)): 1}


@pytest.mark.parametrize("number", [0, -1, 2**63, 0.1, 1e300, math.inf, -math.inf, True])
def test_every_number_is_read_as_it_was(number):
    page = Page()
    page.add("x", GAUGE, "words", number)
    assert read(page.text())["neckar_x"][2] == {(): number}


def test_not_a_number_is_written_as_such():
    page = Page()
    page.add("x", GAUGE, "words", math.nan)
    assert page.text().endswith("neckar_x NaN\n")
    assert math.isnan(read(page.text())["neckar_x"][2][()])


def test_a_city_makes_no_more_series_than_a_village():
    village, city = FakeApp(), FakeApp()
    for i in range(3):
        village.add(i, f"air-{i}", lab=f"lab-{i % 3}")
    for i in range(3000):
        city.add(i, f"air-{i}", lab=f"lab-{i % 3}", quiet_s=i, missing=i, lost=i)
    assert len(page_of(city)[0].splitlines()) == len(page_of(village)[0].splitlines())


def test_labs_without_end_are_counted_together():
    app = FakeApp()
    for i in range(1000):
        app.add(i, f"air-{i}", lab=f"lab-{i}")
    _, found = page_of(app)
    series = found["neckar_nodes"][2]
    assert len(series) == 2 * (census.LABS + 1)
    assert value(found, "nodes", lab=census.OTHER_LABS, state="online") == 1000 - census.LABS


def test_the_document_names_every_metric_and_no_other():
    app = FakeApp()
    app.add(17, "air-17")
    app.spool.oldest_ms = 0
    app.security.event("bad_tag", 17, "roof")
    _, found = page_of(app)
    rows = re.findall(r"^\| `(neckar_\w+)` \| (\w+) \|", OBSERVE.read_text(encoding="utf-8"), re.M)
    assert dict(rows) == {name: kind for name, (kind, _, _) in found.items()}


@pytest.mark.parametrize(
    "page",
    [
        "neckar_x 1\n",  # no TYPE
        "# HELP a b\n# TYPE a gauge\na 1",
        "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        '# HELP a b\n# TYPE a gauge\na{x="1} 2\n',
        '# HELP a b\n# TYPE a gauge\na{x="\\t"} 2\n',
        "# HELP a b\n# TYPE a gauge\na one\n",
        "# HELP a b\n# TYPE a gouge\na 1\n",
        "# HELP a b\n# HELP a c\n# TYPE a gauge\na 1\n",
    ],
)
def test_the_reader_of_this_test_bites(page):
    with pytest.raises(FormatError):
        read(page)
