"""Attacks on the recovery: a radio that fails at every place it can, for as long as it likes."""

import asyncio

import pytest

from radio import recovery
from radio.errors import NotReadyError, RadioError
from radio.recovery import Recovery


class Radio:
    """Raises what it is told to, for each call by name."""

    def __init__(self):
        self.errors = {}
        self.starts = 0

    def _do(self, name):
        if name in self.errors:
            raise self.errors[name]

    async def start(self):
        self.starts += 1
        self._do("start")

    async def send(self, frame):
        self._do("send")

    async def receive_into(self, buffer, timeout_ms=None):
        self._do("receive_into")
        return 0 if timeout_ms else 5

    async def detect(self):
        self._do("detect")
        return True

    def rssi_dbm(self):
        self._do("rssi_dbm")
        return -90

    def standby(self):
        self._do("standby")

    def sleep(self):
        self._do("sleep")


@pytest.fixture
def clock(monkeypatch):
    """Milliseconds that a test moves."""

    class Clock:
        now = 2**30 - 500  # soon they wrap

    monkeypatch.setattr(recovery, "ticks_ms", lambda: Clock.now % 2**30)
    return Clock


CALLS = (("send", (b"1",)), ("receive_into", (bytearray(9),)), ("detect", ()))


@pytest.mark.parametrize(("name", "arguments"), CALLS)
@pytest.mark.parametrize("error", [RadioError("BUSY stays high"), OSError(5, "EIO")])
def test_what_fails_is_started_again_after_a_pause(clock, name, arguments, error):
    radio = Radio()
    keeper = Recovery(radio)

    def call():
        return asyncio.run(getattr(keeper, name)(*arguments))

    call()
    assert radio.starts == 1
    radio.errors[name] = error
    with pytest.raises(NotReadyError) as caught:
        call()
    assert caught.value.wait_ms == 1000
    assert str(error) in keeper.last_error
    clock.now += 999
    with pytest.raises(NotReadyError) as caught:
        call()
    assert caught.value.wait_ms == 1
    assert radio.starts == 1
    clock.now += 1
    del radio.errors[name]
    call()
    assert (radio.starts, keeper.restarts) == (2, 1)


def test_the_pauses_double_to_a_minute_until_frames_pass(clock):
    radio = Radio()
    keeper = Recovery(radio)
    radio.errors["send"] = RadioError("A frame does not get out")
    pauses = []
    for _ in range(9):
        with pytest.raises(NotReadyError) as caught:
            asyncio.run(keeper.send(b"1"))
        pauses.append(caught.value.wait_ms)
        clock.now += caught.value.wait_ms
    assert pauses == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]
    assert keeper.restarts == 8  # each start was good, what came after it was not
    del radio.errors["send"]
    asyncio.run(keeper.send(b"1"))
    radio.errors["start"] = radio.errors["send"] = RadioError("SPI reads 0x00 everywhere")
    for wait_ms in (1000, 2000):
        with pytest.raises(NotReadyError) as caught:
            asyncio.run(keeper.send(b"1"))
        assert caught.value.wait_ms == wait_ms
        clock.now += wait_ms


def test_a_radio_that_is_down_is_not_touched(clock):
    radio = Radio()
    keeper = Recovery(radio)
    assert keeper.rssi_dbm() is None
    asyncio.run(keeper.start())
    assert keeper.rssi_dbm() == -90
    for name in ("rssi_dbm", "standby", "sleep"):
        radio.errors[name] = OSError(5, "EIO")
        assert getattr(keeper, name)() is None
        assert not keeper.is_up
        assert getattr(keeper, name)() is None
        clock.now += 60000
        asyncio.run(keeper.start())
    assert keeper.restarts == 3


def test_a_pause_from_before_the_ticks_wrapped_is_over(clock):
    radio = Radio()
    keeper = Recovery(radio)
    radio.errors["start"] = RadioError("no")
    with pytest.raises(NotReadyError):
        asyncio.run(keeper.start())
    del radio.errors["start"]
    clock.now += 2**29 + 1000  # nobody called for six days: the distance seems negative
    asyncio.run(keeper.start())
    assert keeper.is_up


def test_a_mistake_of_the_program_and_a_cancellation_pass(clock):
    radio = Radio()
    keeper = Recovery(radio)
    for error in (ValueError("a frame has at most 255 bytes"), asyncio.CancelledError()):
        radio.errors["send"] = error
        with pytest.raises(type(error)):
            asyncio.run(keeper.send(b"1"))
        assert keeper.is_up
