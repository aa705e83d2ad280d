"""The pages /metrics, /health and /status of a running gateway, and the second hand behind them.

Place: app -> here -> http, on 127.0.0.1.
Guarantee: whatever happens here, readings go on: a port that is taken is tried again later, and
nodes are counted at most once in `CENSUS_S`, in slices.
"""

import asyncio
import json
import logging
import os
from typing import TYPE_CHECKING

from gateway import census, metrics
from gateway.audit import Audit
from gateway.census import Census
from gateway.health import ERROR, Health
from gateway.http import JSON, Answer, HttpServer
from gateway.overview import overview

if TYPE_CHECKING:
    from gateway.app import App

log = logging.getLogger("gateway.seeing")

CENSUS_S = 5.0
_TICK_S = 1.0
_RETRY_S = 60.0


class Seeing:
    """`run` for ever, in a task; `health` is there for whoever wants to know as well."""

    def __init__(self, app: "App"):
        self._app = app
        self.health = Health(app)
        self._audit = Audit(app.config.registry.path, app.security)
        self._census = Census()
        self._census_until_s = -1.0
        self._counting = asyncio.Lock()
        pages = {"/metrics": self._metrics, "/health": self._health, "/status": self._status}
        self.server = HttpServer(pages, app.config.http.port)

    async def run(self) -> None:
        """Serve the pages, unless the port is 0, and keep the time."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tick(), name="health")
                if self.server.port:
                    group.create_task(self._serve(), name="http")
        finally:
            self._audit.close()

    async def _tick(self) -> None:
        while True:
            self.health.tick()
            self._audit.look()
            await asyncio.sleep(_TICK_S)

    async def _serve(self) -> None:
        told = False
        while True:
            try:
                await self.server.serve()
            except OSError as e:
                if not told:
                    text = "no metrics and no status on port %d: %s; tried again"
                    log.warning(text, self.server.port, os.strerror(e.errno or 0))
                told = True
            await asyncio.sleep(_RETRY_S)

    async def _metrics(self) -> Answer:
        text = metrics.text(self._app, await self._nodes(), self.health)
        return Answer(200, metrics.CONTENT_TYPE, text.encode())

    async def _health(self) -> Answer:
        errors = [p for p in self.health.problems() if p.level == ERROR]
        body = {
            "status": "failing" if errors else "ok",
            "reasons": [{"code": p.code, "text": p.text, "do": p.do} for p in errors],
        }
        return _json(503 if errors else 200, body)

    async def _status(self) -> Answer:
        return _json(200, overview(self._app, await self._nodes(), self.health))

    async def _nodes(self) -> Census:
        async with self._counting:
            now_s = self._app.clock.monotonic_s()
            if now_s >= self._census_until_s:
                self._census = await census.take(self._app)
                self._census_until_s = now_s + CENSUS_S
        return self._census


def _json(status: int, body: dict) -> Answer:
    return Answer(status, JSON, json.dumps(body, separators=(",", ":")).encode() + b"\n")
