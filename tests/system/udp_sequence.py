#!/usr/bin/python3
"""udp_sequence.py VIP PORT COUNT GAP_MS: numbered datagrams to an echo server.

Prints `sent S, echoed E, lost L`; each datagram has a source port of its own out of 64, so that
all backends get some. Waits three seconds for late echoes.
"""

import select
import socket
import sys
import time

FLOWS = 64
FIRST_SOURCE_PORT = 20000


def main():
    vip, port, count, gap_ms = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    endpoints = []
    for flow in range(FLOWS):
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        endpoint.bind(("0.0.0.0", FIRST_SOURCE_PORT + flow))
        endpoint.connect((vip, port))
        endpoint.setblocking(False)
        endpoints.append(endpoint)
    echoed = set()
    for number in range(count):
        endpoints[number % FLOWS].send(b"%d" % number)
        drain(endpoints, echoed, gap_ms / 1000)
    end = time.monotonic() + 3
    while len(echoed) < count and time.monotonic() < end:
        drain(endpoints, echoed, 0.05)
    lost = sorted(set(range(count)) - echoed)
    print(f"sent {count}, echoed {len(echoed)}, lost {len(lost)}")
    if lost:
        print(f"lost numbers: {lost[:20]}", file=sys.stderr)
    return 1 if lost else 0


def drain(endpoints, echoed, wait_s):
    """Takes echoes for that long."""
    end = time.monotonic() + wait_s
    while True:
        left = end - time.monotonic()
        readable, _, _ = select.select(endpoints, [], [], max(left, 0))
        for endpoint in readable:
            try:
                echoed.add(int(endpoint.recv(64)))
            except ConnectionRefusedError:
                pass  # an ICMP error of an earlier datagram; it counts as lost
        if left <= 0:
            return


if __name__ == "__main__":
    sys.exit(main())
