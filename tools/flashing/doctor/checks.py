"""All checks in the order in which findings of the same likelihood are told.

Place: here -> examine.
"""

from collections.abc import Callable, Iterator

from tools.flashing.doctor import checks_boot, checks_host, checks_node
from tools.flashing.doctor.facts import Facts
from tools.flashing.doctor.finding import Finding

Check = Callable[[Facts], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (*checks_host.CHECKS, *checks_boot.CHECKS, *checks_node.CHECKS)
