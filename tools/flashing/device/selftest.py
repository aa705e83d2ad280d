"""Runs the firmware's self-test on a board.

Place: `Prompt.run("selftest", ...)` -> node.selftest -> one JSON object.
"""

from node import selftest


def main(profile: str | None) -> dict:
    """Return what `node.selftest.run` does."""
    return selftest.run(profile)
