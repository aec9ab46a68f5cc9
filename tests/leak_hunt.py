# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for what must not be seen: test keys and tokens, in all that the programs of a session leave behind."""

import base64
import os
import re
import stat
import subprocess
import threading
import time

from private_session import wait_for

PIECE = 12


def spellings(piece):
    """Yields (name, bytes) for the ways in which letters and digits may have been written; JSON and URLs leave them."""
    raw = piece.encode()
    yield "plain", raw
    yield "hex", raw.hex().encode()
    yield "hex", raw.hex().upper().encode()
    for offset in range(3):
        # What stands before and behind shares a character with it; these are left out.
        text = base64.b64encode(b"-" * offset + raw)[(offset * 8 + 5) // 6:(offset + len(raw)) * 8 // 6]
        yield "base64", text
        yield "base64", text.translate(bytes.maketrans(b"+/", b"-_"))


class Secret:
    """A text that must not be seen. allows(channel, where): whether it may be there."""

    def __init__(self, name, text, allows=lambda channel, where: False):
        self.name = name
        self.text = text
        self.allows = allows
        runs = re.findall(f"[A-Za-z0-9]{{{PIECE},}}", text)
        pieces = [run[start:start + PIECE] for run in runs for start in range(0, len(run) - PIECE + 1, PIECE)]
        assert pieces, name
        self.needles = list(dict.fromkeys(needle for piece in pieces for needle in spellings(piece)))

    def find_in(self, data):
        """Returns the name of a spelling in which a piece is there, or None."""
        return next((name for name, needle in self.needles if needle in data), None)


class Hunt:
    """A context manager: records the bus and the command lines of a PrivateSession."""

    def __init__(self, session):
        self.session = session
        self.recording = session.path("bus.pcap")
        self.command_lines = set()
        self.outputs = []
        self.ended = threading.Event()
        self.sampler = threading.Thread(target=self.sample)
        self.n_marks = 0

    def __enter__(self):
        with open(self.recording, "wb") as recording:
            self.session.start(["dbus-monitor", "--session", "--pcap"], stdout=recording)
        self.mark()
        self.sampler.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.sampler.join()

    def mark(self):
        """Sends signals until one is recorded: all that was sent before is recorded too."""
        self.n_marks += 1
        mark = f"mark-{self.n_marks}-of-the-hunt"

        def is_recorded():
            subprocess.run(["gdbus", "emit", "--session", "--object-path", "/hunt", "--signal", "io.github.qcc.Test.Mark", mark],
                           env=self.session.env, check=True)
            return mark.encode() in self.read_recording()

        wait_for(is_recorded, "the recording of the bus")

    def read_recording(self):
        with open(self.recording, "rb") as file:
            return file.read()

    def sample(self):
        while not self.ended.is_set():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        self.command_lines.add(file.read())
                except OSError:
                    pass  # It ended meanwhile.
            time.sleep(0.002)

    def keep_output(self, program, text):
        """Remembers what a program printed; secrets are asked for (“output”, program)."""
        self.outputs.append((program, text))

    def list_files(self):
        """Yields path and name, below the root of the session, of each file."""
        for folder, _, names in os.walk(self.session.root):
            for name in names:
                path = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(path).st_mode) and path != self.recording:
                    yield path, os.path.relpath(path, self.session.root)

    def collect(self):
        """Yields (channel, where, bytes) of all that can be searched."""
        self.mark()
        yield "bus", "the session bus", self.read_recording()
        for line in list(self.command_lines):
            program = os.path.basename(line.split(b"\0")[0]).decode(errors="replace")
            yield "argv", program, line
        for program, text in self.outputs:
            yield "output", program, text
        for path, name in self.list_files():
            mode = stat.S_IMODE(os.stat(path).st_mode)
            with open(path, "rb") as file:
                yield "file", f"{name} {mode:o}", file.read()

    def find(self, secrets):
        """Returns a set of (name of the secret, channel, where, spelling) for all that is where it may not be."""
        return {(secret.name, channel, where, spelling)
                for channel, where, data in self.collect() for secret in secrets
                if not secret.allows(channel, where) and (spelling := secret.find_in(data))}
