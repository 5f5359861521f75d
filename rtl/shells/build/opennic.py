"""A bitstream of OpenNIC with the card as its plug-in of the 250 MHz box."""

import os
import pathlib
import shutil

from staging import pack_bitstream, stage
from steps import SHELLS, fresh_folder, timing_met

BOARD = os.environ.get("SLUICE_OPENNIC_BOARD", "au55c")
CLOCK_KHZ = 250_000
VIVADO = "install AMD Vivado (amd.com), then: source VIVADO/settings64.sh"
# Our file -> where OpenNIC's build looks for it in the plug-in's folder.
PLUGIN = {
    "plugin_250mhz.vh": "box_250mhz/user_plugin_250mhz_inst.vh",
    "address_map.vh": "box_250mhz/box_250mhz_address_map_inst.vh",
    "box_250mhz_address_map.v": "box_250mhz/box_250mhz_address_map.v",
    "box_250mhz_axi_crossbar.tcl": "box_250mhz/box_250mhz_axi_crossbar.tcl",
    "build_box_250mhz.tcl": "build_box_250mhz.tcl",
}


def check(_board, needs):
    needs.program("vivado", VIVADO)
    shell = needs.folder("SLUICE_OPENNIC_DIR", "script/build.tcl",
                         "git clone https://github.com/Xilinx/open-nic-shell")
    if shell is not None:
        needs.file(shell / "script" / "board_settings" / f"{BOARD}.tcl",
                   "set SLUICE_OPENNIC_BOARD to a board that this OpenNIC knows")
    needs.hint("the 100G MAC needs a licence, free of charge: OpenNIC's README, 'CMAC license'")


def plugin(build_folder, folder):
    """The plug-in's folder as OpenNIC wants it."""
    names = stage("opennic", build_folder, folder / "rtl")
    (folder / "rtl" / "order").rename(folder / "order")
    (folder / "box_250mhz").mkdir()
    for source, place in PLUGIN.items():
        shutil.copy(SHELLS / "opennic" / source, folder / place)
    shutil.copy(SHELLS / "common" / "cross.tcl", folder)
    return names


def build(_board, steps, build_folder, out):
    fresh_folder(out)
    steps.begin("collect the plug-in")
    plugin(build_folder, out / "plugin")
    shell = pathlib.Path(os.environ["SLUICE_OPENNIC_DIR"])
    what = "build the bitstream (hours)"
    steps.run(what, ["vivado", "-mode", "batch", "-nojournal", "-source", "build.tcl", "-tclargs",
                     "-board", BOARD, "-tag", "sluice", "-rebuild", "1", "-overwrite", "1",
                     "-num_cmac_port", "2", "-num_phys_func", "2", "-max_pkt_len", "9600",
                     "-user_plugin", out / "plugin", "-impl", "1", "-post_impl", "1"],
              shell / "script")
    runs = shell / "build" / f"{BOARD}_sluice" / "open_nic_shell" / "open_nic_shell.runs" / "impl_1"
    steps.made(what, runs / "open_nic_shell.bit")
    met = timing_met(runs)
    for suffix in (".bit", ".mcs"):
        if not (runs / f"open_nic_shell{suffix}").is_file():
            continue
        steps.begin(f"copy the {suffix}")
        image = out / f"sluice{suffix}"
        shutil.copy(runs / f"open_nic_shell{suffix}", image)
        pack_bitstream(steps, build_folder, image, "opennic", BOARD, CLOCK_KHZ, met)
    return out / "sluice.bit"
