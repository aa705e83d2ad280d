"""What all tests share: the firmware as an import, and a Hypothesis that repeats itself.

Hypothesis finds the same cases on every machine and has no clock, so that CI never wavers.
"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

FIRMWARE = str(Path(__file__).parents[1] / "firmware")
if FIRMWARE not in sys.path:
    sys.path.append(FIRMWARE)

settings.register_profile(
    "neckar",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("neckar")
