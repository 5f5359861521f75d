#!/usr/bin/python3
"""Connections outlive what is done to their service; those of a dead backend are ended."""

import collections
import json
import subprocess
import unittest

from card import Card, Daemon, end
from lab import BACKENDS, CLIENT, DNAT_VIP, PREFIX, inside, ip, wait_until
from system_case import HERE, SystemCase

PORT = 7000
COUNT = 24

HEAD = """\
version: 1
ports:
  - {name: clients, address: 10.1.0.1/24, gateway: 10.1.0.10}
  - {name: backends, address: 10.2.0.1/24}
health: {interval: 500ms, timeout: 400ms, rise: 2, fall: 2}
services:
  - name: hold
    vip: 10.9.0.1
    port: 7000
    mode: dnat
"""


def config(scheduler, backends, more=""):
    """A service on the port of tcp_hold.py; `backends` maps names to more of their keys."""
    lines = [f"      - {{name: {name}, address: {BACKENDS[name]}{keys}}}\n"
             for name, keys in backends.items()]
    return f"{HEAD}    scheduler: {scheduler}\n{more}    backends:\n{''.join(lines)}"


ALL = {"b1": "", "b2": "", "b3": ""}
CHANGES = [{"b1": ", drain: true", "b2": "", "b3": ""},
           {"b1": "", "b3": ", weight: 7"},
           {"b2": ", weight: 3"},
           ALL]


