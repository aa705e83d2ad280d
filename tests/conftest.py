"""What all tests share: a Hypothesis that finds the same cases everywhere, without a clock."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "neckar",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("neckar")
