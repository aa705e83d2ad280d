"""What the gateway wants of this node is done here, once.

Place: session -> uplink -> `carry_out` -> settings, identity, journal, ..; a Result goes back.
Guarantee: what must not be done twice is not, whatever happens to the power: the command is in
flash before it begins, and its result before it restarts anything. What a cut has left half done,
`resume` ends at the next start; it tries that once, so that no command can keep a node from
starting. Arguments that make no sense are REFUSED with a text that names them.

Loaded when a command comes, and let go after it; nothing here outlives that but the file.

    /state/command   CBOR [number, code] until the Result was answered, or while it is carried out
                     [number, null, op, argument ..]
"""

import asyncio

from node import files
from node.errors import NodeError
from protocol import cbor
from protocol._compat import const
from protocol.commands import (
    BUSY,
    CONFIG_CONFIRM,
    CONFIG_REVERT,
    CONFIG_TRY,
    DONE,
    FAILED,
    REBOOT,
    REFUSED,
    TIME,
    UNKNOWN,
    WIPE,
    Command,
    Result,
)
from protocol.errors import DecodeError
from protocol.fields import RESULT

PATH = "/state/command"
_TEXT = const(160)
_TOLD_S = const(120)  # a restart waits so long for its Result to be answered
_LOOK_S = 0.2
_EARLIEST_MS = 1_700_000_000_000  # nobody's clock is right that says it is before 2023,
_LATEST_MS = 4_200_000_000_000  # or after 2103; 32 bits of seconds have no room for it soon after
_MOST_FRAMES = const(50)

# By operation: the methods below.
_NAMES = (
    "sample config_try config_confirm config_revert config_read reboot mount_test log_page time "
    "wipe maintenance rekey"
)
_READING = ("sample", "config_read", "log_page")
_AGAIN = (CONFIG_TRY, CONFIG_CONFIRM, CONFIG_REVERT, WIPE)  # may be begun twice, and ended once
_AT_ONCE = (REBOOT, TIME)  # may not even be begun twice


