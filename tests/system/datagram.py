#!/usr/bin/python3
"""datagram.py ADDRESS PORT BYTES: sends a datagram from a connected socket and prints what comes of
it within two seconds: `echo`, `silence`, or `refused` (an ICMP error)."""

import socket
import sys


def main():
    address, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.settimeout(2)
        endpoint.connect((address, port))
        endpoint.send(bytes(size))
        try:
            print("echo" if endpoint.recv(65535) == bytes(size) else "garbage")
        except TimeoutError:
            print("silence")
        except ConnectionRefusedError:
            print("refused")


if __name__ == "__main__":
    main()
