"""A real broker for tests: mosquitto where it is installed, else the embedded amqtt."""

import getpass
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tools.rig.children import end_with_parent

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
            f"persistence false\n{extra}\n"
            # Started by root it would become another user, who cannot read our temporary folder.
            f"user {getpass.getuser()}\n"
        )
        self._process: subprocess.Popen | None = None

    @property
    def version(self) -> str:
        """Return the MQTT version it speaks best."""
        return "5" if mosquitto() else "3.1.1"

    @property
    def pid(self) -> int:
        """Return the process, for signals."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = mosquitto()
        command = [program, "-c", str(self._config)]
        if program is None:
            module = "tools.demonstration.embedded_broker"
            command = [sys.executable, "-m", module, str(self.port)]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            preexec_fn=end_with_parent,
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
