#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets the real Claude Code talk to scripted providers through the service: one TAP line for each case.

Usage: test-claude-code.py SERVICE FAKE_PROVIDER CACHE

QCC_CLAUDE_BINARY names the program; without it npm installs the pinned version into CACHE. It is not
free software, so that it is fetched and never shipped; where it cannot be had all is skipped.

A comment behind each case is a row of a table: requests to each provider, retries of the client, tools
that it ran, its exit code and what it showed.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

PACKAGE = "@anthropic-ai/claude-code-linux-x64"
VERSION = "2.1.329"

IDS = ("one", "two")
KEYS = {name: f"key-of-{name}" for name in IDS}

# Long enough for a loaded machine with sanitizers; a client that waits longer than this has got a wrong answer.
PATIENCE_SECONDS = 120

HELLO = ("-p", "Say hello.")
BEGUN = "message_start\nblock_start text\ndelta Partial\n"
OVERLOADED = "error 529 overloaded_error Overloaded"
KEY_REJECTED = "error 401 authentication_error invalid x-api-key"


class Failure(Exception):
    """Something is not as it must be; the message says what."""


class Skip(Exception):
    """Claude Code cannot be had; the message says why."""


def expect(what, actual, expected):
    if actual != expected:
        raise Failure(f"{what}: {actual!r} instead of {expected!r}")


def expect_in(what, part, text):
    if part not in text:
        raise Failure(f"{what}: no {part!r} in {text!r}")


def write(path, text, mode=0o600):
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def make_folder(*path):
    folder = os.path.join(*path)
    os.makedirs(folder, 0o700)
    return folder