class Commands:
    """`app` has the parts of the node, see `app.App`."""

    def __init__(self, app):
        self._app = app
        self._restarts = None  # why, once a command wants it

    def resume(self) -> None:
        """Say to the session what was done before this start, and end what a cut left half done."""
        value = _stored()
        if value is None:
            return
        number, code = value[:2]
        if code is None:
            code = FAILED
            if _kept([number, FAILED]):  # should it never come back from the next line
                code = self._end(Command(number, value[2], value[3:])).code
                _kept([number, code])
        self._app.session.outbox.resume(number, Result(number, code))
        if self._restarts:
            self._app.life.restart(self._restarts)

    def _end(self, command):
        """Carry out again what may have been done; without a trial its end was reached already."""
        from node.settings import TRIAL

        if command.op in (CONFIG_CONFIRM, CONFIG_REVERT) and self._app.config.source != TRIAL:
            return Result(command.number, DONE)
        name = _NAMES.split()[command.op]
        try:
            getattr(self, "_" + name)(*command.arguments)
            return Result(command.number, DONE)
        except Exception:
            return Result(command.number, FAILED)

    async def carry_out(self, command) -> None:
        """Do what a command says, send its Result, and restart where it wants that."""
        app = self._app
        result = await self.handle(command)
        try:
            app.session.send(result, app.clock.ticks())
        except ValueError:  # a value that does not fit
            app.session.send(Result(command.number, FAILED), app.clock.ticks())
        app.uplink.wake()
        if result.code != BUSY and (command.op in _AT_ONCE or command.op in _AGAIN):
            app.uplink.is_leaving = self._restarts is not None
            app.uplink.background(self._leave(command.number))

    async def _leave(self, number: int) -> None:
        """Wait until the Result was answered; then nobody asks again, and the file may go."""
        outbox = self._app.session.outbox
        left_s = _TOLD_S
        while left_s > 0 and outbox.holds(RESULT):
            await asyncio.sleep(_LOOK_S)
            left_s -= _LOOK_S
        stored = _stored()
        if left_s > 0 and stored and stored[0] == number:
            files.remove(PATH)
        if self._restarts:
            self._app.life.restart(self._restarts)

    async def handle(self, command):
        """Carry a command out; return its Result. Nothing is raised."""
        number, op = command.number, command.op
        names = _NAMES.split()
        if op >= len(names):
            return Result(number, UNKNOWN)
        name = names[op]
        if self._app.uplink.is_leaving and name not in _READING:
            return Result(number, BUSY)
        value = None
        try:
            if op in _AT_ONCE:
                _store([number, DONE])
            elif op in _AGAIN:
                _store([number, None, op] + list(command.arguments))
            value = getattr(self, "_" + name)(*command.arguments)
            if hasattr(value, "send"):  # sensors and frames take their time
                value = await value
            code = DONE
        except NodeError as e:
            code, value = REFUSED, _cut(str(e))
        except Exception as e:
            code, value = FAILED, type(e).__name__
        if op in _AGAIN or (op in _AT_ONCE and code != DONE):
            code = code if _kept([number, code]) else FAILED
        if name not in _READING:
            self._app.life.recorder.append("command %d %s: %d" % (number, name, code))
        return Result(number, code, value)

    # ------------------------------------------------------------------ the operations

    async def _sample(self):
        from node import event

        if self._app.sampler is None:
            raise NodeError("this node measures nothing now")
        return await event.reading(self._app.sampler, self._app.clock)

    def _config_try(self, wakes: int, text: str):
        from node import config, settings

        digest = settings.start_trial(wakes, text, config.check, config.check_all)
        self._restarts = "settings on trial"
        return digest

    def _config_confirm(self):
        from node import config, settings

        if self._app.config.source != settings.TRIAL:
            raise NodeError("no trial is in use")
        settings.confirm(config.check)
        self._app.config.source = settings.CONFIRMED

    def _config_revert(self):
        from node import settings

        if self._app.config.source != settings.TRIAL:
            raise NodeError("no trial is in use")
        settings.revert()
        self._restarts = "settings reverted"

    def _config_read(self, offset: int):
        from node import config, settings

        return settings.page(config.given()[0], offset)

    def _reboot(self):
        self._restarts = "reboot"

    async def _mount_test(self, frames: int):
        from node import mount

        if not 0 < frames <= _MOST_FRAMES:
            raise NodeError("frames is %d, should be 1 to %d" % (frames, _MOST_FRAMES))
        return await mount.test(self._app, frames)

    def _log_page(self, page: int):
        return self._app.life.recorder.page(page)

    def _time(self, unix_ms: int):
        if not _EARLIEST_MS <= unix_ms < _LATEST_MS:
            raise NodeError("unix ms is %d, years ago or ahead" % unix_ms)
        self._app.uplink.time_is(unix_ms)

    def _wipe(self):
        self._app.journal.wipe()
        self._app.life.recorder.wipe()

    def _maintenance(self, minutes: int):
        self._app.maintenance.begin(minutes)

    def _rekey(self, epoch: int, key: bytes):
        from node import identity
        from protocol.ccm import Ccm
        from protocol.envelope import Envelope

        config = self._app.config
        if (epoch, key) == (config.epoch, config.key):
            return  # it came again after a restart: all was done
        if epoch <= config.epoch:
            raise NodeError("epoch is %d, should be above %d" % (epoch, config.epoch))
        identity.replace(epoch, key)
        config.epoch = epoch
        config.key = key
        self._app.session.rekey(Envelope(Ccm(key), config.node, epoch, self._app.tag_length))


def _stored():
    """Return what the file holds, or None where that is no command."""
    try:
        value = cbor.loads(files.read_bytes(PATH) or b"")
    except DecodeError:
        return None
    if not isinstance(value, list) or len(value) < 2 or not isinstance(value[0], int):
        return None
    is_open = value[1] is None and len(value) > 2 and value[2] in _AGAIN
    return value if is_open or isinstance(value[1], int) else None


def _store(value: list) -> None:
    files.write_atomic(PATH, cbor.dumps(value))


def _kept(value: list) -> bool:
    """Store, and say whether flash has taken it."""
    try:
        _store(value)
    except OSError:
        return False
    return True


def _cut(text: str) -> str:
    """Return at most 160 bytes of a text."""
    text = text[:_TEXT]
    while len(text.encode()) > _TEXT:
        text = text[:-1]
    return text
