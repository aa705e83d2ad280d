"""A bench whose gateway sends commands, and what their tests wait for."""

import asyncio
import itertools

from hil_tests.bench import Bench, until
from protocol.commands import Command


class Orders:
    """Sends commands with new numbers to the node of a bench."""

    def __init__(self, bench):
        self.bench = bench
        self._numbers = itertools.count(100)

    def post(self, op, *arguments):
        """Let a command wait for the node; return its number."""
        number = next(self._numbers)
        self.bench.peer.session.send(Command(number, op, arguments), 0)
        return number

    async def __call__(self, op, *arguments):
        """Return the Result of a command."""
        number = self.post(op, *arguments)
        results = self.bench.peer.done
        await until(lambda: number in results, f"the result of operation {op}")
        return results[number]


def on_bench(tmp_path, test, bench_class=Bench):
    """Run `test(bench, order)` with a node that has delivered its first samples."""

    async def job():
        async with bench_class(tmp_path, "air") as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            await test(bench, Orders(bench))

    asyncio.run(job())


async def restarted(bench, boots):
    """Wait until the board has started so often, and the node has said how it is."""
    await until(lambda: len(bench.board.boots) >= boots, f"start {boots}")
    await until(lambda: bench.peer.status.get("boot", 0) >= boots, f"status of boot {boots}")


async def source_is(bench, source):
    """Wait until the status says where the settings come from."""
    status = bench.peer.status  # a field that is zero is left out of it
    await until(lambda: bench.peer.status is not status, "another status")
    await until(lambda: bench.peer.status.get("config_source", 0) == source, f"source {source}")
