"""A small HTTP/1.1 server for one machine: a few pages, read only, on 127.0.0.1.

Place: Prometheus, a monitor or `neckar-gateway status` -> here -> a function for each path.
Guarantee: garbage is answered or dropped, never raised; a request has `HEAD_BYTES` and `REQUEST_S`,
and at most `CONNECTIONS` are served at once. Only GET and HEAD, and only with a Host that is this
machine: a page in somebody's browser that resolves its own name to 127.0.0.1 gets nothing.

RFC 9110 and 9112; every answer closes its connection.
"""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

log = logging.getLogger("gateway.http")

HOST = "127.0.0.1"
HEAD_BYTES = 8192
REQUEST_S = 5.0
CONNECTIONS = 16

_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    421: "Misdirected Request",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a page returns."""

    status: int
    kind: str
    body: bytes


Page = Callable[[], Awaitable[Answer]]


class RequestError(Exception):
    """A request that is not served; `status` says why."""

    def __init__(self, status: int, why: str = ""):
        super().__init__(why or _REASONS[status])
        self.status = status


def parse(head: bytes) -> tuple[str, str]:
    """Return (method, path) of a request's head, blank line included, or raise RequestError."""
    try:
        lines = head.decode("ascii").split("\r\n")
    except UnicodeDecodeError as e:
        raise RequestError(400, "a head is ASCII") from e
    words = lines[0].split(" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or not words[2].startswith("HTTP/"):
        raise RequestError(400, "not HTTP")
    method, target, version = words
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise RequestError(505)
    host = _host(lines[1:-2])
    if target.lower().startswith("http://"):  # RFC 9112, 3.2.2: this one counts, not the field
        host, slash, path = target[len("http://") :].partition("/")
        target = slash + path or "/"
    if re.sub(r":\d{1,5}$", "", host).lower() not in _HOSTS:
        raise RequestError(421, "this machine only: ask 127.0.0.1")
    if method not in ("GET", "HEAD"):
        raise RequestError(405)
    return method, target.partition("?")[0]


def _host(lines: list[str]) -> str:
    """Check the form of the fields; return the only one that matters."""
    hosts = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or not value.replace("\t", " ").isprintable():
            raise RequestError(400, "a header field has no form")
        if name.lower() == "host":
            hosts.append(value.strip(" \t"))
    if len(hosts) != 1:
        raise RequestError(400, "one Host is needed")
    return hosts[0]


class HttpServer:
    """`pages` are by path. `serve` runs until it is cancelled."""

    def __init__(self, pages: Mapping[str, Page], port: int):
        self._pages = pages
        self.port = port
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.refused = 0

    @property
    def open(self) -> int:
        """Return how many connections are being served."""
        return len(self._tasks)

    async def serve(self) -> None:
        """Listen and answer; OSError where the port cannot be had."""
        server = await asyncio.start_server(self._connected, HOST, self.port, limit=HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        try:
            # Not serve_forever: from Python 3.12 its end waits for clients that say nothing.
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            for task in self._tasks:
                if task:
                    task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self.open >= CONNECTIONS:
            self.refused += 1
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            # Whoever is slow, or gone in the middle, is not waited for.
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(2 * REQUEST_S):
                    await self._converse(reader, writer)
        except asyncio.CancelledError:
            pass  # the gateway ends; asyncio would log this task as failed (Python 3.11)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()  # a client that does not read keeps nothing of ours

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = "GET"
        try:
            async with asyncio.timeout(REQUEST_S):
                head = await reader.readuntil(b"\r\n\r\n")
            method, path = parse(head)
            answer = await self._answer(path)
        except asyncio.IncompleteReadError:
            return
        except asyncio.LimitOverrunError:
            answer = _sorry(RequestError(431))
        except TimeoutError:
            answer = _sorry(RequestError(408))
        except RequestError as e:
            answer = _sorry(e)
        writer.write(_head(answer) + (b"" if method == "HEAD" else answer.body))
        writer.close()
        await writer.wait_closed()  # until all of it has left

    async def _answer(self, path: str) -> Answer:
        page = self._pages.get(path)
        if page is None:
            raise RequestError(404, "there are " + ", ".join(sorted(self._pages)))
        try:
            return await page()
        except Exception as e:  # a page that fails must not end the gateway
            log.exception("%s fails", path)
            raise RequestError(500) from e


def _sorry(error: RequestError) -> Answer:
    return Answer(error.status, TEXT, f"{error}\n".encode())


def _head(answer: Answer) -> bytes:
    # Names of days and months as RFC 9110, 5.6.7 has them: this process never sets a locale.
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}",
        "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if answer.status == 405:
        lines.append("Allow: GET, HEAD")
    return "\r\n".join([*lines, "", ""]).encode("ascii")
