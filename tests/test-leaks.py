#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hands keys and tokens over in every way that there is, right and wrong, and looks for them where they must not be.

Usage: test-leaks.py SERVICES PROGRAM...

Each key store is a session of its own. What is planted, once for each channel and spelling, must be found.
"""

import base64
import contextlib
import fcntl
import http.client
import json
import os
import pty
import re
import resource
import secrets
import signal
import string
import subprocess
import sys
import tempfile
import termios
import urllib.parse

from leak_hunt import PIECE, Hunt, Secret
from private_session import LIMIT_SECONDS, SERVICE, PrivateSession, report, wait_for

SERVICES, *PROGRAMS = sys.argv[1:]
KEY_FILE = "config/qcc/keys.json 600"
PASSWORD = "correct-horse"
ANSWER = "the answer to the client"
ENDPOINT = "io.github.qcc.Endpoint1"
MESSAGE = json.dumps({"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]})


def make_text(prefix="sk-ant-api03-", length=2 * PIECE):
    """With what is escaped by JSON and by URLs between two runs that are looked for."""
    def make_run():
        # Nobody takes a long word without digits for a key.
        run = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
        return run if re.search("[0-9]", run) and re.search("[A-Z]", run) and re.search("[a-z]", run) else make_run()

    runs = [make_run(), make_run()]
    return prefix + runs[0] + "-_/+\"\\%" + runs[1]


class Play:
    """What is typed in one session, and the secrets of it."""

    def __init__(self, session, hunt):
        self.session = session
        self.hunt = hunt
        self.secrets = []
        self.url = None

    def new_key(self, name, allows=lambda channel, where: (channel, where) == ("file", KEY_FILE), **options):
        self.secrets.append(Secret(name, make_text(**options), allows))
        return self.secrets[-1].text

    def run(self, *command, status=0, text="", variables=(), named=None):
        """Returns standard output. status: the exit code that is right, None for any failure."""
        result = subprocess.run(command, env=dict(self.session.env, **dict(variables)), cwd=self.session.root,
                                input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_SECONDS)
        self.hunt.keep_output(named or command[0], result.stdout)
        self.hunt.keep_output(f"{command[0]}, standard error", result.stderr)
        right = result.returncode != 0 if status is None else result.returncode == status
        # What was shown is not repeated: it may hold a key.
        words = " ".join("KEY" if any(secret.find_in(word.encode()) for secret in self.secrets) else word for word in command)
        assert right and result.returncode >= 0, f"{words}: exit code {result.returncode}"
        return result.stdout.decode()

    def type(self, *command, answers):
        """Runs a command on a terminal. answers: in turn what to wait for and what to type then."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, env=self.session.env, stdin=theirs, stdout=theirs, stderr=theirs,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        shown = b""
        unseen = b""
        with contextlib.suppress(OSError):  # EIO is the end.
            while part := os.read(ours, 4096):
                shown += part
                unseen += part
                if answers and answers[0][0].encode() in unseen:
                    os.write(ours, answers.pop(0)[1].encode() + b"\n")
                    unseen = b""
        os.close(ours)
        self.hunt.keep_output(f"{command[0]} on a terminal", shown)
        assert process.wait(LIMIT_SECONDS) == 0 and not answers, f"{' '.join(command[:3])}: {answers and answers[0][0]}"

    def call(self, path, method, *arguments, **options):
        return self.run("gdbus", "call", "--session", "--dest", SERVICE, "--object-path", f"/io/github/qcc{path}",
                        "--method", method, *arguments, **options)

    def request(self, token):
        """Sends one message; returns the status."""
        if self.url is None:
            self.url = json.loads(self.run("qcc", "proxy", "status", "--json"))["url"]
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=LIMIT_SECONDS)
        connection.request("POST", "/v1/messages", MESSAGE, {"x-api-key": token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        self.hunt.keep_output(ANSWER, str(answer.getheaders()).encode() + answer.read())
        connection.close()
        return answer.status


def start_keyring(session):
    daemon = session.start(["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
                           stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(PASSWORD.encode())
    daemon.stdin.close()
    wait_for(lambda: session.ask_bus("NameHasOwner", "org.freedesktop.secrets") == "(true,)", "the keyring")


def start_quoting_provider(play, key):
    """One that refuses, in turn in every class, and repeats the key in headers and body."""
    text = f"your key {key} is not welcome"

    def refuse(status, name):
        body = json.dumps({"type": "error", "error": {"type": name, "message": text}})
        return f"status {status}\nheader x-quoted: {key}\njson {body}\n"

    scripts = [refuse(529, "overloaded_error"), refuse(500, "api_error"), refuse(429, "rate_limit_error"),
               refuse(402, "billing_error"), refuse(404, "not_found_error"), refuse(403, "permission_error"),
               refuse(401, "authentication_error")]
    scripts.insert(0, f"message_start\nerror_event overloaded_error {text}\n")
    scripts.insert(0, f"status 302\nheader Location: http://127.0.0.1/{key}\nempty\n")
    # Not below the root of the session, where it would be found.
    with tempfile.TemporaryDirectory() as folder:
        options = []
        for number, script in enumerate(scripts):
            options += ["--script", os.path.join(folder, str(number))]
            with open(options[-1], "w", encoding="utf-8") as file:
                file.write(script.replace("\\", "\\\\"))
        return play.session.start_provider("quoting", *options), len(scripts)


def hand_over(play, store):
    """Every right way. Returns a token whose requests reach the provider that quotes the key."""
    key = play.new_key("from a variable")
    port = play.session.start_provider("good", "--key-env", "GOOD_KEY", variables={"GOOD_KEY": key})
    address = f"http://127.0.0.1:{port}"
    if store == "file":
        play.run("qcc", "keys", "file", "--yes")
        play.type("qcc", "init", answers=[("Name", "work"), ("Address", address), ("Key", key)])
    else:
        play.run("qcc", "init", "work", "--base-url", address, "--key-env", "KEY", variables={"KEY": key})
    play.run("qcc", "config", "set", "proxy.log-level", "debug")

    typed = play.new_key("typed")
    play.run("qcc", "endpoint", "add", "work", "--from", "work/work-1", "--id", "typed", "--key-env", "KEY",
             variables={"KEY": play.new_key("replaced")})
    play.type("qcc", "keys", "set", "typed", answers=[("Key", typed)])
    play.run("qcc", "endpoint", "disable", "work", "typed")
    play.run("qcc", "endpoint", "add", "work", "--from", "work/work-1", "--id", "handed")
    play.call("/endpoint/handed", f"{ENDPOINT}.SetKey", "0", text=play.new_key("handed over the bus") + "\n")
    play.run("qcc", "endpoint", "disable", "work", "handed")
    play.run("qcc", "keys", "set", "handed", "--key-stdin", text=play.new_key("set on standard input"))

    key = play.new_key("quoted by its provider")
    port, n_answers = start_quoting_provider(play, key)
    play.run("qcc", "add", "quoting", "--tier", "fallback")
    play.run("qcc", "endpoint", "add", "quoting", "--base-url", f"http://127.0.0.1:{port}", "--key-stdin", text=key)
    states = json.loads(play.run("qcc", "keys", "list", "--json"))
    assert {(state["key_state"], state["key_store"]) for state in states} == {("ok", store)}, states
    return n_answers


def use_tokens(play, n_answers):
    """A token may be shown by what makes it, and there alone; that of “env” is in the key store too."""
    def shown_by(*programs):
        return lambda channel, where: channel == "output" and where in programs

    for options in ([], ["--json"], ["--profile", "quoting"]):
        name = f"made-{'-'.join(options).strip('-')}"
        shown = play.run("qcc", "token", "add", name, *options, named="token add")
        token = json.loads(shown)["token"] if "--json" in options else shown.strip()
        play.secrets.append(Secret(name, token, shown_by("token add")))
    for _ in range(2 * n_answers):
        assert play.request(token) >= 400
    assert any(b"****" in text for program, text in play.hunt.outputs if program == ANSWER), "no key was quoted"
    ask_what_happened(play)
    for options in (["--json"], ["--shell", "fish"], []):
        play.run("qcc", "env", *options, named="env")
    default = json.loads(play.run("qcc", "env", "--json", named="env"))["ANTHROPIC_AUTH_TOKEN"]
    play.secrets.append(Secret("default token", default, lambda channel, where: (channel, where) == ("file", KEY_FILE)
                               or shown_by("env")(channel, where)))
    assert play.request(default) == 200


def ask_what_happened(play):
    """Checks with every key, and all that is told of what the provider said that quotes its own."""
    for level in ("connect", "api", "chat"):
        play.call("", "io.github.qcc.Health1.Check", "", level)
    explanation = play.call("", "io.github.qcc.Manager1.Explain", "")
    assert "quoting" in explanation, "the provider that quotes the key was not asked"
    play.call("", "io.github.qcc.Manager1.ListExchanges", "0")
    play.call("", "io.github.qcc.Health1.ListMetrics", "")
    play.call("", "io.github.qcc.Failover1.ListEvents", "0")


def misuse(play, prefix):
    """Every wrong way. Whose words begin like a key are refused before anybody sees them; others may be names."""
    def key(name, is_word=False):
        # The command line of the first program is the user's own doing.
        return play.new_key(f"{name}, {prefix or 'bare'}", prefix=prefix, allows=lambda channel, where:
                            channel == "argv" and where == "qcc" or channel == "bus" and is_word and not prefix)

    def wrong(status, *command):
        play.run("qcc", *command, status=2 if prefix else status)

    wrong(2, "keys", "set", "typed", key("argument"))
    wrong(2, "keys", "set", "typed", "--key-stdin", key("argument of an option"))
    wrong(2, "keys", "set", "typed", f"--key-env={key('name of a variable')}")
    wrong(2, "keys", "set", "typed", f"--key={key('option that is not there')}")
    wrong(2, key("verb"))
    wrong(2, "keys", key("verb behind a verb"))
    wrong(4, "keys", "set", key("id of a key"), "--key-stdin")
    wrong(4, "keys", "remove", key("id of a removed key"), "--yes")
    for verb in (["endpoint", "list"], ["priority", "switch"], ["default"], ["remove", "--yes"]):
        wrong(4, *verb, key(f"profile of {verb[0]}"))
    for name, url in (("user", "https://{}@127.0.0.1/"), ("password", "https://u:{}@127.0.0.1/"),
                      ("query", "https://127.0.0.1/?key={}"), ("fragment", "https://127.0.0.1/#{}"), ("whole", "{}")):
        wrong(1, "endpoint", "add", "work", "--base-url", url.format(key(f"{name} of a URL")))
    wrong(1, "endpoint", "add", "work", "--from", "work/work-1", "--id", key("id of an endpoint", True))
    wrong(4, "endpoint", "add", "work", "--from", key("source of an endpoint", True))
    wrong(1, "add", key("name of a profile", True))
    wrong(1, "rename", "work", key("new name of a profile", True))
    wrong(1, "token", "add", key("name of a token", True))
    wrong(4, "token", "remove", key("name of a removed token", True), "--yes")
    wrong(4, "config", "get", key("setting", True))
    wrong(1, "config", "set", "proxy.log-level", key("value of a setting", True))


def hand_over_wrongly(play):
    """What is no key, because it is too long or more than a line."""
    texts = [play.new_key("5000 bytes", length=2500), play.new_key("two lines")]
    texts[1] = f"{texts[1][:40]}\n{texts[1][40:]}"
    for text in texts:
        play.run("qcc", "keys", "set", "typed", "--key-stdin", text=text, status=1)
        play.run("qcc", "keys", "set", "typed", "--key-env", "KEY", variables={"KEY": text}, status=1)
        play.call("/endpoint/typed", f"{ENDPOINT}.SetKey", "0", text=text, status=1)


def end_badly(play):
    """The service crashes with the keys in its memory, and leaves no core file."""
    pid = play.session.service_pid()
    with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
        assert re.search(r"^Max core file size +0 +0 ", file.read(), re.M), "the service may write a core file"
    os.kill(pid, signal.SIGABRT)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the crash")
    cores = [name for _, name in play.hunt.list_files() if os.path.basename(name).startswith("core")]
    assert not cores, cores


def describe(found):
    return "".join(f"{name}: {channel}, {where}, {spelling}\n" for name, channel, where, spelling in sorted(found))


@contextlib.contextmanager
def hunted_session():
    folders = [os.path.dirname(os.path.abspath(program)) for program in PROGRAMS]
    with PrivateSession(folders, SERVICES) as session, Hunt(session) as hunt:
        yield Play(session, hunt)


def search_store(store):
    with hunted_session() as play:
        if store == "secret-service":
            start_keyring(play.session)
        n_answers = hand_over(play, store)
        use_tokens(play, n_answers)
        misuse(play, "sk-ant-api03-")
        misuse(play, "")
        hand_over_wrongly(play)
        end_badly(play)
        yield f"/leaks/{store}", describe(play.hunt.find(play.secrets))

        recording = play.hunt.read_recording()
        encrypted = b"dh-ietf1024-sha256-aes128-cbc-pkcs7" in recording
        yield f"/leaks/{store}/session", "" if encrypted == (store == "secret-service") else f"encrypted: {encrypted}"
        kept = [secret.name for secret in play.secrets for channel, where, data in play.hunt.collect()
                if (channel, where) == ("file", KEY_FILE) and secret.find_in(data)]
        yield f"/leaks/{store}/kept", "" if bool(kept) == (store == "file") else f"in the key file: {kept}"


def plant(play, channel, written):
    """Lets a tiny program leak."""
    shell = {
        "output": "cat",
        "standard error": "cat >&2",
        "log": "mkdir -p state/qcc/log; cat >> state/qcc/log/planted",
        "key file that all can read": "mkdir -p config/qcc; cat > config/qcc/keys.json; chmod 644 config/qcc/keys.json",
        "core file": "cat > core.1",
    }
    if channel == "bus":
        play.run("gdbus", "emit", "--session", "--object-path", "/planted", "--signal", "io.github.qcc.Test.Planted", written)
    elif channel == "argv":
        play.run("sh", "-c", "sleep 0.2", written)
    else:
        play.run("sh", "-c", shell[channel], text=written)


def search_planted():
    """A search that is blind in one channel, or to one spelling, fails here."""
    places = {"bus": "bus", "argv": "argv", "output": "output", "standard error": "output", "log": "file",
              "key file that all can read": "file", "core file": "file"}
    spelt = {
        "plain": lambda text: text,
        "cut": lambda text: text[:30],
        "json": json.dumps,
        "percent": lambda text: urllib.parse.quote(text, safe=""),
        "hex": lambda text: text.encode().hex().upper(),
        "base64": lambda text: base64.b64encode(text.encode()).decode(),
        "base64 behind a user": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    }
    with hunted_session() as play:
        for channel, place in places.items():
            for spelling, spell in spelt.items():
                text = play.new_key(f"{channel}, {spelling}")
                plant(play, channel, spell(text))
                found = play.hunt.find(play.secrets[-1:])
                seen = place in {where for _, where, _, _ in found}
                yield f"/leaks/planted/{channel}/{spelling}", "" if seen else f"not found; but: {describe(found)}"
        yield "/leaks/planted/nothing", describe(play.hunt.find([Secret("never used", make_text())]))


def main():
    soft_limit, hard_limit = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard_limit, hard_limit))
    # The sanitizer would forbid core files in place of QCC.
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":disable_coredump=0"

    def results():
        yield from search_planted()
        yield from search_store("file")
        yield from search_store("secret-service")

    return report(results())


if __name__ == "__main__":
    sys.exit(main())