class Connections(SystemCase):
    def setUp(self):
        super().setUp()
        for name in BACKENDS:
            self.start_helper(PREFIX + name, HERE / "tcp_hold.py", "serve", str(PORT), name)

    def apply(self, text):
        changed = self.work / "changed.yaml"
        changed.write_text(text, encoding="utf-8")
        self.daemon.cli("apply", str(changed))

    def hold(self, count=COUNT):
        process = subprocess.Popen(
            inside(CLIENT, str(HERE / "tcp_hold.py"), "hold", DNAT_VIP, str(PORT), str(count)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(end, process)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def ask(process):
        process.stdin.write("\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def active(self):
        """Active connections of the backends, as the card counts them."""
        rows = self.daemon.cli_json("backend", "list", "hold")["backends"]
        return {row["name"]: row["connections"] for row in rows if row["connections"] > 0}

    def outlives_every_change(self, scheduler, spread):
        self.apply(config(scheduler, ALL))
        self.daemon.wait_for_backends("serving", BACKENDS)
        process = self.hold()
        before = self.ask(process)
        if spread:
            self.assertEqual(collections.Counter(before), {"b1": 8, "b2": 8, "b3": 8})
        self.assertEqual(self.active(), collections.Counter(before))
        for change in CHANGES:
            self.apply(config(scheduler, change))
            self.assertEqual(self.ask(process), before, change)
        self.assertEqual(self.active(), collections.Counter(before))
        process.stdin.close()
        process.wait(20)
        wait_until("the end of all connections", lambda: not self.active(), 20)
        self.judge()

    def test_connections_of_a_round_robin_service_outlive_every_change(self):
        self.outlives_every_change("round_robin", spread=True)

    def test_connections_of_a_least_connections_service_outlive_every_change(self):
        self.outlives_every_change("least_connections", spread=True)

    def test_connections_of_a_maglev_service_outlive_every_change(self):
        self.outlives_every_change("maglev", spread=False)

    def test_the_clients_of_a_dead_backend_are_told_and_the_others_go_on(self):
        self.apply(config("round_robin", ALL, "    on_backend_down: reset\n"))
        self.daemon.wait_for_backends("serving", BACKENDS)
        process = self.hold()
        before = self.ask(process)
        ip(PREFIX + "b2", "link set eth0 down")  # silence: its kernel says no goodbye
        self.daemon.wait_for_backends("down", ["b2"])
        self.assertEqual(self.ask(process),
                         ["reset" if name == "b2" else name for name in before])
        self.judge()

    def test_the_clients_of_a_backend_that_dies_after_it_was_taken_out_are_told(self):
        self.apply(config("round_robin", ALL, "    on_backend_down: reset\n"))
        self.daemon.wait_for_backends("serving", BACKENDS)
        process = self.hold()
        before = self.ask(process)
        self.apply(config("round_robin", {"b1": "", "b3": ""}))
        self.assertEqual(self.ask(process), before)
        ip(PREFIX + "b2", "link set eth0 down")
        name = f"{BACKENDS['b2']}:{PORT}"
        wait_until("its check to fail", lambda: self.backend(name)["reason"] is not None, 20)
        self.assertEqual(self.backend(name)["state"], "leaving")
        self.assertEqual(self.ask(process),
                         ["reset" if server == "b2" else server for server in before])
        wait_until("its end", lambda: self.backend(name) is None, 40)
        self.assertEqual(self.ask(process),
                         ["reset" if server == "b2" else server for server in before])
        self.judge()

    def backend(self, name):
        rows = self.daemon.cli_json("backend", "list", "hold")["backends"]
        return next((row for row in rows if row["name"] == name), None)

    def test_a_client_goes_back_to_its_backend_until_that_is_drained(self):
        persists = "    persistence: 60s\n"
        self.apply(config("round_robin", ALL, persists))
        self.daemon.wait_for_backends("serving", BACKENDS)
        first = self.hold(8)
        (backend,) = set(self.ask(first))
        drained = {name: ", drain: true" if name == backend else "" for name in ALL}
        self.apply(config("round_robin", drained, persists))
        second = self.hold(8)
        (other,) = set(self.ask(second))
        self.assertNotEqual(other, backend)
        # Back again, without its old clients; and no connection has moved.
        self.apply(config("round_robin", ALL, persists))
        third = self.hold(8)
        self.assertEqual(self.ask(third), [other] * 8)
        self.assertEqual(self.ask(first) + self.ask(second), [backend] * 8 + [other] * 8)
        self.assertEqual(self.active(), {backend: 8, other: 16})
        clients = self.daemon.cli_json("conn", "stats", "--no-ages")["clients"]
        self.assertEqual(clients["now"], 1)
        self.apply(config("round_robin", ALL))
        self.assertEqual(set(self.ask(self.hold(9))), set(ALL))
        self.judge()

    def test_the_connections_of_a_dead_backend_move_and_the_others_stay(self):
        self.apply(config("round_robin", ALL, "    on_backend_down: move\n"))
        self.daemon.wait_for_backends("serving", BACKENDS)
        process = self.hold()
        before = self.ask(process)
        self.assertEqual(self.active(), {"b1": 8, "b2": 8, "b3": 8})
        ip(PREFIX + "b2", "link set eth0 down")
        self.daemon.wait_for_backends("down", ["b2"])
        # They reach a backend whose kernel has never heard of them and says so.
        after = self.ask(process)
        self.assertEqual(after, ["reset" if name == "b2" else name for name in before])
        counters = self.daemon.cli_json("conn", "stats", "--no-ages")["counters"]
        self.assertEqual(counters["resets"], 0, "the card itself has told nobody")
        self.assertEqual(counters["renewed"], before.count("b2"))
        self.assertEqual(self.active(), {"b1": 8, "b3": 8})
        self.judge()

    def test_a_fresh_card_goes_on_with_the_connections_that_were_saved(self):
        text = config("round_robin", ALL)
        self.apply(text)
        self.daemon.wait_for_backends("serving", BACKENDS)
        process = self.hold()
        before = self.ask(process)
        saved = self.work / "connections"
        self.assertEqual(self.active(), collections.Counter(before))
        self.daemon.cli("conn", "save", str(saved))  # half a minute: the simulated card is slow
        end(self.daemon.process)
        self.judge_card()
        configuration = self.work / "hold.yaml"
        configuration.write_text(text, encoding="utf-8")
        self.card = self.enterContext(Card(self.bin, self.work))
        self.lab.plug_card()
        self.daemon = self.enterContext(Daemon(self.bin, self.work, configuration))
        self.daemon.wait_for_backends("serving", BACKENDS)
        self.assertEqual(self.active(), {})
        self.daemon.cli("conn", "restore", str(saved))
        self.assertEqual(self.active(), collections.Counter(before))
        self.assertEqual(self.ask(process), before)
        self.card.stop()
        self.assertEqual(self.card.problems(), [])

    def judge_card(self):
        self.card.stop()
        self.assertEqual(self.card.problems(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
