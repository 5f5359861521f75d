#!/usr/bin/python3
"""Stands for a vendor's tool under whose name it is called: writes the call to $CALLS, fails if
$FAIL is its name and the number of its call, and else leaves the file that the tool would leave."""

import json
import os
import pathlib
import sys

NAME = pathlib.Path(sys.argv[0]).name
ARGS = sys.argv[1:]


def write(path, text="made by a stand-in\n"):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def option(name):
    return ARGS[ARGS.index(name) + 1]


def bitstream(path):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes.fromhex("00090ff00ff00ff00ff0000001") + b"made by a stand-in")


def timing(run, top):
    """Summaries as Vivado writes them, the second one after more optimisation."""
    said = os.environ.get("TIMING", "All user specified timing constraints are met.")
    if said == "none":
        return
    write(f"{run}/{top}_timing_summary_routed.rpt", "Timing constraints are not met.\n")
    os.utime(f"{run}/{top}_timing_summary_routed.rpt", (1, 1))
    write(f"{run}/{top}_timing_summary_postroute_physopted.rpt", f"table\n{said}\n")


def vivado():
    if option("-source") == "build.tcl":
        build = f"../build/{option('-board')}_{option('-tag')}/open_nic_shell"
        run = f"{build}/open_nic_shell.runs/impl_1"
        bitstream(f"{run}/open_nic_shell.bit")
        write(f"{run}/open_nic_shell.mcs", ":020000040000FA\n:00000001FF\n")
        timing(run, "open_nic_shell")
    else:
        write(ARGS[-1])


def make():
    folder = option("-C")
    if "all" in ARGS:
        values = dict(word.split("=") for word in ARGS if "=" in word)
        write(f"{folder}/_x.{values['DEVICE']}/cmac_{values['INTERFACE']}.xo")
    else:
        bitstream(f"{folder}/fpga.bit")
        timing(f"{folder}/fpga.runs/impl_1", "fpga")


def aws():
    if ARGS[:2] == ["ec2", "create-fpga-image"]:
        print(json.dumps({"FpgaImageId": "afi-0123456789abcdef0",
                          "FpgaImageGlobalId": "agfi-0123456789abcdef0"}))
    elif ARGS[:2] == ["ec2", "describe-fpga-images"]:
        states = os.environ.get("AWS_STATES", "pending available").split()
        state = states[min(calls_before("describe-fpga-images"), len(states) - 1)]
        print(json.dumps({"FpgaImages": [{"State": {"Code": state, "Message": "as told"},
                                          "ShellVersion": "0x10212415"}]}))


def checkpoint():
    tar = pathlib.Path("../checkpoints/25_11_22.Developer_CL.tar")
    write(tar)
    if os.environ.get("VIOLATED"):
        write(tar.parent / "cl_sluice.VIOLATED.post_route.dcp")


def calls_before(word):
    """Earlier calls of this name that have the word among their arguments."""
    path = pathlib.Path(os.environ["CALLS"])
    calls = [json.loads(line) for line in path.read_text().splitlines()][:-1]
    return sum(call["name"] == NAME and word in call["args"] for call in calls)


def main():
    path = pathlib.Path(os.environ["CALLS"])
    with path.open("a") as file:
        file.write(json.dumps({"name": NAME, "args": ARGS, "cwd": os.getcwd()}) + "\n")
    count = sum(json.loads(line)["name"] == NAME for line in path.read_text().splitlines())
    if os.environ.get("FAIL") == f"{NAME} {count}":
        print(f"{NAME}: told to fail", file=sys.stderr)
        return 3
    if os.environ.get("NOTHING") == NAME:
        return 0  # as if all were well, but without its file
    {"vivado": vivado, "make": make, "aws": aws, "aws_build_dcp_from_cl.py": checkpoint,
     "v++": lambda: write(option("--output")),
     "layout_generate": lambda: write(ARGS[-1], "<root/>\n"),
     "sluice": lambda: write(option("--out") + ".json", "{}\n"),
     "xclbinutil": lambda: print("   Name:      DATA_CLK\n   Index:     0\n   Type:      DATA\n"
                                 f"   Frequency: {os.environ.get('CLOCK_MHZ', '300')} MHz")}[NAME]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
