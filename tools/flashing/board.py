"""One board on the bench: the way to it, what is on it, and what the records know of it.

Place: port -> `Board.look` -> steps.
Guarantee: nothing is changed by looking, but that a running node is stopped; `close` lets it run
again. Two ways lead to a board, its prompt and the bootloader of its chip: never both at once.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tools.flashing.allocation import NO_MAC
from tools.flashing.bundle.opening import SCRIPTS, Bundle, Image
from tools.flashing.chip import Chip, open_chip
from tools.flashing.errors import FlashError
from tools.flashing.prompt import Facts, Prompt, open_prompt
from tools.flashing.record_files import CLAIMED, FINISHED, RETIRED, Known
from tools.flashing.records import Claim
from tools.flashing.wish import Observer, Wish, wish_of
from tools.flashing.workshop import Workshop

RELEASE = "/release.json"
_SILENT = "F130"
_KINDS = {"esp32": "ESP32", "esp32s3": "ESP32-S3"}


@dataclass
class Board:
    """`look` first. `prompt` and `chip` are how it is reached now; one of them is None.

    Without a `wanted` it stays what its record says. `new_key`: it gets one even if it has one.
    `was_silent`: no MicroPython answered when it was looked at.
    `known` is its newest record, `facts` what its MicroPython told; `is_changed`: something was
    written onto it in this run, or would have been.
    """

    port: str
    wanted: Wish | None
    workshop: Workshop
    bundle: Bundle
    observer: Observer
    new_key: bool = False
    prompt: Prompt | None = None
    chip: Chip | None = None
    facts: Facts | None = None
    known: Known | None = None
    claim: Claim | None = None
    mac: str = ""
    is_changed: bool = False
    was_silent: bool = False
    tests: dict[str, Any] = field(default_factory=dict)
    label: tuple[Any, ...] = ()
    _tree: dict[str, str] | None = None
    _is_full: bool = False  # modules of the firmware are in its heap

    @property
    def wish(self) -> Wish:
        """Return what it is to become; F414 where only a record could say that."""
        if self.wanted is None:
            if self.known is None or self.known.state == RETIRED:
                raise FlashError("F414", mac=self.mac)
            self.wanted = wish_of(self.known.record)
        return self.wanted

    @property
    def image(self) -> Image:
        """Return the MicroPython that belongs onto it."""
        return self.bundle.image(self.bundle.board(self.wish.board)["mcu"])

    @property
    def files(self) -> dict[str, bytes]:
        """Return all files of the bundle that belong onto it."""
        return self.bundle.files(self.wish.board, self.wish.profile, self.wish.role)

    @property
    def scripts(self) -> tuple[str, ...]:
        """Return what makes it start by itself; a frozen image has that inside."""
        return tuple(f"/{name}" for name in SCRIPTS) if not self.image.frozen else ()

    @property
    def installed(self) -> dict[str, bytes]:
        """Return what comes before the key: all files but what starts it."""
        scripts = self.scripts
        return {path: data for path, data in self.files.items() if path not in scripts}

    @property
    def release(self) -> dict[str, str]:
        """Return what the bundle says of itself on a board."""
        release: dict[str, str] = json.loads(self.files[RELEASE])
        return release

    @property
    def is_finished(self) -> bool:
        """Say whether its newest record is that of a finished node."""
        return self.known is not None and self.known.state == FINISHED

    @property
    def has_key(self) -> bool:
        """Say whether the key on the board is the one of its newest record."""
        if self.facts is None or self.facts.identity is None or self.known is None:
            return False
        if self.known.state not in (CLAIMED, FINISHED):
            return False
        found = self.facts.identity
        mine = (self.known.address, self.known.epoch, self.known.check)
        return (found["node"], found["epoch"], found["check"]) == mine

    def look(self) -> None:
        """Find out what is there; F40x where it must not be touched."""
        if self.wanted is not None and self.wanted.erase:
            self.open_chip()
        else:
            self._look_gently()
        self.observer.found(self.mac)
        if self.mac in NO_MAC:
            raise FlashError("F346", hardware=self.mac)
        self.known = self.workshop.records.known(self.mac)
        self._check_chip(self.facts.mcu if self.facts else self.open_chip().kind)
        if not self.wish.erase:
            self._check_identity()
            self._check_wish()

    def _look_gently(self) -> None:
        try:
            self.open_prompt()
        except FlashError as e:
            if e.code != _SILENT:
                raise
            self.was_silent = True
            self.open_chip()

    def open_prompt(self) -> Prompt:
        """Return its MicroPython's prompt; F412 where another board is there by now."""
        if self.prompt is None:
            self.close_chip()
            self.prompt = open_prompt(self.port, self.workshop.service_key)
            self._is_full = False
            self.facts = self.prompt.facts
            self._recognize(self.facts.mac)
        return self.prompt

    def open_chip(self) -> Chip:
        """Return its chip in download mode."""
        if self.chip is None:
            self.close_prompt()
            self.facts = self._tree = None
            observer = self.observer
            self.chip = open_chip(
                self.port, self.workshop.baud, on_progress=observer.progress, on_note=observer.note
            )
            self._recognize(self.chip.mac)
            if self.wanted is not None:
                self._check_chip(self.chip.kind)
        return self.chip

    def close_prompt(self) -> None:
        """Let go of the prompt, whatever runs there."""
        prompt, self.prompt = self.prompt, None
        if prompt is not None:
            prompt.close()

    def close_chip(self) -> None:
        """Let go of the chip: it starts its program."""
        chip, self.chip = self.chip, None
        if chip is not None:
            chip.close()

    def close(self) -> None:
        """Let go of the port; a node that was stopped runs again."""
        self.close_chip()
        prompt, self.prompt = self.prompt, None
        if prompt is not None:
            try:
                prompt.leave()
            finally:
                prompt.close()

    def tree(self) -> dict[str, str]:
        """Return the SHA-256 of files on the board by path, but of what it measured.

        A folder in which nothing is counts as well, with "/" at its end.
        """
        if self._tree is None:
            self._tree = self.open_prompt().tree()
        return self._tree

    def ask(self) -> None:
        """Have it say once more who it is."""
        self.facts = self.open_prompt().look()

    def run(self, script: str, **arguments: Any) -> Any:
        """Return what a script that uses the firmware returns; see `Prompt.run`."""
        self._is_full = True
        return self.open_prompt().run(script, **arguments)

    def put(self, files: dict[str, bytes]) -> None:
        """Write files, each whole or not at all, in this order."""
        self._tree = None
        prompt = self.open_prompt()
        if self._is_full:
            prompt.refresh()
            self._is_full = False
        prompt.put(files, self.observer.progress)

    def remove(self, paths: list[str]) -> None:
        """Take files away, in this order; those that are not there do no harm."""
        self._tree = None
        self.open_prompt().remove(paths)

    def learn(self) -> None:
        """Ask the records again, after they were changed."""
        self.known = self.workshop.records.known(self.mac)

    def _recognize(self, mac: str) -> None:
        if self.mac and mac != self.mac:
            raise FlashError("F412", port=self.port, found=mac, wanted=self.mac)
        self.mac = mac

    def _check_chip(self, found: str) -> None:
        """F401 where the wish is for another chip; a MicroPython may not know on which it runs."""
        wanted = self.image.chip
        if found and found != wanted:
            raise FlashError(
                "F401",
                port=self.port,
                found=_KINDS.get(found, found.upper()),
                board=self.wish.board,
                wanted=_KINDS[wanted],
            )

    def _check_identity(self) -> None:
        """Refuse who is somebody else, and a finished node whose samples cannot be kept."""
        if self.facts is None:
            return
        is_readable = self.facts.free or self.facts.has_main or self.facts.release is not None
        if self.is_finished and not is_readable:
            raise FlashError("F404", mac=self.mac, address=self.known and self.known.address)
        if self.facts.identity is not None and not self.has_key:
            self.check_owner(self.facts.identity)

    def check_owner(self, identity: dict[str, Any]) -> None:
        """Refuse a board that has the identity of another one: F402; or of nobody here: F403.

        Nor is a key of an epoch that no record knows of here: somebody else gave it a new one.
        """
        address, epoch = identity["node"], identity["epoch"]
        owner = self.workshop.records.by_address(address) if isinstance(address, int) else None
        if owner is None or owner.state == RETIRED:
            raise FlashError("F403", mac=self.mac, address=address)
        if owner.hardware != (self.known.hardware if self.known else None):
            there = owner.record["hardware"]
            raise FlashError("F402", mac=self.mac, address=address, owner=there)
        known = self.workshop.records.read().known
        newest = max(each.epoch for each in known if each.address == address)
        if not isinstance(epoch, int) or epoch > newest:
            raise FlashError("F403", mac=self.mac, address=address)

    def _check_wish(self) -> None:
        """Refuse what a record with the same key would have to contradict."""
        if not self.is_finished or self.known is None:
            return
        wish, record = self.wish, self.known.record
        wanted: dict[str, Any] = {
            "lab": wish.lab,
            "board": wish.board,
            "profile": wish.profile,
        }
        for name in ("point", "address"):
            if getattr(wish, name) is not None:
                wanted[name] = getattr(wish, name)
        if "link" in wish.settings:
            wanted["radio"] = wish.settings["link"] == "lora"
        for field_name, value in wanted.items():
            if record.get(field_name) != value:
                raise FlashError(
                    "F405",
                    address=self.known.address,
                    field=field_name,
                    found=record.get(field_name) or "–",
                    wanted=value or "–",
                )
