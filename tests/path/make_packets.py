"""Packets made by scapy, and what must become of each, worked out here in Python.

usage: make_packets.py WORLD.json OUT.pcap OUT.json [SEED]

WORLD.json is what `path_pcap world` prints. OUT.json is a list with an entry a packet: a
description and either {"reason": name} or {"fields": {...}} with what scapy must read in the packet
that leaves.
"""

import json
import random
import sys

from scapy.all import ARP, ICMP, IP, TCP, UDP, Dot1Q, Ether, IPv6, Raw, RawPcapWriter, raw
from scapy.layers.inet import (IPOption_LSRR, IPOption_NOP, IPOption_RR, IPOption_Router_Alert,
                                IPOption_SSRR)

PACKETS = 1500
TCP_OPTIONS = [
    [],
    [("MSS", 1460)],
    [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (12345, 0)), ("NOP", None), ("WScale", 7)],
    [("NOP", None), ("NOP", None), ("Timestamp", (99, 98))],
]
IP_OPTIONS = [
    [],
    [],
    [IPOption_Router_Alert()],
    [IPOption_NOP(), IPOption_NOP(), IPOption_NOP(), IPOption_NOP()],
    [IPOption_RR(length=39, routers=["0.0.0.0"] * 9)],
]


def mac(number):
    return ":".join(f"{number >> shift & 255:02x}" for shift in range(40, -8, -8))


def address(number):
    return ".".join(str(number >> shift & 255) for shift in range(24, -8, -8))


