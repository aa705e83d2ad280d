"""`status` of a gateway that runs, hangs, is another one, or does not run at all."""

import asyncio
import contextlib
import json
import socket
import threading

import pytest

from gateway import seeing
from gateway.cli import main
from gateway.cli import status as command
from gateway.records import Frame, Group
from gateway.registry.database import Database
from gateway.seeing import Seeing
from gateway.spool import Spool
from tests.fakes.running_gateway import FakeApp


@pytest.fixture
def config(tmp_path):
    """Return a function that writes a configuration and returns its path."""

    def write(port, name="gw-1"):
        path = tmp_path / "gateway.toml"
        path.write_text(f"""
[gateway]
id = "{name}"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1:1"
[spool]
path = "spool.db"
[registry]
path = "registry.db"
[http]
port = {port}
[[serial]]
port = "/dev/nowhere"
""")
        return str(path)

    return write


@contextlib.contextmanager
def running(app):
    """Serve the pages of an app in a thread; yield the port."""
    ready, port, loops = threading.Event(), [], []

    async def job():
        server = Seeing(app).server
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0)
        port.append(server.port)
        loops.append((asyncio.get_running_loop(), task))
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    thread = threading.Thread(target=asyncio.run, args=(job(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        loop, task = loops[0]
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_gateway_that_runs_well_ends_with_0(config, capsys):
    app = FakeApp()
    app.add(17, "air-17")
    with running(app) as port:
        assert main(["-c", config(port), "status"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("gw-1 in heilbronn: all well")
        assert "\x1b" not in said
        assert main(["-c", config(port), "status", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["nodes"]["online"] == 1
    assert state["problems"] == []


def test_a_gateway_that_does_not_move_readings_ends_with_1(config, capsys):
    app = FakeApp()
    app.ingest.storing, app.ingest.store_error = False, "the disk is full"
    with running(app) as port:
        assert main(["-c", config(port), "status"]) == 1
    assert "NOT WELL" in capsys.readouterr().out


def test_a_warning_ends_with_0(config, capsys):
    app = FakeApp(registered=0)
    with running(app) as port:
        assert main(["-c", config(port), "status"]) == 0
    assert "one thing to look at" in capsys.readouterr().out


def test_where_none_runs_it_says_so_and_what_waits_on_disk(config, tmp_path, capsys):
    path = config(free_port())
    spool = Spool(tmp_path / "spool.db", 10**9, 10**9)
    spool.commit(Group(frames=[Frame(17, 1, 0, 1, 1_800_000_000_000, b"plain")] * 3))
    spool.close()
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    assert main(["-c", path, "status"]) == 1
    said = capsys.readouterr().out
    assert "DOES NOT RUN" in said
    assert "3 frames wait" in said
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before
    assert main(["-c", path, "status", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["spool"]["rows"] == 3


def test_the_spool_of_a_gateway_that_was_killed_is_read_with_its_log(tmp_path):
    spool = Spool(tmp_path / "spool.db", 10**9, 10**9)
    spool.commit(Group(frames=[Frame(17, 1, 0, 1, 1_800_000_000_000, b"plain")]))
    found, why = command.peek(tmp_path / "spool.db", 1_800_000_060_000)
    assert (found["rows"], found["oldest_age_s"], why) == (1, 60, "")
    spool.close()


def test_where_there_is_no_spool_nothing_waits(tmp_path):
    assert command.peek(tmp_path / "spool.db", 0)[0]["rows"] == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000])
def test_a_spool_that_cannot_be_read_is_a_warning(config, tmp_path, capsys, content):
    (tmp_path / "spool.db").write_bytes(content)
    assert main(["-c", config(free_port()), "status"]) == 1
    said = capsys.readouterr().out
    assert "the spool cannot be read" in said
    assert "spool      not known" in said


def test_another_gateway_on_the_port_is_not_taken_for_ours(config, capsys):
    with running(FakeApp()) as port:
        assert main(["-c", config(port, "gw-2"), "status"]) == 1
    said = capsys.readouterr().err
    assert f"on port {port} answers gateway gw-1, not gw-2" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\n\r\n[1]"])
def test_what_is_no_gateway_is_named_in_one_line(config, capsys, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        assert main(["-c", config(port), "status"]) == 1
        thread.join(10)
    assert capsys.readouterr().err.endswith(
        f"what answers on port {port} is no gateway of Neckar's; http.port names another one\n"
    )


def test_a_gateway_that_hangs_is_said_to(config, capsys, monkeypatch):
    monkeypatch.setattr(command, "_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert main(["-c", config(server.getsockname()[1]), "status"]) == 1
    assert "it hangs" in capsys.readouterr().err


def test_a_gateway_without_a_port_cannot_be_asked(config, capsys):
    assert main(["-c", config(0), "status"]) == 2
    assert "http.port is 0, should be a port" in capsys.readouterr().err


def test_a_port_that_is_taken_costs_the_pages_and_nothing_else(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(seeing, "_RETRY_S", 0.01)
    app = FakeApp()

    async def job(taken):
        app.config.http.port = taken.getsockname()[1]
        app.config.registry.path = tmp_path / "registry.db"
        with Database(app.config.registry.path):
            pass
        made = Seeing(app)
        task = asyncio.create_task(made.run())
        while not caplog.records:
            await asyncio.sleep(0)
        taken.close()
        while True:
            with contextlib.suppress(OSError):
                await asyncio.open_connection("127.0.0.1", app.config.http.port)
                break
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(asyncio.wait_for(job(socket.create_server(("127.0.0.1", 0))), 10))
    assert len(caplog.records) == 1
    assert "no metrics and no status on port" in caplog.text


def test_pages_that_are_asked_for_often_count_the_nodes_once():
    app = FakeApp()
    counted = 0

    def count():
        nonlocal counted
        counted += 1
        return 3

    app.registry.count = count

    async def job():
        made = Seeing(app)
        await asyncio.gather(*(made._nodes() for _ in range(50)))
        first = counted
        app.clock.advance(seeing.CENSUS_S)
        await made._nodes()
        return first

    assert asyncio.run(job()) == 1
    assert counted == 2
