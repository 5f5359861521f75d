#!/usr/bin/env python3
"""Generates what joins compiled kernels and the cosimulation driver (cosim.hpp).

usage: make_cosim.py --out DIR --top NAME REPORT.json=KERNEL.cpp ...

Writes DIR/NAME.sv (one module that holds all kernels side by side), DIR/NAME_bindings.cpp
(make_model()) and DIR/<module>_native.cpp for each kernel (its source and a way to call it).
"""

import argparse
import json
import os


def ports_of(report):
    """(direction, width, name) of every port but clock and reset."""
    ports = [("input", 1, "in_valid_i"), ("output", 1, "out_valid_o")]
    for p in report["parameters"]:
        if p["kind"] == "input":
            ports.append(("input", p["bits"], p["name"] + "_i"))
        if p["kind"] == "output":
            ports.append(("output", p["bits"], p["name"] + "_o"))
    for t in report["table_ports"]:
        ports.append(("output", t["address_bits"], t["name"] + "_addr_o"))
        ports.append(("input", t["data_bits"], t["name"] + "_data_i"))
        if t["kind"] == "read-write":
            ports.append(("output", 1, t["table"] + "_we_o"))
            ports.append(("output", t["address_bits"], t["table"] + "_waddr_o"))
            ports.append(("output", t["data_bits"], t["table"] + "_wdata_o"))
    if report["result_bits"]:
        ports.append(("output", report["result_bits"], "result_o"))
    return ports


def write_top(path, name, reports):
    declarations = ["  input logic clk_i", "  input logic rst_i"]
    instances = []
    for r in reports:
        module = r["module"]
        connections = [".clk_i", ".rst_i"]
        for direction, width, port in ports_of(r):
            declarations.append(f"  {direction} logic [{width - 1}:0] {module}_{port}")
            connections.append(f".{port}({module}_{port})")
        instances.append(f"  {module} u_{module} ({', '.join(connections)});\n")
    with open(path, "w") as out:
        out.write(f"module {name} (\n" + ",\n".join(declarations) + "\n);\n")
        out.writelines(instances)
        out.write("endmodule\n")


def mask_of(parameter):
    value = 0
    for f in parameter["fields"]:
        value |= ((1 << f["bits"]) - 1) << f["offset"]
    size = (parameter["bits"] + 7) // 8
    return ", ".join(str(b) for b in value.to_bytes(size, "little"))


def port_text(report, port):
    for _, width, name in ports_of(report):
        if name == port:
            return f"port(top->{report['module']}_{port}, {width})"
    return "Port{}"


def parameter_lines(report, p):
    kind = {"input": "kInput", "output": "kOutput", "table": "kTable", "state": "kState"}[p["kind"]]
    lines = ["    Parameter p;", f'    p.name = "{p["name"]}";', f"    p.kind = Parameter::{kind};",
             f"    p.bits = {p['bits']};", f"    p.mask = {{{mask_of(p)}}};"]
    if p["kind"] == "input":
        lines.append(f"    p.stable = {'true' if p['stable'] else 'false'};")
        lines.append(f"    p.port = {port_text(report, p['name'] + '_i')};")
    if p["kind"] == "output":
        lines.append(f"    p.port = {port_text(report, p['name'] + '_o')};")
    if "entries" in p:
        lines.append(f"    p.entries = {p['entries']};")
        lines.append(f"    p.latency = {p['latency']};")
        for t in report["table_ports"]:
            if t["table"] != p["name"]:
                continue
            address = port_text(report, t["name"] + "_addr_o")
            data = port_text(report, t["name"] + "_data_i")
            lines.append(f"    p.reads.push_back({{{address}, {data}}});")
            if t["kind"] == "read-write":
                for member, suffix in (("enable", "we"), ("address", "waddr"), ("data", "wdata")):
                    pins = port_text(report, f"{p['name']}_{suffix}_o")
                    lines.append(f"    p.write_{member} = {pins};")
    return lines


def write_bindings(path, top, reports):
    with open(path, "w") as out:
        out.write(f'#include "V{top}.h"\n#include "cosim.hpp"\n\n')
        for r in reports:
            out.write(f"void native_{r['module']}(void** args);\n")
        out.write("\nnamespace hlsc_cosim {\n\nnamespace {\n\n")
        out.write("template <class T>\nPort port(T& storage, int bits) {\n"
                  "  return {reinterpret_cast<uint8_t*>(&storage), bits};\n}\n\n")
        for r in reports:
            out.write(f"Kernel kernel_{r['module']}(V{top}* top) {{\n  Kernel k;\n"
                      f'  k.name = "{r["module"]}";\n  k.latency = {r["latency_cycles"]};\n'
                      f'  k.settle = {r["settle_cycles"]};\n'
                      f"  k.native = native_{r['module']};\n"
                      f"  k.in_valid = {port_text(r, 'in_valid_i')};\n"
                      f"  k.out_valid = {port_text(r, 'out_valid_o')};\n"
                      f"  k.result = {port_text(r, 'result_o')};\n")
            for p in r["parameters"]:
                lines = "\n".join(parameter_lines(r, p))
                out.write("  {\n" + lines + "\n    k.parameters.push_back(p);\n  }\n")
            out.write("  return k;\n}\n\n")
        out.write("}  // namespace\n\nModel make_model() {\n"
                  f"  auto top = std::make_shared<V{top}>();\n"
                  "  Model m;\n  m.owner = top;\n"
                  f"  V{top}* raw = top.get();\n"
                  "  m.eval = [raw](bool clock, bool reset) {\n    raw->clk_i = clock;\n"
                  "    raw->rst_i = reset;\n    raw->eval();\n  };\n")
        for r in reports:
            out.write(f"  m.kernels.push_back(kernel_{r['module']}(raw));\n")
        out.write("  return m;\n}\n\n}  // namespace hlsc_cosim\n")


def write_native(path, report, source):
    with open(path, "w") as out:
        out.write(f'#include "{source}"\n#include "native.hpp"\n\n'
                  f"void native_{report['module']}(void** args) {{\n"
                  f"  hlsc_cosim::call({report['qualified_top']}, args);\n}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("kernels", nargs="+", metavar="REPORT.json=KERNEL.cpp")
    args = parser.parse_args()
    reports = []
    for kernel in args.kernels:
        report_path, source = kernel.split("=")
        with open(report_path) as f:
            report = json.load(f)
        reports.append(report)
        write_native(os.path.join(args.out, report["module"] + "_native.cpp"), report,
                     os.path.abspath(source))
    write_top(os.path.join(args.out, args.top + ".sv"), args.top, reports)
    write_bindings(os.path.join(args.out, args.top + "_bindings.cpp"), args.top, reports)


if __name__ == "__main__":
    main()
