"""`neckar-gateway status`: how the running gateway is, at a glance, or as JSON.

Place: /status of the running gateway on 127.0.0.1 -> here -> a terminal, or a program.
Guarantee: changes nothing. Where no gateway runs, it says so, and what waits on the disk.

Exit code 0: readings move. 1: they do not, or no gateway runs; the first lines say why.
"""

import argparse
import http.client
import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from gateway import segments
from gateway.cli import read_only, status_text
from gateway.config import Config, load
from gateway.errors import ConfigError, GatewayError

_TIMEOUT_S = 10
_LIMIT = 8 * 2**20


class NotAnsweringError(GatewayError):
    """Something holds the port, and is not the gateway of this configuration, or hangs."""


def add_parser(subparsers: Any) -> None:
    """Add `status`."""
    text = "How the running gateway is. Exit code 0: readings move; 1: they do not."
    parser = subparsers.add_parser("status", description=text)
    parser.add_argument("--json", action="store_true", help="all of it, for a program")
    parser.set_defaults(func=status)


def status(options: argparse.Namespace) -> int:
    """Print the state; return 0 where readings move."""
    config = load(options.config)
    if not config.http.port:
        wanted = "a port such as 9464, so that the running gateway can be asked"
        raise ConfigError("http.port", 0, wanted)
    state = ask(config)
    if state is None:
        state = at_rest(config, int(time.time() * 1000))
    if options.json:
        print(json.dumps(state, indent=2))
    else:
        print(status_text.render(state, colour=_has_colour()), end="")
    return int(any(p["level"] == "error" for p in state["problems"]))


def ask(config: Config) -> dict[str, Any] | None:
    """Return what /status says, None where nobody listens; NotAnsweringError else."""
    connection = http.client.HTTPConnection("127.0.0.1", config.http.port, timeout=_TIMEOUT_S)
    where = f"port {config.http.port}"
    try:
        connection.request("GET", "/status")
        state = json.loads(connection.getresponse().read(_LIMIT))
        name = state["gateway"]
    except ConnectionRefusedError:
        return None
    except TimeoutError as e:
        text = f"the gateway does not answer on {where} within {_TIMEOUT_S} s: it hangs, or swaps"
        raise NotAnsweringError(text) from e
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError) as e:
        text = f"what answers on {where} is no gateway of Neckar's; http.port names another one"
        raise NotAnsweringError(text) from e
    finally:
        connection.close()
    if name != config.gateway:
        text = f"on {where} answers gateway {status_text.clean(name)}, not {config.gateway}"
        raise NotAnsweringError(f"{text}: give each its own http.port")
    return state


def at_rest(config: Config, now_ms: int) -> dict[str, Any]:
    """Return the state of a gateway that does not run: what its spool holds."""
    spool, why = peek(config.spool.path, now_ms)
    spool["limit_bytes"] = config.spool.max_mb * 2**20
    do = "systemctl start neckar-gateway; journalctl -u neckar-gateway -n 20 says why it ended"
    problems = [{"level": "error", "code": "not_running", "text": "it does not run", "do": do}]
    if why:
        text = f"the spool cannot be read: {why}"
        do = "run this as root or as the gateway's user"
        problems.append({"level": "warning", "code": "spool", "text": text, "do": do})
    return {
        "schema": "neckar/1",
        "state": "not_running",
        "gateway": config.gateway,
        "city": config.city,
        "problems": problems,
        "spool": spool,
    }


def peek(path: Path, now_ms: int) -> tuple[dict[str, Any], str]:
    """Return (rows, bytes, age of the oldest, and "" or why they are not known) of a spool.

    It is opened read-only: nothing is changed, and no gateway is in the way.
    """
    spool: dict[str, Any] = {"rows": None, "bytes": None, "oldest_age_s": None}
    try:
        if not path.exists():
            return {**spool, "rows": 0, "bytes": 0}, ""
        db = read_only.connect(path)
    except (OSError, sqlite3.Error) as e:
        return spool, str(e)
    try:
        spool["rows"], spool["bytes"] = db.execute("SELECT frames, bytes FROM total").fetchone()
        oldest = db.execute("SELECT body FROM segment ORDER BY seq LIMIT 1").fetchone()
        if oldest:
            age_ms = now_ms - segments.unpack(oldest[0])[0].received_ms
            spool["oldest_age_s"] = max(age_ms // 1000, 0)
    except (sqlite3.Error, GatewayError, TypeError, IndexError) as e:
        return spool, str(e) or type(e).__name__
    finally:
        db.close()
    return spool, ""


def _has_colour() -> bool:
    """Say whether the reader is a person at a terminal who has not asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not plain
