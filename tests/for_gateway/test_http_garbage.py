"""Whatever a program or a browser on this machine sends to the gateway's port."""

import asyncio
import contextlib
import random

import pytest

from gateway import http
from gateway.http import Answer, HttpServer, RequestError, parse

GOOD = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9464\r\n\r\n"


def head(start=b"GET / HTTP/1.1", *fields):
    """Return a head of this start line and these fields, localhost if there is no Host."""
    fields = fields or (b"Host: localhost",)
    return b"\r\n".join([start, *fields, b"", b""])


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (GOOD, ("GET", "/metrics")),
        (head(b"HEAD /health?a=b HTTP/1.0"), ("HEAD", "/health")),
        (head(b"GET / HTTP/1.1", b"HOST:\tLocalhost:80 "), ("GET", "/")),
        (head(b"GET / HTTP/1.1", b"Host: [::1]:9464", b"A:", b"B: c: d"), ("GET", "/")),
        # RFC 9112, 3.2.2: what the target says counts, whatever Host says.
        (head(b"GET http://127.0.0.1:1/status HTTP/1.1", b"Host: evil"), ("GET", "/status")),
        (head(b"GET HTTP://localhost HTTP/1.1", b"Host: evil"), ("GET", "/")),
    ],
)
def test_what_is_served(data, wanted):
    assert parse(data) == wanted


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (head(b"POST /metrics HTTP/1.1"), 405),
        (head(b"BREW / HTTP/1.1"), 405),
        (head(b"GET / HTTP/2.0"), 505),
        (head(b"GET /"), 400),
        (head(b"GET  / HTTP/1.1"), 400),
        (head(b""), 400),
        (head(b"\x16\x03\x01\x02\x00"), 400),  # a TLS client
        (head(b"G(T / HTTP/1.1"), 400),
        (head("GET /ü HTTP/1.1".encode()), 400),
        (head(b"GET / HTTP/1.1", b"Accept: */*"), 400),
        (head(b"GET / HTTP/1.1", b"Host: localhost", b"host: localhost"), 400),
        (head(b"GET / HTTP/1.1", b"Host: localhost", b" folded"), 400),
        (head(b"GET / HTTP/1.1", b"Host: localhost", b"no colon"), 400),
        (head(b"GET / HTTP/1.1", b"Host: localhost", b"A: \x00"), 400),
        (head(b"GET / HTTP/1.1", b"Host: localhost", b"A: \n"), 400),
        # A page of evil.example whose name was rebound to 127.0.0.1.
        (head(b"GET / HTTP/1.1", b"Host: evil.example"), 421),
        (head(b"GET / HTTP/1.1", b"Host: localhost.evil.example"), 421),
        (head(b"GET / HTTP/1.1", b"Host: 127.0.0.1.evil.example:9464"), 421),
        (head(b"GET / HTTP/1.1", b"Host: evil.example:127.0.0.1"), 421),
        (head(b"GET / HTTP/1.1", b"Host: 127.0.0.1:9464:1"), 421),
        (head(b"GET / HTTP/1.1", b"Host:"), 421),
        (head(b"GET http://evil.example/ HTTP/1.1", b"Host: localhost"), 421),
        (head(b"GET http://evil@localhost/ HTTP/1.1", b"Host: localhost"), 421),
    ],
)
def test_what_is_refused_and_how(data, status):
    with pytest.raises(RequestError) as caught:
        parse(data)
    assert caught.value.status == status


def test_random_changes_of_a_request_are_served_or_refused_and_nothing_else():
    dice = random.Random(7)
    for _ in range(20_000):
        data = bytearray(GOOD)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data) - 4)] = dice.choice(b"\x00 \t\r\n:/%\xffGH1.?")
        with contextlib.suppress(RequestError):
            assert parse(bytes(data))[0] in ("GET", "HEAD")


async def hello():
    """Return a page."""
    return Answer(200, http.TEXT, b"hello\n")


async def broken():
    """Fail, as a page must not."""
    raise ZeroDivisionError


def served(*requests, pages=None):
    """Return what a server answers to each of these bytes, on connections of their own."""

    async def job():
        server = HttpServer(pages or {"/metrics": hello, "/broken": broken}, 0)
        task = asyncio.create_task(server.serve())
        try:
            while not server.port:
                await asyncio.sleep(0)
            return [await ask(server.port, request) for request in requests]
        finally:
            task.cancel()

    return asyncio.run(job())


