#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The completion scripts inside of the shells themselves. Usage: test-cli-completion.sh QCC SOURCE_ROOT
set -u

program=$(realpath "$1")
root=$2
number=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without a service: everything here comes from the table of verbs, and nothing may be started for it.
unset DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY
export HOME=$work XDG_RUNTIME_DIR=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
export PATH=${program%/*}:$PATH
touch "$work/root.pem"
cd "$work" || exit 1

result() { # 0 or another status, NAME
  number=$((number + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $number $2"
  else
    echo "not ok $number $2"
    failed=1
  fi
}

skip() { # NAME REASON
  number=$((number + 1))
  echo "ok $number $1 # SKIP $2"
}

expect() { # NAME EXPECTED ACTUAL
  [ "$2" = "$3" ] || echo "# expected: $2, but there is: $3"
  [ "$2" = "$3" ]
  result $? "$1"
}

# Completes the last of the words; prints what it can be, in one line.
in_bash() {
  # shellcheck disable=SC2016
  bash --norc --noprofile -c '
    eval "$(qcc completion bash)"
    compopt() { COMPREPLY+=("compopt $*"); }
    COMP_WORDS=(qcc "$@")
    COMP_CWORD=$#
    "$(complete -p qcc | cut -d " " -f 3)" qcc "${!#}" ""
    echo "${COMPREPLY[*]}"' bash "$@"
}

# Types a line and a tabulator into an editor of its own; prints what the line is then.
in_zsh() {
  rm -f ready line
  # shellcheck disable=SC2016
  zsh -f -c '
    zmodload zsh/zpty
    zpty -b shell "zsh -f -i"
    zpty -w shell "autoload -Uz compinit; compinit -u -D; eval \"\$(qcc completion zsh)\""
    zpty -w shell "tell() { print -r -- \$BUFFER > new; mv new line }; zle -N tell; bindkey ^T tell; : > ready"
    wait_for() { repeat 600; do zpty -r -t shell > /dev/null; [[ -e $1 ]] && return; sleep 0.05; done }
    wait_for ready
    zpty -w -n shell "$1"$'"'\\t\\x14'"'
    wait_for line
    zpty -d shell' zsh "$1"
  cat line
}

# Completes the end of the line; prints what it can be, in one line.
in_fish() {
  # shellcheck disable=SC2016
  fish --no-config -c 'qcc completion fish | source; complete -C $argv[1]' "$1" | cut -f 1 | tr '\n' ' '
}

expect 'bash: a verb' 'proxy' "$(in_bash prox)"
expect 'bash: the second word' 'start status stop' "$(in_bash proxy st | xargs -n 1 | sort | xargs)"
expect 'bash: an option' '--shell' "$(in_bash env --sh)"
expect 'bash: a choice' 'powershell' "$(in_bash env --shell p)"
expect 'bash: a choice behind a sign that bash takes for a word' 'powershell' "$(in_bash env --shell = p)"
expect 'bash: a file' 'compopt -o default' "$(in_bash endpoint add work --ca-file roo)"
expect 'bash: a name that is not known' '' "$(in_bash default w)"

if command -v zsh > /dev/null; then
  expect 'zsh: a verb' 'qcc proxy ' "$(in_zsh 'qcc prox')"
  expect 'zsh: the second word' 'qcc proxy restart ' "$(in_zsh 'qcc proxy r')"
  expect 'zsh: an option' 'qcc env --shell ' "$(in_zsh 'qcc env --sh')"
  expect 'zsh: a choice' 'qcc env --shell powershell ' "$(in_zsh 'qcc env --shell p')"
  expect 'zsh: a choice in the same word' 'qcc env --shell=powershell ' "$(in_zsh 'qcc env --shell=p')"
  expect 'zsh: a file' 'qcc endpoint add work --ca-file root.pem ' "$(in_zsh 'qcc endpoint add work --ca-file roo')"
else
  skip 'zsh' 'zsh is not installed'
fi

if command -v fish > /dev/null; then
  expect 'fish: a verb' 'proxy ' "$(in_fish 'qcc prox')"
  expect 'fish: the second word' 'start status stop ' "$(in_fish 'qcc proxy st')"
  expect 'fish: all second words' 'restart start status stop ' "$(in_fish 'qcc proxy ')"
  expect 'fish: an option' '--shell ' "$(in_fish 'qcc env --sh')"
  expect 'fish: a choice' 'powershell ' "$(in_fish 'qcc env --shell p')"
  expect 'fish: a choice in the same word' '--shell=powershell ' "$(in_fish 'qcc env --shell=p')"
  expect 'fish: a file' 'root.pem ' "$(in_fish 'qcc endpoint add work --ca-file roo')"
else
  skip 'fish' 'fish is not installed'
fi

if command -v shellcheck > /dev/null; then
  shellcheck --shell=bash "$root/data/completions/qcc.bash" "$root/tests/test-cli-completion.sh"
  result $? 'shellcheck has nothing to say'
else
  skip 'shellcheck' 'shellcheck is not installed'
fi

echo "1..$number"
exit $failed
