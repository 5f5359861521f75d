#!/usr/bin/env python3
"""Measures the LUT levels of each stage of a module that hlsc wrote, with Yosys, stage by stage.

usage: stage_levels.py MODULE.sv REPORT.json [STAGE...]

Every stage becomes a module of its own (its inputs are the registers before it) and goes through
`synth; abc -lut 6; ltp -noff`. Measured alone, a stage cannot hide behind a deeper one: abc lets
every path become as deep as the deepest. Prints stage, estimated and measured levels.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

DECLARATION = re.compile(r"^\s*(?:input\s+|output\s+)?logic\s+(\[\d+:0\])?\s*(\w+)\s*[;,]?$", re.M)
WORD = re.compile(r"(?<!')\b[a-zA-Z_]\w*")
KEYWORDS = {"logic", "assign", "always_ff", "posedge", "begin", "end", "if", "else", "clk_i"}


def strip_comments(text):
    return re.sub(r"//.*", "", text)


def multipliers(text):
    """Multipliers are registers: their outputs are inputs, their operands outputs."""
    operands = []

    def cut(match):
        operands.extend(re.findall(r"\.[ab]_i\((.*?)\)[,\n]", match.group(0), re.S))
        return ""

    return re.sub(r"hlsc_mul #.*?;", cut, text, flags=re.S), operands


def stage_module(name, text, widths):
    text, operands = multipliers(strip_comments(text))
    declared = {m.group(2) for m in DECLARATION.finditer(text)}
    used = set(WORD.findall(re.sub(r"\d+'b[01]+", "", text))) - KEYWORDS
    for operand in operands:
        used |= set(WORD.findall(re.sub(r"\d+'b[01]+", "", operand)))
    ports = ["input clk_i"]
    inputs = [u for u in sorted(used - declared) if not u.endswith("_addr_o")]
    ports += [f"input {widths.get(u, '')} {u}_" for u in inputs]
    registered = sorted(set(re.findall(r"^\s*(\w+) <=", text, re.M)) & declared)
    outputs = [f"output {widths.get(r, '')} {r}_" for r in registered]
    body = "".join(f"  wire {widths.get(u, '')} {u} = {u}_;\n" for u in inputs)
    body += text
    body += "".join(f"  assign {r}_ = {r};\n" for r in registered)
    for i, operand in enumerate(operands):
        outputs.append(f"output [1023:0] operand{i}_")
        body += f"  assign operand{i}_ = {operand};\n"
    body = re.sub(r"assign \w+_addr_o = .*?;", "", body, flags=re.S)
    return f"module {name} (\n  " + ",\n  ".join(ports + outputs) + "\n);\n" + body + "endmodule\n"


def measure(name, source, directory):
    path = os.path.join(directory, name + ".sv")
    with open(path, "w") as f:
        f.write(source)
    script = f"read_verilog -sv {path}; synth -top {name}; abc -lut 6; ltp -noff"
    run = subprocess.run(["yosys", "-p", script], capture_output=True, text=True, check=False)
    found = re.findall(r"length=(\d+)", run.stdout)
    return int(found[-1]) if found else run.stderr.strip()


def main():
    with open(sys.argv[1]) as f:
        text = f.read()
    with open(sys.argv[2]) as f:
        report = json.load(f)
    wanted = [int(s) for s in sys.argv[3:]]
    widths = {m.group(2): m.group(1) or "" for m in DECLARATION.finditer(strip_comments(text))}
    parts = re.split(r"\n\s*// ---- (stage \d+|results).*?(?=\n)", text)
    with tempfile.TemporaryDirectory() as directory:
        for title, part in zip(parts[1::2], parts[2::2]):
            if not title.startswith("stage"):
                continue
            stage = int(title.split()[1])
            part = part.split("\n  // State ")[0].split("\n  // Register ")[0]
            estimate = report["stage_list"][stage]["levels"]
            if (wanted and stage not in wanted) or estimate == 0:
                continue
            name = f"stage_{stage}"
            measured = measure(name, stage_module(name, part, widths), directory)
            print(stage, estimate, measured, flush=True)


if __name__ == "__main__":
    main()
