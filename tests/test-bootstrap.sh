#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs bootstrap in a world of stubs: a PATH with nothing but what each case puts there, where a
# package manager only notes how it was called and then "installs" every stub.
# Usage: test-bootstrap.sh SOURCE_ROOT
#
# The stubs are written in single quotes, and some variables are read by name only.
# shellcheck disable=SC2016,SC2034
set -u

source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python=$(python3 -c 'import sys; print(sys.executable)')
bash=$(command -v bash)
clean_env=(env -u CC -u DEBIAN_FRONTEND -u XDG_CONFIG_HOME)
count=0
failures=0

# What the installation of everything must ask for. A machine that has certificates already (they
# have a fixed place, so no stub can hide them) is not asked to install them.
certificates () {
  local file

  for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem \
              /etc/ssl/cert.pem; do
    [[ ! -s $file ]] || return 0
  done
  printf ' %s' "$1"
}

apt_all="gcc libc6-dev pkg-config libglib2.0-dev libsoup-3.0-dev libjson-glib-dev libsqlite3-dev libsecret-1-dev\
 libglib2.0-bin glib-networking$(certificates ca-certificates) meson ninja-build gettext openssl gnutls-bin curl zstd\
 brotli dbus-daemon dbus-bin gnome-keyring gcr xvfb xdotool\
 zsh fish shellcheck"
apt_update="apt-get update -q"
apt_install="apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300"
dnf_all="dnf install -y --setopt=install_weak_deps=False gcc glibc-devel pkgconf-pkg-config glib2-devel\
 libsoup3-devel json-glib-devel sqlite-devel libsecret-devel glib2 glib-networking$(certificates ca-certificates) meson ninja-build gettext\
 openssl libasan libubsan gnutls-utils curl zstd brotli dbus-daemon dbus-tools\
 gnome-keyring gcr3 xorg-x11-server-Xvfb xdotool\
 zsh fish ShellCheck"
pacman_all="pacman -S --needed --noconfirm gcc glibc pkgconf glib2 glib2-devel libsoup3 json-glib sqlite libsecret\
 glib-networking$(certificates ca-certificates) meson ninja gettext openssl gnutls curl zstd brotli dbus\
 gnome-keyring gcr xorg-server-xvfb xdotool\
 zsh fish shellcheck"
zypper_all="zypper --non-interactive install --no-recommends gcc glibc-devel pkgconf-pkg-config\
 pkgconfig(glib-2.0) pkgconfig(gio-2.0) pkgconfig(libsoup-3.0) pkgconfig(json-glib-1.0) sqlite3-devel\
 pkgconfig(libsecret-1) glib2-tools\
 glib-networking$(certificates ca-certificates-mozilla) meson ninja gettext-tools openssl gnutls curl zstd brotli\
 dbus-1-daemon dbus-1-tools gnome-keyring gcr3-prompter xorg-x11-server-Xvfb xdotool\
 zsh fish ShellCheck"

stub () {
  printf '#!%s\n%s\n' "$bash" "$2" >"$1"
  chmod +x "$1"
}

