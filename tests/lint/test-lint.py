#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plants a violation of each lint rule in a small tree and asserts that exactly it is found."""

import os
import shutil
import subprocess
import sys
import tempfile

import lint

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lint.py")
SPDX = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
PO_HEADER = '# SPDX-License-Identifier: LGPL-2.1-or-later\nmsgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'

CLEAN = {
    "common/qcc-a.h": SPDX + "#pragma once\n",
    "common/qcc-a.c": SPDX + '#include "common/qcc-a.h"\n\n#include <glib.h>\n\nint\nqcc_a (void)\n{\n  return 1;\n}\n',
    "service/qcc-b.h": SPDX + '#pragma once\n\n#include "common/qcc-a.h"\n',
    "service/main.c": SPDX + '#include "service/qcc-b.h"\n',
    "tray/main.c": SPDX + '#include "common/qcc-a.h"\n',
    "win32/qcc-b-win.c": SPDX + '#include "service/qcc-b.h"\n\n#include <windows.h>\n',
    "tests/test-a.c": SPDX + '#include "service/qcc-b.h"\n\n#include <sys/stat.h>\n',
    "po/POTFILES.in": "service/qcc-text.c\n",
    "po/zh_CN.po": PO_HEADER + '\nmsgid "Stop"\nmsgstr "停止"\n',
    "service/qcc-text.c": SPDX + 'const char *qcc_text = _ ("Stop");\n',
}


def c(*lines):
    """A C file whose first line after the licence is line 2."""
    return SPDX + "".join(line + "\n" for line in lines)


def function(*lines):
    """The body begins at line 5."""
    return c("static void", "f (void)", "{", *lines, "}")


def nested(depth):
    opening = [" " * (2 * level + 2) + text for level in range(0, 2 * depth, 2) for text in ("if (a)", "  {")]
    closing = [" " * (2 * level + 4) + "}" for level in reversed(range(0, 2 * depth, 2))]
    return function(*opening, *closing)


NO_REASON = "/* lint: " "allow loop */"
REASON = "/* lint: " "allow loop: runs before the loop does */"
KEY = "sk-" "ant-api03-abcdef"
VERB_TABLE = 'V v[] = { { .path = "env" }, { .path = "keys set", .options = { "yes", \'y\', 0, G_OPTION_ARG_NONE } } };'

