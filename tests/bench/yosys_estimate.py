"""Yosys estimates of a design: cells of an UltraScale+ device and LUT levels between registers.

Levels are those of `synth; abc -lut 6; ltp -noff`. Memories stay memories, and a multiplier
(DSP slices on a device) is replaced by its registers: both end a path.
"""

import pathlib
import re
import subprocess

# Registers of the multipliers without their products, which would be dozens of LUT levels.
MULTIPLIER_STUBS = {"hlsc_mul.sv": """
module hlsc_mul #(parameter int unsigned AWidth = 18, parameter int unsigned BWidth = 18,
                  parameter int unsigned PWidth = 36, parameter int unsigned Latency = 3)
  (input logic clk_i, input logic [AWidth-1:0] a_i, input logic [BWidth-1:0] b_i,
   output logic [PWidth-1:0] p_o);
  logic [AWidth-1:0] a_q;
  logic [BWidth-1:0] b_q;
  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    p_o <= PWidth'(a_q) ^ PWidth'(b_q);
  end
endmodule
""", "sched_multiply.sv": """
module sched_multiply #(parameter int unsigned A_BITS = 21, parameter int unsigned B_BITS = 38)
  (input logic clk_i, input logic [A_BITS-1:0] a_i, input logic [B_BITS-1:0] b_i,
   output logic [A_BITS+B_BITS-1:0] product_o);
  logic [A_BITS-1:0] a_q;
  logic [B_BITS-1:0] b_q;
  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    product_o <= {a_q, b_q};
  end
endmodule
"""}
# Only what simulation needs: Yosys does not read their assertions.
SIMULATION_ONLY = re.compile(r"_checker\.sv$")
LUTS_OF_CELL = {"RAM32M16": 8, "RAM64M8": 8, "RAM32M": 4, "RAM64M": 4, "SRL16E": 1, "SRLC32E": 1}


class EstimateError(Exception):
    pass


def run_yosys(script, log):
    """Runs a script of Yosys commands; the log stays for whoever wants to know why."""
    with open(log, "w") as out:
        status = subprocess.run(["nice", "yosys", "-Q", "-p", script], stdout=out,
                                stderr=subprocess.STDOUT, check=False).returncode
    if status != 0:
        last = pathlib.Path(log).read_text().strip().splitlines()[-1:]
        raise EstimateError(f"yosys failed ({log}): {' '.join(last)}")


def read_cells(stat):
    """Cell counts of the last module that a `stat` report lists."""
    cells = {}
    for line in pathlib.Path(stat).read_text().splitlines():
        if line.startswith("==="):
            cells = {}
        match = re.match(r"^\s+(\$?[A-Za-z_][\w$]*)\s+(\d+)$", line)
        if match:
            cells[match.group(1)] = int(match.group(2))
    return cells


def read_files(sources):
    return "read_verilog -sv -defer " + " ".join(
        str(s) for s in sources if not SIMULATION_ONLY.search(str(s)))


def area(top, sources, work, name):
    """{lut, ff, bram36, uram, dsp} after synth_xilinx for UltraScale+."""
    stat = work / f"{name}_area.txt"
    run_yosys(f"{read_files(sources)}; synth_xilinx -family xcup -uram -noclkbuf -noiopad -flatten "
              f"-top {top}; tee -o {stat} stat", work / f"{name}_area.log")
    cells = read_cells(stat)
    luts = sum(n for cell, n in cells.items() if re.fullmatch(r"LUT[1-6]|INV", cell))
    luts += sum(n * LUTS_OF_CELL[cell] for cell, n in cells.items() if cell in LUTS_OF_CELL)
    bram36 = cells.get("RAMB36E2", 0) + cells.get("RAMB18E2", 0) / 2
    flops = sum(n for cell, n in cells.items() if re.fullmatch(r"FD[A-Z]E", cell))
    return {"lut": luts, "ff": flops, "bram36": int(bram36) if bram36.is_integer() else bram36,
            "uram": cells.get("URAM288", 0), "dsp": cells.get("DSP48E2", 0)}


def lut_levels(top, sources, work, name, memories=False):
    """(most LUT levels between two registers, LUTs of the whole design)."""
    sources = [pathlib.Path(s) for s in sources]
    for file, text in MULTIPLIER_STUBS.items():
        stub = work / f"{name}_{file}"
        stub.write_text(text)
        sources = [stub if s.name == file else s for s in sources]
    ltp, stat = work / f"{name}_ltp.txt", work / f"{name}_levels.txt"
    # Without memories plain `synth`; else in two halves, so that memories do not become flops.
    whole = f"synth -top {top} -flatten"
    halves = (f"synth -top {top} -flatten -run begin:fine; opt -fast -full; techmap; opt -fast; "
              "abc -fast; opt -fast")
    run_yosys(f"{read_files(sources)}; {halves if memories else whole}; abc -lut 6; opt_clean; "
              f"tee -o {ltp} ltp -noff; tee -o {stat} stat", work / f"{name}_levels.log")
    found = re.search(r"length=(\d+)", ltp.read_text())
    if not found:
        raise EstimateError(f"no longest path in {ltp}")
    return int(found.group(1)), read_cells(stat).get("$lut", 0)
