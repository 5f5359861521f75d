"""A bitstream of Corundum with the card in its application block.

Corundum's own template of the block is the base: its loop-backs of the direct streams and its RAM
behind AXI-Lite give way to the card. The checkout itself stays as it is; the build is in a copy.
"""

import os
import pathlib
import re
import shutil

from staging import pack_bitstream, stage
from steps import SHELLS, StepFailed, fresh_folder, timing_met

DESIGN = os.environ.get("SLUICE_CORUNDUM_DESIGN", "fpga/mqnic/AU280/fpga_100g")
BOARD = pathlib.PurePath(DESIGN).parent.name
CLOCK_KHZ = 250_000
APP_ID = "32'h534c5549"
TEMPLATE = "fpga/app/template/rtl/mqnic_app_block.v"
VIVADO = "install AMD Vivado (amd.com), then: source VIVADO/settings64.sh"

# What the template does with what is the card's: each must be there exactly once.
TAKEN = [
    r"axil_ram\s*#\s*\(.*?\)\s*ram_inst\s*\(.*?\);",
    *[rf"assign\s+m_axis_direct_tx_{name}\s*=[^;]*;"
      for name in ("tdata", "tkeep", "tvalid", "tlast", "tuser")],
    r"assign\s+s_axis_direct_tx_tready\s*=[^;]*;",
    r"assign\s+s_axis_direct_rx_tready\s*=[^;]*;",
    r"assign\s+m_axis_direct_rx_tvalid\s*=[^;]*;",
    r"assign\s+m_axis_direct_tx_cpl_valid\s*=[^;]*;",
    r"assign\s+s_axis_direct_tx_cpl_ready\s*=[^;]*;",
]


def check(_board, needs):
    needs.program("vivado", VIVADO)
    needs.program("make", "apt-get install make")
    where = "git clone https://github.com/corundum/corundum"
    checkout = needs.folder("SLUICE_CORUNDUM_DIR", TEMPLATE, where)
    if checkout is not None:
        needs.file(checkout / DESIGN / "fpga" / "Makefile",
                   "set SLUICE_CORUNDUM_DESIGN to a design of two 100G ports")
    needs.hint("the 100G MAC needs a licence, free of charge (amd.com/licensing)")


def app_block(template):
    """The template's text with the card in it."""
    text = template
    for pattern in TAKEN:
        text, count = re.subn(pattern, "", text, flags=re.DOTALL)
        if count != 1:
            raise StepFailed(f"Corundum's {TEMPLATE} is another one than Sluice knows: {count} "
                             f"times {pattern}")
    text, count = re.subn(r"32'h12340001", APP_ID, text)
    if count == 0:
        raise StepFailed(f"Corundum's {TEMPLATE} has another application id")
    end = text.rfind("endmodule")
    if end < 0:
        raise StepFailed(f"Corundum's {TEMPLATE} has no endmodule")
    return text[:end] + (SHELLS / "corundum" / "app_inst.vh").read_text() + "\n" + text[end:]


def makefile(text, names):
    """The plain design's Makefile with the card's sources and constraints."""
    extra = ["app/sluice/rtl/mqnic_app_block.v", *[f"app/sluice/rtl/{name}" for name in names]]
    files = "".join(f"SYN_FILES += {name}\n" for name in extra)
    marker = "include ../common/vivado.mk"
    if text.count(marker) != 1:
        raise StepFailed("Corundum's Makefile has no place for the card's files")
    return text.replace(marker, files + "XDC_FILES += app/sluice/cross.tcl\n\n" + marker)


def config(text):
    """The plain design's config.tcl with the application block switched on."""
    values = {"APP_ID": APP_ID, "APP_ENABLE": "1", "APP_CTRL_ENABLE": "1",
              "APP_AXIS_DIRECT_ENABLE": "1", "APP_DMA_ENABLE": "0", "APP_AXIS_SYNC_ENABLE": "0",
              "APP_AXIS_IF_ENABLE": "0", "APP_STAT_ENABLE": "0"}
    for name, value in values.items():
        text, count = re.subn(rf'dict set params {name} "[^"]*"',
                              f'dict set params {name} "{value}"', text)
        if count != 1:
            raise StepFailed(f"Corundum's config.tcl sets {name} {count} times, not once")
    return text


def design(build_folder, checkout):
    """Puts the card into a checkout of Corundum. Returns the folder to run make in."""
    app = checkout / "fpga" / "app" / "sluice"
    names = stage("corundum", build_folder, app / "rtl")
    (app / "rtl" / "order").unlink()
    template = (checkout / TEMPLATE).read_text()
    (app / "rtl" / "mqnic_app_block.v").write_text(app_block(template))
    shutil.copy(SHELLS / "common" / "cross.tcl", app)
    folder = checkout / DESIGN / "fpga_app_sluice"
    folder.mkdir()
    plain = checkout / DESIGN / "fpga"
    (folder / "Makefile").write_text(makefile((plain / "Makefile").read_text(), names))
    (folder / "config.tcl").write_text(config((plain / "config.tcl").read_text()))
    return folder


def build(_board, steps, build_folder, out):
    fresh_folder(out)
    steps.begin("copy Corundum and put the card into it")
    checkout = out / "corundum"
    shutil.copytree(pathlib.Path(os.environ["SLUICE_CORUNDUM_DIR"]), checkout, symlinks=True)
    folder = design(build_folder, checkout)
    what = "build the bitstream (hours)"
    steps.run(what, ["make", "-C", folder], out)
    steps.made(what, folder / "fpga.bit")
    steps.begin("copy the bitstream")
    image = out / "sluice.bit"
    shutil.copy(folder / "fpga.bit", image)
    pack_bitstream(steps, build_folder, image, "corundum", BOARD, CLOCK_KHZ,
                   timing_met(folder / "fpga.runs" / "impl_1"))
    return image
