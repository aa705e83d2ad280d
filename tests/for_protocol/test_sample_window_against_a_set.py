"""The ledger of samples under any sequence of what may happen to it, against a plain set."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.window import MAX_RUNS, SampleWindow
from tests.shared.ledger_model import LedgerModel, agrees, numbers_of

STEPS = st.lists(st.integers(1, 5), max_size=20)


class Ledger(RuleBasedStateMachine):
    """A window and the set it stands for; `near` draws numbers around what is known."""

    @initialize(start=st.integers(0, 30))
    def begin(self, start):
        self.window = SampleWindow(start)
        self.model = LedgerModel(start)

    def near(self, distance: int) -> int:
        return max(0, self.model.expected + distance)

    @rule(distance=st.integers(-30, 90), steps=STEPS)
    def a_batch_comes(self, distance, steps):
        numbers = [self.near(distance)]
        for step in steps:
            numbers.append(numbers[-1] + step)
        fresh = self.window.fresh(numbers)
        assert fresh == self.model.new_of(numbers)
        self.window.accept(fresh)
        self.model.settle(fresh)
        assert self.window.fresh(numbers) == []

    @rule(distance=st.integers(-30, 90), count=st.integers(0, 60))
    def samples_are_gone(self, distance, count):
        first = self.near(distance)
        assert self.window.has_room(first, first + count)  # far from full
        lost = self.window.settle(first, first + count)
        assert numbers_of(lost) == self.model.new_of(range(first, first + count))
        self.model.settle(range(first, first + count))

    @rule(ahead=st.integers(0, 40))
    def more_is_announced(self, ahead):
        self.window.top += ahead
        self.model.top += ahead

    @rule()
    def the_gateway_restarts(self):
        window = self.window
        runs = [list(run) for run in window.runs]
        self.window = SampleWindow(window.expected, runs, window.top)

    @invariant()
    def it_agrees(self):
        if hasattr(self, "window"):
            agrees(self.window, self.model)
            assert len(self.window.runs) < MAX_RUNS


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30)
