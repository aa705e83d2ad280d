"""The radios of a link, as its status has them: a modem, a HAT, or concentrators by name.

Place: under health, metrics and `status`.
"""

from typing import Any

QUIET_S = 120  # a packet forwarder tells its counters each 30 s, whether it heard a node or not


def radios(link: str, status: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return (name, what it says) of each radio behind a link."""
    found = [(link, status["radio"])] if status.get("radio") else []
    return [*found, *(status.get("concentrators") or {}).items()]


def fault(radio: dict[str, Any]) -> str:
    """Return what is wrong with a radio, or nothing."""
    if "pulling" in radio:
        quiet_s = radio["quiet_s"]
        if quiet_s is None:
            return "has sent nothing yet"
        if quiet_s > QUIET_S:
            return f"has sent nothing for {int(quiet_s)} s"
        return "" if radio["pulling"] else "asks for no answers (PULL_DATA): none can be sent"
    return f"radio: {radio['error']}" if radio.get("error") else ""


def duty_used(radio: dict[str, Any]) -> dict[str, float]:
    """Return by sub-band which share of its time within the last hour is used."""
    return {
        band: duty["used_ms"] / max(duty["allowed_ms"], 1)
        for band, duty in sorted((radio.get("duty") or {}).items())
    }
