"""An xclbin for an Alveo card: Vivado packages the kernel, v++ links it with two MACs."""

import os
import pathlib
import re
import shutil
import subprocess

from link_config import parse
from staging import build_id, stage
from steps import SHELLS, fresh_folder

PARTS = {"u55c": "xcu55c-fsvh2892-2L-e", "u280": "xcu280-fsvh2892-2L-e",
         "u250": "xcu250-figd2104-2L-e"}
CLOCK_KHZ = 300_000
HOOK = "param=compiler.userPostSysLinkOverlayTcl=post_link.tcl"
LICENCE = ("the 100G MAC needs AMD's licence 'UltraScale+ Integrated 100G Ethernet' (free of "
           "charge, amd.com/licensing)")
VITIS = "install AMD Vitis (amd.com, Vitis Unified Software), then: source VITIS/settings64.sh"


def config_of(board):
    return SHELLS / "alveo" / f"link_{board}.cfg"


def platform_of(board):
    return next(value for section, key, value in parse(config_of(board).read_text())
                if section == "" and key == "platform")


def _platform_file(platform):
    folders = os.environ.get("PLATFORM_REPO_PATHS", "/opt/xilinx/platforms").split(":")
    paths = [pathlib.Path(folder) / platform / f"{platform}.xpfm" for folder in folders]
    return next((path for path in paths if path.exists()), paths[0])


def check(board, needs):
    needs.program("vivado", VITIS)
    needs.program("v++", VITIS)
    needs.program("xclbinutil", "install AMD XRT, then: source /opt/xilinx/xrt/setup.sh")
    platform = platform_of(board)
    needs.file(_platform_file(platform),
               f"install the development platform {platform} (amd.com, the card's page), or set "
               "PLATFORM_REPO_PATHS to the folder that has it")
    needs.folder("SLUICE_MAC_DIR", "package_cmac.tcl",
                 "git clone https://github.com/Xilinx/xup_vitis_network_example and name its "
                 "folder Ethernet")
    if not (os.environ.get("XILINXD_LICENSE_FILE") or os.environ.get("LM_LICENSE_FILE")
            or list(pathlib.Path.home().glob(".Xilinx/*.lic"))):
        needs.hint("no licence file found (XILINXD_LICENSE_FILE, LM_LICENSE_FILE, ~/.Xilinx): "
                   + LICENCE)


def _link_config(board, steps, out):
    """The link file with the script's whole path: v++ runs Vivado in a folder of its own."""
    config = config_of(board)
    script = out / "post_link.tcl"
    shutil.copy(SHELLS / "alveo" / script.name, script)
    text = config.read_text()
    if text.count(HOOK) != 1:
        raise steps.failed("collect the sources", f"{config} has not once the line {HOOK}")
    (out / config.name).write_text(text.replace(HOOK, HOOK.replace(script.name, str(script))))
    return out / config.name


def _macs(steps, platform, out):
    """The MAC kernels' .xo files, built where their sources are."""
    folder = pathlib.Path(os.environ["SLUICE_MAC_DIR"])
    made = []
    for port in (0, 1):
        what = f"the MAC of port {port}"
        steps.run(what, ["make", "-C", folder, "all", f"DEVICE={platform}", f"INTERFACE={port}"],
                  out)
        steps.made(what, folder / f"_x.{platform}" / f"cmac_{port}.xo")
        made.append(folder / f"_x.{platform}" / f"cmac_{port}.xo")
    return made


def _clock_khz(steps, xclbin, out):
    """What the kernel's clock came out as: v++ lowers it when timing fails."""
    text = steps.run("read the clock", ["xclbinutil", "--info", "--input", xclbin], out,
                     stdout=subprocess.PIPE)
    found = re.search(r"Type:\s*DATA\s+Frequency:\s*(\d+)\s*MHz", text)
    if not found:
        raise steps.failed("read the clock", f"xclbinutil names no DATA clock of {xclbin}")
    return int(found.group(1)) * 1000


def build(board, steps, build_folder, out):
    platform = platform_of(board)
    fresh_folder(out)
    steps.begin("collect the sources")
    stage("alveo", build_folder, out / "rtl")
    config = _link_config(board, steps, out)
    kernel_xml = out / "kernel.xml"
    steps.run("describe the kernel", [build_folder / "bin" / "layout_generate", "--kernel-xml",
                                      kernel_xml], out)
    kernel = out / "sluice_card.xo"
    steps.run("package the kernel", ["vivado", "-mode", "batch", "-nojournal", "-source",
                                     SHELLS / "alveo" / "package.tcl", "-tclargs", out / "rtl",
                                     kernel_xml, PARTS[board], out / "package", kernel], out)
    steps.made("package the kernel", kernel)
    macs = _macs(steps, platform, out)
    linked = out / "linked.xclbin"
    steps.run("link (hours)", ["v++", "--link", "--target", "hw", "--config",
                               config.name, "--output", linked, kernel, *macs], out)
    steps.made("link (hours)", linked)
    clock_khz = _clock_khz(steps, linked, out)
    image = out / "sluice.xclbin"
    steps.run("write the manifest",
              [build_folder / "bin" / "sluice", "image", "pack", "--board", board, "--xclbin",
               linked, "--build-id", build_id(), "--clock-khz", clock_khz, "--timing-met",
               "yes" if clock_khz >= CLOCK_KHZ else "no", "--out", image], out)
    if clock_khz < CLOCK_KHZ:
        print(f"note: timing failed: v++ lowered the clock to {clock_khz} kHz. The card counts its "
              f"ticks of time at {CLOCK_KHZ} kHz, so they are too slow.")
    return image
