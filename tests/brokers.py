"""A real broker for tests: mosquitto where it is installed, else the embedded amqtt."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def mosquitto() -> str | None:
    """Return the path of mosquitto; Debian puts it where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class TestBroker:
    """One broker on loopback; `extra` are lines of a mosquitto configuration."""

    __test__ = False

    def __init__(self, folder: Path, extra: str = ""):
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            f"max_inflight_messages 0\npersistence false\n{extra}\n"
        )
        self._process: subprocess.Popen | None = None

    @property
    def version(self) -> str:
        """Return the MQTT version it speaks best."""
        return "5" if mosquitto() else "3.1.1"

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = mosquitto()
        command = [program, "-c", str(self._config)]
        if program is None:
            module = "tools.demonstration.embedded_broker"
            command = [sys.executable, "-m", module, str(self.port)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the broker does not listen")

    def stop(self) -> None:
        """End it in good order."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
