"""Copies RTL with faults planted into the copies; a test names the one that is active."""

import pathlib
import sys

FAULT_PACKAGE = """// Which planted fault is active; 0: none.
package fault_pkg;
  import "DPI-C" function int planted_fault();
  int planted = planted_fault();
endpackage
"""


def plant(faults):
    out, sources = pathlib.Path(sys.argv[1]), [pathlib.Path(s) for s in sys.argv[2:]]
    out.mkdir(parents=True, exist_ok=True)
    (out / "fault_pkg.sv").write_text(FAULT_PACKAGE)
    missing = {file for _, file, _, _ in faults} - {s.name for s in sources}
    if missing:
        sys.exit(f"no source {', '.join(sorted(missing))}")
    for source in sources:
        text = source.read_text()
        for number, file, right, wrong in faults:
            if file != source.name:
                continue
            if text.count(right) != 1:
                sys.exit(f"fault {number}: {file} holds {text.count(right)} times: {right}")
            text = text.replace(right, wrong.replace("{n}", f"(fault_pkg::planted == {number})"))
        (out / source.name).write_text(text)
