"""The noise meter's arithmetic on a chip whose words have 32 bits, with the worst sounds there are.

The source of the functions is run with every sum, difference, product and shift checked.
"""

import ast
import random
from array import array
from pathlib import Path

import pytest

from node.drivers import a_weighting

TURN = 768
TOP = (1 << 23) - 1
TURNS = 12
SHARES = ((90, 9), (114, 12), (44, 13), (44, 13))


class _Checked(ast.NodeTransformer):
    """Puts each result of arithmetic through `word`."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("word", ast.Load()), [node], [])

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        result = ast.BinOp(before, node.op, node.value)
        return ast.Assign([node.target], ast.Call(ast.Name("word", ast.Load()), [result], []))


def word(value: int) -> int:
    """Return what fits a word of the chip."""
    if not -(1 << 31) <= value < 1 << 31:
        raise OverflowError(value)
    return value


def checked() -> dict:
    """Return the module's names, its functions checked."""
    tree = ast.parse(Path(a_weighting.__file__).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.decorator_list = []
    module = ast.fix_missing_locations(ast.Module([_Checked().visit(f) for f in functions], []))
    names = {**vars(a_weighting), "word": word}
    exec(compile(module, "checked", "exec"), names)  # noqa: S102
    return names


CHECKED = checked()


def hear(samples: list) -> array:
    """Let the checked functions hear samples of 24 bits; return the state after them."""
    state = array("i", bytes(4 * a_weighting.WORDS))
    for i in range(a_weighting.SIGNED):
        state[i] = a_weighting.ZERO
    for first in range(0, len(samples), TURN):
        turn = array("i", [x << 8 for x in samples[first : first + TURN]])
        bits = CHECKED["weigh"](turn, state, TURN)
        CHECKED["follow"](turn, state, TURN, bits)
        assert not any(turn)
    return state


def answers(section: int, count: int) -> list:
    """Return what one sample makes of the difference that a section multiplies, over time."""
    c = 13 / 128
    heard = [c, 1 - 2 * c, c] + [0.0] * (count - 3)
    for share, shift in SHARES[: section + 1]:
        mean = 0.0
        differences = []
        rest = []
        for x in heard:
            differences.append(x - mean)
            mean += (x - mean) * share / (1 << shift)
            rest.append(x - mean)
        heard = rest
    return differences


@pytest.mark.parametrize("section", range(4))
def test_the_sound_that_a_section_can_bear_least_fits_a_word(section: int):
    count = TURN * TURNS
    worst = [TOP if x > 0 else -TOP - 1 for x in reversed(answers(section, count))]
    hear(worst)
    hear([-1 - x for x in worst])


@pytest.mark.parametrize("half_period", [1, 2, 3, 12, 100, 768, 4000])
def test_square_waves_at_full_scale_fit_a_word(half_period: int):
    state = hear([TOP if i // half_period % 2 else -TOP - 1 for i in range(TURN * TURNS)])
    assert state[a_weighting.OVERLOADS] == TURN * TURNS


def test_noise_of_all_bits_fits_a_word():
    dice = random.Random(1)
    hear([dice.randint(-TOP - 1, TOP) for _ in range(TURN * TURNS)])


def test_the_check_would_find_what_does_not_fit():
    with pytest.raises(OverflowError):
        CHECKED["follow"](array("i", [1 << 20] * TURN), array("i", [0] * 16), TURN, 0)


@pytest.mark.parametrize("constant", [0, 1, -1, 100_000, TOP, -TOP - 1])
def test_a_line_that_does_not_move_falls_silent(constant: int):
    state = hear([constant] * (TURN * 60))
    samples = array("i", [constant << 8] * TURN)
    assert CHECKED["weigh"](samples, state, TURN) < 16
