#!/usr/bin/python3
"""Traffic through the simulated card with real kernels at both ends."""

import hashlib
import subprocess
import unittest

from lab import (CARD_CLIENT_SIDE, CLIENT, CLIENT_TAP, DNAT_VIP, DSR_VIP,
                 IPIP_VIP, inside, run)
from system_case import SystemCase
from traffic import get, wrong_shares

FILE_BYTES = 4 * 1024 * 1024
REQUESTS = 200


class Traffic(SystemCase):
    def download(self, vip):
        """SHA-256 of the file as the client received it."""
        result = subprocess.run(
            inside(CLIENT, "curl", "--silent", "--fail", "--max-time", "50",
                   f"http://{vip}/files/blob"), capture_output=True, check=True)
        self.assertEqual(len(result.stdout), FILE_BYTES)
        return hashlib.sha256(result.stdout).hexdigest()

    def test_a_large_download_arrives_whole_in_every_mode(self):
        sums = {server.put_file("blob", FILE_BYTES) for server in self.nginx.values()}
        self.assertEqual(len(sums), 1)
        for vip in (DNAT_VIP, DSR_VIP, IPIP_VIP):
            with self.subTest(vip=vip):
                self.assertEqual(self.download(vip), next(iter(sums)))
        self.judge()

    def test_each_mode_spreads_connections_as_its_ring_says(self):
        for service, vip in (("web-dnat", DNAT_VIP), ("web-dsr", DSR_VIP),
                             ("web-ipip", IPIP_VIP)):
            with self.subTest(service=service):
                outcome = get(vip, REQUESTS)
                self.assertEqual(outcome.failed, 0, outcome.errors)
                self.assertEqual(wrong_shares(outcome, self.daemon.ring_shares(service)), [])
        self.judge()

    def test_the_host_answers_arp_and_ping_for_the_cards_addresses(self):
        for address in (CARD_CLIENT_SIDE, DNAT_VIP, DSR_VIP, IPIP_VIP):
            with self.subTest(address=address):
                # One at a time: with answers already there, ping waits for the last one only as
                # long as two of the earlier ones took.
                for _ in range(5):
                    status, text = self.on_client("ping", "-c", "1", "-W", "5", address)
                    self.assertEqual(status, 0, text)
        run("ip", "-n", CLIENT, "neigh", "flush", "dev", CLIENT_TAP)
        self.assertEqual(get(DNAT_VIP, 1).failed, 0)
        neighbours = run("ip", "-n", CLIENT, "neigh", "show", CARD_CLIENT_SIDE)
        self.assertIn("lladdr", neighbours)
        self.judge()


if __name__ == "__main__":
    unittest.main(verbosity=2)
