"""Packets of scapy go through the packet path; tshark and scapy judge what leaves.

usage: judge_packets.py PATH_PCAP REASONS_HEADER [FOLDER]

PATH_PCAP is the program built of path_pcap.cpp; REASONS_HEADER is layout/reasons.hpp. Files stay in
FOLDER, if given.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from scapy.all import IP, TCP, UDP, Dot1Q, Ether, raw, rdpcap

import make_packets

GOOD, NOT_PRESENT = "1", "3"  # what tshark says of a checksum


def reason_codes(header):
    with open(header, encoding="utf-8") as file:
        rows = re.findall(r"REASON\((\d+), (\w+), (\w+),", file.read())
    return {name: (int(code), kind) for code, name, kind in rows}


def tshark_rows(pcap_file):
    """(frame, IPv4, TCP, UDP checksum status, malformed) of every packet; lists where nested."""
    fields = ["frame.number", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
              "_ws.malformed"]
    command = ["tshark", "-r", pcap_file, "-T", "fields", "-E", "occurrence=a"]
    for preference in ("ip", "tcp", "udp"):
        command += ["-o", f"{preference}.check_checksum:TRUE"]
    for field in fields:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


def tshark_complaint(row, fields):
    _, ip_status, tcp_status, udp_status, malformed = row
    layers = 2 if fields["outer"] else 1
    l4_status = tcp_status or udp_status
    want = NOT_PRESENT if fields["no_checksum"] else GOOD
    if ip_status.split(",") != [GOOD] * layers:
        return f"IPv4 checksum status {ip_status}"
    if l4_status != want:
        return f"TCP or UDP checksum status {l4_status}, not {want}"
    # Random payload makes malformed HTTP, or whatever else its port stands for.
    ours = ("Ethernet", "802.1Q", "IPv4", "TCP", "UDP")
    found = any(f"[Malformed Packet: {layer}]" in malformed for layer in ours)
    return f"malformed: {malformed}" if found else None


def read_fields(packet):
    """The packet as scapy reads it, in the words of make_packets."""
    outer = None
    inner = packet[IP]
    if inner.proto == 4:
        outer = {"src": inner.src, "dst": inner.dst, "ttl": inner.ttl, "tos": inner.tos,
                 "id": inner.id, "flags": str(inner.flags), "length": inner.len,
                 "proto": inner.proto}
        inner = IP(raw(inner)[inner.ihl * 4 :])
    l4 = inner[TCP] if TCP in inner else inner[UDP]
    return {
        "eth_src": packet[Ether].src,
        "eth_dst": packet[Ether].dst,
        "vlan": raw(packet[Dot1Q])[:2].hex() if Dot1Q in packet else None,
        "src": inner.src,
        "dst": inner.dst,
        "ttl": inner.ttl,
        "tos": inner.tos,
        "id": inner.id,
        "flags": str(inner.flags),
        "options": raw(inner)[20 : inner.ihl * 4].hex(),
        "length": inner.len,
        "sport": l4.sport,
        "dport": l4.dport,
        "rest": make_packets.l4_rest(inner),
        "no_checksum": UDP in inner and l4.chksum == 0,
        "outer": outer,
    }


def judge(program, codes, folder, seed):
    sent, left, expectations = (f"{folder}/{n}" for n in ("in.pcap", "out.pcap", "expected.json"))
    world = json.loads(subprocess.run([program, "world"], check=True, capture_output=True).stdout)
    make_packets.make(world, sent, expectations, seed)
    with open(expectations, encoding="utf-8") as file:
        expected = json.load(file)
    text = subprocess.run([program, "run", sent, left], check=True, capture_output=True, text=True)
    verdicts = [[int(word) for word in line.split()] for line in text.stdout.splitlines()]

    complaints = []
    forwarded = []
    for number, (verdict, want) in enumerate(zip(verdicts, expected)):
        if "fields" in want:
            forwarded.append((number, want))
            code, kind = 0, "forward"
        else:
            code, kind = codes[want["reason"]]
        if verdict[:2] != [{"drop": 0, "forward": 1, "punt": 2}[kind], code]:
            complaints.append(f"packet {number} ({want['what']}): verdict, reason {verdict[:2]}")
    packets = rdpcap(left)
    rows = tshark_rows(left)
    if not len(verdicts) == len(expected) == make_packets.PACKETS:
        complaints.append(f"{len(verdicts)} verdicts for {len(expected)} packets")
    if not len(packets) == len(rows) == len(forwarded):
        complaints.append(f"{len(packets)} packets left, {len(forwarded)} expected")
    for (number, want), packet, row in zip(forwarded, packets, rows):
        got = read_fields(packet)
        for name, value in want["fields"].items():
            if got[name] != value:
                complaints.append(
                    f"packet {number} ({want['what']}): {name} is {got[name]}, not {value}")
        complaint = tshark_complaint(row, want["fields"])
        if complaint:
            complaints.append(f"packet {number} ({want['what']}): {complaint}")
    print(f"{len(expected)} packets, {len(forwarded)} forwarded, {len(complaints)} complaints")
    return complaints


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    seed = int(os.environ.get("SLUICE_SEED", "1"), 0)
    print(f"seed {seed}; replay: SLUICE_SEED={seed} {' '.join(sys.argv)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = sys.argv[3] if len(sys.argv) == 4 else temporary
        complaints = judge(sys.argv[1], reason_codes(sys.argv[2]), folder, seed)
    print("\n".join(complaints[:20]))
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