class Daemon:
    """A program of ours that runs until it is ended and says where it listens."""

    def __init__(self, command, **variables):
        self.name = os.path.basename(command[0])
        self.lines = []
        self.process = subprocess.Popen(command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            self.lines.append(line)
            if "istening on " in line:
                break
        self.reader = threading.Thread(target=self.lines.extend, args=(self.process.stdout,))
        self.reader.start()

    def get_url(self):
        if not self.lines or "istening on " not in self.lines[-1]:
            raise Failure(f"{self.name} does not listen: {''.join(self.lines)}")
        return self.lines[-1].split()[-1]

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Provider(Daemon):
    """Answers its first request for messages by the first script, and so on; the last is for all that follow."""

    def __init__(self, program, folder, scripts, count_tokens=None):
        self.record = os.path.join(folder, "record")
        command = [program, "--record", self.record]
        for number, script in enumerate(scripts, 1):
            command += ["--script", write(os.path.join(folder, f"script-{number}"), script)]
        if count_tokens:
            command += ["--count-tokens-script", write(os.path.join(folder, "count-tokens"), count_tokens)]
        super().__init__(command)
        self.url = self.get_url()

    def get_requests(self):
        """What was asked, once it was ended: pairs of a path and "stream" or "unary"."""
        with open(self.record, encoding="utf-8") as file:
            return [(line.split()[1].partition("?")[0], line.split()[2]) for line in file]


class ClosedPort:
    """An endpoint that refuses connections: its port is taken, and nobody listens."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def end(self):
        self.socket.close()

    @staticmethod
    def get_requests():
        return []


def start_service(program, folder, providers):
    """Starts a service with a home of its own and one profile that tries the providers in order."""
    config = make_folder(folder, "config")
    endpoints = [{"id": name, "base_url": provider.url, "priority": priority}
                 for priority, (name, provider) in enumerate(zip(IDS, providers))]
    profile = {"name": "main", "strategy": "failover", "endpoints": endpoints}
    qcc = make_folder(config, "qcc")
    write(os.path.join(qcc, "profiles.json"), json.dumps({"version": 1, "default": "main", "profiles": [profile]}))
    write(os.path.join(qcc, "keys.json"), json.dumps({"version": 1, "keys": KEYS}))
    settings = make_folder(config, "glib-2.0", "settings")
    write(os.path.join(settings, "keyfile"), "[io/github/qcc/proxy]\nport=0\n")
    return Daemon([program], HOME=folder, XDG_CONFIG_HOME=config,
                  XDG_STATE_HOME=make_folder(folder, "state"), XDG_DATA_HOME=make_folder(folder, "data"),
                  XDG_CACHE_HOME=make_folder(folder, "cache"), XDG_RUNTIME_DIR=make_folder(folder, "run"))


def make_client_environment(folder, url):
    """Nothing of the caller's, so that no real credential can be used."""
    return {
        "PATH": os.defpath,
        "HOME": make_folder(folder, "home"),
        "CLAUDE_CODE_TMPDIR": make_folder(folder, "tmp"),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_AUTH_TOKEN": "proxy-managed",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "2",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_TELEMETRY": "1",
    }


class Run:
    """What a client did, by its own account, and what the service and the providers say of it."""

    def __init__(self, client, service, providers):
        self.code = client.returncode
        self.output = client.stdout + client.stderr
        self.events = [json.loads(line) for line in client.stdout.splitlines()]
        self.results = [event for event in self.events if event["type"] == "result"]
        self.retries = [(event["error_status"], event["error"]) for event in self.events
                        if event.get("subtype") == "api_retry"]
        self.tool_results = [block for event in self.events if event["type"] == "user"
                             for block in event["message"]["content"] if block["type"] == "tool_result"]
        self.log = "".join(service.lines)
        self.exchanges = [line for line in service.lines if " POST /v1/messages" in line]
        self.ends = [re.search(r" end=(\S+)", line)[1] for line in self.exchanges]
        self.requests = [provider.get_requests() for provider in providers]
        self.asked = [len(requests) for requests in self.requests]
        self.codes = [(daemon.name, daemon.process.returncode) for daemon in [service] + providers
                      if isinstance(daemon, Daemon)]

    def get_text(self):
        return self.results[0]["result"] if self.results else ""

    def describe(self):
        asked = " + ".join(str(n) for n in self.asked)
        retries = ", ".join(f"{status or '-'} {error}" for status, error in self.retries) or "none"
        text = " ".join(self.get_text().split())
        text = text if len(text) <= 200 else text[:200] + " ..."
        return f"{asked} | {retries} | {len(self.tool_results)} | {self.code} | {text}"

    def check(self):
        """What holds in every case."""
        for name, code in self.codes:
            if code != 0:
                raise Failure(f"{name} ended with {code}: {self.log}")
        for key in KEYS.values():
            if key in self.log or key in self.output:
                raise Failure("a key was shown")
        if re.search("JSON Parse error|Malformed|malformed", self.output):
            raise Failure(f"the client could not read an answer: {self.output}")
        expect("number of results", len(self.results), 1)

    def expect_answer(self, text, asked):
        """It ended well, with this text, after so many requests to each provider."""
        expect("text", self.get_text(), text)
        expect("is_error", self.results[0]["is_error"], False)
        expect("exit code", self.code, 0)
        expect("requests", self.asked, asked)

    def expect_error(self, parts, asked):
        """It failed, with a text that has these parts, after so many requests to each provider."""
        for part in parts:
            expect_in("text", part, self.get_text())
        expect("is_error", self.results[0]["is_error"], True)
        expect("exit code", self.code, 1)
        expect("requests", self.asked, asked)


class Stage:
    """Plays one run after another; there is never more than one client."""

    def __init__(self, service, fake, claude):
        self.service = service
        self.fake = fake
        self.claude = claude
        self.last = None  # the run that was played last

    def play(self, providers, arguments=HELLO, count_tokens=None):
        """Returns the run of a client with these arguments. A provider is a list of scripts, None refuses.

        {work} in a script is the client's working folder.
        """
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            work = make_folder(folder, "work")
            started = []
            for name, scripts in zip(IDS, providers):
                if scripts is None:
                    provider = ClosedPort()
                else:
                    scripts = [script.replace("{work}", work) for script in scripts]
                    provider = Provider(self.fake, make_folder(folder, name), scripts, count_tokens)
                started.append(provider)
                stack.callback(provider.end)
            service = start_service(self.service, make_folder(folder, "service"), started)
            stack.callback(service.end)
            client = subprocess.run(
                [self.claude, *arguments, "--output-format", "stream-json", "--verbose"], cwd=work,
                env=make_client_environment(make_folder(folder, "client"), service.get_url()),
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            stack.close()
            self.last = Run(client, service, started)
        self.last.check()
        return self.last


def healthy(stage):
    run = stage.play([["auto First."], ["auto Second."]])
    run.expect_answer("First.", [1, 0])
    expect("retries", run.retries, [])


def read_tool(stage):
    run = stage.play([['use_tool Read {"file_path":"{work}/../one/script-2"}', "auto It says 4711."]],
                     ("-p", "Read it.", "--allowedTools", "Read", "--add-dir", ".."))
    run.expect_answer("It says 4711.", [2])
    expect("retries", run.retries, [])
    expect("tool results", len(run.tool_results), 1)
    expect_in("tool result", "auto It says 4711.", run.tool_results[0]["content"])


def bash_tool(stage):
    run = stage.play([['use_tool Bash {"command":"echo word-$((4700+11))"}', "auto It said so."]],
                     ("-p", "Run it.", "--allowedTools", "Bash(echo:*)"))
    run.expect_answer("It said so.", [2])
    expect("retries", run.retries, [])
    expect("tool results", [block["content"] for block in run.tool_results], ["word-4711"])


def expect_context(run):
    expect_in("text", "Context Usage", run.get_text())
    expect("exit code", run.code, 0)
    expect("retries", run.retries, [])
    if len(run.exchanges) < 10:
        raise Failure(f"that is no burst: {run.exchanges}")
    for line in run.exchanges:
        expect_in("exchange", " POST /v1/messages/count_tokens ", line)
        expect_in("exchange", " status=200 ", line)
    expect("second provider", run.requests[1], [])


def context(stage):
    run = stage.play([["auto First."], ["auto Second."]], ("-p", "/context"))
    expect_context(run)
    expect("ends", set(run.ends), {"complete"})
    expect("requests", run.requests[0], [("/v1/messages/count_tokens", "unary")] * len(run.exchanges))


def context_estimated(stage):
    run = stage.play([["auto First."], ["auto Second."]], ("-p", "/context"),
                     count_tokens="error 404 not_found_error Not found")
    expect_context(run)
    expect("ends", set(run.ends), {"estimate"})


def second_answers(script, asked):
    """A failure before any content costs the client nothing; a fast transient one is tried twice (spec 4.1)."""

    def case(stage):
        run = stage.play([[script] if script else None, ["auto Second."]])
        run.expect_answer("Second.", [asked, 1])
        expect("retries", run.retries, [])

    return case


def all_overloaded(stage):
    run = stage.play([[OVERLOADED], [OVERLOADED]])
    run.expect_error(["503", "No endpoint could answer", "one (overloaded", "two (overloaded"], [3, 3])
    expect("retries", run.retries, [(503, "server_error")] * 2)


def all_keys_rejected(stage):
    run = stage.play([[KEY_REJECTED], [KEY_REJECTED]])
    run.expect_error(["403", "does not accept its key"], [1, 1])
    if not re.search("“(one|two)”", run.get_text()):
        raise Failure(f"no endpoint is named: {run.get_text()}")
    expect("retries", run.retries, [])


def bad_request(stage):
    run = stage.play([["error 400 invalid_request_error messages.0: 4711 is wrong"], ["auto Second."]])
    run.expect_error(["API Error: 400 messages.0: 4711 is wrong"], [len(run.exchanges), 0])
    expect("retries", run.retries, [])


def cut_in_text(script):
    """Ended by an error event, after which the client asks once more at once, without streaming."""

    def case(stage):
        run = stage.play([[script, "auto Recovered."]])
        expect("ends", run.ends, ["error-event", "complete"])
        run.expect_answer("Recovered.", [2])
        expect("retries", run.retries, [])
        expect("kinds", [kind for _, kind in run.requests[0]], ["stream", "unary"])
        expect("tool results", run.tool_results, [])

    return case


def cut_after_tool(stage):
    run = stage.play([['message_start\ntool_block Bash {"command":"echo ran"}\nfin', "auto Recovered."]],
                     ("-p", "Run it.", "--allowedTools", "Bash(echo:*)"))
    expect("ends", run.ends, ["broken-off", "complete"])
    run.expect_answer("Recovered.", [2])
    # A client that has read the block before it learns of the end has begun the tool; nobody can take that back.
    expect("retries", len(run.retries), 0 if run.tool_results else 1)


def cut_after_stop_reason(stage):
    run = stage.play([["message_start\ntext_block Whole.\nmessage_delta end_turn\nfin", "auto Again."]])
    expect("ends", run.ends, ["completed"])
    run.expect_answer("Whole.", [1])
    expect("retries", run.retries, [])


IN_DATA = r"body event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"del" + "\nfin"
IN_NAME = r"body event: content_bl" + "\nfin"
IN_TOOL = 'message_start\nblock_start tool_use\ndelta {"file_path":"{work}/../one/script-1"}\nfin'

CASES = [
    ("healthy first endpoint", healthy),
    ("tool round: Read", read_tool),
    ("tool round: Bash", bash_tool),
    ("burst of count_tokens", context),
    ("burst of count_tokens, 404", context_estimated),
    ("first endpoint: 529", second_answers(OVERLOADED, 1)),
    ("first endpoint: 401", second_answers(KEY_REJECTED, 1)),
    ("first endpoint: refuses", second_answers(None, 0)),
    ("first endpoint: resets", second_answers("reset", 2)),
    ("first endpoint: HTML with 200", second_answers("html 200", 2)),
    ("first endpoint: overloaded_error event first", second_answers("error_event overloaded_error Overloaded", 1)),
    ("first endpoint: api_error event first", second_answers("error_event api_error Internal", 2)),
    ("first endpoint: 500", second_answers("error 500 api_error Internal", 2)),
    ("all endpoints: 529", all_overloaded),
    ("all endpoints: 401", all_keys_rejected),
    ("400 invalid_request_error", bad_request),
    ("cut in a text block", cut_in_text(BEGUN + "fin")),
    ("cut in a line of data", cut_in_text(BEGUN + IN_DATA)),
    ("cut in the name of an event", cut_in_text(BEGUN + IN_NAME)),
    ("cut in a tool_use block", cut_in_text(IN_TOOL)),
    ("cut after a tool_use block", cut_after_tool),
    ("cut after stop_reason", cut_after_stop_reason),
]


def find_claude(cache):
    """Returns the program; installs it where that is needed and possible."""
    named = os.environ.get("QCC_CLAUDE_BINARY")
    if named:
        return named
    program = os.path.join(cache, "node_modules", PACKAGE, "claude")
    if os.path.exists(program):
        return program
    npm = shutil.which("npm")
    if npm is None:
        raise Skip("npm, which fetches Claude Code, is not installed")
    result = subprocess.run([npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", cache,
                             f"{PACKAGE}@{VERSION}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0 or not os.path.exists(program):
        raise Skip(f"npm cannot install {PACKAGE}@{VERSION}: {' '.join(result.stderr.split())[:200]}")
    return program


def play_case(stage, number, name, case):
    """Returns whether it passed."""
    stage.last = None
    failure = None
    try:
        case(stage)
    except (Failure, KeyError, ValueError, subprocess.TimeoutExpired) as error:
        failure = error
    print(f"{'ok' if failure is None else 'not ok'} {number} - {name}")
    if failure is not None:
        print("\n".join(f"# {line}" for line in f"{type(failure).__name__}: {failure}".splitlines()))
    if stage.last is not None:
        print(f"# | {name} | {stage.last.describe()} |")
        if failure is not None:
            print("\n".join(f"# {line}" for line in stage.last.log.splitlines()))
    sys.stdout.flush()
    return failure is None


def main():
    service, fake, cache = (os.path.abspath(argument) for argument in sys.argv[1:])
    print("TAP version 13")
    try:
        claude = find_claude(cache)
    except Skip as reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    stage = Stage(service, fake, claude)
    print(f"1..{len(CASES)}", flush=True)
    return 0 if all([play_case(stage, number, *case) for number, case in enumerate(CASES, 1)]) else 1


if __name__ == "__main__":
    sys.exit(main())
