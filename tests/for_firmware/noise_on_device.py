"""Lets the noise meter hear files of frames, in MicroPython or on CPython, and prints what it says.

    micropython noise_on_device.py folder of packages ... -- file ...

Place: test -> this script -> one line of JSON for each file: [summary, words of the state].
"""

import asyncio
import json
import sys


class File:
    """A microphone that gives the frames of a file, and then no more."""

    def __init__(self, path: str):
        self._file = open(path, "rb")  # noqa: SIM115, PTH123
        self.done = asyncio.Event()

    def i2s(self, rate_hz, buffer_bytes):
        """Return itself."""
        return self

    async def readinto(self, buffer) -> int:
        """Fill a buffer."""
        count = self._file.readinto(buffer)
        if not count:
            self.done.set()
            await asyncio.sleep(3600)
        return count

    def deinit(self) -> None:
        """Close the file."""
        self._file.close()


async def heard(path: str) -> list:
    """Return what the meter says of a file."""
    from node.drivers import i2s_mic

    i2s_mic.StreamReader = lambda file: file
    file = File(path)
    mic = i2s_mic.I2sMic(file)
    task = asyncio.create_task(mic.run())
    await file.done.wait()
    task.cancel()
    return [await mic.summary(0, 0), list(mic._state)]


def main(arguments: list) -> None:
    """Print a line for each file."""
    split = arguments.index("--")
    sys.path[:0] = arguments[:split]
    for path in arguments[split + 1 :]:
        print(json.dumps(asyncio.run(heard(path))))


if __name__ == "__main__":
    main(sys.argv[1:])
