#!/usr/bin/env python3
"""`sluice conn` against sluiced, on the fake board: what is restored can be listed, flushed, saved.

Runs in a network namespace of its own (it dies with the process).
"""

import json
import signal
import stat
import threading
import time
import unittest

import programs_test as programs

# The services in the other order, so that every index differs; "dns" has moved to another backend.
OTHER_CONFIG = programs.CONFIG[:programs.CONFIG.index("services:")] + """services:
  - name: names
    vip: 10.9.0.2
    port: 53
    protocol: udp
    mode: dsr
    check: none
    backends:
      - {name: b9, address: 10.2.0.12}
  - name: web
    vip: 10.9.0.1
    port: 80
    mode: dnat
    check: none
    backends:
      - {name: b0, address: 10.2.0.12}
      - {name: b1, address: 10.2.0.11, weight: 3}
"""
WEB = '"tcp","10.9.0.1",80'
DNS = '"udp","10.9.0.2",53'


def setUpModule():
    programs.setUpModule()


def checksum(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return value


def file_text(rows):
    text = '{"format":"sluice-connections","version":1}\n' + "".join(row + "\n" for row in rows)
    return text + f'{{"connections":{len(rows)},"fnv1a":"{checksum(text):016x}"}}\n'


def web_row(number, left_s=900):
    return (f'[{WEB},"192.0.{number // 250}.{number % 250}",{1024 + number},'
            f'"10.2.0.{11 + number % 2}",80,"established",{left_s},{number},7]')


def dns_row(number):
    return f'[{DNS},"198.51.100.{number}",53,"10.2.0.11",53,"established",30,0,0]'


class ConnCase(programs.ProgramsCase):
    def setUp(self):
        super().setUp()
        self.start()
        self.wait_for(lambda: self.cli_json("conn", "stats", "--no-ages")["in_use"], "in use")

    def file(self, rows):
        path = self.work / "connections"
        path.write_text(file_text(rows), encoding="utf-8")
        return path

    def restore(self, rows):
        report = self.cli_json("conn", "restore", self.file(rows))
        return {key: report[key] for key in
                ("connections", "restored", "present", "no_room", "no_service", "no_backend")}

    def listed(self, *filters):
        return self.cli_json("conn", "list", *filters)["connections"]


class Connections(ConnCase):
    def test_a_list_shows_what_was_restored_and_filters_choose(self):
        self.assertEqual(
            self.restore([web_row(i) for i in range(100)] + [dns_row(1)]),
            {"connections": 101, "restored": 101, "present": 0, "no_room": 0, "no_service": 0,
             "no_backend": 0})
        self.assertEqual(len(self.listed()), 101)
        self.assertEqual(len(self.listed("--service", "dns")), 1)
        self.assertEqual(len(self.listed("--backend", "b2")), 50)
        self.assertEqual(len(self.listed("--service", "web", "--backend", "10.2.0.11:80")), 50)
        self.assertEqual(len(self.listed("--client", "192.0.0.0/28")), 16)
        self.assertEqual(len(self.listed("--client", "192.0.0.5")), 1)
        self.assertEqual(self.listed("--state", "reset"), [])
        self.assertEqual(len(self.listed("--state", "established")), 101)
        limited = self.cli_json("conn", "list", "--limit", "10")
        self.assertEqual((len(limited["connections"]), limited["limited"]), (10, True))
        row = self.listed("--service", "dns")[0]
        self.assertEqual((row["protocol"], row["client"], row["backend_address"], row["left_s"]),
                         ("udp", "198.51.100.1", "10.2.0.11", 30))

    def test_a_list_is_in_the_order_of_services_and_clients(self):
        self.restore([web_row(i) for i in (30, 2, 17)] + [dns_row(1)])
        self.assertEqual(self.cli("conn", "list", "-o", "names")[1],
                         "tcp 192.0.0.2:1026 10.9.0.1:80\n"
                         "tcp 192.0.0.17:1041 10.9.0.1:80\n"
                         "tcp 192.0.0.30:1054 10.9.0.1:80\n"
                         "udp 198.51.100.1:53 10.9.0.2:53\n")
        status, out, err = self.cli("conn", "list", "--service", "dns")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out.splitlines()[0].split(),
                         ["PROTO", "EXPIRE", "STATE", "SOURCE", "VIRTUAL", "DESTINATION",
                          "SERVICE/BACKEND"])
        self.assertEqual(out.splitlines()[1].split(),
                         ["udp", "00:30", "established", "198.51.100.1:53", "10.9.0.2:53",
                          "10.2.0.11:53", "dns/b1"])

    def test_what_is_asked_for_wrongly_is_refused(self):
        for words, code, what in (
                (("list", "--service", "nix"), "not_found", "no service 'nix'"),
                (("list", "--backend", "nix"), "not_found", "no backend 'nix'"),
                (("list", "--client", "10.0.0.0/33"), "invalid", "no IPv4 address or prefix"),
                (("list", "--state", "open"), "invalid", "opening, established"),
                (("flush",), "invalid", "--yes"),
                (("flush", "--service", "nix", "--yes"), "not_found", "no service 'nix'"),
                (("restore", self.work / "absent"), "not_found", "No such file"),
                (("restore", self.config), "invalid", "no file of connections")):
            status, out, err = self.cli("conn", *words, "-o", "json")
            self.assertEqual((status, json.loads(out)["error"]["code"]), (1, code), words)
            self.assertIn(what, err)

    def test_a_flush_forgets_what_it_names_and_only_that(self):
        rows = [web_row(i) for i in range(1500)] + [dns_row(1), dns_row(2)]
        self.restore(rows)
        self.assertEqual(self.cli("conn", "flush", "--backend", "b2", "--yes"),
                         (0, "forgot 750 connections\n", ""))
        self.assertEqual(len(self.listed()), 752)
        self.assertEqual(self.listed("--backend", "b2"), [])
        self.assertEqual(self.cli_json("conn", "flush", "--client", "198.51.100.2", "--yes"),
                         {"removed": 1})
        self.assertEqual(len(self.listed("--service", "dns")), 1)
        self.assertEqual(self.cli("conn", "flush", "--yes"), (0, "forgot all connections\n", ""))
        self.assertEqual(self.listed(), [])

    def test_stats_tell_occupancy_counts_and_time_left(self):
        self.restore([web_row(i, left_s=5 + i) for i in range(10)] + [dns_row(1)])
        stats = self.cli_json("conn", "stats")
        self.assertEqual((stats["entries"], stats["slots"]), (11, 1048576))
        self.assertEqual(stats["counters"]["inserted"], 11)
        self.assertEqual(stats["services"], [{"name": "web", "active": 10},
                                             {"name": "dns", "active": 1}])
        self.assertEqual({(row["service"], row["name"]): row["active"]
                          for row in stats["backends"]},
                         {("web", "b1"): 5, ("web", "b2"): 5, ("dns", "b1"): 1})
        ages = {row["state"]: row["counts"] for row in stats["ages"]["states"]}
        self.assertEqual(ages["established"], [6, 5, 0, 0, 0, 0])
        status, out, err = self.cli("conn", "stats", "--no-ages")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("in use; 11 of 1048576 slots taken (0.00 %)", out)
        self.assertNotIn("Time left", out)

    def test_saved_connections_go_on_where_all_indexes_differ(self):
        rows = [web_row(i) for i in range(12_000)]
        self.restore(rows + [dns_row(1)])
        saved = self.work / "saved"
        status, out, err = self.cli("conn", "save", saved)
        self.assertEqual((status, out, err), (0, f"{saved}: 12001 connections\n", ""))
        self.assertEqual(stat.S_IMODE(saved.stat().st_mode), 0o600)
        self.assertEqual([path.name for path in self.work.glob("saved*")], ["saved"])
        text = saved.read_text(encoding="utf-8")
        self.assertEqual(sorted(text.splitlines()[1:-1]), sorted(rows + [dns_row(1)]))
        self.stop(signal.SIGKILL)

        for path in (self.work / "state").iterdir():
            path.unlink()
        self.config.write_text(OTHER_CONFIG, encoding="utf-8")
        self.start()
        self.wait_for(lambda: self.cli_json("conn", "stats", "--no-ages")["in_use"], "in use")
        status, out, err = self.cli("conn", "restore", saved)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, "restored 12000 of 12001 connections\n"
                              "        1 lost: their backend is not configured here\n")
        self.assertEqual(self.cli("conn", "restore", saved)[1],
                         "restored 0 of 12001 connections\n"
                         "    12000 not touched: the card had them already\n"
                         "        1 lost: their backend is not configured here\n")
        self.assertEqual(len(self.listed("--backend", "10.2.0.12")), 6000)
        self.assertEqual({row["service_index"] for row in self.listed("--limit", "5")}, {1})
        self.assertEqual(self.cli("conn", "save", saved)[0], 0)
        again = saved.read_text(encoding="utf-8")
        self.assertEqual(sorted(again.splitlines()[1:-1]), sorted(rows))

    def test_a_save_can_be_of_one_service_and_needs_a_place(self):
        self.restore([web_row(1), dns_row(1)])
        saved = self.work / "saved"
        self.assertEqual(self.cli_json("conn", "save", saved, "--service", "dns"),
                         {"ok": True, "file": str(saved), "connections": 1, "unnamed": 0})
        status, _, err = self.cli("conn", "save", self.work / "no" / "saved")
        self.assertEqual(status, 1)
        self.assertIn("open: No such file", err)

    def test_a_service_that_is_taken_out_forgets_its_connections_and_no_others(self):
        self.restore([web_row(1), dns_row(1)])
        self.config.write_text(programs.CONFIG[:programs.CONFIG.index("  - name: dns")],
                               encoding="utf-8")
        self.assertEqual(self.cli("apply", self.config)[0], 0)
        self.assertEqual([row["service"] for row in self.listed()], ["web"])
        self.assertEqual(self.cli_json("conn", "save", self.work / "saved")["unnamed"], 0)

    def test_a_damaged_file_restores_nothing(self):
        path = self.file([web_row(1), web_row(2)])
        path.write_text(path.read_text(encoding="utf-8").replace("192.0.0.2", "192.0.0.3"),
                        encoding="utf-8")
        status, _, err = self.cli("conn", "restore", path)
        self.assertEqual(status, 1)
        self.assertIn("count or checksum do not fit", err)
        self.assertEqual(self.listed(), [])

    def test_other_requests_are_answered_while_the_table_is_read(self):
        self.restore([web_row(i) for i in range(5000)])
        end = threading.Event()

        def read_all_the_time():
            while not end.is_set():
                self.cli("conn", "stats")

        readers = [threading.Thread(target=read_all_the_time) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            slowest = 0
            for _ in range(20):
                begin = time.monotonic()
                self.assertEqual(self.cli("apply", self.config)[0], 0)
                slowest = max(slowest, time.monotonic() - begin)
        finally:
            end.set()
            for reader in readers:
                reader.join()
        self.assertLess(slowest, 5)

    def test_a_client_that_goes_away_ends_its_reading(self):
        self.restore([web_row(i) for i in range(3000)])
        request = b"GET /v1/connections HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for _ in range(8):
            with programs.socket.socket(programs.socket.AF_UNIX) as connection:
                connection.connect(str(self.socket))
                connection.sendall(request)
                connection.recv(100)
        self.assertEqual(len(self.listed()), 3000)
        answer = self.http(request)
        self.assertIn(b"200 OK", answer)
        self.assertIn(b'{"done":{"connections":3000,"limited":false}}\n', answer)

    def test_bash_completes_names_and_states(self):
        script = self.cli("completion", "bash")[1]
        self.assertIn("'conn:list') path='conn list'", script)
        self.assertIn("conn list --state", script)


if __name__ == "__main__":
    unittest.main(verbosity=2)
