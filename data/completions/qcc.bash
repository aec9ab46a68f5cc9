# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of qcc for bash. qcc itself knows what fits.

_qcc()
{
  local line word

  COMPREPLY=()
  while IFS= read -r line; do
    word=${line%%$'\t'*}
    if [[ -z $word ]]; then
      compopt -o default
    else
      printf -v word '%q' "$word"
      COMPREPLY+=("$word")
    fi
  done < <(qcc completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}

complete -F _qcc qcc
