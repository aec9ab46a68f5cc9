#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the rules of the tree that the compiler does not know: one TAP line for each rule.

Usage: lint.py ROOT [RULE...]

Each finding is printed as "# file:line: what is wrong". A comment "lint: allow RULE: REASON" lifts
a rule for its own lines and the next one; above the first code of a C file, for the whole file.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatch

MAX_SOURCE_LINES = 500
MAX_HEADER_LINES = 120
MAX_FUNCTION_LINES = 80
MAX_NESTING = 4

# What the C of a folder may include; tests may include anything, win32 also the interface headers.
FOLDERS = {
    "common": {"common"},
    "service": {"common", "service"},
    "tray": {"common", "tray"},
    "cli": {"common", "cli"},
    "win32": {"common", "win32"},
    "tests": {"common", "service", "tray", "cli", "win32", "tests"},
}

POLICY_FILES = (
    "qcc-guard", "qcc-classifier", "qcc-selector", "qcc-strategy-*", "qcc-router", "qcc-body-budget",
    "qcc-final-answer", "qcc-headers", "qcc-request-facts", "qcc-json-scan", "qcc-sse-parser",
    "qcc-event-facts", "qcc-token-check", "qcc-token-estimate", "qcc-gate", "qcc-thinking-*",
    "qcc-failover", "qcc-failover-save", "qcc-rate-limit", "qcc-endpoint-state", "qcc-endpoint-breaker",
    "qcc-endpoint-cooling", "qcc-endpoint-view", "qcc-endpoint-state-save", "qcc-endpoint-figures", "qcc-endpoint-score",
    "qcc-profile-health", "qcc-unsupported", "qcc-affinity", "qcc-check-schedule",
)

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
ALLOW = re.compile(r"lint: allow ([a-z-]+)(?:: *(\w.*))?")


class Skip(Exception):
    """A rule that cannot be checked here; the message says why."""


class Source:
    """A file of the tree. code: its C without comments and strings, line for line."""

    def __init__(self, root, path):
        self.path = path
        self.folder = path.split("/")[0] if "/" in path else ""
        self.name = os.path.basename(path)
        self.stem, self.suffix = os.path.splitext(self.name)
        self.is_c = self.suffix in (".c", ".h")
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        self.lines = self.text.splitlines()

    @functools.cached_property
    def code(self):
        def blank(match):
            quote = match[0][0] if match[0][0] in "\"'" else " "
            return quote + re.sub(r"[^\n]", " ", match[0][2:]) + quote

        return TOKEN.sub(blank, self.text).splitlines() if self.is_c else self.lines

    def find(self, pattern, lines=None):
        """Yields (line number, match) for each line that holds the pattern."""
        for number, line in enumerate(self.lines if lines is None else lines, 1):
            match = re.search(pattern, line)
            if match:
                yield number, match

    def allows(self):
        """Yields (rule, reason or None, first line, last line) for each permission."""
        if self.suffix == ".md" or self.folder == "tests" and not self.is_c:
            return
        code = [number for number, line in enumerate(self.code, 1) if line.strip()]
        first_code = code[0] if self.is_c and code else 0
        for number, match in self.find(ALLOW):
            end = number
            while self.is_c and "*/" not in self.lines[end - 1] and end < len(self.lines):
                end += 1
            whole_file = number < first_code
            yield match[1], match[2], 1 if whole_file else number, len(self.lines) if whole_file else end + 1


class Tree:
    """All text files below root but build directories, hidden folders and the licence text."""

    def __init__(self, root):
        self.root = root
        self.files = []
        for folder, folders, names in os.walk(root):
            relative = os.path.relpath(folder, root)
            folders[:] = sorted(name for name in folders if self.is_wanted(os.path.join(folder, name)))
            for name in sorted(names):
                path = name if relative == "." else f"{relative}/{name}"
                if name not in ("COPYING", ".git") and self.is_text(path):
                    self.files.append(Source(root, path))
        self.c = [file for file in self.files if file.is_c]

    @staticmethod
    def is_wanted(folder):
        name = os.path.basename(folder)
        hidden = name.startswith((".", "_")) and name != ".ci"
        return not hidden and not os.path.isdir(os.path.join(folder, "meson-private"))

    def is_text(self, path):
        full = os.path.join(self.root, path)
        if not os.path.isfile(full):
            return False
        with open(full, "rb") as file:
            return b"\0" not in file.read(8192)