# world MANAGER UID: a new machine where nothing is installed. The space is there on purpose.
world () {
  local tool

  world=$(mktemp -d "$scratch/world XX""XXXX")
  bin=$world/bin
  offered=$world/offered
  export WORLD=$world
  mkdir -p "$bin" "$offered" "$world/checkout" "$world/home" "$world/gio"
  cp "$source_root/bootstrap" "$world/checkout/bootstrap"
  : >"$world/calls"
  echo "$2" >"$world/uid"
  for tool in bash cat chmod cp dirname env find flock mkdir mktemp readlink rm sort; do
    ln -s "$(command -v "$tool")" "$bin/$tool"
  done
  ln -s "$python" "$bin/python3"

  stub "$bin/id" 'cat "$WORLD/uid"'
  case $1 in
    apt) manager=apt-get ;;
    *) manager=$1 ;;
  esac
  [[ $manager == none ]] || stub "$bin/$manager" '
    echo "${DEBIAN_FRONTEND:+noninteractive: }${0##*/} $*" >>"$WORLD/calls"
    [[ $* == *install* || $1 == -S ]] || exit 0
    echo "fetching failed here" >&2
    if [[ -e $WORLD/fail-once ]]; then rm "$WORLD/fail-once"; exit 100; fi
    [[ ! -e $WORLD/fail ]] || exit 100
    cp "$WORLD/offered/"* "$WORLD/bin/"
    : >"$WORLD/gio/libgiognutls.so"'
  stub "$bin/apt-cache" '[[ ! -e $WORLD/has-clang-format ]] || echo "clang-format-14 | 14"'
  stub "$bin/sudo" 'echo "sudo was called" >/dev/tty; echo -n "sudo " >>"$WORLD/calls"; "$@"'

  stub "$offered/pkg-config" '
    case $* in
      *giomoduledir*) echo "$WORLD/gio" ;;
      *) [[ ! -e $WORLD/lacks-${!#} ]] ;;
    esac'
  stub "$offered/cc" '[[ $* != --version ]] || { cat "$WORLD/compiler" 2>/dev/null || echo "cc 1"; }'
  stub "$offered/meson" '
    [[ $1 != --version ]] || { cat "$WORLD/meson-version" 2>/dev/null || echo 1.0.1; exit; }
    echo "meson $*" >>"$WORLD/calls"
    [[ $1 != test ]] || exit 3
    dir=${@: -2:1}
    mkdir -p "$dir/meson-private" "$dir/meson-info"
    : >"$dir/build.ninja"
    : >"$dir/meson-private/coredata.dat"
    echo "{\"directories\": {\"source\": \"${@: -1}\"}, \"meson_version\": {\"full\": \"1.0.1\"}}" \
      >"$dir/meson-info/meson-info.json"'
  stub "$offered/ninja" '
    echo "a compiler said this"
    ! { : >&9; } 2>/dev/null || echo "the lock is held" >>"$WORLD/calls"
    [[ ! -e $WORLD/broken ]] || exit 1
    mkdir -p "$2/service"
    for name in service demo; do cp "$WORLD/program" "$2/service/qcc-$name"; done'
  stub "$world/program" '
    echo "${0##*/} $*"
    echo "schemas ${GSETTINGS_SCHEMA_DIR#"$WORLD"}"
    ! { : >&9; } 2>/dev/null || echo "the lock is held"'
  for tool in glib-compile-schemas msgfmt xgettext certtool openssl curl zstd brotli dbus-daemon dbus-monitor \
              gdbus gnome-keyring-daemon Xvfb xdotool zsh fish shellcheck; do
    stub "$offered/$tool" :
  done
}

install_all () {
  cp "$offered/"* "$bin/"
  : >"$world/gio/libgiognutls.so"
}

# Runs bootstrap, from another directory and without a terminal; sets $output, $status and $calls.
# The "y" on its standard input is nobody's answer.
bootstrap () {
  output=$(cd / && "${clean_env[@]}" PATH="$bin" HOME="$world/home" \
             "$(command -v timeout)" 60 "$world/checkout/bootstrap" "$@" <<<y 2>&1)
  status=$?
  calls=$(<"$world/calls")
  skip=
}

# The same with a terminal on which ANSWER is typed. Where no terminal can be had, as in a chroot
# without /dev/pts, the checks up to the next run are skipped.
bootstrap_on_terminal () {
  local answer=$1

  shift
  skip=
  if ! "$python" -c 'import os; os.openpty()' 2>"$scratch/no-terminal"; then
    skip="no terminal can be opened here"
    return
  fi
  output=$("${clean_env[@]}" PATH="$bin" HOME="$world/home" \
             "$(command -v timeout)" 60 "$python" - "$answer" "$world/checkout/bootstrap" "$@" <<'END'
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
os.write(terminal, (sys.argv[1] + "\n").encode())
output = b""
try:
    while chunk := os.read(terminal, 4096):
        output += chunk
except OSError:
    pass
sys.stdout.buffer.write(output)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
  )
  status=$?
  calls=$(<"$world/calls")
}

# check NAME ACTUAL PATTERN [ACTUAL PATTERN...]
check () {
  local name=$1 good=ok

  shift
  count=$((count + 1))
  if [[ -n $skip ]]; then
    printf 'ok %d %s # SKIP %s\n' "$count" "$name" "$skip"
    return
  fi
  while (($#)); do
    # The right side is a pattern.
    # shellcheck disable=SC2053
    if [[ $1 != $2 ]]; then
      good="not ok"
      printf 'got: %s\nnot: %s\n' "$1" "$2" | while IFS= read -r line; do printf '# %s\n' "$line"; done
    fi
    shift 2
  done
  [[ $good == ok ]] || failures=$((failures + 1))
  printf '%s %d %s\n' "$good" "$count" "$name"
}

test_installing () {
  local manager all

  world apt 0
  bootstrap deps
  check "apt as root" "$status" 0 "$calls" "noninteractive: $apt_update
noninteractive: $apt_install $apt_all" "$output" "Installing: $apt_all*"

  for manager in dnf pacman zypper; do
    all=${manager}_all
    world "$manager" 0
    bootstrap deps
    check "$manager as root" "$status" 0 "$calls" "${!all}"
  done

  world none 0
  bootstrap deps
  check "no package manager" "$status" 1 "$output" "*module:libsoup-3.0:3.2*install them by hand*"

  world apt 0
  install_all
  bootstrap deps
  check "nothing is missing" "$status" 0 "$calls" ""

  world apt 0
  install_all
  rm "$bin/meson"
  bootstrap build
  check "only what is missing" "$status" 0 "$calls" "noninteractive: $apt_update
noninteractive: $apt_install meson
meson setup*"

  world apt 0
  install_all
  rm "$bin/brotli"
  bootstrap build
  check "building does not need what only tests need" "$status" 0 "$calls" "meson setup*"

  world apt 0
  echo 0.61.2 >"$world/meson-version"
  bootstrap build
  check "too old even after the installation" "$status" 1 "$output" "*still missing*: meson:1.0*"
}

test_optional () {
  world apt 0
  install_all
  bootstrap deps
  check "optional, not offered" "$status" 0 "$calls" "" "$output" "Not there: clang-format:14*"

  : >"$world/has-clang-format"
  bootstrap deps
  check "optional, offered" "$status" 0 "$calls" "noninteractive: $apt_update
noninteractive: $apt_install clang-format-14"

  : >"$world/fail"
  bootstrap deps
  check "optional, cannot be installed" "$status" 0 "$output" "*Not there: clang-format:14*"

  world apt 1000
  install_all
  : >"$world/has-clang-format"
  bootstrap_on_terminal y deps
  check "optional, not asked for" "$status" 0 "$calls" "" "$output" "*Not there: clang-format:14*"
}

test_asking () {
  world apt 1000
  bootstrap deps
  check "user without a terminal" "$status" 1 "$calls" "" "$output" "*as root*
  env DEBIAN_FRONTEND=noninteractive $apt_update && env DEBIAN_FRONTEND=noninteractive $apt_install $apt_all"

  world apt 1000
  bootstrap_on_terminal y deps
  check "user on a terminal" "$status" 0 "$calls" "sudo noninteractive: $apt_update
sudo noninteractive: $apt_install $apt_all" \
    "$output" "*These packages are missing: $apt_all*\[Y/n\]*sudo was called*"
  check "asked once" "${output/\[Y\/n\]/}" "!(*\[Y/n\]*)"

  world apt 1000
  bootstrap_on_terminal "" deps
  check "Enter means yes" "$status" 0 "$calls" "sudo *"

  world apt 1000
  bootstrap_on_terminal n deps
  check "no means no" "$status" 1 "$calls" "" "$output" "*nothing was installed*$apt_install*"

  world apt 1000
  bootstrap_on_terminal $'\004' deps
  check "end of input means no" "$status" 1 "$calls" "" "$output" "*nothing was installed*"

  world apt 1000
  rm "$bin/sudo"
  bootstrap_on_terminal y deps
  check "no sudo" "$status" 1 "$calls" "" "$output" "*as root*$apt_install*"
}

test_network () {
  world dnf 0
  : >"$world/fail-once"
  bootstrap deps
  check "second try" "$status" 0 "$calls" "$dnf_all
$dnf_all" "$output" "*trying once more*"

  world dnf 0
  : >"$world/fail"
  bootstrap deps
  check "no network" "$status" 1 "$calls" "$dnf_all
$dnf_all" "$output" "*fetching failed here*Check the network connection*"
}

test_usage () {
  world apt 0
  bootstrap frobnicate
  check "unknown verb" "$status" 2 "$output" "Usage: *" "$calls" ""
  bootstrap
  check "no verb" "$status" 2 "$output" "Usage: *"
  bootstrap --help
  check "help" "$status" 0 "$output" "Usage: *"
  bootstrap build now
  check "build takes no argument" "$status" 2 "$output" "Usage: *"
  bootstrap run now
  check "run needs --" "$status" 2 "$output" "Usage: *"
}

test_building () {
  local checkout setup

  world apt 0
  install_all
  checkout=$world/checkout
  setup="meson setup $checkout/_build $checkout"
  bootstrap build
  check "build" "$status" 0 "$calls" "$setup" "$output" "!(*compiler said*)"

  bootstrap build
  check "build again" "$status" 0 "$calls" "$setup
meson setup --reconfigure $checkout/_build $checkout" "$output" "!(*afresh*)"

  : >"$world/calls"
  : >"$checkout/_build/old"
  echo "cc 2" >"$world/compiler"
  bootstrap build
  check "another compiler" "$status" 0 "$calls" "$setup" "$output" "*_build afresh*another compiler*" \
    "$(ls "$checkout/_build")" "!(*old*)"

  echo 1.9.0 >"$world/meson-version"
  bootstrap build
  check "another meson" "$status" 0 "$output" "*_build afresh*version of meson*"
  rm "$world/meson-version"

  rm "$checkout/_build/build.ninja"
  bootstrap build
  check "interrupted setup" "$status" 0 "$output" "*_build afresh*did not finish*"

  mv "$checkout" "$world/moved"
  mkdir "$checkout"
  cp -r "$world/moved/." "$checkout"
  rm -r "$world/moved"
  echo '{"directories": {"source": "/elsewhere"}}' >"$checkout/_build/meson-info/meson-info.json"
  bootstrap build
  check "copied checkout" "$status" 0 "$output" "*_build afresh*another checkout*"

  : >"$world/broken"
  bootstrap build
  check "failing build" "$status" 1 "$output" "*compiler said this*the build failed*" \
    "$(<"$checkout/_build/bootstrap-build.log")" "*compiler said this*"

  rm -r "$checkout/_build"
  : >"$checkout/_build"
  bootstrap build
  check "not writable" "$status" 1 "$output" "*_build cannot be written*"
}

test_running () {
  world apt 0
  install_all
  ln -s "$world/checkout/bootstrap" "$bin/elsewhere"
  bootstrap run
  check "demonstration" "$status" 0 "$output" "*
qcc-demo 
schemas /checkout/_build/data"

  mkdir -p "$world/home/.config/qcc"
  : >"$world/home/.config/qcc/profiles.json"
  bootstrap run -- --port "1 2"
  check "service" "$status" 0 "$output" "*
qcc-service --port 1 2
schemas /checkout/_build/data"

  : >"$world/calls"
  bootstrap test --suite "slow ones"
  check "test" "$status" 3 "$calls" \
    "meson setup -Db_sanitize=address,undefined --werror $world/checkout/_build-test $world/checkout
meson test -C $world/checkout/_build-test --no-rebuild --print-errorlogs --suite slow ones"
}

test_two_at_once () {
  local holder line waited=no

  world apt 0
  install_all
  bootstrap build
  mkfifo "$world/release" "$world/said"
  flock "$world/checkout/_build/bootstrap-lock" cat "$world/release" &
  holder=$!
  # The lock is held as soon as cat has opened the pipe.
  exec 8>"$world/release"
  "${clean_env[@]}" PATH="$bin" HOME="$world/home" "$world/checkout/bootstrap" build >"$world/said" 2>&1 8>&- &
  while IFS= read -r line; do
    if [[ $line == Waiting* ]]; then
      waited=yes
      exec 8>&-
    fi
  done <"$world/said"
  wait "$!"
  status=$?
  exec 8>&-
  wait "$holder"
  check "two at once" "$status" 0 "$waited" yes
}

shopt -s extglob
echo "TAP version 13"
test_usage
test_installing
test_optional
test_asking
test_network
test_building
test_running
test_two_at_once
echo "1..$count"
((failures == 0))
