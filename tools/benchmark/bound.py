"""The fewest bits a series can be told in by one who has heard all of it so far: a model's bound.

    values -> predictors (AR(4), last, mean) -> mixture of discrete Laplace distributions -> bits

Place: columns of a Dataset -> here -> bits, which sets it beside what frames take.
Guarantee: sequential, that is, each value is paid for with the probability it was given before it
was seen (prequential code length), so nothing of the series is known for free, not even the first
value. Real coders that decode every frame alone cannot reach it; a better model could go below.

Every pair of a predictor and a scale is an expert. Experts are weighted by what they foretold
(Bayes), and a small share of all weight is dealt out anew each time, so that a series may change
its character. The autoregression is fitted on the way by recursive least squares.
"""

import math

_ORDER = 4
_FORGETTING = 0.995  # of the least squares: remembers some 200 values
_PRIOR_VARIANCE = 0.1
# A series that stands still teaches nothing, and what is only forgotten would grow beyond a float.
_MOST_VARIANCE = 1e6
_SHARE = 0.005
# From nearly certain to the whole range of a reading, in steps that cost 0.02 bits at most.
_SCALES = tuple(0.1 * 2 ** (i / 2) for i in range(42))


def code_length(values: list[int], base: int = 0) -> float:
    """Return the bits of all values, the first of which is expected at `base`."""
    model = _Model(base)
    return sum(model.bits_of(value) for value in values)


class _Model:
    """What is known before the next value; `bits_of` tells its price and learns it."""

    def __init__(self, base: int):
        self._base = base
        self._count = 0
        self._mean = 0.0
        self._regression = _Regression()
        # P(x) of a scale s is c exp(-|x - m| / s), away from the centre m.
        self._rates = [-1 / scale for scale in _SCALES]
        self._heights = [(1 - math.exp(-1 / s)) / 2 * math.exp(0.5 / s) for s in _SCALES]
        self._weights = [1 / (3 * len(_SCALES))] * (3 * len(_SCALES))

    def bits_of(self, value: int) -> float:
        """Return what this value costs, given all before it."""
        offset = float(value - self._base)
        last = self._regression.last
        likelihoods: list[float] = []
        for centre in (self._regression.predict(), last, self._mean):
            likelihoods += self._likelihoods(abs(offset - centre))
        weighted = [w * p for w, p in zip(self._weights, likelihoods, strict=True)]
        total = sum(weighted)
        kept, dealt = (1 - _SHARE) / total, _SHARE / len(weighted)
        self._weights = [w * kept + dealt for w in weighted]
        self._count += 1
        self._mean += (offset - self._mean) / self._count
        self._regression.learn(offset)
        return -math.log2(total)

    def _likelihoods(self, distance: float) -> list[float]:
        """Return for each scale the probability of the integer this far from the centre."""
        pairs = zip(self._rates, self._heights, strict=True)
        if distance >= 0.5:
            return [height * math.exp(distance * rate) for rate, height in pairs]
        # The centre lies within: both tails are missing from one.
        return [
            1 - (math.exp((0.5 - distance) * rate) + math.exp((0.5 + distance) * rate)) / 2
            for rate, _ in pairs
        ]


class _Regression:
    """Autoregression by recursive least squares, which begins as: the same again."""

    def __init__(self) -> None:
        self._past = [0.0] * _ORDER
        self._factors = [1.0] + [0.0] * (_ORDER - 1)
        self._covariance = _diagonal()

    @property
    def last(self) -> float:
        """Return the newest value."""
        return self._past[0]

    def predict(self) -> float:
        """Return what should come next."""
        return sum(f * x for f, x in zip(self._factors, self._past, strict=True))

    def learn(self, value: float) -> None:
        """Take the next value in."""
        error = value - self.predict()
        past = self._past
        gain = [sum(c * x for c, x in zip(row, past, strict=True)) for row in self._covariance]
        variance = sum(row[i] for i, row in enumerate(self._covariance))
        forgetting = _FORGETTING if variance < _MOST_VARIANCE else 1.0
        divisor = forgetting + sum(g * x for g, x in zip(gain, past, strict=True))
        self._factors = [f + g / divisor * error for f, g in zip(self._factors, gain, strict=True)]
        self._covariance = [
            [(c - g * h / divisor) / forgetting for c, h in zip(row, gain, strict=True)]
            for row, g in zip(self._covariance, gain, strict=True)
        ]
        self._past = [value, *past[:-1]]


def _diagonal() -> list[list[float]]:
    return [[_PRIOR_VARIANCE * (i == j) for j in range(_ORDER)] for i in range(_ORDER)]
