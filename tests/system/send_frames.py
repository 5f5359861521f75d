#!/usr/bin/python3
"""send_frames.py DEVICE FRAME...: sends Ethernet frames, given in hex, as they are."""

import socket
import sys


def main():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((sys.argv[1], 0))
        for frame in sys.argv[2:]:
            wire.send(bytes.fromhex(frame))


if __name__ == "__main__":
    main()
