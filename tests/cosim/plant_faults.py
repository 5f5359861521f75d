#!/usr/bin/env python3
"""Copies sources of the card and of the packet path with faults planted into the copies.

usage: plant_faults.py --kernel|--rtl OUT SOURCE...

Fault n does nothing until it is chosen, so one build holds all of them: the copies ask
planted_fault(), which the test defines. In RTL it is read once, when the model is made. A fault
whose place is no longer in the source is an error: choose another one.
"""

import pathlib
import sys

# (number, file, text as it stands, text with the fault). {n} becomes the condition "n is chosen".
KERNEL_FAULTS = [
    # A datagram that fills its frame to the last byte counts as truncated.
    (1, "parse.cpp", "if (parsed.total_bytes > l3_bytes)",
     "if ({n} ? parsed.total_bytes >= l3_bytes : parsed.total_bytes > l3_bytes)"),
    # The second way of the service keys is never hit.
    (2, "classify.cpp", "const bool in_hit = in_hit0 || in_hit1;",
     "const bool in_hit = in_hit0 || (in_hit1 && !{n});"),
    # Hashing by source address is ignored.
    (3, "schedule.cpp", "service.hash_kind & 1, flow)", "{n} ? 0 : service.hash_kind & 1, flow)"),
    # The TTL's share of the header checksum is wrong.
    (4, "rewrite.cpp", "static_cast<uint16_t>(~parsed.ip_checksum) + kTtlDelta",
     "static_cast<uint16_t>(~parsed.ip_checksum) + ({n} ? kTtlDelta + 1 : kTtlDelta)"),
    # A UDP checksum appears where there was none.
    (5, "rewrite.cpp", "!parsed.tcp && parsed.l4_checksum == 0;",
     "!{n} && !parsed.tcp && parsed.l4_checksum == 0;"),
    # A backend's packets are believed from any port.
    (15, "classify.cpp", ": (backend_port & 1) == (port & 1);",
     ": {n} || (backend_port & 1) == (port & 1);"),
    # Fragments of TCP and UDP go on as if they were none.
    (16, "classify.cpp", "if (fragment && tcp_udp)", "if (fragment && tcp_udp && !{n})"),
    # A VIP of way 0 passes as a source.
    (17, "classify.cpp", "names(from0, from) ||", "(names(from0, from) && !{n}) ||"),
    # Strict source routes pass.
    (18, "parse.cpp", "kind == kOptionLsrr || kind == kOptionSsrr;",
     "kind == kOptionLsrr || (kind == kOptionSsrr && !{n});"),
    # A SYN with FIN passes.
    (19, "parse.cpp", "syn && !fin && !rst", "syn && (!fin || {n}) && !rst"),
]

RTL_FAULTS = [
    # The third beat of a frame is not stored.
    (6, "ingress.sv", "assign is_payload = beats_q >= 10'd2;",
     "assign is_payload = {n} ? beats_q >= 10'd3 : beats_q >= 10'd2;"),
    # Payload is shifted by 16 bytes where 20 are asked for.
    (7, "splicer.sv", "control2_q.shift[2] ?", "control2_q.shift[2] && !{n} ?"),
    # A frame with two payload beats is sent off with one.
    (8, "dispatch.sv", ": beats <= 8'd1;",
     ": beats <= ({n} ? 8'd2 : 8'd1);"),
    # Of two packets of a flow three cycles apart the first is not counted.
    (9, "flow_slice.sv", "ahead3_q ? sum5_q :", "ahead3_q && !{n} ? sum5_q :"),
    # A frame that the queue had no room for counts under another reason.
    (10, "admission.sv",
     "if (forward_q) reason_event_o.reason <= sluice_layout_pkg::REASON_EGRESS_FULL;",
     "if (forward_q) reason_event_o.reason <= {n} ? sluice_layout_pkg::REASON_INGRESS_FULL"
     " : sluice_layout_pkg::REASON_EGRESS_FULL;"),
    # Of a frame of 4,096 bytes and more only the rest is counted.
    (11, "port_counters.sv", ".add_i({event_q.tx_bytes, event_q.rx_bytes})",
     ".add_i({{n} ? event_q.tx_bytes & 16'h0fff : event_q.tx_bytes, event_q.rx_bytes})"),
    # In what hlsc generated: a register of rewrite does not load the next packet's window,
    (12, "rewrite.sv", "in_i_s7 <= in_i_s6;", "in_i_s7 <= {n} ? in_i_s7 : in_i_s6;"),
    # one bit of a constant, the Ethertype of IPv4, is flipped,
    (13, "parse_classify.sv", "== 16'b0000100000000000;", "== {15'b000010000000000, {n}};"),
    # and a table is always asked for its first entry.
    (14, "parse_classify.sv", "assign services_r0_addr_o = ", "assign services_r0_addr_o = {n} ? '0 : "),
]

FAULT_PACKAGE = """// Which planted fault is active; 0: none.
package fault_pkg;
  import "DPI-C" function int planted_fault();
  int planted = planted_fault();
endpackage
"""


def plant(text, name, faults, condition):
    for number, file, right, wrong in faults:
        if file != name:
            continue
        if text.count(right) != 1:
            sys.exit(f"fault {number}: {name} holds {text.count(right)} times: {right}")
        text = text.replace(right, wrong.replace("{n}", condition.format(number)))
    return text


def main():
    kind, out, sources = sys.argv[1], pathlib.Path(sys.argv[2]), map(pathlib.Path, sys.argv[3:])
    out.mkdir(parents=True, exist_ok=True)
    if kind == "--kernel":
        faults, condition = KERNEL_FAULTS, "(planted_fault() == {})"
        head = '#pragma once\nextern "C" int planted_fault();\n'
    else:
        faults, condition, head = RTL_FAULTS, "(fault_pkg::planted == {})", ""
        (out / "fault_pkg.sv").write_text(FAULT_PACKAGE)
    found = set()
    for source in sources:
        text = plant(source.read_text(), source.name, faults, condition)
        found.add(source.name)
        (out / source.name).write_text(head + text)
    missing = {file for _, file, _, _ in faults} - found
    if missing:
        sys.exit(f"no source {', '.join(sorted(missing))}")


if __name__ == "__main__":
    main()
