"""The way back to who sent a frame through the air, and how well it was heard.

Place: links that hear radio make one for each frame -> ingest -> `send` -> the link's `answer`.
"""

from collections.abc import Callable

from protocol.lora import margin_db

OnSent = Callable[[], None]

# A node opens its window half a second after its frame: so long a better copy may take.
_WAIT_S = 0.2


class Air:
    """`answer(frame, on_sent)` sends in the window that the node opens after its frame.

    `quality` is (RSSI in dBm, SNR in quarters of a dB, margin in dB), as an Ack has room for them.
    """

    __slots__ = ("_answer", "name", "quality")

    wait_s = _WAIT_S

    def __init__(
        self,
        name: str,
        quality: tuple[int, int, int],
        answer: Callable[[bytes, OnSent | None], None],
    ):
        self.name = name
        self.quality: tuple[int, int, int] | None = quality
        self._answer = answer

    def send(self, frame: bytes, on_sent: OnSent | None = None) -> None:
        """Answer; `on_sent` is called when the frame was on the air, or never."""
        self._answer(frame, on_sent)


def quality_of(rssi_dbm: int, snr_q: int, sf: int) -> tuple[int, int, int]:
    """Return the quality of a frame that was heard so."""
    margin = margin_db(sf, snr_q)
    rssi, snr_q, margin = (min(max(x, -128), 127) for x in (rssi_dbm, snr_q, margin))
    return rssi, snr_q, margin