def include_arrows(tree):
    for file in tree.c:
        allowed = FOLDERS.get(file.folder)
        if allowed is None:
            yield file.path, 1, "C belongs into one of " + ", ".join(FOLDERS)
            continue
        includes = file.find(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
        for number, match in includes:
            quote, path = match[1], match[2]
            folder = path.split("/")[0]
            if quote == "<" and folder in FOLDERS and "/" in path:
                yield file.path, number, f'own header in angle brackets, write "{path}"'
            elif quote == '"' and path != "config.h":
                if folder not in FOLDERS or not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)+\.h", path):
                    yield file.path, number, f'"{path}" is not of the form "folder/qcc-thing.h"'
                elif folder not in allowed and not is_interface_of(file, path):
                    yield file.path, number, f"{file.folder} must not include {path}"


def is_interface_of(file, header):
    """win32/qcc-thing-how.c is a back end of service/qcc-thing.h or tray/qcc-thing.h."""
    folder, _, name = header.rpartition("/")
    return (file.folder == "win32" and folder in ("service", "tray")
            and file.stem.startswith(name.removesuffix(".h") + "-"))


def sizes(tree):
    for file in tree.c:
        limit = MAX_HEADER_LINES if file.suffix == ".h" else MAX_SOURCE_LINES
        if len(file.lines) > limit:
            yield file.path, limit + 1, f"{len(file.lines)} lines, {limit} are allowed"
        start = None
        for number, line in enumerate(file.code, 1):
            if line.rstrip() == "{":
                start, depth, reported = number, 0, False
            elif line.startswith("}"):
                if start and line.rstrip() == "}" and number - start - 1 > MAX_FUNCTION_LINES:
                    yield (file.path, start, f"function of {number - start - 1} lines, "
                           f"{MAX_FUNCTION_LINES} are allowed")
                start = None
            elif start:
                depth += line.count("{") - line.count("}")
                if depth > MAX_NESTING and not reported:
                    yield file.path, number, f"nested deeper than {MAX_NESTING}"
                    reported = True


def formatted(tree):
    program = next((name for name in ("clang-format-14", "clang-format") if shutil.which(name)), None)
    if program is None:
        raise Skip("clang-format 14 is not installed")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if " version 14." not in version:
        raise Skip(f"clang-format 14 is needed, here is {version.strip()}")
    if not tree.c:
        return
    result = subprocess.run([program, "--dry-run", "-Werror", "--style=file"] + [file.path for file in tree.c],
                            cwd=tree.root, capture_output=True, text=True)
    places = re.findall(r"^([^:\n]+):(\d+):\d+: error: ", result.stderr, re.M)
    for path, number in dict.fromkeys(places):
        yield path, int(number), "clang-format would write this differently"
    if result.returncode and not places:
        yield ".clang-format", 1, result.stderr.strip().splitlines()[-1]


BLOCKING = (r"\b(\w+_sync|g_usleep|usleep|sleep|nanosleep|g_file_[gs]et_contents|g_file_set_contents_full"
            r"|system|popen) *\(")


def loop(tree):
    for file in tree.c:
        if file.folder in ("common", "service") and not file.stem.startswith(("qcc-fake", "qcc-demo")):
            for number, match in file.find(BLOCKING, file.code):
                yield file.path, number, f"{match[1]} blocks the main loop"


PLATFORM_TEST = r"^\s*#\s*(?:el)?if.*\b(G_OS_WIN32|G_OS_UNIX|_WIN32|__linux__|__APPLE__|__unix__|__MINGW32__)\b"
PLATFORM_HEADER = (r"^\s*#\s*include\s*<((?:sys|linux|netinet|arpa|net)/[^>]*|unistd\.h|pwd\.h|poll\.h|netdb\.h"
                   r"|windows\.h|winsock2\.h|glib-unix\.h|glib/gstdio-unix\.h|gio/gunix[^>]*|gio/gwin32[^>]*)>")


def platform(tree):
    for file in tree.c:
        if file.folder == "win32":
            continue
        for number, match in file.find(PLATFORM_TEST):
            yield file.path, number, f"{match[1]} outside win32: let the build choose the file"
        if file.folder == "tests" or file.stem.endswith(("-linux", "-unix")):
            continue
        for number, match in file.find(PLATFORM_HEADER):
            yield file.path, number, f"<{match[1]}> belongs into a file named -linux or -unix"


IMPURE = (r"\b(g_get_monotonic_time|g_get_real_time|g_date_time_new_now\w*|g_timeout_(?:add|source)\w*"
          r"|g_idle_(?:add|source)\w*|GSettings|g_settings_\w+|fopen|g_fopen|open|g_open|g_file_\w+|clock_gettime"
          r"|gettimeofday|time)\b(?= *\(| *\*)")


def policy_pure(tree):
    for file in tree.c:
        if file.folder in ("common", "service") and any(fnmatch(file.stem, name) for name in POLICY_FILES):
            for number, match in file.find(IMPURE, file.code):
                yield file.path, number, f"{match[1]} in a policy file: pass values and a time in"


SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"


def spdx(tree):
    for file in tree.files:
        if file.is_c and file.lines[:1] != [f"/* {SPDX} */"]:
            yield file.path, 1, f"the first line must be /* {SPDX} */"
        elif (file.suffix in (".py", ".sh", ".build", ".xml", ".ui", ".css", ".supp", ".po")
              or file.text.startswith("#!")):
            if not any(SPDX in line for line in file.lines[:3]):
                yield file.path, 1, f"{SPDX} is missing in the first three lines"


def names(tree):
    seen = {}
    for file in tree.c:
        if file.name == "main.c":
            continue
        prefix = "" if file.folder == "tests" else "qcc-"
        if not re.fullmatch(prefix + r"[a-z0-9]+(-[a-z0-9]+)*", file.stem):
            yield file.path, 1, f"the name must be words of small letters joined by hyphens, after {prefix!r}"
        if file.name in seen:
            yield file.path, 1, f"{seen[file.name]} has the same name"
        seen.setdefault(file.name, file.path)


SET_ERROR = r"\bg_(?:set_error\w*|propagate_(?:prefixed_)?error\w*) *\((?!&)"


def end_of_statement(code, number):
    while number < len(code) and ";" not in code[number - 1]:
        number += 1
    return number


def errors(tree):
    for file in tree.c:
        for number, match in file.find(r"\(\*\w*err(?:or)?\) *->", file.code):
            yield file.path, number, "never read through an error that the caller may not want"
        for number, match in file.find(SET_ERROR, file.code):
            end = end_of_statement(file.code, number)
            while end < len(file.code) and re.match(r"\s*else\b", file.code[end]):
                end = end_of_statement(file.code, end + 1)
            after = file.code[end - 1:end + 3]
            if not any(re.match(r"\}", line) or re.search(r"\breturn\b", line) for line in after):
                yield file.path, number, "an error that is set must be followed by return"


KEYS = (r"(?:sk-ant-[\w-]{4,}|\bsk-[A-Za-z0-9_-]{20,}|\bqcc-[0-9a-f]{32,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
        r"|\b(?:ghp|gho)_\w{20,}|\bAKIA[A-Z0-9]{16}\b)")
HOST_PATH = r"(?<![\w.}/*-])/(?:home|root|work|tmp)/"
REGISTRY = (r"(?i)\b(?:(?:deb|security|snapshot|archive)\.(?:debian|ubuntu)\.(?:org|com)"
            r"|(?:[a-z]+\.)?(?:npmjs|pypi|pythonhosted|rubygems)\.(?:org|com)"
            r"|(?:[a-z]+\.)?crates\.io|proxy\.golang\.org)\b")


def secrets(tree):
    for file in tree.files:
        for number, match in file.find(REGISTRY):
            yield file.path, number, "name of a package registry"
        if file.folder == "tests":
            continue
        for number, match in file.find(KEYS):
            yield file.path, number, "this looks like a key"
        if file.suffix != ".md":
            for number, match in file.find(HOST_PATH):
                yield file.path, number, "path of one machine"


TRANSLATED = r'\b(?:_|N_|C_|NC_|ngettext|g_dngettext|g_dpgettext2?) *\('
XGETTEXT = [
    "xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=NC_:1c,2",
    "--keyword=g_dcgettext:2", "--keyword=g_dngettext:2,3", "--keyword=g_dpgettext2:2c,3",
]


def po(tree):
    listed = {}
    potfiles = next((file for file in tree.files if file.path == "po/POTFILES.in"), None)
    for number, line in enumerate(potfiles.lines if potfiles else [], 1):
        if line.strip() and not line.startswith("#"):
            listed[line.strip()] = number
    present = {file.path for file in tree.files}
    for path, number in listed.items():
        if path not in present:
            yield "po/POTFILES.in", number, f"{path} does not exist"
    for file in tree.c:
        if file.folder != "tests" and file.path not in listed:
            for number, match in list(file.find(TRANSLATED, file.code))[:1]:
                yield file.path, number, "has texts to translate but is not in po/POTFILES.in"
    yield from check_catalogue(tree, [path for path in listed if path in present])


