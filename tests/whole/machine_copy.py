"""A copy of this machine to install things into: an overlay over its root, without any network.

Nothing that happens in it reaches the machine: what is written is in memory, in a mount namespace
of its own, and gone at the end.
"""

import platform
import shutil
import subprocess
import sys

import pytest

ROOT_PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")
_GO = """[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /srv/go.sh
ExecStopPost=/bin/systemctl --no-block poweroff
"""
_FOR_READERS = {".cddl", ".md", ".pyc"}
_NAMESPACE = ["unshare", "--mount", "--net", "sh", "-c"]


def run(folder, files, script, **environment):
    """Run a shell script as root of the copy, where `files` are in /var/tmp; return what it said.

    Skips the test where an overlay is not permitted.
    """
    mounted = (
        f"mount -t tmpfs -o size=1g copy {folder} && cd {folder} && mkdir upper work root && "
        "mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work copy root && "
        "mount -t tmpfs copy root/var/tmp"
    )
    if (
        not shutil.which("unshare")
        or subprocess.run([*_NAMESPACE, mounted], capture_output=True, check=False).returncode
    ):
        pytest.skip("an overlay in a mount namespace is not permitted here")
    names = " ".join(str(path) for path in files)
    return subprocess.run(
        [
            *_NAMESPACE,
            f"{mounted} && mount --rbind /dev root/dev && mount --rbind /proc root/proc && "
            f'cp -r {names} root/var/tmp/ && exec chroot root /bin/sh -c "$SCRIPT"',
        ],
        env={"SCRIPT": script, "PATH": ROOT_PATH, "LC_ALL": "C", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def build_package(checkout, out, wheels):
    """Build the Debian package of this machine from a checkout; skip where wheels cannot be had."""
    command = [sys.executable, "-m", "tools.packaging", "--arch", ARCH]
    command += ["--out", str(out), "--wheels", str(wheels)]
    done = subprocess.run(
        command,
        cwd=checkout,
        env={"SOURCE_DATE_EPOCH": "1700000000", "PATH": ROOT_PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    if "cannot be reached" in done.stderr:
        pytest.skip(f"no wheels here and no package index: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.deb"))


def copy_checkout(source, target):
    """Copy what is installed, as another checkout would have it."""
    for name in ("protocol", "gateway", "firmware/radio", "tools"):
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("pyproject.toml", "README.md", "docs/operate.md"):
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(source / name, target / name)
    return target


def needed_files(checkout):
    """Return what an installed gateway has to have of a checkout: `radio/sx126x.py`, ..."""
    found = set()
    for folder in ("gateway", "protocol", "firmware/radio"):
        for path in (checkout / folder).rglob("*"):
            inside = path.relative_to((checkout / folder).parent)
            of_debian = inside.parts[1] == "packaging" and path.suffix != ".py"
            if path.is_file() and not of_debian and path.suffix not in _FOR_READERS:
                found.add(inside.as_posix())
    return found


def boot(folder, files, script):
    """Boot the copy with its own systemd, run a script there as root; return what it said.

    The script finds `files` in /srv. Skips the test where a container cannot be started.
    """
    if not shutil.which("systemd-nspawn"):
        pytest.skip("no systemd-nspawn: apt install systemd-container")
    (folder / "go.sh").write_text(f"exec >/srv/said 2>&1\n{script}\n")
    (folder / "go.service").write_text(_GO)
    names = " ".join(str(path) for path in (*files, folder / "go.sh"))
    done = subprocess.run(
        [
            *_NAMESPACE,
            f"""copy={folder / "copy"} && mkdir $copy && mount -t tmpfs -o size=1g copy $copy &&
            cd $copy && mkdir upper work root &&
            mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work copy root &&
            cp {names} root/srv/ && cp {folder / "go.service"} root/etc/systemd/system/ &&
            ln -s ../go.service root/etc/systemd/system/multi-user.target.wants/ &&
            rm -f root/etc/machine-id && touch root/etc/machine-id &&
            timeout 100 systemd-nspawn --quiet --register=no --keep-unit --private-network \
              --directory=root --boot systemd.unit=multi-user.target >&2 </dev/null
            cat root/srv/said""",
        ],
        env={"PATH": ROOT_PATH, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    if "== " not in done.stdout:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        pytest.skip(f"no container can be booted here: {lines[-1]}")
    return done.stdout
