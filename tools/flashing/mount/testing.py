"""Tests a link, shows what came of it, and lets a technician decide what becomes of that.

Place: flow -> here -> linkcheck or over_gateway -> verdict.
Guarantee: a red link, or one that could not be tested, is recorded only where somebody wants it.
"""

import contextlib
from collections.abc import Callable

from tools.flashing import messages
from tools.flashing.errors import FlashError
from tools.flashing.mount import linkcheck, over_gateway, verdict
from tools.flashing.mount.given import CABLE, GATEWAY, NONE, Given, Talk
from tools.flashing.mount.verdict import Link
from tools.flashing.texts import say
from tools.flashing.workshop import Workshop

_YES = ("j", "ja", "y", "yes")
_NO = ("q", "n", "nein", "no")


class LinkTest:
    """Tests the link, as often as somebody wants."""

    def __init__(
        self,
        given: Given,
        workshop: Workshop,
        talk: Talk | None,
        clock: Callable[[], float],
        frame_bytes: int,
    ):
        self._given = given
        self._workshop = workshop
        self._talk = talk
        self._clock = clock
        self._frame_bytes = frame_bytes

    def run(self, address: int, lab: str) -> tuple[Link | None, float]:
        """Return what is to be recorded of the link, and when that was found."""
        if self._given.by_way == NONE:
            return None, self._clock()
        self._check_way()
        while True:
            link = None
            try:
                link = self._once(address, lab)
                self._show(link)
                if link.colour == "green" or (self._talk is None and self._may_be(link)):
                    return link, self._clock()
                problem = FlashError("F527", address=address)
            except FlashError as e:
                problem = e
                self._tell(messages.text(e, self._talk.lang) if self._talk else "")
            if not self._again(problem):
                return link, self._clock()

    def _check_way(self) -> None:
        """Raise what no second try would change."""
        if self._given.by_way == CABLE and self._given.port is None:
            raise FlashError("F512", option="--port")
        if self._given.by_way == GATEWAY and self._workshop.broker is None:
            raise FlashError("F530", folder=self._workshop.folder)

    def _may_be(self, link: Link) -> bool:
        return link.colour != "red" or self._given.anyway

    def _once(self, address: int, lab: str) -> Link:
        given, workshop = self._given, self._workshop
        if given.port is not None and given.by_way == CABLE:
            self._say("mount tests")
            service_key = workshop.service_key(address)
            return linkcheck.check(given.port, address, service_key, given.frames)
        broker = workshop.broker
        assert broker is not None  # noqa: S101 - for the type checker: it was looked at
        self._say("mount asks gateway")
        wanted = over_gateway.Wanted(address, lab, workshop.by, given.frames)
        password = workshop.broker_password()
        return over_gateway.check(broker, password, wanted, self._state)

    def _state(self, state: str) -> None:
        with contextlib.suppress(KeyError):  # of a gateway that has more states
            self._say(f"mount {state}")

    def _again(self, problem: FlashError) -> bool:
        """Say whether to test again; False: record it as it is. Nobody there: raise the problem."""
        if self._talk is None:
            if self._given.anyway:
                return False
            raise problem
        while True:
            answer = self._talk.line("mount again", "--anyway").lower()
            if answer in _NO:
                raise FlashError("F528")
            if answer in _YES:
                return False
            if not answer:
                return True

    def _show(self, link: Link) -> None:
        """Tell what was found, and what to do."""
        self._say(
            f"mount {link.colour}", answered=link.answered, frames=link.frames, loss=link.loss_pct
        )
        if link.sf is not None:
            self._say("mount margins", up=link.up_db, down=link.down_db, sf=link.sf)
            count = verdict.frames_per_hour(link.sf, self._frame_bytes)
            self._say("mount hour", sf=link.sf, bytes=self._frame_bytes, count=count)
        for name in verdict.advice(link):
            self._say(name)

    def _say(self, name: str, **values: object) -> None:
        if self._talk is not None:
            self._talk.tell(say(name, self._talk.lang, **values))

    def _tell(self, text: str) -> None:
        if self._talk is not None:
            self._talk.tell(text)
