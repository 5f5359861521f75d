#!/usr/bin/python3
"""What strangers try on the clients' side: nothing answers for a service but the service."""

import pathlib
import unittest

from scapy.all import IP, TCP, UDP, Ether, raw

from capture import tshark
from lab import (BACKENDS, CLIENT, CLIENT_ADDRESS, CLIENT_TAP, DNAT_VIP, run)
from system_case import ECHO_PORT, SystemCase
from traffic import get

HERE = pathlib.Path(__file__).parent
CARD_MAC = "02:53:0a:01:00:01"  # made of port 0's address


class Strangers(SystemCase):
    def dropped(self, reason):
        """Packets that met the reason so far."""
        rows = self.daemon.cli_json("stats")["reasons"]
        return sum(row["packets"] for row in rows if row["name"] == reason)

    def datagram(self, port, size):
        status, text = self.on_client(str(HERE / "datagram.py"), DNAT_VIP, str(port), str(size))
        self.assertEqual(status, 0, text)
        return text.strip()

    def send(self, *packets):
        """IPv4 packets into the card's port 0, as they are."""
        mac = run("ip", "netns", "exec", CLIENT, "cat", f"/sys/class/net/{CLIENT_TAP}/address")
        frames = [raw(Ether(src=mac.strip(), dst=CARD_MAC) / packet).hex() for packet in packets]
        status, text = self.on_client(str(HERE / "send_frames.py"), CLIENT_TAP, *frames)
        self.assertEqual(status, 0, text)

    def from_card(self, display_filter):
        """Frames that the card sent to the client; ends the capture."""
        self.capture.stop()
        return tshark(self.capture.files[CLIENT], f"eth.src == {CARD_MAC} && {display_filter}")

    def test_a_fragmented_datagram_draws_no_answer_from_the_host(self):
        self.assertEqual(self.datagram(ECHO_PORT, 900), "echo")
        self.assertEqual(self.datagram(ECHO_PORT, 2000), "silence")
        self.assertEqual(self.dropped("service_fragment"), 2)
        self.assertEqual(self.datagram(ECHO_PORT, 900), "echo")
        self.assertEqual(self.from_card("icmp"), [])
        self.judge()

    def test_a_fragmented_segment_draws_no_reset_from_the_host(self):
        segment = IP(src=CLIENT_ADDRESS, dst=DNAT_VIP) / TCP(sport=40000, dport=80, flags="A",
                                                             seq=1, ack=1)
        first, last = segment.copy(), segment.copy()
        first.flags = "MF"
        last.frag = 3
        self.send(first, last)
        self.assertEqual(get(DNAT_VIP, 1).failed, 0)
        self.assertEqual(self.dropped("service_fragment"), 2)
        self.assertEqual(self.from_card("tcp.dstport == 40000"), [])
        self.judge()

    def test_a_port_without_a_service_is_silent(self):
        self.assertEqual(self.datagram(81, 100), "silence")
        status, text = self.on_client("curl", "--silent", "--max-time", "3", f"http://{DNAT_VIP}:81/")
        self.assertEqual(status, 28, text)  # curl's time-out, not a refusal
        self.assertGreaterEqual(self.dropped("no_service"), 2)
        self.assertEqual(self.dropped("unserved"), 0)
        self.judge()

    def test_a_forged_backend_does_not_speak_as_the_vip(self):
        backend = BACKENDS["b1"]
        self.send(IP(src=backend, dst=CLIENT_ADDRESS) / TCP(sport=80, dport=40001, flags="SA"),
                  IP(src=backend, dst=CLIENT_ADDRESS) / TCP(sport=80, dport=40001, flags="FA"),
                  IP(src=backend, dst=CLIENT_ADDRESS) / UDP(sport=ECHO_PORT, dport=40001))
        self.assertEqual(get(DNAT_VIP, 1).failed, 0)
        self.assertEqual(self.dropped("wrong_port"), 3)
        self.assertEqual(self.from_card("(tcp.dstport == 40001 || udp.dstport == 40001)"), [])
        self.judge()

    def test_forged_senders_and_strange_segments_reach_no_backend(self):
        to_web = {"sport": 40002, "dport": 80}
        sources = ["127.0.0.1", "224.0.0.1", "255.255.255.255", "10.1.0.255", DNAT_VIP]
        self.send(*(IP(src=source, dst=DNAT_VIP) / TCP(flags="S", **to_web) for source in sources),
                  *(IP(src=CLIENT_ADDRESS, dst=DNAT_VIP) / TCP(flags=flags, **to_web)
                    for flags in ("", "SF", "SA", "FPU")))
        self.assertEqual(get(DNAT_VIP, 1).failed, 0)
        self.assertEqual(self.dropped("martian"), len(sources))
        self.assertEqual(self.dropped("bad_tcp_flags"), 4)
        self.capture.stop()
        for file in self.capture.files.values():
            left = tshark(file, f"eth.src == {CARD_MAC} && tcp.srcport == 40002")
            self.assertEqual(left, [])
        self.judge()


if __name__ == "__main__":
    unittest.main(verbosity=2)