async def ask(port, data):
    """Send bytes, and return all that comes back."""
    reader, writer = await asyncio.open_connection(http.HOST, port)
    writer.write(data)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
        writer.write_eof()
    got = b""
    with contextlib.suppress(ConnectionError):
        got = await reader.read()
    writer.close()
    return got


def test_an_answer_says_how_long_it_is_and_closes():
    (answer,) = served(GOOD)
    start, body = answer.split(b"\r\n\r\n")
    assert start.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
    assert b"\r\nContent-Length: 6\r\n" in start
    assert b"\r\nConnection: close" in start
    assert body == b"hello\n"


def test_head_gets_the_same_without_the_body():
    (answer,) = served(GOOD.replace(b"GET", b"HEAD"))
    assert b"\r\nContent-Length: 6\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (GOOD.replace(b"metrics", b"etc/passwd"), b"404"),
        (GOOD.replace(b"metrics", b"broken"), b"500"),
        (GOOD.replace(b"GET", b"DELETE"), b"405"),
        (b"GET /" + b"a" * http.HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"431"),
        (b"\r\n\r\n", b"400"),
    ],
)
def test_a_request_that_is_not_served_is_answered_and_the_next_is_served(data, status):
    refused, fine = served(data, GOOD)
    assert refused.startswith(b"HTTP/1.1 " + status), refused[:80]
    assert fine.startswith(b"HTTP/1.1 200")


def test_405_names_what_is_allowed():
    (answer,) = served(GOOD.replace(b"GET", b"PUT"))
    assert b"\r\nAllow: GET, HEAD\r\n" in answer


def test_a_client_that_goes_away_or_sends_noise_ends_nothing():
    dice = random.Random(11)
    noise = [dice.randbytes(dice.randrange(1, 3000)) for _ in range(50)]
    prefixes = [GOOD[:i] for i in range(0, len(GOOD), 7)]
    answers = served(*noise, *prefixes, GOOD)
    assert answers[-1].startswith(b"HTTP/1.1 200")


def test_a_client_that_says_nothing_is_told_so_and_let_go(monkeypatch):
    monkeypatch.setattr(http, "REQUEST_S", 0.05)

    async def job():
        server = HttpServer({"/metrics": hello}, 0)
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(http.HOST, server.port)
        writer.write(GOOD[:-1])
        answer = await reader.read()
        writer.close()
        task.cancel()
        return answer

    assert asyncio.run(job()).startswith(b"HTTP/1.1 408")


def test_a_client_that_does_not_read_is_let_go(monkeypatch):
    monkeypatch.setattr(http, "REQUEST_S", 0.05)

    async def much():
        return Answer(200, http.TEXT, bytes(32 * 2**20))

    async def job():
        server = HttpServer({"/metrics": much}, 0)
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(http.HOST, server.port, limit=1)
        writer.write(GOOD)
        while not server.open:
            await asyncio.sleep(0)
        while server.open:
            await asyncio.sleep(0.01)
        got = b""
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(2**20):
                got += part
        writer.transport.abort()
        task.cancel()
        return len(got)

    assert asyncio.run(asyncio.wait_for(job(), 10)) < 32 * 2**20


def test_a_page_that_is_larger_than_all_buffers_arrives_whole():
    async def much():
        return Answer(200, http.TEXT, bytes(32 * 2**20))

    (answer,) = served(GOOD, pages={"/metrics": much})
    assert len(answer.split(b"\r\n\r\n", 1)[1]) == 32 * 2**20


def test_more_connections_than_are_served_are_dropped_and_counted():
    async def job():
        server = HttpServer({"/metrics": hello}, 0)
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0)
        idle = [
            await asyncio.open_connection(http.HOST, server.port) for _ in range(http.CONNECTIONS)
        ]
        while server.open < http.CONNECTIONS:
            await asyncio.sleep(0)
        dropped = await ask(server.port, GOOD)
        for _, writer in idle:
            writer.close()
        while server.open:
            await asyncio.sleep(0)
        fine = await ask(server.port, GOOD)
        task.cancel()
        return dropped, fine, server.refused

    dropped, fine, refused = asyncio.run(asyncio.wait_for(job(), 10))
    assert dropped == b""
    assert refused == 1
    assert fine.startswith(b"HTTP/1.1 200")


def test_ending_waits_for_nobody():
    async def job():
        server = HttpServer({"/metrics": hello}, 0)
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0)
        _, writer = await asyncio.open_connection(http.HOST, server.port)
        while not server.open:
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        writer.close()

    asyncio.run(asyncio.wait_for(job(), http.REQUEST_S / 2))
