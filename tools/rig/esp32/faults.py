"""What can go wrong with a virtual ESP32, set by a test before or while it runs.

Place: test, bench -> Faults -> VirtualEsp32.
Guarantee: a fault that counts bytes of the host happens at the same byte each time; the board has
had all bytes before it and none after it.
"""

from dataclasses import dataclass


@dataclass
class Faults:
    """Each field may be changed at any time.

    pull_after_bytes  so many further bytes from the host, in both modes, until the cable is pulled:
                      the port vanishes and the power is gone; then it is None again
    mute_after_bytes  so many bytes in download mode, until the chip neither does nor answers
                      anything more, up to its next reset
    dead_sectors      numbers of sectors of the flash that take no data from the bootloader
    brown_out         the supply is too weak: the app is never reached, from the next reset on
    """

    pull_after_bytes: int | None = None
    mute_after_bytes: int | None = None
    dead_sectors: frozenset[int] = frozenset()
    brown_out: bool = False

    def pull(self, data: bytes) -> tuple[bytes, bool]:
        """Return what of `data` the board gets, and whether the cable is pulled then."""
        if self.pull_after_bytes is None:
            return data, False
        got = data[: self.pull_after_bytes]
        self.pull_after_bytes -= len(got)
        if self.pull_after_bytes > 0:
            return got, False
        self.pull_after_bytes = None
        return got, True
