"""One thread for everything that waits for the disk.

Place: between the event loop and `spool`; a sync of an SD card takes up to 100 ms, in which the
loop goes on reading ports.
Guarantee: calls run one after the other, in the order in which they were made.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """Use `await worker.run(function, *arguments)`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="spool")

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Run `function` in the thread and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def close(self) -> None:
        """Wait for what is running and end the thread."""
        self._pool.shutdown()
