# SPDX-License-Identifier: LGPL-2.1-or-later
"""An instance of QCC that meets no other (spec 13.4): folders, a session bus and made-up providers of its own."""

import os
import shutil
import subprocess
import tempfile
import time

SERVICE = "io.github.qcc.Service"
LIMIT_SECONDS = 60

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

FOLDERS = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_STATE_HOME": "state",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "run",
}


def wait_for(done, what):
    """Returns what done() returns once that is true; fails after a generous time."""
    limit = time.monotonic() + LIMIT_SECONDS
    while True:
        result = done()
        if result:
            return result
        assert time.monotonic() < limit, f"{what}: not within {LIMIT_SECONDS} s"
        time.sleep(0.01)


class PrivateSession:
    """A context manager. programs: folders to be first in PATH. services: folder with the service file of the build.

    root: everything that is written is below it. env: for programs that shall run in it.
    """

    def __init__(self, programs, services):
        self.root = tempfile.mkdtemp(prefix="qcc-session-")
        self.services = os.path.abspath(services)
        self.bus_log = self.path("bus.log")
        self.processes = []
        self.env = dict(os.environ, PATH=os.pathsep.join([*programs, os.environ["PATH"]]))
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL", "CREDENTIALS_DIRECTORY"):
            self.env.pop(name, None)
        for name, folder in FOLDERS.items():
            os.mkdir(self.path(folder), 0o700)
            self.env[name] = self.path(folder)
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.path('run', 'bus')}"
        self.write("config/glib-2.0/settings/keyfile", "[io/github/qcc/proxy]\nport=0\n")

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def write(self, name, text):
        """Writes a file that only the user can read."""
        os.makedirs(os.path.dirname(self.path(name)), 0o700, exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)
        return self.path(name)

    def __enter__(self):
        config = self.write("bus.conf", BUS_CONFIG.format(socket=self.path("run", "bus"), services=self.services))
        with open(self.bus_log, "wb") as log:
            self.start(["dbus-daemon", f"--config-file={config}", "--nofork"], stdout=log, stderr=log)
        wait_for(lambda: os.path.exists(self.path("run", "bus")), "the bus")
        return self

    def __exit__(self, *_):
        try:
            self.quit_service()
        finally:
            for process in reversed(self.processes):
                process.terminate()
            for process in self.processes:
                process.wait(LIMIT_SECONDS)
            shutil.rmtree(self.root)

    def start(self, command, variables=(), **options):
        """Starts a program that ends with the session. variables: for this program only."""
        process = subprocess.Popen(command, env=dict(self.env, **dict(variables)), cwd=self.root, **options)
        self.processes.append(process)
        return process

    def start_provider(self, name, *options, variables=()):
        """Returns the port of a made-up provider."""
        port_file = self.path(f"{name}.port")
        with open(self.path(f"{name}.log"), "wb") as log:
            self.start(["qcc-fake-provider", "--port-file", port_file, *options], variables, stdout=log, stderr=log)
        return wait_for(lambda: os.path.exists(port_file) and open(port_file, encoding="utf-8").read().strip(), name)

    def ask_bus(self, method, *arguments):
        """Returns what the bus itself answers, None for an error."""
        result = subprocess.run(["gdbus", "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/",
                                 "--method", f"org.freedesktop.DBus.{method}", *arguments],
                                env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return result.stdout.strip() if result.returncode == 0 else None

    def service_pid(self):
        """Returns 0 when the service does not run."""
        answer = self.ask_bus("GetConnectionUnixProcessID", SERVICE)
        return int(answer.strip("(),").split()[-1]) if answer else 0

    def quit_service(self):
        """Ends the service in order, so that the sanitizers speak, and waits until it is gone."""
        pid = self.service_pid()
        if not pid:
            return
        subprocess.run(["gdbus", "call", "--session", "--dest", SERVICE, "--object-path", "/io/github/qcc",
                        "--method", "io.github.qcc.Manager1.Quit"], env=self.env, stdout=subprocess.DEVNULL)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the end of the service")

    def check_log(self):
        """Fails when the service crashed or a sanitizer had something to say; quit_service() comes before."""
        with open(self.bus_log, encoding="utf-8", errors="replace") as log:
            text = log.read()
        for sign in ("Sanitizer", "runtime error", "CRITICAL", "exited with status", "signal"):
            assert sign not in text, text


def report(results):
    """Prints TAP for an iterable of (name, message); the message says what is wrong and is empty when nothing is."""
    number = failed = 0
    for name, message in results:
        number += 1
        if message:
            failed += 1
            print("# " + message.rstrip("\n").replace("\n", "\n# "))
        # A number sign would begin a directive.
        print(f"{'not ok' if message else 'ok'} {number} {name.replace('#', '')}", flush=True)
    print(f"1..{number}")
    return 1 if failed or not number else 0
