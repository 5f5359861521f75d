#!/usr/bin/python3
"""The judges of the system tests judge: a planted fault is found by each."""

import pathlib
import tempfile
import unittest
from collections import Counter

from scapy.all import IP, TCP, UDP, Ether, wrpcap

import capture
import traffic


class Judges(unittest.TestCase):
    def bad_in(self, *packets):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "packets.pcap")
            wrpcap(str(file), [Ether() / packet for packet in packets])
            return len(capture.bad_packets(file))

    def test_right_checksums_pass(self):
        tcp = IP(dst="10.9.0.1") / TCP(dport=80) / b"GET"
        self.assertEqual(self.bad_in(tcp, IP(dst="10.2.0.11") / tcp), 0)

    def test_a_tcp_checksum_of_ffff_for_zero_passes(self):
        packet = IP(dst="10.9.0.1") / TCP(dport=80)
        packet[TCP].urgptr = IP(bytes(packet))[TCP].chksum  # now the sum is zero
        self.assertEqual(IP(bytes(packet))[TCP].chksum, 0)
        packet[TCP].chksum = 0xFFFF
        self.assertEqual(self.bad_in(packet), 0)
        packet[TCP].seq = 1
        self.assertEqual(self.bad_in(packet), 1)

    def test_each_wrong_checksum_is_found(self):
        self.assertEqual(self.bad_in(IP(chksum=1) / TCP()), 1)
        self.assertEqual(self.bad_in(IP() / TCP(chksum=1)), 1)
        self.assertEqual(self.bad_in(IP() / UDP(chksum=1) / b"data"), 1)
        self.assertEqual(self.bad_in(IP() / IP() / TCP(chksum=1)), 1)
        self.assertEqual(self.bad_in(IP() / IP(chksum=1) / TCP()), 1)

    def test_right_shares_pass_and_wrong_ones_are_found(self):
        expected = {"b1": 0.5, "b2": 0.5}
        right = traffic.Outcome(300, Counter(b1=160, b2=140))
        self.assertEqual(traffic.wrong_shares(right, expected), [])
        tilted = traffic.Outcome(300, Counter(b1=250, b2=50))
        self.assertEqual(len(traffic.wrong_shares(tilted, expected)), 2)
        down = traffic.Outcome(300, Counter(b1=299, b2=1))
        self.assertIn("b2 answered 1", traffic.wrong_shares(down, {"b1": 1.0})[1])

    def test_an_unanswered_request_is_a_failed_one(self):
        self.assertEqual(traffic.Outcome(300, Counter(b1=299)).failed, 1)


if __name__ == "__main__":
    unittest.main()
