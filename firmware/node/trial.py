"""Lets a trial of settings end on a node that never sleeps: there, a wake is the time of a sample.

Place: app starts it only where a trial is in use; a node that sleeps counts its starts.
Guarantee: a trial that nobody confirms ends by a restart, without any word from outside.
"""

import asyncio


async def run(interval_s: int, life) -> None:
    """Count for ever; restart where the trial is over."""
    from node import settings

    while True:
        await asyncio.sleep(interval_s)
        if settings.count_wake():
            life.restart("trial is over")
