#!/usr/bin/python3
"""Takes packets out of IPIP (RFC 2003) on a backend and hands them to its kernel.

Debian's kernel has `ip tunnel add mode ipip`; this does the same without that module. The kernel
still judges both headers: the raw socket only brings packets whose outer header is right, and the
TUN device's receive path checks the inner one.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return tun


def main():
    tun = open_tun("decap")
    tunnel = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IPIP)
    print("ready", flush=True)
    while True:
        packet = tunnel.recv(65535)
        outer_bytes = (packet[0] & 0x0F) * 4
        os.write(tun, packet[outer_bytes:])


if __name__ == "__main__":
    sys.exit(main())
