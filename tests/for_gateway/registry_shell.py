"""A shell for tests in which an operator types commands about the registry."""

import base64

from gateway.cli import main
from tests.for_gateway.registered import PRIVATE, key_of, lines


class Shell:
    """Types commands; keeps (exit code, standard output, standard error)."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *words) -> tuple[int, str, str]:
        config = str(self.folder / "gateway.toml")
        try:
            code = main(["-c", config, *map(str, words)])
        except SystemExit as e:  # argparse
            code = e.code
        return code, *self._capsys.readouterr()

    def fine(self, *words) -> str:
        """Return the output of a command that must succeed."""
        code, out, err = self(*words)
        assert (code, err) == (0, "")
        return out

    def wrong(self, *words) -> str:
        """Return the one line of a command that must be refused with 2, and change nothing."""
        code, out, err = self(*words)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err

    def file(self, name: str, *records: dict) -> str:
        """Write records as JSON lines; return the path."""
        path = self.folder / name
        path.write_bytes(lines(*records))
        return str(path)


def make_shell(tmp_path, capsys, monkeypatch) -> Shell:
    """Return a shell in a folder with a configuration, a gateway's key and the key of node 17."""
    monkeypatch.setenv("SUDO_USER", "uli")
    (tmp_path / "tty0").write_text("")
    (tmp_path / "neckar.key").touch(0o600)
    (tmp_path / "neckar.key").write_bytes(base64.b64encode(PRIVATE) + b"\n")
    (tmp_path / "17.key").write_text(key_of(17).hex() + "\n")
    (tmp_path / "gateway.toml").write_text(
        '[gateway]\nid = "gw-1"\ncity = "heilbronn"\n[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n'
        '[spool]\npath = "spool.db"\n[registry]\npath = "registry.db"\nkey_file = "neckar.key"\n'
        f'[[serial]]\nname = "a"\nport = "{tmp_path}/tty0"\n'
    )
    return Shell(tmp_path, capsys)
