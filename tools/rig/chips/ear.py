"""Hands what an antenna hears to a chip for as long as that reception lasts.

Place: `Antenna.listen` -> `Ear` -> the chip's modem.
Guarantee: after `close` nothing of this reception reaches the chip any more, whatever is still
under way in the ether.
"""

from collections.abc import Callable

from tools.rig.air.signal import Reception


class Ear:
    """A `Listener` that can be closed."""

    def __init__(
        self,
        preamble: Callable[[], None],
        header: Callable[[bool], None],
        frame: Callable[[Reception], None],
    ):
        self._open = True
        self._preamble = preamble
        self._header = header
        self._frame = frame

    def close(self) -> None:
        """End it: the chip has left reception."""
        self._open = False

    def preamble(self) -> None:
        if self._open:
            self._preamble()

    def header(self, ok: bool) -> None:
        if self._open:
            self._header(ok)

    def frame(self, reception: Reception) -> None:
        if self._open:
            self._frame(reception)
