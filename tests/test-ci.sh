#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Lets meson run programs that end in every way there is, and asserts how CI counts them.
# Usage: test-ci.sh SOURCE_ROOT
set -u

source_root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
count=0
failures=0

cat >"$scratch/meson.build" <<'END'
project('ci')
sh = find_program('sh')
foreach name, script : {
  'good': 'echo 1..2; echo ok 1 /a; echo ok 2 /b',
  'skips-one': 'echo 1..2; echo ok 1 /a; echo "ok 2 /b # SKIP no bus"',
  'skips-all': 'echo "1..0 # SKIP no screen"',
  'bad': 'echo 1..3; echo ok 1 /a; echo not ok 2 /b; echo not ok 3 /c; exit 1',
  'crash': 'echo 1..2; echo ok 1 /a; kill -KILL $$',
  'crash-at-end': 'echo 1..1; echo ok 1 /a; kill -SEGV $$',
  'short': 'echo 1..3; echo ok 1 /a',
}
  test(name, sh, args: ['-c', script], protocol: 'tap', suite: name)
endforeach
test('hang', sh, args: ['-c', 'echo 1..2; echo ok 1 /a; exec sleep 100'], protocol: 'tap', suite: 'hang', timeout: 1)
test('plain', sh, args: ['-c', 'exit 0'], suite: 'plain')
test('plain-bad', sh, args: ['-c', 'exit 1'], suite: 'plain-bad')
END

# check SUITE CLOSING-LINE EXIT-CODE TEXT: counts the run of one suite.
check () {
  local status output closing good=ok

  rm -f "$scratch/build/meson-logs/testlog.json"
  meson test -C "$scratch/build" --suite "$1" >"$scratch/output" 2>&1
  status=$?
  output=$(python3 "$source_root/.ci/count-tests" "$scratch/build/meson-logs/testlog.json" "${5:-$status}" "${@:6}")
  status=$?
  closing=${output##*$'\n'}
  count=$((count + 1))
  if [[ $closing != "$2" || $status != "$3" || $output != *"$4"* ]]; then
    good="not ok"
    failures=$((failures + 1))
    printf '%s\n' "$status" "$output" | while IFS= read -r line; do printf '# %s\n' "$line"; done
  fi
  printf '%s %d %s %s\n' "$good" "$count" "$1" "${*:5}"
}

meson setup "$scratch/build" "$scratch" >"$scratch/output" 2>&1 || {
  cat "$scratch/output"
  exit 1
}

echo "TAP version 13"
check good "2 passed, 0 failed" 0 ""
check skips-one "1 passed, 0 failed, 1 skipped" 0 "skipped: ci:skips-one / skips-one: /b (no bus)"
check skips-all "0 passed, 1 failed, 1 skipped" 1 "(no screen)"
check bad "1 passed, 2 failed" 1 "failed: ci:bad / bad: /c"
check crash "1 passed, 1 failed" 1 "failed: ci:crash / crash"
check crash-at-end "1 passed, 1 failed" 1 "failed: ci:crash-at-end / crash-at-end"
check short "1 passed, 1 failed" 1 "failed: ci:short / short"
check hang "1 passed, 1 failed" 1 "failed: ci:hang / hang (TIMEOUT"
check plain "1 passed, 0 failed" 0 ""
check plain-bad "0 passed, 1 failed" 1 "failed: ci:plain-bad / plain-bad"
check no-such-suite "0 passed, 1 failed" 1 "no test was run"
check good "2 passed, 1 failed" 1 "failed: test run (exit code 4)" 4
check good "3 passed, 0 failed" 0 "" 0 demonstration=0
check good "2 passed, 1 failed" 1 "failed: demonstration (exit code 1)" 0 demonstration=1
check no-such-suite "1 passed, 1 failed" 1 "no test was run" 0 demonstration=0
echo "1..$count"
((failures == 0))
