"""HTTP requests of the client, who answered them, and whether the shares are right."""

import collections
import dataclasses
import math
import subprocess

from lab import CLIENT, inside

PARALLEL = 8


@dataclasses.dataclass
class Outcome:
    """What became of some requests: how many each backend answered, how many failed and why."""
    requests: int = 0
    answered: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    errors: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    @property
    def failed(self):
        return self.requests - sum(self.answered.values())

    def add(self, other):
        self.requests += other.requests
        self.answered += other.answered
        self.errors += other.errors


def get(vip, requests, port=80, namespace=CLIENT):
    """That many GETs, each over a connection of its own, up to 8 at once. No retries."""
    return start_get(vip, requests, port, namespace).outcome()


def start_get(vip, requests, port=80, namespace=CLIENT):
    """The same, but returns at once; .outcome() waits."""
    return RunningGet(vip, requests, port, namespace)


class RunningGet:
    def __init__(self, vip, requests, port, namespace):
        self.requests = requests
        self.process = subprocess.Popen(
            inside(namespace, "curl", "--silent", "--parallel", "--parallel-immediate",
                   "--parallel-max", str(PARALLEL), "--connect-timeout", "10", "--max-time", "20",
                   "--header", "Connection: close", "--output", "/dev/null",
                   "--write-out", "%{http_code} %{exitcode} %header{x-backend}\\n",
                   f"http://{vip}:{port}/?[1-{requests}]"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def outcome(self):
        out, _ = self.process.communicate(timeout=300)
        outcome = Outcome(requests=self.requests)
        for line in out.splitlines():
            code, exit_code, *backend = line.split()
            if code == "200" and exit_code == "0" and backend:
                outcome.answered[backend[0]] += 1
            else:
                outcome.errors[f"HTTP {code}, curl error {exit_code}"] += 1
        silent = outcome.failed - sum(outcome.errors.values())
        if silent:
            outcome.errors["no outcome reported"] += silent
        return outcome


def wrong_shares(outcome, expected, sigmas=5.0):
    """Backends whose part of the answers is too far from their part of the ring.

    `expected` maps a backend to its share (0..1). Each count is binomial; 5 sigma are left to
    chance, so a right balancer fails once in a million runs."""
    total = sum(outcome.answered.values())
    wrong = []
    for backend in sorted(set(expected) | set(outcome.answered)):
        share = expected.get(backend, 0.0)
        mean = total * share
        slack = sigmas * math.sqrt(total * share * (1.0 - share)) + (0.5 if 0 < share < 1 else 0)
        found = outcome.answered[backend]
        if abs(found - mean) > slack:
            wrong.append(f"{backend} answered {found} of {total}, expected {mean:.0f} +- {slack:.0f}")
    return wrong


def table(rows, expected):
    """Text table of requests a backend; rows are (label, Outcome), expected a dict a label."""
    names = sorted({name for _, outcome in rows for name in outcome.answered}
                   | {name for shares in expected.values() for name in shares})
    head = f"  {'':22}" + "".join(f"{name:>16}" for name in names) + f"{'failed':>9}"
    lines = [head]
    for label, outcome in rows:
        cells = ""
        for name in names:
            share = expected.get(label, {}).get(name, 0.0)
            cells += f"{outcome.answered[name]:>7} ({100 * share:4.1f} %)"
        lines.append(f"  {label:22}{cells}{outcome.failed:>9}")
    return "\n".join(lines)
