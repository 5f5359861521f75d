#!/usr/bin/python3
"""A check that cannot fail is a defect: each one meets a clean tree and a planted violation."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import declared_check
import package_check
import run_checks
from source_tree import SourceTree

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLEAN = {
    "hls/layout/include/layout/low.hpp": "#pragma once\ninline int low() { return 1; }\n",
    "host/base/include/base/base.hpp": "#pragma once\ninline int base() { return 2; }\n",
    "host/model/include/model/model.hpp": '#pragma once\n#include "base/base.hpp"\n',
    "host/model/model.cpp":
        '#include "model/model.hpp"\n\n#include "layout/low.hpp"\n\n'
        "int total() { return low() + base(); }\n",
    "driver/include/driver/board.hpp": "#pragma once\n",
    "rtl/wire_pkg.sv": "package wire_pkg;\n  localparam int Width = 8;\nendpackage\n",
    "rtl/wire_ff.sv":
        "module wire_ff (\n  input logic [7:0] a_i,\n  output logic [7:0] b_o\n);\n"
        "  assign b_o = a_i;\nendmodule\n",
    "tests/tool.py": "def one():\n    return 1\n",
    "tests/tool.sh": '#!/usr/bin/env bash\necho "$1"\n',
    "docs/reference/tables.md": "tables\n",
    "tests/setup/packages.txt": "g++ # compiles\ngit\nninja-build\nlibspdlog-dev\n",
    "build/build.ninja": "# /usr/include/fmt/core.h is of a package that libspdlog-dev depends on\n",
}
# Stands for layout_generate: the page must hold the one word.
GENERATOR = '#!/bin/sh\ngrep -qx tables "$2/tables.md" && exit 0\necho "tables.md is edited" >&2\nexit 1\n'

# Check -> (file, what is written into it, a word of the finding).
PLANTED = {
    "clang-format": ("host/model/model.cpp", "int  total( ) {return 1;}\n", "not formatted"),
    "file-length": ("tests/tool.py", "x = 1\n" * 501, "501 lines"),
    "function-length": ("tests/tool.sh", "long() {\n" + "  true\n" * 70 + "}\nlong\n", "long()"),
    "left-over-marks": ("rtl/wire_pkg.sv", "// TO" "DO: later\n", "left-over"),
    "machine-paths": ("tests/tool.sh", "cd /ro" "ot/sluice\n", "path of one machine"),
    "python-syntax": ("tests/tool.py", "def one(:\n", "tests/tool.py:1"),
    "shellcheck": ("tests/tool.sh", "#!/usr/bin/env bash\necho $1\n", "SC2086"),
    "waivers": ("rtl/wire_pkg.sv", "/* verilator lint_off UNUSED */\n", "never switched on"),
    "layering": ("host/base/include/base/base.hpp", '#include "model/model.hpp"\n',
                 "host/base must not include"),
    "include-roots": ("build/compile_commands.json", None, "a wrong include compiles"),
    "generated": ("docs/reference/tables.md", "tables, edited\n", "edited"),
    "declared-first": ("rtl/wire_ff.sv",
                       CLEAN["rtl/wire_ff.sv"].replace("a_i;\n", "late;\n  logic [7:0] late;\n"),
                       "wire_ff.sv:5: 'late' is used above its declaration in line 6"),
    "verilator-lint": ("rtl/wire_ff.sv",
                       CLEAN["rtl/wire_ff.sv"].replace("[7:0] b_o", "[3:0] b_o"), "WIDTH"),
    "packages": ("tests/tool.sh", "#!/usr/bin/env bash\nif tshark -v | grep -q 4; then echo 4; fi\n",
                 "lacks tshark: /usr/bin/tshark, opened for tests/tool.sh"),
    "clang-tidy": ("host/model/model.cpp",
                   "int total(int BadName);\nint total(int BadName) { return BadName; }\n",
                   "readability-identifier-naming"),
}
# More ways to fail for the checks that look at several things.
ALSO_PLANTED = [
    ("clang-tidy", "host/model/model.cpp",
     "int total();\nint total() {\n" + "  static_cast<void>(0);\n" * 71 + "  return 1;\n}\n",
     "readability-function-size"),
    ("function-length", "tests/tool.py", "def f():\n" + "    pass\n" * 71, "f()"),
    ("waivers", "host/model/model.cpp", "int total();  // NOL" "INT\n", "no rule"),
    ("waivers", "host/model/model.cpp", "int total();  // NOL" "INT(bugprone-x)\n", "no reason"),
    ("declared-first", "build/hls/made.sv",
     "module made (output logic y_o);\n  assign y_o = x;\n  wire x = 1'b1;\nendmodule\n",
     "build/hls/made.sv:2: 'x'"),
    ("packages", "build/build.ninja", "rule link\n  command = g++ a.o -lpcap\n", "lacks libpcap0.8-dev: "),
    ("packages", "build/build.ninja", "# /usr/lib/x86_64-linux-gnu/libuuid.so\n", "lacks uuid-dev: "),
    ("packages", "build/card.verilated/Vcard.d", "a.o: /usr/include/CLI/CLI.hpp /usr/include/stdio.h\n",
     "lacks libcli11-dev: /usr/include/CLI/CLI.hpp, opened for card.verilated"),
    ("packages", "tests/tool.py", "import scapy.all\n", "lacks python3-scapy: "),
    ("packages", "tests/tool.py", "inside('client', 'curl', 'http://x')\n", "lacks curl: "),
    ("packages", "tests/setup/packages.txt", "g++\ngit\n", "lacks libfmt-dev: "),
    ("generated", "rtl/layout_pkg.sv", "package layout_pkg;\nendpackage\n", "does not belong"),
]


class PlantedViolation(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-check-"))
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run(["git", "init", "-q", str(self.folder)], check=True)
        for name, text in CLEAN.items():
            self.write(name, text)
        for config in (".clang-tidy", ".clang-format"):
            shutil.copy(ROOT / config, self.folder)
        self.write(".gitignore", "/build/\n")
        self.write("build/bin/layout_generate", GENERATOR)
        (self.folder / "build/bin/layout_generate").chmod(0o755)
        self.write("build/hls/layout_pkg.sv", "package layout_pkg;\nendpackage\n")
        self.write_commands("host/base/include", "hls/layout/include")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_commands(self, *roots):
        roots = ["host/model/include", *roots]
        command = " ".join(["g++", "-std=c++20", *[f"-I{self.folder}/{r}" for r in roots], "-c",
                            "host/model/model.cpp"])
        self.write("build/compile_commands.json", json.dumps(
            [{"directory": str(self.folder), "file": "host/model/model.cpp", "command": command}]))

    def findings(self, check):
        return list(run_checks.CHECKS[check](SourceTree(self.folder, self.folder / "build")))

    def plant(self, name, text):
        if text is None:  # the box gets an include root that it must not have
            self.write_commands("host/base/include", "hls/layout/include", "driver/include")
        else:
            self.write(name, text)

    def test_every_check_has_a_planted_violation(self):
        self.assertEqual(sorted(PLANTED), sorted(run_checks.CHECKS))

    def test_a_clean_tree_passes_every_check(self):
        for check in run_checks.CHECKS:
            with self.subTest(check=check):
                self.assertEqual(self.findings(check), [])

    def test_each_check_finds_its_planted_violation(self):
        cases = [(check, *case) for check, case in PLANTED.items()] + ALSO_PLANTED
        for check, name, text, word in cases:
            with self.subTest(check=check, file=name):
                before = (self.folder / name).read_text() if name in CLEAN else None
                self.plant(name, text)
                found = self.findings(check)
                self.assertTrue(any(word in finding for finding in found), f"found: {found}")
                if before is not None:
                    self.write(name, before)
                elif text is None:
                    self.write_commands("host/base/include", "hls/layout/include")
                else:
                    (self.folder / name).unlink()


class DeclaredFirst(unittest.TestCase):
    """The reader of SystemVerilog behind the check `declared-first`."""

    LEGAL = """
      package p_pkg;
        typedef enum logic [1:0] {Idle, Busy} state_t;
        typedef struct packed { logic valid; state_t state; } item_t;
      endpackage
      module m import p_pkg::*; #(parameter int unsigned W = 8, localparam int unsigned D = W * 2) (
          input logic clk_i, input p_pkg::item_t item_i, output logic [W-1:0] a_o, b_o
      );
        function automatic logic [D-1:0] twice(input logic [W-1:0] value);
          logic [W-1:0] count;
          count = later_called(value);
          return {count, value};
        endfunction
        function automatic logic [W-1:0] later_called(input logic [W-1:0] value);
          return value;
        endfunction
        p_pkg::item_t [1:0] items, next;
        assign items[0] = '{valid: item_i.valid, state: item_i.state == Idle ? Busy : Idle};
        if (W > 4) begin : g_wide
          other u_other (.clk_i, .valid(item_i.valid), .state(), .count(items[1].state));
          assign a_o = g_late.valid ? W'(8'hA5) : W'("state");  // count, late
        end else begin : g_narrow
          logic count;
          assign count = 1'b0;
        end
        for (genvar i = 0; i < 2; i++) begin : g_late
          logic valid;
          assign valid = items[i].valid;
        end
        always_ff @(posedge clk_i) begin : work
          for (int unsigned i = 0; i < W; i++) b_o[i] <= next[0].valid;
        end : work
        logic state, count;
        `ifndef SYNTHESIS
        no_x: assert property (@(posedge clk_i) !state |=> count) else $error("late");
        `endif
      endmodule
    """

    def early(self, body):
        text = f"module m (input logic clk_i, output logic y_o);\n{body}\nendmodule\n"
        return [name for _, name, _ in declared_check.early_uses(text)]

    def test_legal_forms_pass(self):
        self.assertEqual(list(declared_check.early_uses(self.LEGAL)), [])

    def test_each_form_of_an_early_use_is_found(self):
        for body, name in [
                ("always_ff @(posedge clk_i) y_o <= late_q;\nlogic [1:0] other, late_q;", "late_q"),
                ("always_comb begin y_o = late; end\nlogic first = 1'b0, late = 1'b1;", "late"),
                ("logic [LATE-1:0] x;\nlocalparam int unsigned LATE = 4;", "LATE"),
                ("late_t x;\ntypedef logic [3:0] late_t;", "late_t"),
                ("assign y_o = x == Late;\ntypedef enum logic {Early, Late} x_t;", "Late"),
                ("part u_part (.late);\nwire late;", "late"),
                ("part u_part (.clk_i, .in_i(late.a));\np_pkg::x_t late;", "late"),
                ("if (1) begin : g\nassign y_o = late;\nend\np_pkg::x_t [1:0] late [4];", "late"),
                ("if (1) begin : g\nassign y_o = late;\nlogic late;\nend", "late"),
                ("function automatic logic f();\nreturn late;\nendfunction\nlogic late;", "late"),
                ("assign y_o = '{a: late};\nstruct packed {logic a;} late;", "late")]:
            with self.subTest(body=body):
                self.assertEqual(self.early(body), [name])


class Packages(unittest.TestCase):
    """Which packages a list brings, behind the check `packages`."""

    INSTALLED = {"dpkg": (True, [["libc6"]]), "libc6": (False, []), "apt": (True, []),
                 "curl": (False, [["libcurl4"], ["awk"]]), "libcurl4": (False, []),
                 "mawk": (False, []), "gawk": (False, []), "libcurl4-doc": (False, []),
                 "writer-tool": (False, [["nano", "vim"], ["absent", "libcurl4"]]), "vim": (False, []),
                 "nano": (False, [])}
    PROVIDERS = {"awk": ["mawk", "gawk"]}

    def test_dependencies_count_and_nothing_else(self):
        for named, brings in [([], {"dpkg", "libc6", "apt"}),
                              (["curl"], {"dpkg", "libc6", "apt", "curl", "libcurl4", "mawk"}),
                              (["writer-tool"], {"dpkg", "libc6", "apt", "writer-tool", "nano", "libcurl4"}),
                              (["misspelt"], {"dpkg", "libc6", "apt"})]:
            with self.subTest(named=named):
                self.assertEqual(package_check.closure(named, self.INSTALLED, self.PROVIDERS), brings)

    def test_recommended_packages_are_no_dependencies(self):
        packages, providers = package_check.installed_packages()
        self.assertNotIn("llvm-19-dev", package_check.closure(["clang-19"], packages, providers))
        self.assertIn("libc6-dev", package_check.closure(["g++"], packages, providers))


if __name__ == "__main__":
    unittest.main()
