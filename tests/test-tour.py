#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes the tour of README.md: types its commands and compares what they print. A TAP line for each command.

Usage: test-tour.py README SERVICES PROGRAM...

The tour is the indented block with commands in the section "A tour". "$ " begins a command, which goes on in the next line
after a backslash; "# " begins a remark; all else is what the command prints. "..." stands for any text in a line, and
alone in a line for any lines.
"""

import os
import re
import subprocess
import sys
import threading

from private_session import LIMIT_SECONDS, PrivateSession, report

README, SERVICES, *PROGRAMS = sys.argv[1:]
END = "end-of-what-the-command-prints"
# The ports of README.md: the first is the service's own choice here, the others belong to the providers.
SERVICE_PORT = "7860"
PROVIDER_PORTS = ("9001", "9002")


def read_block():
    with open(README, encoding="utf-8") as file:
        section = re.search(r"^## A tour\n(.*?)(?=^## |\Z)", file.read(), re.S | re.M)[1]
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.M)
    block = next(block for block in blocks if re.search(r"^    \$ ", block, re.M))
    return [line[4:] for line in block.strip("\n").split("\n")]


def read_steps(lines):
    """Returns the commands, each with the lines that it shall print."""
    steps = [["", []]]
    open_command = False
    for line in lines:
        if open_command:
            steps[-1][0] += "\n" + line
        elif line.startswith("$ "):
            steps.append([line[2:], []])
        elif not line.startswith("# "):
            steps[-1][1].append(line)
        open_command = line.endswith("\\") and (open_command or line.startswith("$ "))
    for _, shown in steps:
        while shown and not shown[-1]:
            shown.pop()
    return steps[1:]


def pattern(lines):
    parts = []
    for line in lines:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            texts = [re.escape(text).replace(SERVICE_PORT, r"[0-9]+") for text in line.split("...")]
            parts.append(".*".join(texts) + r"\n")
    return "".join(parts)


class Shell:
    """One bash for all commands, as if a person sat at it."""

    def __init__(self, session):
        self.process = session.start(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True)

    def type(self, command):
        """Returns what the command printed."""
        lines = []
        hung = threading.Timer(LIMIT_SECONDS, self.process.kill)
        hung.start()
        self.process.stdin.write(f"{command}\nprintf '\\n%s\\n' {END}\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == END + "\n":
                break
            lines.append(line)
        else:
            lines.append(f"(bash ended, or the command did not within {LIMIT_SECONDS} s)\n\n")
        hung.cancel()
        # The line end before the mark is ours, unless what was printed lacked one.
        text = "".join(lines)
        return text[:-1] if text.endswith("\n\n") or text == "\n" else text


def take(steps, session):
    shell = Shell(session)
    for command, expected in steps:
        shown = shell.type(command)
        message = ""
        if not re.fullmatch(pattern(expected), shown):
            message = "expected:\n" + "".join(f"  {line}\n" for line in expected) + "shown:\n" + re.sub("^", "  ", shown, flags=re.M)
        yield "/tour/" + " ".join(command.replace("\\\n", " ").split()), message


def main():
    text = "\n".join(read_block())
    with PrivateSession([os.path.dirname(os.path.abspath(program)) for program in PROGRAMS], SERVICES) as session:
        for port in PROVIDER_PORTS:
            text = text.replace(port, session.start_provider(f"provider-{port}"))
        status = report(take(read_steps(text.split("\n")), session))
        session.quit_service()
        session.check_log()
    return status


if __name__ == "__main__":
    sys.exit(main())
