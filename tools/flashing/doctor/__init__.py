"""What is wrong with a board that does not answer, how sure that is, and what to do next.

Place: port, computer, board -> `examine` -> Report -> command line; the archive for whoever helps.
"""

from tools.flashing.doctor.examine import Means, examine
from tools.flashing.doctor.report import Report

__all__ = ["Means", "Report", "examine"]