# Rule, file, its text, line of the finding or 0 where there must be none.
CASES = [
    ("include-arrows", "service/qcc-x.c", c('#include "tray/qcc-t.h"'), 2),
    ("include-arrows", "tray/qcc-x.c", c("", '#include "service/qcc-b.h"'), 3),
    ("include-arrows", "cli/qcc-x.c", c('#include "service/qcc-b.h"'), 2),
    ("include-arrows", "common/qcc-x.c", c('#include "service/qcc-b.h"'), 2),
    ("include-arrows", "win32/qcc-x.c", c('#include "service/qcc-b.h"'), 2),
    ("include-arrows", "win32/qcc-bold-x.c", c('#include "service/qcc-b.h"'), 2),
    ("include-arrows", "service/qcc-x.c", c('#include "tests/util.h"'), 2),
    ("include-arrows", "service/qcc-x.c", c('#include "qcc-b.h"'), 2),
    ("include-arrows", "service/qcc-x.c", c("#include <common/qcc-a.h>"), 2),
    ("include-arrows", "other/qcc-x.c", c(), 1),
    ("include-arrows", "service/qcc-x.c", c('#include "config.h"'), 0),
    ("sizes", "service/qcc-x.c", SPDX + "\n" * 500, 501),
    ("sizes", "service/qcc-x.c", SPDX + "\n" * 499, 0),
    ("sizes", "service/qcc-x.h", SPDX + "\n" * 120, 121),
    ("sizes", "service/qcc-x.h", SPDX + "\n" * 119, 0),
    ("sizes", "service/qcc-x.c", function(*["  g ();"] * 81), 4),
    ("sizes", "service/qcc-x.c", function(*["  g ();"] * 80), 0),
    ("sizes", "service/qcc-x.c", c("struct x", "{", *["  int a;"] * 90, "};"), 0),
    ("sizes", "service/qcc-x.c", nested(5), 14),
    ("sizes", "service/qcc-x.c", nested(4), 0),
    ("format", "service/qcc-x.c", c("int f(void);"), 2),
    ("format", "service/qcc-x.c", c("int f (void);"), 0),
    ("loop", "service/qcc-x.c", function("  g_file_load_contents_sync (f);"), 5),
    ("loop", "service/qcc-x.c", function("  g_usleep (1);"), 5),
    ("loop", "service/qcc-x.c", function("  sleep (1);"), 5),
    ("loop", "service/qcc-x.c", function("  g_file_get_contents (p, &a, &n, &e);"), 5),
    ("loop", "common/qcc-x.c", function("  g_file_set_contents (p, a, n, &e);"), 5),
    ("loop", "service/qcc-x.c", function("  r = system (p);"), 5),
    ("loop", "service/qcc-x.c", function("  r = popen (p, m);"), 5),
    ("loop", "service/qcc-fake-x.c", function("  g_usleep (1);"), 0),
    ("loop", "service/qcc-x.c", function("  /* never g_usleep (1) */", '  g ("sleep (1)");'), 0),
    ("loop", "service/qcc-x.c", function("  g_usleep (1); " + REASON), 0),
    ("loop", "service/qcc-x.c", function("  " + REASON, "  g_usleep (1);"), 0),
    ("loop", "service/qcc-x.c", function("  " + REASON, "  g ();", "  g_usleep (1);"), 7),
    ("loop", "service/qcc-x.c", SPDX + REASON + function("  g_usleep (1);"), 0),
    ("loop", "service/qcc-x.c", function("  g_usleep (1); " + NO_REASON), 5),
    ("permissions", "service/qcc-x.c", function("  g_usleep (1); " + NO_REASON), 5),
    ("permissions", "service/qcc-x.c", c("/* lint: " "allow lop: a reason */"), 2),
    ("platform", "service/qcc-x.c", c("#ifdef G_OS_WIN32", "#endif"), 2),
    ("platform", "tests/test-x.c", c("#if defined(__linux__)", "#endif"), 2),
    ("platform", "service/qcc-x.c", c("#include <unistd.h>"), 2),
    ("platform", "service/qcc-x.c", c("#include <sys/socket.h>"), 2),
    ("platform", "service/qcc-x.c", c("#include <gio/gunixsocketaddress.h>"), 2),
    ("platform", "service/qcc-x-linux.c", c("#include <linux/sock_diag.h>"), 0),
    ("platform", "win32/qcc-x.c", c("#ifdef __MINGW32__", "#endif"), 0),
    ("policy-pure", "service/qcc-router.c", function("  t = g_get_monotonic_time ();"), 5),
    ("policy-pure", "service/qcc-strategy-weighted.c", function("  t = g_get_real_time ();"), 5),
    ("policy-pure", "service/qcc-gate.c", function("  g_timeout_add_seconds (1, f, NULL);"), 5),
    ("policy-pure", "service/qcc-guard.c", c("static GSettings *settings;"), 2),
    ("policy-pure", "common/qcc-headers.c", function("  f = fopen (p, m);"), 5),
    ("policy-pure", "service/qcc-selector.c", function("  g_file_new_for_path (p);"), 5),
    ("policy-pure", "service/qcc-clock-system.c", function("  t = g_get_monotonic_time ();"), 0),
    ("spdx", "service/qcc-x.c", "int x;\n", 1),
    ("spdx", "service/qcc-x.c", "\n" + SPDX, 1),
    ("spdx", "tests/x.py", "import os\n", 1),
    ("spdx", "tool", "#!/bin/sh\n", 1),
    ("spdx", "cli/meson.build", "\n", 1),
    ("names", "service/x.c", SPDX, 1),
    ("names", "service/qcc-Big_x.c", SPDX, 1),
    ("names", "service/qcc-a.c", SPDX, 1),
    ("names", "tests/helper.c", SPDX, 0),
    ("errors", "service/qcc-x.c", function("  g_set_error (error, Q, C, t);", *["  g ();"] * 4), 5),
    ("errors", "service/qcc-x.c", function("  g_set_error (error,", "               t);", "  return;"), 0),
    ("errors", "service/qcc-x.c", function("  g_propagate_error (error, e);", "  g ();"), 0),
    ("errors", "service/qcc-x.c", function("  if (a)", "    g_set_error (error, Q, C, t);", "  else",
                                           "    g_set_error (error,", "                 Q, C,", "                 t);",
                                           "", "  return;"), 0),
    ("errors", "service/qcc-x.c", function("  g_set_error (&own, Q, C, t);", *["  g ();"] * 4), 0),
    ("errors", "service/qcc-x.c", function("  g ((*error)->message);"), 5),
    ("secrets", "service/qcc-x.c", c(f'const char *k = "{KEY}";'), 2),
    ("secrets", "tests/test-x.c", c(f'const char *k = "{KEY}";'), 0),
    ("secrets", "README.md", f"like {KEY}\n", 1),
    ("secrets", "service/qcc-x.c", c('const char *p = "/home/me/x";'), 2),
    ("secrets", "data/x.ini", "path=/tmp/x\n", 1),
    ("secrets", "README.md", "under /home/me/x\n", 0),
    ("secrets", "tests/test-x.sh", "get https://deb." "debian.org\n", 1),
    ("po", "cli/qcc-x.c", c('const char *t = _("Go");'), 2),
    ("po", "po/POTFILES.in", "service/qcc-text.c\nservice/qcc-gone.c\n", 2),
    ("po", "po/zh_CN.po", PO_HEADER, 2),
    ("po", "po/zh_CN.po", PO_HEADER + 'msgid "Stop"\nmsgstr ""\n', 5),
    ("po", "po/zh_CN.po", PO_HEADER + '#, fuzzy\nmsgid "Stop"\nmsgstr "停止"\n', 6),
    ("po", "po/zh_CN.po", None, 1),
    ("verbs", "cli/qcc-x.c", c(VERB_TABLE, 'f (_ ("type “qcc keys set ID --yes”, then qcc env"));'), 0),
    ("verbs", "cli/qcc-x.c", c(VERB_TABLE, "", 'f (_ ("type “qcc keys lose ID”"));'), 4),
    ("verbs", "cli/qcc-x.c", c(VERB_TABLE, 'f (_ ("type “qcc "', '        "keys” first"));'), 3),
    ("verbs", "cli/qcc-x.c", c(VERB_TABLE, 'f (_ ("type “qcc env --loud”"));'), 3),
    ("verbs", "cli/qcc-x.c", c(VERB_TABLE, "/* not qcc fly */", 'f ("A=qcc claude", "qcc %s");'), 0),
    ("verbs", "service/qcc-x.c", c("const char *x = N_ (\"“qcc fly”\");"), 2),
    ("verbs", "README.md", "Then\n\n    qcc fly\n", 3),
    ("verbs", "data/a.gschema.xml", "<!-- " "SPDX-License-Identifier: LGPL-2.1-or-later -->\n“qcc fly”\n", 2),
    ("unfinished", "service/qcc-x.c", c("/* FIX" "ME */"), 2),
    ("unfinished", "README.md", "TO" "DO\n", 1),
    ("unfinished", "service/qcc-x.c", c('g_mkstemp ("XX' 'XXXX");'), 0),
]


