"""What goes wrong around a command: words, pipes, interrupts, imports that cost memory."""

import os
import subprocess
import sys
import types

import pytest

from gateway import cli
from gateway.errors import ConfigError, GatewayError


def start(*words, **more):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        **more,
    )


@pytest.fixture
def command(monkeypatch):
    """Return a function that makes `status` do something else."""

    def replace(func):
        def add_parser(subparsers):
            parser = subparsers.add_parser("status")
            parser.add_argument("words", nargs="*")
            parser.set_defaults(func=func)

        module = types.SimpleNamespace(add_parser=add_parser)
        monkeypatch.setitem(sys.modules, "gateway.cli.status", module)

    return replace


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-c"],
        ["stat"],
        ["status", "--jsno"],
        ["check", "what"],
        ["run", "-c"],
        ["--check", "status"],
        ["gateway.toml"],
        ["status", "a\udcffb"],
    ],
)
def test_what_was_typed_wrong_is_one_line_and_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["-c", "a.toml", "status", "x"],
        ["status", "-c", "a.toml", "x"],
        ["status", "x", "--config", "a.toml"],
        ["--config=a.toml", "status", "x"],
    ],
)
def test_the_file_may_be_named_anywhere(words, command):
    seen = []
    command(lambda options: seen.append((str(options.config), options.words)) or 0)
    assert cli.main(words) == 0
    assert seen == [("a.toml", ["x"])]


@pytest.mark.parametrize(
    ("value", "wanted"), [("/x/y.toml", "/x/y.toml"), ("", "/etc/neckar/gateway.toml")]
)
def test_else_it_comes_from_the_environment_or_is_the_usual_one(
    value, wanted, command, monkeypatch
):
    seen = []
    monkeypatch.setenv("NECKAR_CONFIG", value)
    command(lambda options: seen.append(str(options.config)) or 0)
    cli.main(["status"])
    assert seen == [wanted]


class TypedWrongError(GatewayError):
    """As the registry has them."""

    exit_code = 2


def fails(error):
    """Return a command that raises."""

    def func(options):
        raise error

    return func


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (GatewayError("the disk is full"), 1, "neckar-gateway: the disk is full\n"),
        (TypedWrongError("no node 7"), 2, "neckar-gateway: no node 7\n"),
        (
            ConfigError("mqtt.url", "x", "a url"),
            2,
            "neckar-gateway: a.toml: mqtt.url is 'x', should be a url\n",
        ),
        (
            ExceptionGroup("tasks", [ExceptionGroup("more", [GatewayError("the disk")])]),
            1,
            "neckar-gateway: the disk\n",
        ),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
        (
            PermissionError(13, "Permission denied", "/var/lib/neckar/registry.db"),
            1,
            "neckar-gateway: /var/lib/neckar/registry.db: this user may not look at it:"
            " try with sudo\n",
        ),
    ],
)
def test_what_the_gateway_has_a_word_for_is_one_line(error, code, text, command, capfd):
    command(fails(error))
    assert cli.main(["-c", "a.toml", "status"]) == code
    assert capfd.readouterr().err == text


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), ExceptionGroup("tasks", [ZeroDivisionError()])]
)
def test_a_mistake_of_ours_is_not_hidden(error, command):
    command(fails(error))
    with pytest.raises((ZeroDivisionError, ExceptionGroup)):
        cli.main(["status"])


def test_help_lists_every_command_and_loads_none():
    code = (
        "import sys; from gateway.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('gateway.cli.')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    for name, text in cli.COMMANDS.items():
        assert name in done.stdout
        assert text.split(",")[0].split(":")[0] in done.stdout
    assert done.stderr == "[]\n"


def test_a_command_loads_no_other_and_not_the_gateway():
    code = (
        "import sys; from gateway.cli import main\n"
        "try: main(['status', '--help'])\n"
        "except SystemExit: pass\n"
        "bad = {'gateway.app', 'gateway.cli.check', 'gateway.registry.registry', 'aiomqtt'}\n"
        "print(bad & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stderr == "set()\n"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_of_the_list_is_there(name, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"neckar-gateway {name}" in capsys.readouterr().out


@pytest.mark.parametrize("size", [1, 10**7])
def test_a_reader_that_has_seen_enough_causes_no_word(size):
    """One character waits in a buffer until the end, many do not."""
    code = (
        "import sys, types\n"
        "def say(options):\n"
        "    sys.stdin.read()\n"
        f"    print('x' * {size})\n"
        "    return 0\n"
        "def add(subparsers):\n"
        "    subparsers.add_parser('status').set_defaults(func=say)\n"
        "sys.modules['gateway.cli.status'] = types.SimpleNamespace(add_parser=add)\n"
        "from gateway.cli import main\n"
        "sys.exit(main(['status']))"
    )
    pipe, buffered = subprocess.PIPE, {**os.environ, "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, env=buffered
    ) as process:
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0


def test_a_configuration_that_is_not_there_is_one_line():
    done = start("check", "-c", "/nowhere/gateway.toml")
    assert done.returncode == 2
    assert done.stderr.startswith("neckar-gateway: /nowhere/gateway.toml: config file is")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_without_umlauts_ends_no_list(tmp_path):
    (tmp_path / "a.toml").write_text(
        '[gateway]\nid = "gw"\ncity = "c"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
        '[spool]\npath = "s.db"\n[registry]\npath = "r.db"\n'
        '[[serial]]\nname = "a"\nport = "t"\noptional = true\n'
    )
    more = {"env": {**os.environ, "PYTHONIOENCODING": "ascii"}, "encoding": "utf-8"}
    words = ("-c", str(tmp_path / "a.toml"), "labs")
    assert start(*words, "set", "x", "--name", "Straße", **more).returncode == 0
    done = start(*words, "list", **more)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Straße" in done.stdout
