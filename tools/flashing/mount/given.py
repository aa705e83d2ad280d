"""What a technician has typed, and whom to ask for the rest.

Place: cli -> here -> flow, testing.
"""

from dataclasses import dataclass
from typing import Protocol

from tools.flashing.mount import linkcheck

CABLE, GATEWAY, NONE = WAYS = ("cable", "gateway", "none")


class Talk(Protocol):
    """Somebody who answers, in a language."""

    lang: str

    def line(self, question: str, option: str, **values: object) -> str:
        """Return the answer to a row of the texts; `option` would have answered it unasked."""

    def tell(self, text: str) -> None:
        """Show a line or some."""


@dataclass(frozen=True)
class Given:
    """What was said on the command line, as it was typed; None is asked for.

    `way` is one of WAYS, None: by cable where a port is given, else through the gateway. `anyway`:
    a place is recorded though its link is red, or could not be tested.
    """

    code: str | None = None
    way: str | None = None
    port: str | None = None
    lab: str | None = None
    point: str | None = None
    position: str | None = None
    height: str | None = None
    direction: str | None = None
    pole: str | None = None
    photo: str | None = None
    remarks: str | None = None
    by: str | None = None
    replaces: int | None = None
    frames: int = linkcheck.FRAMES
    anyway: bool = False

    @property
    def by_way(self) -> str:
        """Return the way on which the link is tested, one of WAYS."""
        return self.way or (CABLE if self.port else GATEWAY)
