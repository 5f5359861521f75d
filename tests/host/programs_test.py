#!/usr/bin/env python3
"""sluiced and sluice as programs: options, API, output, privileges, signals, completion.

Runs in a network namespace of its own (it dies with the process) on the fake board.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("SLUICE_BIN", "build/bin")).resolve()
CLONE_NEWNET = 0x40000000
CAP_NET_ADMIN = 1 << 12

CONFIG = """version: 1
ports:
  - {name: clients, address: 10.1.0.1/24, gateway: 10.1.0.254}
  - {name: backends, address: 10.2.0.1/24}
neighbors:
  - {address: 10.1.0.254, mac: "02:00:00:00:01:fe"}
  - {address: 10.2.0.11, mac: "02:00:00:00:02:11"}
  - {address: 10.2.0.12, mac: "02:00:00:00:02:12"}
services:
  - name: web
    vip: 10.9.0.1
    port: 80
    mode: dnat
    check: none
    backends:
      - {name: b1, address: 10.2.0.11, weight: 3}
      - {name: b2, address: 10.2.0.12}
  - name: dns
    vip: 10.9.0.2
    port: 53
    protocol: udp
    mode: dsr
    check: none
    backends:
      - {name: b1, address: 10.2.0.11}
"""


def setUpModule():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: run the tests as root")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class ProgramsCase(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-")))
        self.socket = self.work / "run" / "api.sock"
        self.config = self.work / "config.yaml"
        self.config.write_text(CONFIG, encoding="utf-8")
        self.log = self.work / "log"
        self.daemon = None
        self.addCleanup(self.stop)

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [BIN / "sluiced", "--board", "fake", "--config", self.config,
                 "--socket", self.socket, "--state-dir", self.work / "state"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for(lambda: self.cli("status")[0] == 0, "sluiced answers")

    def wait_for(self, reached, what, timeout_s=15):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self.daemon and self.daemon.poll() is not None:
                self.fail(f"sluiced ended: {self.log.read_text()}")
            if reached():
                return
            time.sleep(0.05)
        self.fail(f"not within {timeout_s} s: {what}\n{self.log.read_text()}")

    def stop(self, number=signal.SIGTERM):
        if self.daemon is None:
            return None
        self.daemon.send_signal(number)
        status = self.daemon.wait(timeout=15)
        self.daemon = None
        return status

    def cli(self, *words):
        """Status, stdout and stderr of the CLI."""
        result = subprocess.run([BIN / "sluice", "--socket", self.socket, *words],
                                capture_output=True, text=True, check=False, timeout=30)
        return result.returncode, result.stdout, result.stderr

    def cli_json(self, *words):
        status, out, err = self.cli(*words, "-o", "json")
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def http(self, request):
        """Raw bytes to the API; its whole answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.socket))
            try:
                connection.sendall(request)
            except BrokenPipeError:
                pass
            answer = b""
            while True:
                try:
                    part = connection.recv(65536)
                except ConnectionResetError:
                    return answer
                if not part:
                    return answer
                answer += part


