#!/usr/bin/env python3
"""The API of sluiced, by requests that its CLI does not make.

Runs in a network namespace of its own (it dies with the process) on the fake board.
"""

import json
import signal
import socket
import unittest

import programs_test as programs


def setUpModule():
    programs.setUpModule()


class Requests(programs.ProgramsCase):
    def setUp(self):
        super().setUp()
        self.start()

    def test_the_api_refuses_what_it_does_not_know_and_what_is_too_long(self):
        self.assertIn(b" 404 ", self.http(b"GET /v1/nope HTTP/1.0\r\n\r\n"))
        self.assertIn(b" 404 ", self.http(b"GET /v2/status HTTP/1.0\r\n\r\n"))
        self.assertIn(b" 400 ", self.http(b"nonsense\r\n\r\n"))
        self.assertIn(b" 414 ", self.http(b"GET /" + b"x" * 9000 + b" HTTP/1.0\r\n\r\n"))
        huge = b"POST /v1/config/apply HTTP/1.0\r\nContent-Length: 5000000\r\n\r\n" + b"#" * 5000000
        self.assertIn(b" 413 ", self.http(huge))
        chunk = b"10000\r\n" + b"#" * 0x10000 + b"\r\n"
        self.assertIn(b" 413 ", self.http(
            b"POST /v1/config/apply HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n" + chunk * 80 + b"0\r\n\r\n"))
        self.assertEqual(self.cli("status")[0], 0)

    def post(self, path, headers="", body=b""):
        """Status and JSON of the answer to a POST."""
        answer = self.http(f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode() + body)
        head, _, text = answer.partition(b"\r\n\r\n")
        self.assertIn(b"Connection: close", head)
        return int(head.split()[1]), json.loads(text)

    def test_unknown_repeated_and_empty_parameters_are_refused_everywhere(self):
        for path in ("status", "config", "services", "backends", "stats", "connections",
                     "connections/stats", "connections/snapshot"):
            answer = self.http(f"GET /v1/{path}?servce=web HTTP/1.0\r\n\r\n".encode())
            self.assertIn(b" 422 ", answer, path)
            self.assertIn(b"no parameter 'servce' here", answer, path)
        for path in ("config/check", "config/apply", "connections/flush", "connections/restore"):
            status, answer = self.post(f"/v1/{path}?servce=web", "Content-Length: 0\r\n")
            self.assertEqual((status, answer["error"]["code"]), (422, "invalid"), path)
        for query, said in (("service=a&service=b", "comes twice"), ("service=", "is empty"),
                            ("service", "is empty")):
            status, answer = self.post("/v1/connections/flush?" + query)
            self.assertEqual(status, 422, query)
            self.assertIn(said, answer["error"]["message"])
        for query in ("limit=-1", "limit=0", "limit=1x", "limit=99999999999999999999"):
            answer = self.http(f"GET /v1/connections?{query} HTTP/1.0\r\n\r\n".encode())
            self.assertIn(b" 422 ", answer, query)
        self.assertIn(b" 422 ", self.http(b"GET /v1/connections/stats?ages=2 HTTP/1.0\r\n\r\n"))

    def test_a_body_that_is_none_or_in_a_form_is_told_so(self):
        form = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 7\r\n"
        for path in ("config/check", "config/apply", "connections/restore"):
            self.assertEqual(self.post(f"/v1/{path}")[0], 411, path)
            status, answer = self.post(f"/v1/{path}", form, b"--x--\r\n")
            self.assertEqual(status, 415, path)
            self.assertIn("--data-binary", answer["error"]["message"])
            self.assertEqual(self.post(f"/v1/{path}", "Content-Length: -5\r\n")[0], 400, path)
        # Filters in the body were left aside, and all connections flushed.
        for body in ("Content-Type: application/x-www-form-urlencoded\r\n", form[:form.index("Con", 5)]):
            status, answer = self.post("/v1/connections/flush", body + "Content-Length: 11\r\n",
                                       b"service=web")
            self.assertEqual(status, 400)
            self.assertIn("has no body", answer["error"]["message"])

    def test_a_path_asked_for_in_the_wrong_way_is_told_so(self):
        self.assertIn(b" 405 ", self.http(b"GET /v1/config/apply HTTP/1.0\r\n\r\n"))
        self.assertEqual(self.post("/v1/status", "Content-Length: 0\r\n")[0], 405)
        self.assertEqual(self.post("/v1/connections", "Content-Length: 0\r\n")[0], 405)

    def test_the_card_that_the_daemon_holds_tells_what_board_info_tells(self):
        answer = self.http(b"GET /v1/card HTTP/1.0\r\n\r\n")
        card = json.loads(answer.partition(b"\r\n\r\n")[2])
        self.assertEqual((card["board"], card["commits"]), ("fake", 1))
        self.assertEqual(card.keys(), self.cli_json("board", "info", "fake").keys())
        self.assertIsNone(self.cli_json("stats")["shell"])

    def test_what_a_client_left_behind_while_the_daemon_stood_still_is_not_done(self):
        config = programs.CONFIG.replace("weight: 3", "weight: 1").encode()
        self.daemon.send_signal(signal.SIGSTOP)
        try:
            for _ in range(3):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(str(self.socket))
                    connection.sendall(b"POST /v1/config/apply HTTP/1.1\r\nContent-Length: "
                                       + str(len(config)).encode() + b"\r\n\r\n" + config)
        finally:
            self.daemon.send_signal(signal.SIGCONT)
        self.assertEqual(self.cli_json("status")["card"]["commits"], 1)
        self.assertEqual(self.cli("config", "show")[1], programs.CONFIG)

    def test_a_silent_client_does_not_keep_the_others_out(self):
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(str(self.socket))
            silent.sendall(b"POST /v1/config/apply HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
            self.assertEqual(self.cli("status")[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
