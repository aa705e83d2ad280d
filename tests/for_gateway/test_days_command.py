"""What an operator types wrong after `days`, and what is not there yet."""

import pytest

from gateway.cli import main
from gateway.registry.database import Database
from gateway.registry.merge import Choices, merge
from gateway.registry.record_files import parse
from gateway.spool import Spool
from tests.for_gateway.registered import GATEWAY, lines, record


@pytest.fixture
def days(tmp_path, capsys):
    """Return a function that types `days ...` and returns (exit code, output, error)."""
    (tmp_path / "gateway.toml").write_text(
        '[gateway]\nid = "gw"\ncity = "heilbronn"\n[mqtt]\nurl = "mqtt://127.0.0.1"\n'
        '[spool]\npath = "spool.db"\n[registry]\npath = "registry.db"\n'
        '[[serial]]\nname = "mast-1"\nport = "tty0"\noptional = true\n'
    )

    def type_in(*words):
        try:
            code = main(["-c", str(tmp_path / "gateway.toml"), "days", *words])
        except SystemExit as e:
            code = e.code
        return code, *capsys.readouterr()

    return type_in


@pytest.fixture
def registry(tmp_path):
    """Make a registry with node 17 at air-17."""
    with Database(tmp_path / "registry.db") as database:
        records = parse("a.json", lines(record(17)), 2_000_000_000)
        merge(database, GATEWAY, "a.json", records, Choices(create=True))


@pytest.fixture
def spool(tmp_path):
    """Make an empty spool."""
    Spool(tmp_path / "spool.db", 10**6, 10**6).close()


@pytest.mark.parametrize(
    "node", ["99", "70000", "9" * 30, "\u0661\u0667", "air-18", "", "-1 ", "a\nb"]
)
def test_a_node_that_is_not_there_is_one_line_and_exit_code_2(days, registry, spool, node):
    code, out, err = days(node)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"node is {node!r}, should be a point with hardware, or an address" in err


@pytest.mark.parametrize("node", ["17", "air-17"])
def test_a_node_without_samples_is_no_mistake(days, registry, spool, node):
    assert days(node, "--since", "2026-11-25") == (0, "no samples since 2026-11-25\n", "")


def test_before_the_first_start_it_says_what_is_not_there_and_makes_nothing(days, tmp_path):
    code, _, err = days()
    assert (code, err.count("\n")) == (1, 1)
    assert "registry.db is not there yet: `neckar-gateway nodes import` makes it" in err
    assert not list(tmp_path.glob("*.db*"))


def test_a_registry_without_a_spool_is_said(days, registry):
    code, _, err = days()
    assert (code, err.count("\n")) == (1, 1)
    assert "spool.db is not there yet: the gateway makes it when it first runs" in err
