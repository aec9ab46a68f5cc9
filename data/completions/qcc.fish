# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of qcc for fish. qcc itself knows what fits.

function __qcc_words
    set -l before (commandline -opc)
    set -l lines (qcc completion words -- $before[2..] (commandline -ct) 2>/dev/null)

    if string match -q -- \t'*' $lines
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $lines
    end
end

complete -c qcc -f -a '(__qcc_words)'
