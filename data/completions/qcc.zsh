#compdef qcc
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of qcc for zsh. qcc itself knows what fits.

_qcc() {
  local line word
  local -a found

  for line in "${(@f)$(qcc completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}"; do
    [[ -n $line ]] || continue
    word=${line%%$'\t'*}
    if [[ -z $word ]]; then
      _files
      return
    fi
    found+=("${word//:/\\:}:${line#*$'\t'}")
  done

  _describe -t words qcc found
}

# Loaded by compinit as the body of the function, or by eval.
if [[ $funcstack[1] == _qcc ]]; then
  _qcc "$@"
else
  compdef _qcc qcc
fi
