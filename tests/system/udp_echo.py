#!/usr/bin/python3
"""udp_echo.py PORT: sends every datagram back to where it came from."""

import socket
import sys


def main():
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind(("0.0.0.0", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        data, sender = endpoint.recvfrom(65535)
        endpoint.sendto(data, sender)


if __name__ == "__main__":
    main()
