"""The gateway's process with a meter on it.

Place: beside the data flow; reads /proc, so Linux only.
Guarantee: CPU time is that of the whole process, all threads, user and system, as the kernel
counted it in ticks of 10 ms; the largest memory is the kernel's own mark, not a sample.
"""

import os
from pathlib import Path

from tools.benchmark.errors import BenchError
from tools.demonstration.gateway import GatewayProcess


class MeteredGateway(GatewayProcess):
    """`start` it, then read the meters."""

    def pin(self, cores: list[int]) -> None:
        """Let it run on these cores only."""
        assert self._process is not None  # noqa: S101 - started before
        os.sched_setaffinity(self._process.pid, cores)

    def cpu_s(self) -> float:
        """Return the CPU seconds used since the start."""
        # The name of the program, in brackets, may hold blanks: fields count from behind it.
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Return the memory it holds now."""
        return self._status_mb("VmRSS")

    def rss_peak_mb(self) -> float:
        """Return the most it ever held."""
        return self._status_mb("VmHWM")

    def _status_mb(self, field: str) -> float:
        for line in self._proc("status").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise BenchError(f"/proc has no {field}: the gateway is measured on Linux only")

    def _proc(self, name: str) -> str:
        self.check()  # a gateway that ended says why, instead of a file that is missing
        assert self._process is not None  # noqa: S101 - started before it is measured
        try:
            return Path(f"/proc/{self._process.pid}/{name}").read_text(encoding="utf-8")
        except OSError as e:
            raise BenchError("no /proc: the gateway is measured on Linux only") from e
