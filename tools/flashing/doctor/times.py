"""Moments and durations as people say them.

Place: report -> here.
"""

import datetime

_LEAST_UNIX_S = 1_600_000_000  # a node's clock counts from its start until the gateway sets it
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def stamp(seconds: int) -> str | None:
    """Return a unix time in UTC, or None where the seconds are none: they count from a start."""
    if not _LEAST_UNIX_S <= seconds < 1 << 32:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: int, lang: str) -> str:
    """Return a duration."""
    if seconds < 2 * _MINUTE_S:
        return f"{seconds} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds // _MINUTE_S} min"
    if seconds < 2 * _DAY_S:
        return f"{seconds // _HOUR_S} h"
    return f"{seconds // _DAY_S} {'days' if lang == 'en' else 'Tagen'}"
