"""Nodes on a battery that cannot sleep as they want: parts that hang, memory that is full."""

import asyncio
from types import SimpleNamespace

import pytest

from node import power, sampler
from node.clock import Clock
from node.drivers.driver import Driver
from node.measuring import Measuring
from node.sensors.sensor import Sensor
from protocol._compat import ticks_diff
from tests.fakes.rtc import Reset, Slept
from tests.for_firmware.asleep import Board


@pytest.fixture
def board(monkeypatch):
    return Board(monkeypatch)


class App:
    """As much of a node as Sleeper looks at: nobody has anything to do for ten minutes."""

    def __init__(self, board):
        self.problem = None
        self.board = board
        self.clock = Clock(lambda: board.ms)
        self.boot = 3
        self.sampler = None
        self.crashes, self.ends = [], []
        self.session = self.uplink = self.health = self.link = self.measuring = self
        self.ladder = self.recorder = self.life = self.journal = self.maintenance = self
        self.supervisor = self.ports = self
        self.outbox = SimpleNamespace(dropped=0)
        self.is_waiting = self.is_busy = False
        self.draw_ma = self.lacking = self.most_s = self.errors = 0
        self.waiting_ms = 0
        self.sending_ms = self.listening_ms = self.send_errors = self.commands = self.restarts = 0
        self.config = SimpleNamespace(
            source=0, interval_s=900, sensors={}, profile={"sensors": []}, watchdog_s=60
        )
        self.config.battery_mah = 2500
        self.filling = ""

    def restore(self, *state):
        pass

    def wait_ms(self):
        return 600_000

    def rests(self):
        pass

    def healthy(self):
        pass

    def state(self, *now_ms):
        return [[[], 0]]

    def asleep(self):
        return [0]

    def shape(self):
        return ()

    def left_s(self):
        return 0

    def asked(self):
        return {"filling": self.filling}

    def crashed(self, place, e):
        self.crashes.append((place, str(e)))

    def give_up(self, why):
        raise Reset


class Hardware:
    def __init__(self):
        self.energy = {"sleep_ua": 25, "start_uc": 1820, "cpu_ma": 40, "idle_ma": 25}
        self.energy.update({"rx_ma": 6, "tx_ma": 45})

    def hold(self):
        pass


def rest(board, app, found=None):
    sleeper = board.sleep.Sleeper(app, Hardware(), None, found)
    with pytest.raises(Slept) as slept:
        asyncio.run(sleeper.rest(False))
    return slept.value.args[0]


def test_what_does_not_fit_rtc_memory_costs_a_fresh_start_and_no_night(board):
    app = App(board)
    app.filling = "x" * 2048
    board.machine.kept = b"of an earlier sleep"
    assert rest(board, app) == 600_000
    assert app.crashes == [("sleep", "RTC memory is full")]
    assert board.machine.kept == b""


def test_a_state_that_cannot_be_made_keeps_no_node_awake(board):
    app = App(board)

    def state(now_ms):
        raise MemoryError

    app.session = SimpleNamespace(state=state, is_waiting=False, lacking=0)
    assert rest(board, app) == 600_000
    assert [place for place, _ in app.crashes] == ["sleep"]
    assert board.machine.kept == b""


def test_waits_go_on_over_short_wakes(board):
    """Else a node that samples often would hardly ever ask whether its gateway is back."""
    app = App(board)
    rest(board, app)
    kept = board.retained.load()
    kept["clock"][1] += 400_000  # a short wake, with its own moment
    kept["clock"][0] += 400_000
    woken = App(board)
    kept["slept_ms"] = woken.clock.awake(kept["clock"], board.counter_ms + 500_000)
    since = []
    woken.session = SimpleNamespace(restore=lambda state, now_ms: since.append(now_ms))
    board.sleep.Sleeper(woken, Hardware(), kept, kept)
    assert abs(ticks_diff(woken.clock.ticks(), since[0]) - 500_000) < 100


def test_a_battery_that_cannot_be_measured_keeps_no_node_awake(board):
    """It is said once, and the node goes on without."""
    app = App(board)
    app.config.low_mv, app.config.power, app.is_continuous = 3400, "battery", False
    app.sampler = SimpleNamespace(samples=1)
    lines = []
    app.recorder = SimpleNamespace(append=lines.append)
    app.note = lines.append

    def broken():
        raise OSError(5)

    app.millivolts = lambda name: broken
    looker = power.Power(app, Hardware(), None, None)
    looker.look()
    app.sampler.samples = 2
    looker.look()
    assert len(lines) == 2 and looker.battery_mv == 0


def test_messages_that_had_no_room_asleep_are_counted(board):
    app = App(board)
    app.filling = "x" * 1000
    state = [[0], [[["kind", "ff" * 250, True]] * 2, 1]]
    app.session = SimpleNamespace(state=lambda now_ms: state, is_waiting=False, lacking=0)
    rest(board, app)
    assert board.retained.load()["session"][-1] == [[], 3]


def test_a_part_that_hangs_is_not_paid_for_by_the_battery_for_ever(board):
    app = App(board)
    app.is_busy = True
    sleeper = board.sleep.Sleeper(app, Hardware(), None, None)

    async def stay_awake():
        while True:
            await sleeper.rest(False)

    with pytest.raises(Reset):
        asyncio.run(stay_awake())
    assert 1800_000 <= board.ms < 1801_000
    assert app.crashes == [("power", "is never idle")]


def test_who_is_idle_in_between_may_work_for_days(board):
    app = App(board)
    sleeper = board.sleep.Sleeper(app, Hardware(), None, None)
    app.wait_ms = lambda: 500 * (board.ms // 60_000 % 2)

    async def work():
        while board.ms < 3 * 3600_000:
            await sleeper.rest(False)

    asyncio.run(work())
    assert app.crashes == []


def test_the_account_has_what_loading_the_node_takes(board):
    """From the first line of code to here, and not from here on."""
    board.ms = 1500
    rest(board, App(board))
    cpu_uc = board.retained.load()["energy"][2]
    assert 1500 * 40 <= cpu_uc <= 1600 * 40


def test_the_watchdog_of_a_short_wake_waits_for_sensors_that_hang(board):
    """Nobody feeds it there; five seconds are allowed, and a fine dust sensor takes 31."""
    app = App(board)
    app.measuring = Measuring([Sensor(Driver()), Sensor(Driver())])
    app.measuring.sensors[1].lead_s = 31
    app.measuring = Measuring(app.measuring.sensors)
    app.config.watchdog_s = 5
    rest(board, app)
    plan = board.retained.load()["plan"]
    assert plan["watchdog_s"] >= 5 + 31 + 2 * 15


@pytest.mark.parametrize("interval_s", [10, 60, 900])
def test_a_sample_waits_for_a_node_that_has_to_start_first(board, interval_s):
    """On a chip that takes some seconds; a minute's sample may else be 1.2 s late."""
    app = App(board)
    taker = sampler.Sampler(Measuring([]), interval_s, app.clock, None, None, None, None)
    app.sampler = taker
    board.ms = 1000 * interval_s * 3
    taker.last_s = 2 * interval_s
    board.sleep.Sleeper(app, Hardware(), None, None)
    board.ms += 4000
    assert taker.wait_ms() == 0


def test_a_reset_does_not_fill_the_battery(board):
    spent = [1, 2, 3_240_000_000, 4, 5, 86_400_000]
    app = App(board)
    status = board.sleep.Sleeper(app, Hardware(), None, {"energy": spent}).status()
    assert status["charge_mah"] == 900
    assert status["days_left"] == 1
