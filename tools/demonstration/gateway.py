"""The gateway as a process of its own, started, killed and started again.

Place: beside the data flow; the demonstration never imports the gateway.
"""

import asyncio
import signal
import sys
from pathlib import Path

from tools.demonstration.errors import DemoError
from tools.rig.children import end_with_parent

_STOP_TIMEOUT_S = 10.0


class GatewayProcess:
    """`neckar-gateway -c CONFIG run`; its log goes to a file beside the configuration.

    `environment` is that of a program which is to live by another clock, or None.
    """

    def __init__(self, config: Path, environment: dict[str, str] | None = None):
        self._config = config
        self._environment = environment
        self.log = config.with_suffix(".log")
        self._process: asyncio.subprocess.Process | None = None
        self.rss_max_mb = 0.0
        self.kills = 0

    async def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway",
                "-c",
                str(self._config),
                "run",
                stderr=log,
                stdout=log,
                start_new_session=True,  # Ctrl-C is for us: the gateway is ended in good order
                env=self._environment,
                preexec_fn=end_with_parent,
            )

    @property
    def exit_code(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self._process.returncode if self._process else None

    async def kill(self) -> None:
        """SIGKILL: no goodbye, no flush."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
            self.kills += 1

    async def stop(self) -> None:
        """SIGTERM, and wait for a clean end."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            await self.kill()

    def check(self) -> None:
        """Raise DemoError where it ended by itself; note its memory otherwise."""
        if self._process is None:
            return
        if self._process.returncode is not None:
            last = self.log.read_text(encoding="utf-8").strip().splitlines()[-1:]
            raise DemoError(f"the gateway ended: {last[0] if last else self._process.returncode}")
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists():
            for line in status.read_text(encoding="utf-8").splitlines():
                if line.startswith("VmRSS:"):
                    self.rss_max_mb = max(self.rss_max_mb, int(line.split()[1]) / 1024)