def check_catalogue(tree, paths):
    if "po/zh_CN.po" not in {file.path for file in tree.files}:
        yield "po/zh_CN.po", 1, "does not exist"
        return
    if not paths:
        return
    with tempfile.TemporaryDirectory() as scratch:
        template = os.path.join(scratch, "fresh.pot")
        subprocess.run(XGETTEXT + ["--output", template] + paths, cwd=tree.root, check=True)
        if not os.path.exists(template):
            return
        with open(template, encoding="utf-8") as file:
            template_lines = file.read().splitlines()
        result = subprocess.run(["msgcmp", "po/zh_CN.po", template], cwd=tree.root, capture_output=True, text=True)
        result.stderr += subprocess.run(["msgfmt", "--check", "-o", os.devnull, "po/zh_CN.po"], cwd=tree.root,
                                        capture_output=True, text=True).stderr
    for path, number, message in re.findall(r"^(.+?):(\d+): (?!warning)(.*)$", result.stderr, re.M):
        if path == template:
            path, number = place_in_source(template_lines, int(number))
            message = "this text is not in po/zh_CN.po"
        yield path, int(number), message


def place_in_source(template_lines, number):
    """The "#: file:line" comment that belongs to a message of the template."""
    for line in reversed(template_lines[:number]):
        if line.startswith("#: "):
            path, line_number = line[3:].split()[0].rsplit(":", 1)
            return path, line_number
    return "po/POTFILES.in", 1


COMMAND = r"(?<![\w=./-])qcc((?: [a-z][a-z-]*)+)([^”\n]*)"
FUTURE_VERBS = {
    "doctor": "says what is wrong with a setup; texts of the proxy, which are older than the command, point at it",
}


def literals(file):
    """Yields (line number, text) for each string of C; what the compiler joins is one."""
    text, start, end = "", 0, 0
    for match in TOKEN.finditer(file.text):
        if not match[0].startswith('"'):
            continue
        if text and file.text[end:match.start()].strip():
            yield file.text.count("\n", 0, start) + 1, text
            text = ""
        if not text:
            start = match.start()
        text, end = text + match[0][1:-1], match.end()
    if text:
        yield file.text.count("\n", 0, start) + 1, text


def commands(file):
    """Yields (line number, text) for what may tell a person to type something."""
    if file.is_c and file.folder in ("cli", "common", "service", "tray"):
        yield from literals(file)
    elif file.path == "README.md" or file.name.endswith(".gschema.xml"):
        yield from enumerate(file.lines, 1)


def verbs(tree):
    table = "\n".join(file.text for file in tree.c if file.folder == "cli")
    paths = set(re.findall(r'\.path = "([^"]+)"', table)) | set(FUTURE_VERBS)
    options = set(re.findall(r'\{[\s\\]*"([a-z][a-z-]*)", (?:0|\'.\'), 0, G_OPTION_ARG_', table))
    for file in tree.files:
        for number, text in commands(file):
            for match in re.finditer(COMMAND, text):
                words = match[1].split()
                if not any(" ".join(words[:length]) in paths for length in range(1, len(words) + 1)):
                    yield file.path, number, f"qcc{match[1]}: there is no such verb"
                for option in re.findall(r" --([a-z][a-z-]*)", match[2]):
                    if option not in options:
                        yield file.path, number, f"qcc{match[1]}: no verb has the option --{option}"


def unfinished(tree):
    words = "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"))
    for file in tree.files:
        if file.folder == "tests" and file.suffix not in (".c", ".h", ".py", ".sh", ".build", ".md"):
            continue
        for number, match in file.find(rf"\b({words})\b"):
            yield file.path, number, f"{match[1]}: finish it or file an issue"


def permissions(tree):
    for file in tree.files:
        for rule, reason, first, _ in file.allows():
            if rule not in RULES or not reason:
                yield file.path, first, 'a permission has the form "allow RULE: REASON", with a rule of this list'


RULES = {
    "include-arrows": include_arrows,
    "sizes": sizes,
    "format": formatted,
    "loop": loop,
    "platform": platform,
    "policy-pure": policy_pure,
    "spdx": spdx,
    "names": names,
    "errors": errors,
    "secrets": secrets,
    "po": po,
    "verbs": verbs,
    "unfinished": unfinished,
    "permissions": permissions,
}


def check(tree, rule):
    """Returns the findings of a rule that no comment allows, as (path, line, message)."""
    allowed = {}
    for file in tree.files:
        for name, reason, first, last in file.allows():
            if name == rule and reason:
                allowed.setdefault(file.path, []).append(range(first, last + 1))
    return [(path, number, message) for path, number, message in RULES[rule](tree)
            if not any(number in lines for lines in allowed.get(path, []))]


def main():
    root, rules = sys.argv[1], sys.argv[2:] or list(RULES)
    tree = Tree(root)
    failed = False
    print(f"1..{len(rules)}")
    for index, rule in enumerate(rules, 1):
        try:
            findings = check(tree, rule)
        except Skip as skip:
            print(f"ok {index} {rule} # SKIP {skip}")
            continue
        for path, number, message in findings:
            print(f"# {path}:{number}: {message}")
        print(f"{'not ok' if findings else 'ok'} {index} {rule}")
        failed = failed or bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