class Maker:
    """Makes one packet after another; `world` has the names of small_world.hpp."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)

    def ether(self):
        layer = Ether(src=mac(self.world["client_mac"]), dst=mac(self.world["card_mac"]))
        if self.random.random() < 0.3:
            layer /= Dot1Q(vlan=self.random.randrange(4096), prio=self.random.randrange(8))
        return layer

    def ip(self, **fields):
        return IP(
            tos=self.random.randrange(256),
            id=self.random.randrange(65536),
            flags=self.random.choice(["", "DF"]),
            ttl=self.random.randrange(2, 256),
            options=self.random.choice(IP_OPTIONS),
            **fields,
        )

    def l4(self, protocol, sport, dport, back):
        if protocol == "tcp":
            flags = ["S", "A", "PA", "FA", "R"] + (["SA"] if back else [])
            return TCP(
                sport=sport,
                dport=dport,
                seq=self.random.randrange(2**32),
                ack=self.random.randrange(2**32),
                flags=self.random.choice(flags),
                options=self.random.choice(TCP_OPTIONS),
            )
        return UDP(sport=sport, dport=dport)

    def payload(self, mtu):
        most = mtu - 140  # of all headers
        size = self.random.choice([0, 1, 2, 3, 7, 64, 65, 511, most, self.random.randrange(most)])
        return Raw(self.random.randbytes(size))

    def client(self):
        return address(0xCB007100 + self.random.randrange(256)), self.random.randrange(1024, 65536)

    def forwarded(self):
        """A packet the card forwards, and the fields it must leave with."""
        world = self.world
        protocol = self.random.choice(["tcp", "udp"])
        mode = self.random.choice(["dnat", "dsr", "ipip", "back"])
        client, client_port = self.client()
        if mode == "back":
            source, sport = address(world["backend"]), world["backend_port"]
            target, dport = client, client_port
        else:
            source, sport = client, client_port
            target, dport = address(world["vip"]), world[f"{mode}_port"]
        packet = self.ether() / self.ip(src=source, dst=target)
        mtu = world["port1_mtu"] if mode == "back" else world["port0_mtu"]
        packet = packet / self.l4(protocol, sport, dport, mode == "back") / self.payload(mtu)
        no_checksum = protocol == "udp" and self.random.random() < 0.2
        if no_checksum:
            packet[UDP].chksum = 0

        read = Ether(raw(packet))  # with lengths and checksums filled in
        next_hop = world["router_mac"] if mode == "back" else world["backend_mac"]
        fields = {
            "eth_src": mac(world["card_mac"]),
            "eth_dst": mac(next_hop),
            "vlan": raw(read[Dot1Q])[:2].hex() if Dot1Q in read else None,
            "src": address(world["vip"]) if mode == "back" else source,
            "dst": address(world["backend"]) if mode == "dnat" else target,
            "ttl": read[IP].ttl - 1,
            "tos": read[IP].tos,
            "id": read[IP].id,
            "flags": str(read[IP].flags),
            "options": raw(read[IP])[20 : read[IP].ihl * 4].hex(),
            "length": read[IP].len,
            "sport": world["dnat_port"] if mode == "back" else sport,
            "dport": world["backend_port"] if mode == "dnat" else dport,
            "rest": l4_rest(read),
            "no_checksum": no_checksum,
            "outer": None,
        }
        if mode == "ipip":
            fields["outer"] = {
                "src": address(world["tunnel_source"]),
                "dst": address(world["backend"]),
                "ttl": 64,
                "tos": read[IP].tos,
                "id": 0,
                "flags": "DF",
                "length": read[IP].len + 20,
                "proto": 4,
            }
        return packet, {"what": f"{mode} {protocol}", "fields": fields}

    def martians(self, ether, own, vip):
        """Packets from, or of a backend to, addresses that no host has."""
        port = self.world["dnat_port"]
        group = ether.copy()
        group.src = "01:00:5e:00:00:01"
        return [
            ("martian", ether / IP(src="127.0.0.1", dst=vip) / TCP(dport=port)),
            ("martian", ether / IP(src="0.0.0.0", dst=own) / UDP(sport=68, dport=67)),
            ("martian", ether / IP(src="255.255.255.255", dst=vip) / UDP(dport=port)),
            ("martian", ether / IP(src="240.0.0.1", dst=vip) / ICMP()),
            ("martian", ether / IP(src=vip, dst=vip) / TCP(sport=port, dport=port)),
            ("martian", ether / IP(src=own, dst=vip) / TCP(dport=port)),
            ("martian", ether / IP(src=address(self.world["backend"]), dst="224.0.0.251")
             / UDP(sport=self.world["backend_port"], dport=5353)),
            ("martian", group / IP(src="192.0.2.9", dst=vip) / TCP(dport=port)),
        ]

    def refused(self):
        """A packet the card does not forward, and why."""
        world = self.world
        client, client_port = self.client()
        vip = address(world["vip"])
        own = address(world["port0_address"])
        ether = Ether(src=mac(world["client_mac"]), dst=mac(world["card_mac"]))
        port = world["dnat_port"]
        good = ether / IP(src=client, dst=vip) / TCP(sport=client_port, dport=port) / Raw(b"x" * 40)

        def to(dport):
            return ether / IP(src=client, dst=vip) / UDP(sport=client_port, dport=dport)

        bad_sum = good.copy()
        bad_sum[IP].chksum = 0x1234
        other_mac = good.copy()
        other_mac[Ether].dst = "02:11:22:33:44:55"
        cases = [
            ("runt", Raw(raw(good)[:13])),
            ("wrong_mac", other_mac),
            ("truncated", Raw(raw(good)[:-1])),
            ("truncated", Raw(raw(good)[:33])),
            ("bad_ip_header", ether / IP(src=client, dst=vip, ihl=4) / TCP(dport=port)),
            ("bad_ip_checksum", bad_sum),
            ("bad_l4_length", ether / IP(src=client, dst=vip) / TCP(dport=port, dataofs=4)),
            ("bad_l4_length", ether / IP(src=client, dst=vip) / UDP(dport=port, len=7)),
            ("arp", Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst=vip)),
            ("arp", ether / ARP(op="is-at", psrc=client, pdst=vip)),
            ("not_ipv4", ether / Dot1Q(vlan=1) / ARP(op="is-at", psrc=client, pdst=vip)),
            ("not_ipv4", ether / IPv6(dst="2001:db8::1") / TCP(dport=port)),
            ("not_ipv4", ether / Dot1Q(vlan=1) / Dot1Q(vlan=2) / IP(dst=vip) / TCP(dport=port)),
            ("group_address", Ether(dst="ff:ff:ff:ff:ff:ff") / IP(dst=vip) / UDP(dport=port)),
            ("source_route", ether / IP(src=client, dst=vip, options=[
                IPOption_LSRR(routers=["10.0.0.1"])]) / TCP(dport=port)),
            ("source_route", ether / IP(src=client, dst=vip, options=[
                IPOption_NOP(), IPOption_SSRR(routers=["10.0.0.1", "10.0.0.2"])]) / UDP(dport=port)),
            ("bad_tcp_flags", ether / IP(src=client, dst=vip) / TCP(dport=port, flags="")),
            ("bad_tcp_flags", ether / IP(src=client, dst=vip) / TCP(dport=port, flags="FPU")),
            ("bad_tcp_flags", ether / IP(src=client, dst=vip) / TCP(dport=port, flags="SA")),
            ("wrong_port", to(world["far_port"])),
            ("wrong_port", ether / IP(src=address(world["backend"]), dst=client)
             / UDP(sport=8000 + world["far_port"], dport=client_port)),
            ("service_fragment", ether / IP(src=client, dst=vip, flags="MF") / UDP(dport=port)),
            ("service_fragment", ether / IP(src=client, dst=vip, frag=3, proto=6) / Raw(b"z" * 64)),
            ("service_fragment", ether / IP(src=address(world["backend"]), dst=client, flags="MF")
             / UDP(sport=world["backend_port"], dport=client_port)),
            ("fragment", ether / IP(src=client, dst=own, flags="MF") / UDP(dport=port)),
            ("fragment", ether / IP(src=client, dst=vip, flags="MF") / ICMP() / Raw(b"p" * 1400)),
            ("fragment", ether / IP(src=client, dst=vip, frag=100) / Raw(b"z" * 64)),
            ("not_tcp_udp", ether / IP(src=client, dst=vip) / ICMP()),
            ("local", ether / IP(src=client, dst=own) / TCP(dport=port)),
            ("local", ether / IP(src=client, dst=own) / UDP(dport=port)),
            ("local_reply", ether / IP(src=client, dst=own) / TCP(sport=port, flags="SA")),
            ("local_reply", ether / IP(src=client, dst=own) / TCP(sport=port, flags="RA")),
            ("local_reply", ether / IP(src=client, dst=own) / ICMP(type="echo-reply")),
            ("local_reply", ether / IP(src=client, dst=own) / ICMP(type="dest-unreach")
             / raw(IP(dst=client))),
            ("not_tcp_udp", ether / IP(src=client, dst=own) / ICMP()),
            ("no_service", ether / IP(src=client, dst="192.0.2.200") / ICMP()),
            ("unserved", ether / IP(src=client, dst=address(world["host_vip"])) / TCP(dport=port)),
            *self.martians(ether, own, vip),
            ("no_service", ether / IP(src=client, dst=vip) / TCP(dport=9999)),
            ("no_backend", to(world["no_slots_port"])),
            ("backend_down", to(world["down_port"])),
            ("no_next_hop", to(world["unresolved_port"])),
            ("ttl_expired", ether / IP(src=client, dst=vip, ttl=1) / TCP(dport=port)),
            ("mtu_exceeded", to(port) / Raw(b"m" * (world["port0_mtu"] - 27))),
        ]
        reason, packet = self.random.choice(cases)
        return packet, {"what": reason, "reason": reason}

    def next(self):
        return self.forwarded() if self.random.random() < 0.8 else self.refused()


def l4_rest(packet):
    """What of TCP or UDP and its payload no rewrite may touch, as hex."""
    # `len` bounds the packet: what follows is padding of Ethernet.
    l4 = raw(packet[IP])[packet[IP].ihl * 4 : packet[IP].len]
    if packet[IP].proto == 6:
        return (l4[4:16] + l4[18:]).hex()
    return (l4[4:6] + l4[8:]).hex()


def make(world, pcap_file, json_file, seed):
    maker = Maker(world, seed)
    packets, expected = zip(*(maker.next() for _ in range(PACKETS)))
    with RawPcapWriter(pcap_file, linktype=1, sync=True) as file:
        for packet in packets:
            file.write(raw(packet))
    with open(json_file, "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as world_file:
        make(json.load(world_file), sys.argv[2], sys.argv[3],
             int(sys.argv[4], 0) if len(sys.argv) == 5 else 1)
