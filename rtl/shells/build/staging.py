"""Copies the card's SystemVerilog, hand-written and generated, into one folder for a vendor's tool,
with the build id in the shell's top."""

import shutil
import subprocess

from steps import ROOT, SHELLS, StepFailed

DEFAULT_ID = "parameter logic [31:0] BUILD_ID = 32'd0"
# Shell -> the file of its top.
TOPS = {"alveo": "sluice_kernel.sv", "f2": "cl_sluice.sv", "opennic": "sluice_250mhz.sv",
        "corundum": "sluice_app.sv"}


def build_id():
    """What register build_id shows: 32 bits of the last revision that changed card or shells; zero
    outside a repository."""
    result = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "log", "-1",
                             "--format=%H", "--", "rtl", "hls"], capture_output=True, text=True,
                            check=False)
    return result.stdout.strip()[:8] or "00000000"


def pack_bitstream(steps, build, image, board, platform, clock_khz, met):
    """The step that writes the manifest beside a bitstream."""
    steps.run(f"write the manifest of {image.name}",
              [build / "bin" / "sluice", "image", "pack", "--board", board, "--platform", platform,
               "--build-id", build_id(), "--clock-khz", clock_khz, "--timing-met",
               "yes" if met else "no", "--out", image], image.parent)


def sources(shell, build):
    """All files of a shell's card, packages first."""
    files = [f for folder in (build / "hls", ROOT / "hls" / "compiler" / "rtl", ROOT / "rtl",
                              SHELLS / "common", SHELLS / shell)
             for f in sorted(folder.glob("*.sv"))]
    packages = [f for f in files if f.name.endswith("_pkg.sv")]
    return packages + [f for f in files if f not in packages]


def stage(shell, build, folder):
    """Copies the sources and writes `order`, their names one a line. Returns the names."""
    files = sources(shell, build)
    names = [f.name for f in files]
    for name in ("rewrite.sv", "rewrite_pkg.sv", "sluice_layout_pkg.sv", TOPS[shell]):
        if name not in names:
            raise StepFailed(f"{name} is missing: ./run build sluice_rtl generates the card's RTL")
    folder.mkdir(parents=True, exist_ok=True)
    for source in files:
        shutil.copy(source, folder / source.name)
    top = folder / TOPS[shell]
    text = top.read_text()
    if text.count(DEFAULT_ID) != 1:
        raise StepFailed(f"{top.name} has no place for the build id")
    top.write_text(text.replace(DEFAULT_ID, f"parameter logic [31:0] BUILD_ID = 32'h{build_id()}"))
    (folder / "order").write_text("".join(name + "\n" for name in names))
    return names
