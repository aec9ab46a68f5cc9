#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the units and activation files as they are generated: one TAP line for each promise.

Usage: test-units.py SOURCE_ROOT BUILD_ROOT BINDIR
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD, BINDIR = sys.argv[1:]
DATA = os.path.join(BUILD, "data")
PROGRAM = os.path.join(BUILD, "service", "qcc-service")
NAME = "io.github.qcc.Service"


class Skip(Exception):
    """What cannot be checked here; the message says why."""


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def parse(*parts):
    """The last value of each key; keys of units are told apart by case."""
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read_string(read(*parts))
    return unit


def values(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.M)


def substituted():
    for path in (f"{DATA}/qcc.service", f"{DATA}/{NAME}.service", f"{BUILD}/tests/bus-services/{NAME}.service"):
        assert "@bindir@" not in read(path), path
    assert parse(DATA, "qcc.service")["Service"]["ExecStart"] == f"{BINDIR}/qcc-service"


def names_agree():
    service = parse(DATA, "qcc.service")["Service"]
    assert service["Type"] == "dbus"
    assert service["BusName"] == NAME
    for folder, program in ((DATA, f"{BINDIR}/qcc-service"), (f"{BUILD}/tests/bus-services", PROGRAM)):
        bus = parse(folder, f"{NAME}.service")["D-BUS Service"]
        assert bus["Name"] == NAME
        assert bus["Exec"] == program
        assert bus["SystemdService"] == "qcc.service"
    assert os.access(PROGRAM, os.X_OK), PROGRAM


def port_is_the_default():
    schema = read(SOURCE, "data", "io.github.qcc.gschema.xml")
    port = re.search(r'<key name="port".*?<default>(\d+)</default>', schema, re.S)[1]
    assert values(read(SOURCE, "data", "qcc.socket"), "ListenStream") == [f"127.0.0.1:{port}", f"[::1]:{port}"]


def waits_for_answers():
    grace = int(re.search(r"#define STOP_GRACE_SECONDS (\d+)", read(SOURCE, "service", "qcc-service.c"))[1])
    assert int(parse(DATA, "qcc.service")["Service"]["TimeoutStopSec"]) > grace, grace


def is_sandboxed():
    service = parse(DATA, "qcc.service")["Service"]
    for key in ("NoNewPrivileges", "LockPersonality", "MemoryDenyWriteExecute", "RestrictNamespaces",
                "RestrictRealtime", "RestrictSUIDSGID"):
        assert service[key] == "yes", key
    assert service["UMask"] == "0077"
    assert service["LimitCORE"] == "0"
    # Without the last no client could be told from another user's.
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"}


def verify(damage=""):
    """What systemd says of the units, with the program of this build in place of the installed one."""
    program = shutil.which("systemd-analyze")
    if program is None:
        raise Skip("systemd-analyze is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for folder, name in ((DATA, "qcc.service"), (os.path.join(SOURCE, "data"), "qcc.socket")):
            paths.append(os.path.join(scratch, name))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(read(folder, name).replace(f"{BINDIR}/qcc-service", PROGRAM) + damage)
        environment = dict(os.environ, XDG_RUNTIME_DIR=scratch, HOME=scratch, SYSTEMD_LOG_LEVEL="warning")
        result = subprocess.run([program, "--user", "verify", *paths], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Other units of this system have their own faults.
    return [line for line in result.stdout.splitlines() if scratch in line or re.search(r"\bqcc\b", line)]


def systemd_accepts():
    lines = [line for line in verify() if "does not support IPv6" not in line]
    assert not lines, "\n".join(lines)


def systemd_finds_faults():
    assert any("Nonsense" in line for line in verify("\n[Service]\nNonsense=yes\n")), "a fault was not found"


CASES = [substituted, names_agree, port_is_the_default, waits_for_answers, is_sandboxed, systemd_accepts,
         systemd_finds_faults]


def main():
    failed = False
    print(f"1..{len(CASES)}")
    for index, case in enumerate(CASES, 1):
        try:
            case()
            print(f"ok {index} /units/{case.__name__}")
        except Skip as skip:
            print(f"ok {index} /units/{case.__name__} # SKIP {skip}")
        except (AssertionError, KeyError, OSError, TypeError) as problem:
            print(f"# {type(problem).__name__}: {problem}".replace("\n", "\n# "))
            print(f"not ok {index} /units/{case.__name__}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
