"""What the daemon answers in place of the host's stack, judged by scapy and tshark.

usage: refusal_test.py REFUSAL_PCAP
"""

import subprocess
import sys
import tempfile

from scapy.all import ICMP, IP, TCP, UDP, Ether, Raw, raw, rdpcap, wrpcap
from scapy.layers.inet import IPerror, UDPerror

CLIENT, VIP = "198.51.100.7", "10.9.0.2"
CLIENT_MAC, CARD_MAC = "02:00:00:00:00:07", "02:aa:bb:cc:dd:01"
ETHER = Ether(src=CLIENT_MAC, dst=CARD_MAC)
TO_VIP = ETHER / IP(src=CLIENT, dst=VIP, ttl=61)


def tcp(flags, seq=1000, ack=0, payload=b"", **fields):
    return TO_VIP / TCP(sport=40000, dport=443, flags=flags, seq=seq, ack=ack, **fields) / payload


def broken(packet, layer):
    """The packet with a checksum that is wrong."""
    built = Ether(raw(packet))
    built[layer].chksum ^= 0x0101
    return built


def cases():
    """(packet, what the answer must be): (seq, ack, flags) of a reset, bytes quoted, or None."""
    options = [("MSS", 1460), ("NOP", None), ("WScale", 7)]
    long_udp = TO_VIP / UDP(sport=5000, dport=5353) / Raw(b"u" * 1400)
    return [
        (tcp("S"), (0, 1001, "RA")),
        (tcp("S", options=options), (0, 1001, "RA")),
        (tcp("S", seq=0xFFFFFFFF), (0, 0, "RA")),
        (tcp("SF", payload=b"abc"), (0, 1005, "RA")),
        (tcp("A", ack=77), (77, 0, "R")),
        (tcp("SA", ack=4_000_000_000), (4_000_000_000, 0, "R")),
        (tcp("PA", ack=5, payload=b"odd"), (5, 0, "R")),
        (tcp("F", payload=b"x" * 101), (0, 1102, "RA")),
        (tcp("R"), None),
        (tcp("RA", ack=5), None),
        (broken(tcp("S"), TCP), None),
        (TO_VIP / UDP(sport=5000, dport=5353) / Raw(b"q" * 21), 49),
        (TO_VIP / UDP(sport=5000, dport=5353), 28),
        (long_udp, 548),
        (TO_VIP / UDP(sport=5000, dport=5353, chksum=0) / Raw(b"q" * 20), 48),
        (broken(TO_VIP / UDP(sport=5000, dport=5353) / Raw(b"q" * 20), UDP), None),
        (ETHER / IP(src=CLIENT, dst=VIP, options=[b"\x01\x01\x01\x00"]) / UDP(dport=9), 32),
        (TO_VIP / ICMP(), None),
        (ETHER / IP(src=CLIENT, dst=VIP, flags="MF") / UDP(dport=9), None),
        (ETHER / IP(src=CLIENT, dst=VIP, frag=9) / Raw(b"z" * 40), None),
        (ETHER / IP(src=CLIENT, dst=VIP, proto=132) / Raw(b"s" * 40), None),
        (Ether(src=CLIENT_MAC, dst="ff:ff:ff:ff:ff:ff") / IP(src=CLIENT, dst=VIP) / UDP(dport=9), None),
        (ETHER / IP(src=CLIENT, dst="224.0.0.1") / UDP(dport=9), None),
        (ETHER / IP(src="255.255.255.255", dst=VIP) / UDP(dport=9), None),
        (ETHER / IP(src="0.0.0.0", dst=VIP) / UDP(dport=9), None),
    ]


def tshark_complaints(pcap_file):
    """Frames whose checksums tshark finds wrong, or that it cannot read."""
    command = ["tshark", "-r", pcap_file, "-T", "fields", "-e", "frame.number",
               "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "icmp.checksum.status",
               "-e", "_ws.malformed", "-E", "occurrence=f"]
    for protocol in ("ip", "tcp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        number, ip_status, tcp_status, icmp_status, malformed = line.split("\t")
        if ip_status != "1" or (tcp_status or icmp_status) != "1" or malformed:
            yield f"answer {number}: {line}"


def complaint(packet, want, answer):
    ip = answer[IP]
    if (answer.src, answer.dst) != (CARD_MAC, CLIENT_MAC) or (ip.src, ip.dst) != (VIP, CLIENT):
        return "does not go back to the sender"
    if len(answer) < 60:
        return "is shorter than a frame"
    if isinstance(want, tuple):
        tcp_answer = answer[TCP]
        got = (tcp_answer.seq, tcp_answer.ack, str(tcp_answer.flags))
        ports = (tcp_answer.sport, tcp_answer.dport) == (packet[TCP].dport, packet[TCP].sport)
        return None if ports and got == want and ip.len == 40 else f"reset {got}, not {want}"
    icmp = answer[ICMP]
    if (icmp.type, icmp.code) != (3, 3):
        return f"ICMP {icmp.type}/{icmp.code}"
    quoted = raw(ip)[28 : ip.len]
    if quoted != raw(Ether(raw(packet))[IP])[:want]:
        return f"{len(quoted)} bytes quoted, not the first {want} of the packet"
    good = icmp[IPerror].dst == VIP and icmp[UDPerror].dport == packet[UDP].dport
    return None if good else "quotes another packet"


def main():
    (program,) = sys.argv[1:]
    wanted = cases()
    with tempfile.TemporaryDirectory() as folder:
        sent, left = f"{folder}/sent.pcap", f"{folder}/left.pcap"
        wrpcap(sent, [packet for packet, _ in wanted])
        text = subprocess.run([program, sent, left], check=True, capture_output=True, text=True)
        answered = [line == "1" for line in text.stdout.split()]
        answers = iter(rdpcap(left))
        complaints = list(tshark_complaints(left))
    for number, ((packet, want), has_answer) in enumerate(zip(wanted, answered, strict=True)):
        if has_answer != (want is not None):
            complaints.append(f"case {number}: answered {has_answer}: {packet.summary()}")
        answer = next(answers) if has_answer else None
        if answer is not None and want is not None:
            wrong = complaint(packet, want, answer)
            complaints += [f"case {number}: {wrong}: {packet.summary()}"] if wrong else []
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