class WithoutDaemon(ProgramsCase):
    def test_check_accepts_a_good_file_and_names_what_is_in_it(self):
        status, out, err = self.cli("check", str(self.config))
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, f"{self.config}: valid (2 ports, 2 services, 3 backends)\n")
        self.assertEqual(self.cli_json("check", str(self.config)),
                         {"ok": True, "ports": 2, "services": 2, "backends": 3})

    def test_check_says_file_line_column_and_what_to_write(self):
        self.config.write_text(CONFIG.replace("mode: dsr", "mode: dsx"), encoding="utf-8")
        status, out, err = self.cli("check", str(self.config))
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"config\.yaml:22:\d+: .*dsx.*dsr")
        status, out, _ = self.cli("check", str(self.config), "-o", "json")
        self.assertEqual(status, 1)
        problem, = json.loads(out)["error"]["problems"]
        self.assertEqual(problem["line"], 22)

    def test_a_missing_file_and_a_missing_daemon_are_errors_with_a_next_step(self):
        status, _, err = self.cli("check", str(self.work / "none.yaml"))
        self.assertEqual(status, 1)
        self.assertIn("none.yaml: no such file", err)
        status, _, err = self.cli("status")
        self.assertEqual(status, 1)
        self.assertIn("is sluiced running?", err)
        self.assertIn("--socket", err)

    def test_with_json_an_error_is_json_too(self):
        for words, code in ((["check", str(self.work / "none.yaml")], "not_found"),
                            (["apply", str(self.config)], "link_down"),
                            (["status"], "link_down")):
            status, out, err = self.cli(*words, "-o", "json")
            self.assertEqual(status, 1, words)
            self.assertEqual(json.loads(out)["error"]["code"], code)
            self.assertIn("sluice: ", err)

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([BIN / "sluice", "version"], stdout=full, check=False,
                                    stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not be written", result.stderr)

    def test_a_word_that_is_no_command_is_named(self):
        for words, said in ((["frob"], "no command 'frob'"), (["--bogus"], "no command '--bogus'"),
                            ([], "a command is missing"), (["backend"], "a command is missing"),
                            (["backend", "lst"], "no command 'lst'")):
            status, out, err = self.cli(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertIn(said, err)
            self.assertIn("list" if words[:1] == ["backend"] else "apply", err)

    def test_wrong_usage_is_told_on_stderr(self):
        for words in (["service"], ["frobnicate"], ["stats", "--interval", "0"], [],
                      ["status", "-o", "names"], ["completion", "csh"]):
            status, out, err = self.cli(*words)
            self.assertGreater(status, 1, words)
            self.assertEqual(out, "", words)
            self.assertIn("--help", err, words)

    def test_help_says_what_help_options_say(self):
        for words in ([], ["apply"], ["conn", "list"]):
            asked = self.cli("help", *words)
            self.assertEqual(asked, self.cli(*words, "--help"), words)
            self.assertEqual((asked[0], asked[2]), (0, ""))
        status, out, err = self.cli("help", "conn", "lst")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("no command 'sluice conn lst'", err)

    def test_an_empty_filter_or_an_impossible_limit_is_wrong_usage(self):
        for words in (["conn", "flush", "--service", "", "--yes"], ["backend", "list", ""],
                      ["conn", "list", "--state", ""], ["conn", "list", "--limit", "-1"],
                      ["conn", "list", "--limit", "0"], ["conn", "list", "--limit", "1e3"]):
            status, out, err = self.cli(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertRegex(err, "is empty|is no whole number from 1 on", words)

    def test_version_needs_no_daemon(self):
        self.assertRegex(self.cli("version")[1], r"^sluice \d+\.\d+\.\d+\n$")
        self.assertRegex(self.cli_json("version")["version"], r"^\d+\.\d+\.\d+$")

    def test_a_board_tells_who_it_is_without_a_daemon(self):
        info = self.cli_json("board", "info", "fake")
        self.assertEqual((info["board"], info["abi"], info["commits"]), ("fake", "1.0", 0))
        self.assertRegex(self.cli("board", "info", "fake")[1], r"(?m)^ring_slots +\d+$")
        for name, code in (("usb:1", "invalid"), ("pci:0000:ff:1f.7", "not_found"),
                           ("sim:/nonexistent", "not_found")):
            status, out, err = self.cli("board", "info", name, "-o", "json")
            self.assertEqual(status, 1, name)
            self.assertEqual(json.loads(out)["error"]["code"], code)
            self.assertIn("sluice: ", err)

    def test_the_cards_of_this_machine_are_listed(self):
        devices = pathlib.Path("/sys/bus/pci/devices")
        if not devices.is_dir():
            self.assertEqual(self.cli("board", "list")[0], 1)
            return
        cards = self.cli_json("board", "list")["cards"]
        for card in cards:
            self.assertTrue((devices / card["address"]).exists(), card)
        names = self.cli("board", "list", "-o", "names")[1].split()
        self.assertEqual(names, [card["address"] for card in cards])

    def test_a_daemon_that_cannot_start_says_why(self):
        self.config.write_text("version: 2\n", encoding="utf-8")
        command = [BIN / "sluiced", "--config", self.config, "--socket", self.socket,
                   "--state-dir", self.work / "state"]
        bad = subprocess.run([*command, "--board", "fake"], capture_output=True, text=True,
                             check=False, timeout=15)
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stderr, r"config\.yaml:1:")
        self.config.write_text(CONFIG, encoding="utf-8")
        gone = subprocess.run([*command, "--board", f"sim:{self.work}/none"], capture_output=True,
                              text=True, check=False, timeout=15)
        self.assertEqual(gone.returncode, 1)
        self.assertIn(f"{self.work}/none", gone.stderr)

    def test_a_mistake_in_the_command_leaves_nothing_behind(self):
        self.config.write_text(CONFIG, encoding="utf-8")
        place = self.work / "place"
        place.write_text("precious", encoding="utf-8")
        right = {"--board": "fake", "--config": self.config, "--socket": self.work / "new" / "sock"}
        for option, wrong in (("--board", "smi:/x"), ("--board", "pci:0000:00:00.0,bar=9"),
                              ("--config", self.work / "none.yaml"), ("--socket", place)):
            words = [str(word) for pair in {**right, option: wrong}.items() for word in pair]
            refused = subprocess.run([BIN / "sluiced", *words, "--tap", "sl-nothing", "--state-dir",
                                      self.work / "nothing"], capture_output=True, text=True,
                                     check=False, timeout=15)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertFalse(pathlib.Path("/sys/class/net/sl-nothing").exists(), option)
            self.assertEqual(place.read_text(encoding="utf-8"), "precious")


class WithDaemon(ProgramsCase):
    def setUp(self):
        super().setUp()
        self.start()

    def test_the_lists_tell_state_share_and_counters(self):
        services = self.cli_json("service", "list")["services"]
        self.assertEqual([s["name"] for s in services], ["web", "dns"])
        self.assertEqual(services[0]["state"], "up")
        self.assertEqual(services[0]["counters"]["in_packets"], 0)
        backends = self.cli_json("backend", "list", "web")["backends"]
        self.assertEqual([b["state"] for b in backends], ["serving", "serving"])
        self.assertAlmostEqual(backends[0]["share_pct"], 75, delta=0.1)
        self.assertEqual(backends[0]["mac"], "02:00:00:00:02:11")
        table = self.cli("backend", "list")[1].splitlines()
        self.assertEqual(len(table), 4)
        self.assertTrue(table[0].startswith("SERVICE  BACKEND  ADDRESS"))
        self.assertEqual(len({line.index("02:00") for line in table[1:]}), 1, "aligned")
        self.assertEqual(self.cli("service", "list", "-o", "names")[1], "web\ndns\n")

    def test_an_unknown_service_is_an_error_that_says_how_to_list_them(self):
        status, out, err = self.cli("backend", "list", "nope")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("sluice service list", err)

    def test_stats_tell_every_reason_and_conservation(self):
        stats = self.cli_json("stats")
        self.assertTrue(stats["conservation"]["holds"])
        self.assertEqual([p["name"] for p in stats["ports"]], ["clients", "backends"])
        self.assertEqual(len(stats["reasons"]), 34)
        out = self.cli("stats")[1]
        self.assertIn("conservation: received 0", out)
        self.assertIn("no packet was dropped or punted", out)
        self.assertIn("bad_ip_checksum", self.cli("stats", "--all")[1])

    def test_watching_stats_prints_again_with_rates(self):
        watch = subprocess.Popen([BIN / "sluice", "--socket", self.socket, "stats", "--watch",
                                  "--interval", "0.1"], stdout=subprocess.PIPE, text=True)
        lines = [watch.stdout.readline() for _ in range(40)]
        watch.terminate()
        watch.stdout.close()
        watch.wait()
        ports = [line.split() for line in lines if line.startswith("clients")]
        self.assertGreaterEqual(len(ports), 2)
        self.assertIn("-", ports[0])
        self.assertNotIn("-", ports[1])

    def test_show_and_config_show_what_runs(self):
        out = self.cli("show")[1]
        for text in ("card     fake", "web  10.9.0.1:80 tcp  dnat", "75.0 %"):
            self.assertIn(text, out)
        self.assertEqual(self.cli("config", "show")[1], CONFIG)
        shown = self.cli_json("show")
        self.assertEqual(shown["config"]["services"], 2)
        self.assertEqual(shown["config"]["id"], shown["card"]["config_id"])

    def test_apply_tells_the_difference_and_commits_once(self):
        changed = self.work / "changed.yaml"
        changed.write_text(CONFIG.replace("weight: 3", "weight: 1"), encoding="utf-8")
        report = self.cli_json("apply", str(changed))
        self.assertEqual(report["backends"], {"added": 0, "removed": 0, "changed": 1})
        self.assertTrue(report["committed"])
        self.assertEqual(self.cli_json("status")["card"]["commits"], 2)
        self.assertEqual(self.cli_json("status")["config"]["file"], str(changed))
        again = self.cli("apply", str(changed))
        self.assertIn("already as asked, no commit", again[1])

    def test_schedulers_and_backends_that_leave_are_shown(self):
        changed = self.work / "changed.yaml"
        backend = "      - {name: b1, address: 10.2.0.11, weight: 3}\n"
        text = CONFIG.replace(backend, "", 1)
        text = text.replace("mode: dnat", "mode: dnat\n    scheduler: wlc")
        changed.write_text(text, encoding="utf-8")
        self.assertEqual(self.cli_json("apply", str(changed))["backends"]["removed"], 1)
        service = self.cli_json("service", "list")["services"][0]
        self.assertEqual(service["scheduler"], "weighted_least_connections")
        self.assertEqual(service["connections"], 0)
        self.assertEqual(service["backends"], 1)
        self.wait_for(lambda: [b["name"] for b in self.cli_json("backend", "list", "web")
                               ["backends"]] == ["b2"],
                      "the backend without connections is gone")
        self.assertEqual(self.cli_json("service", "list")["services"][0]["backends_leaving"], 0)
        self.assertIn("weighted_least_connections", self.cli("show")[1])

    def test_a_malformed_apply_leaves_the_running_configuration(self):
        before = self.cli_json("status")
        bad = self.work / "bad.yaml"
        for text in ("", "version: 1\n", "[1, 2", "\0\xff", "version: 1\nports: {}\n",
                     CONFIG.replace("10.9.0.2", "10.9.0.999")):
            bad.write_text(text, encoding="latin-1")
            status, out, err = self.cli("apply", str(bad))
            self.assertEqual((status, out), (1, ""), text)
            self.assertIn("bad.yaml:", err)
            self.assertIn("the running configuration is unchanged", err)
        after = self.cli_json("status")
        self.assertEqual(after["config"], before["config"])
        self.assertEqual(after["card"]["commits"], before["card"]["commits"])

    def test_sighup_reads_the_file_again(self):
        self.config.write_text(CONFIG.replace("port: 80", "port: 8080"), encoding="utf-8")
        self.daemon.send_signal(signal.SIGHUP)
        self.wait_for(lambda: self.cli_json("service", "list")["services"][0]["port"] == 8080,
                      "the new port")
        self.config.write_text("rubbish", encoding="utf-8")
        self.daemon.send_signal(signal.SIGHUP)
        self.wait_for(lambda: "not reloaded" in self.log.read_text(), "the refusal in the log")
        self.assertEqual(self.cli_json("service", "list")["services"][0]["port"], 8080)

    def test_the_socket_is_for_root_alone(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o600)

    def test_the_state_is_for_root_alone(self):
        state = self.work / "state"
        self.assertEqual(stat.S_IMODE(state.stat().st_mode), 0o700)
        for name in ("state.json", "tables.bin"):
            self.assertEqual(stat.S_IMODE((state / name).stat().st_mode), 0o600)

    def test_only_net_admin_is_kept(self):
        for status in pathlib.Path(f"/proc/{self.daemon.pid}/task").glob("*/status"):
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines()
                          if ":\t" in line)
            self.assertEqual(int(fields["CapEff"], 16), CAP_NET_ADMIN)
            self.assertEqual(int(fields["CapPrm"], 16), CAP_NET_ADMIN)
            self.assertEqual(int(fields["CapInh"], 16), 0)
            self.assertEqual(int(fields["CapBnd"], 16), 0)
            self.assertEqual(fields["NoNewPrivs"].strip(), "1")

    def test_a_deleted_tap_ends_the_daemon_with_a_reason(self):
        subprocess.run(["ip", "link", "delete", "sluice0"], check=True)
        self.assertEqual(self.daemon.wait(timeout=15), 1)
        self.daemon = None
        self.assertIn("sluice0: the network device was deleted", self.log.read_text())
        self.start()

    def test_the_tap_outlives_a_killed_daemon_and_is_taken_up_again(self):
        addresses = ["ip", "-4", "-o", "address", "show", "dev", "sluice0"]
        self.stop(signal.SIGKILL)
        left = subprocess.run(addresses, capture_output=True, text=True, check=True).stdout
        self.assertIn("10.9.0.1/32", left)
        self.start()
        self.assertEqual(self.cli_json("status")["config"]["services"], 2)

    def test_a_file_in_the_place_of_the_socket_is_left_alone(self):
        self.stop()
        self.socket.write_text("precious", encoding="utf-8")
        refused = subprocess.run([BIN / "sluiced", "--board", "fake", "--config", self.config,
                                  "--socket", self.socket, "--state-dir", self.work / "state"],
                                 capture_output=True, text=True, check=False, timeout=15)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("not a socket", refused.stderr)
        self.assertEqual(self.socket.read_text(encoding="utf-8"), "precious")

    def test_a_second_daemon_is_refused_before_it_touches_the_card(self):
        second = subprocess.run([BIN / "sluiced", "--board", "fake", "--config", self.config,
                                 "--socket", self.work / "other.sock", "--state-dir",
                                 self.work / "other"], capture_output=True, text=True, check=False,
                                timeout=15)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another process holds the TAP", second.stderr)

    def test_sigterm_ends_cleanly_and_takes_the_socket_away(self):
        self.assertEqual(self.stop(), 0)
        self.assertFalse(self.socket.exists())

    def test_log_times_bear_their_offset(self):
        for line in self.log.read_text(encoding="utf-8").splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d [a-z]+ ")

    def complete(self, line):
        """What bash offers at the end of `line`."""
        script = f"""
PATH={BIN}:$PATH
export SLUICE_SOCKET={self.socket}
eval "$(sluice completion bash)"
COMP_WORDS=({line}) COMP_CWORD=$(( $(set -- {line}; echo $#) - 1 ))
_sluice
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        result = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                                check=True, cwd=self.work, timeout=30)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_bash_completes_commands_options_files_and_services(self):
        self.assertEqual(self.complete("sluice st"), ["stats", "status"])
        self.assertIn("list", self.complete("sluice service ''"))
        self.assertEqual(self.complete("sluice stats --wa"), ["--watch"])
        self.assertEqual(self.complete("sluice stats -o js"), ["json"])
        self.assertEqual(self.complete("sluice apply conf"), ["config.yaml"])
        self.assertEqual(self.complete("sluice backend list ''"), ["web", "dns"])
        self.assertEqual(self.complete("sluice completion ''"), ["bash"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
