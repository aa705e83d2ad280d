"""The pages of the gateway as it is: what they show must be what it did."""

import asyncio
import json

import pytest

from gateway.app import App
from gateway.cli import status_text
from gateway.config import load
from gateway.registry import service
from gateway.registry.database import Database
from gateway.status import Statuses
from tests.fakes.clock import FakeClock
from tests.fakes.node import FakeNode
from tests.for_gateway import exposition
from tests.for_gateway.registered import PRIVATE, key_of, record, take


class Cable:
    """A link that keeps what is answered; does not model the air."""

    name, kind, quality, wait_s = "mast-1", "serial", None, 0.0

    def __init__(self):
        self.answers = []

    def send(self, frame, on_sent=None):
        """Keep an answer."""
        self.answers.append(frame)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Return the gateway of a registry with the nodes 17, 18 and 19; 19 is revoked."""
    with Database(tmp_path / "registry.db", who="uli") as database:
        take(database, *(record(address, radio=False) for address in (17, 18, 19)))
        service.revoke(database, 19, "stolen")
    monkeypatch.setattr("gateway.app.read_private", lambda path: PRIVATE)
    (tmp_path / "gateway.key").touch()
    (tmp_path / "gateway.toml").write_text("""
[gateway]
id = "gw-1"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1:1"
[spool]
path = "spool.db"
[registry]
path = "registry.db"
key_file = "gateway.key"
[http]
port = 0
[[serial]]
name = "mast-1"
port = "/dev/nowhere"
optional = true
""")
    return App(load(tmp_path / "gateway.toml"), FakeClock())


async def heard(app):
    """Let nodes speak: 17 as it should, 18 with a wrong key, 19 that is revoked, a stranger."""
    cable = Cable()
    node = FakeNode(17, key_of(17), samples=40)
    for now_ms in range(0, 5000, 50):
        frame = node.frame(now_ms)
        if frame is None:
            break
        app.ingest.frames(cable, [frame])
        await app.ingest.commit()
        while cable.answers:
            node.take(cable.answers.pop(0), now_ms)
    for address in (18, 19, 4711):
        app.ingest.frames(cable, [FakeNode(address, bytes(16), samples=1).frame(0)])
    await app.ingest.commit()


def pages(app):
    """Return (metrics, status) after nodes have spoken."""

    async def job():
        await heard(app)
        app.seeing.health.tick()
        metrics, status = await app.seeing._metrics(), await app.seeing._status()
        app.worker.close()
        return exposition.read(metrics.body.decode()), json.loads(status.body)

    return asyncio.run(job())


def test_the_pages_show_what_the_gateway_did(app):
    metrics, status = pages(app)

    def value(name, **labels):
        return metrics["neckar_" + name][2][tuple(sorted(labels.items()))]

    assert value("samples_stored_total") == 40
    assert value("refused_frames_total", kind="bad_tag") == 1
    assert value("refused_frames_total", kind="unknown_node") == 1
    assert value("security_events_total", kind="bad_tag") == 1
    assert value("security_events_total", kind="revoked") == 1
    assert value("nodes", lab="innenstadt", state="online") == 1
    assert value("commits_total") > 0
    assert value("waiting_frames") == 0
    assert value("spool_rows") == status["spool"]["rows"] > 0
    assert status["nodes"]["registered"] == 3
    assert [p["code"] for p in status["problems"]] == ["no_link", "broker_away", "revoked"]
    assert {e["event"]: e["node"] for e in status["security"]["recent"]} == {
        "bad_tag": 18,
        "revoked": 19,
    }


def test_a_terminal_shows_it_too(app):
    text = status_text.render(pages(app)[1])
    assert "NOT WELL" in text
    assert "3 registered: 1 online, 0 silent, 2 unheard" in text
    assert "revoked: node 19, link mast-1" in text


def test_retained_statuses_say_what_the_ledger_says(app):
    async def job():
        await heard(app)
        statuses = Statuses(app)
        statuses.connected()
        messages = dict(statuses.messages(app.clock.monotonic_s()))
        app.worker.close()
        return {topic: json.loads(payload) for topic, payload in messages.items()}

    said = asyncio.run(job())
    assert said["neckar/heilbronn/gateways/gw-1/status"]["refused"]["unknown_node"] == 1
    node = said["neckar/heilbronn/innenstadt/air-17/status"]
    assert (node["state"], node["received"], node["missing"]) == ("online", 40, 0)
    assert (node["link"], node["epoch"], node["lost"]) == ("mast-1", 1, 0)
    assert "neckar/heilbronn/innenstadt/air-19/status" not in said
