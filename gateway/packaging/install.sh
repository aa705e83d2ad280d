#!/bin/sh
# Installs the gateway from a checkout on Debian 12, 13 or Raspberry Pi OS (64-bit): the same service
# as the package, with its modules in a venv below /opt/neckar. Run it again to update; what it finds
# of configuration, keys and readings stays. The last two versions are kept, `current` is the newer.
#
#   sudo gateway/packaging/install.sh             say what is missing, or install and start
#   gateway/packaging/install.sh --dry-run        only say what it would do
#   --wheels FOLDER    without a network: take the dependencies' wheels from there
#   --python PROGRAM   another Python than python3
#   --root FOLDER      install below FOLDER instead of /, and start nothing (for images and tests)
set -eu

checkout=$(cd "$(dirname "$0")/../.." && pwd)
root='' dry_run='' wheels='' python=python3
unit=neckar-gateway.service

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

# Does a step, or only says it.
step() {
  if [ -n "$dry_run" ]; then
    echo "would: $*"
  else
    "$@"
  fi
}

options() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --dry-run) dry_run=yes ;;
      --wheels | --python | --root)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case "$1" in
          --wheels) wheels=$(cd "$2" && pwd) || fail "--wheels: $2 is no folder" ;;
          --python) python=$2 ;;
          --root) root=$(cd "$2" && pwd) || fail "--root: $2 is no folder" ;;
        esac
        shift
        ;;
      -h | --help)
        sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"
        exit 0
        ;;
      *) fail "$1 is no option: --help names them" ;;
    esac
    shift
  done
}

look() {
  [ -n "$dry_run" ] || [ "$(id -u)" = 0 ] || fail "not root: run it with sudo"
  command -v systemd-sysusers >/dev/null || fail "no systemd here: it is what runs the gateway"
  command -v "$python" >/dev/null || fail "$python is missing: apt install python3"
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
    fail "$("$python" --version) does not fit: it needs 3.11 to 3.13 (Debian 12 or newer)"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python cannot make a venv: apt install python3-venv"
  case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) fail "$(uname -m) is not supported: it needs a 64-bit system" ;;
  esac
  if [ -z "$root" ] && command -v dpkg-query >/dev/null &&
    dpkg-query -W -f '${Status}' neckar-gateway 2>/dev/null | grep -q ' installed'; then
    fail "the package neckar-gateway is installed: update that, or apt remove it first"
  fi
}

user() {
  step install -D -m 0644 "$checkout/gateway/packaging/neckar-gateway.sysusers" \
    "$root/usr/local/lib/sysusers.d/neckar-gateway.conf"
  step systemd-sysusers ${root:+--root="$root"} neckar-gateway.conf
}

# The owner of the state by number, for an image's users are not this machine's.
owner() {
  sed -n 's/^neckar:[^:]*:\([0-9]*\):\([0-9]*\):.*/\1:\2/p' "$root/etc/passwd"
}

folders() {
  step install -d -m 0755 "$root/etc/neckar"
  step install -d -m 0700 "$root/etc/credstore"
  step install -d -m 0700 "$root/var/lib/neckar"
  [ -n "$dry_run" ] || chown "$(owner)" "$root/var/lib/neckar"
}

# A venv of its own for each version, and one link that is moved when it is whole: a power cut leaves
# the old one or the new one.
program() {
  home="$root/opt/neckar"
  release=$(date -u +%Y%m%dT%H%M%SZ)
  step install -d -m 0755 "$home"
  step "$python" -m venv "$home/$release"
  step "$home/$release/bin/python" -m pip install --quiet --disable-pip-version-check \
    ${wheels:+--no-index --find-links "$wheels"} "${checkout}[hat]" ||
    fail "pip failed: is there a network? else give --wheels FOLDER"
  # Behind the venv's own modules: python3-spidev of Debian, which no wheel has.
  [ -n "$dry_run" ] || echo /usr/lib/python3/dist-packages \
    >"$(echo "$home/$release"/lib/python3.*/site-packages)/debian.pth"
  step "$home/$release/bin/python" -I -m gateway --help >/dev/null ||
    fail "what was installed does not run: $home/$release"
  step ln -sfn "$release" "$home/current.new"
  step mv -T "$home/current.new" "$home/current"
  [ -n "$dry_run" ] || old_releases
  command_of neckar-gateway -m gateway
  command_of neckar-udev-rule -m gateway.packaging.udev_rule
}

# Deletes all but the two newest.
old_releases() {
  find "$home" -mindepth 1 -maxdepth 1 -type d -name '2*Z' | sort -r | tail -n +3 |
    while IFS= read -r old; do
      rm -rf "$old"
    done
}

# Puts a command into the path. Commands of operators find secrets where systemd loads them from.
command_of() {
  name=$1
  shift
  [ -z "$dry_run" ] || {
    echo "would: write $root/usr/local/bin/$name"
    return
  }
  install -d -m 0755 "$root/usr/local/bin"
  cat >"$root/usr/local/bin/$name" <<END
#!/bin/sh
: "\${CREDENTIALS_DIRECTORY:=/etc/credstore}"
export CREDENTIALS_DIRECTORY
exec /opt/neckar/current/bin/python -I -X utf8 $* "\$@"
END
  chmod 0755 "$root/usr/local/bin/$name"
}

# An image gets no key: all machines that it is written to would have the same.
key() {
  file=/etc/credstore/neckar.key
  if [ -z "$root" ] && [ ! -e "$file" ] && [ ! -e /etc/credstore.encrypted/neckar.key ]; then
    step /usr/local/bin/neckar-gateway keys init "$file"
  fi
}

service() {
  doc=usr/local/share/doc/neckar-gateway
  step install -D -m 0644 "$checkout/gateway/packaging/70-neckar.rules" \
    "$root/etc/udev/rules.d/70-neckar.rules"
  for file in docs/operate.md gateway/packaging/gateway.toml; do
    step install -D -m 0644 "$checkout/$file" "$root/$doc/${file##*/}"
  done
  for file in "$checkout"/gateway/packaging/drop-ins/*.conf; do
    step install -D -m 0644 "$file" "$root/$doc/drop-ins/${file##*/}"
  done
  step install -D -m 0644 "$checkout/gateway/packaging/$unit" "$root/etc/systemd/system/$unit"
  step sed -i -e 's#^ExecStart=/usr/bin/#ExecStart=/usr/local/bin/#' \
    -e 's#file:///usr/share/#file:///usr/local/share/#' "$root/etc/systemd/system/$unit"
  step systemctl ${root:+--root="$root"} enable --quiet "$unit"
}

start() {
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    step systemctl daemon-reload
    step udevadm control --reload || true
    if [ -e /etc/neckar/gateway.toml ]; then
      step systemctl restart "$unit"
      return
    fi
  fi
  [ -e "$root/etc/neckar/gateway.toml" ] || {
    echo "Next: write /etc/neckar/gateway.toml (begin with /$doc/gateway.toml),"
    echo "then: systemctl start neckar-gateway. /$doc/operate.md says more."
  }
}

options "$@"
look
user
folders
program
key
service
start