def write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def check_case(source_root, rule, path, text, line):
    """Returns what is wrong, or None."""
    with tempfile.TemporaryDirectory() as root:
        shutil.copy(os.path.join(source_root, ".clang-format"), root)
        write(root, CLEAN)
        if text is None:
            os.remove(os.path.join(root, path))
        else:
            write(root, {path: text})
        found = [(where, number) for where, number, _ in lint.check(lint.Tree(root), rule)]
    # A text that is missing in the translation is reported where it stands in the source.
    if rule == "po" and path == "po/zh_CN.po" and line == 2:
        path = "service/qcc-text.c"
    if (path, line) in found if line else not found:
        return None
    return f"{rule} with {path}: expected line {line}, found {found}"


def check_program():
    """The output and exit code of the program, with a clean tree and a faulty one."""
    with tempfile.TemporaryDirectory() as root:
        write(root, CLEAN)
        rules = [rule for rule in lint.RULES if rule != "format"]
        clean = subprocess.run([sys.executable, LINT, root] + rules, capture_output=True, text=True)
        write(root, {"service/x.c": SPDX})
        faulty = subprocess.run([sys.executable, LINT, root, "spdx", "names"], capture_output=True, text=True)
    if clean.returncode != 0 or "not ok" in clean.stdout or clean.stdout.count("\nok ") != len(rules):
        return f"clean tree: {clean}"
    if faulty.returncode != 1 or not all(text in faulty.stdout for text in (
            "1..2\nok 1 spdx\n# service/x.c:1: ", "\nnot ok 2 names\n")):
        return f"faulty tree: {faulty}"
    return None


def main():
    source_root = sys.argv[1]
    failed = False
    untested = set(lint.RULES) - {rule for rule, _, _, line in CASES if line}
    print(f"1..{len(CASES) + 2}")
    for index, (rule, path, text, line) in enumerate(CASES, 1):
        try:
            problem = check_case(source_root, rule, path, text, line)
        except lint.Skip as skip:
            print(f"ok {index} {rule} # SKIP {skip}")
            continue
        if problem:
            print(f"# {problem}")
        print(f"{'not ok' if problem else 'ok'} {index} {rule} {path}")
        failed = failed or bool(problem)

    problem = check_program()
    print(f"# {problem}\nnot ok" if problem else "ok", len(CASES) + 1, "program")
    print(f"# {untested}\nnot ok" if untested else "ok", len(CASES) + 2, "each rule has a planted violation")
    return 1 if failed or problem or untested else 0


if __name__ == "__main__":
    sys.exit(main())
