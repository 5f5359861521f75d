"""An Amazon FPGA image for F2: the HDK builds a checkpoint, AWS makes the image of it."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from staging import build_id, stage
from steps import SHELLS, StepFailed, fresh_folder

NAME = "cl_sluice"
CLOCK_KHZ = 250_000
HDK = ("git clone https://github.com/aws/aws-fpga, branch f2, then in it: source hdk_setup.sh "
       "(AWS's FPGA developer AMI has the Vivado for it)")
POLL_SECONDS = int(os.environ.get("SLUICE_POLL_SECONDS", "60"))
POLLS = 240
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")  # as AWS names them
CHECKPOINT = "SLUICE_CHECKPOINT"


def check(_board, needs):
    needs.program("vivado", "use AWS's FPGA developer AMI, which has Vivado with its licence")
    needs.folder("HDK_DIR", "cl/examples/cl_sde/design/sde.sv", HDK)
    needs.folder("HDK_SHELL_DIR", "build/scripts/aws_build_dcp_from_cl.py", HDK)
    needs.program("aws", "install the AWS command line (awscli) and run: aws configure")
    where = "BUCKET/PREFIX of S3 that takes the checkpoint, for create-fpga-image"
    if needs.variable("SLUICE_S3", where) and not BUCKET.match(_place()[0]):
        needs.missing.append(f"variable SLUICE_S3={os.environ['SLUICE_S3']} is no {where}")
    made = os.environ.get(CHECKPOINT)
    if made:
        needs.file(made, f"{CHECKPOINT} names the .tar of an earlier build")


def _place():
    """Bucket and prefix of SLUICE_S3, which may be written as an address of S3."""
    bucket, _, prefix = os.environ["SLUICE_S3"].removeprefix("s3://").partition("/")
    return bucket, prefix.strip("/")


def _custom_logic(build_folder, out):
    """The folder that the HDK wants of custom logic."""
    folder = fresh_folder(out / NAME)
    stage("f2", build_folder, folder / "design")
    (folder / "design" / "order").unlink()
    shutil.copy(SHELLS / "f2" / "cl_id_defines.vh", folder / "design")
    engine = pathlib.Path(os.environ["HDK_DIR"]) / "cl" / "examples" / "cl_sde" / "design"
    for source in sorted(engine.glob("sde*.sv")):
        shutil.copy(source, folder / "design")
    scripts = folder / "build" / "scripts"
    scripts.mkdir(parents=True)
    for source in sorted((pathlib.Path(os.environ["HDK_SHELL_DIR"]) / "build/scripts").iterdir()):
        (scripts / source.name).symlink_to(source)
    shutil.copy(SHELLS / "f2" / "build" / "synth_cl_sluice.tcl", scripts)
    constraints = folder / "build" / "constraints"
    constraints.mkdir()
    # One clock, so nothing crosses and nothing is constrained.
    (constraints / "cl_synth_user.xdc").write_text("# no constraints\n")
    (constraints / "cl_timing_user.xdc").write_text("# no constraints\n")
    (constraints / "small_shell_cl_pnr_user.xdc").write_text("# no placement of our own\n")
    for name in ("checkpoints", "reports", "src_post_encryption"):
        (folder / "build" / name).mkdir()
    return folder


def _checkpoint(steps, folder):
    steps.run("build the checkpoint (hours)",
              ["./aws_build_dcp_from_cl.py", "-c", NAME, "--mode", "small_shell"],
              folder / "build" / "scripts", environment={"CL_DIR": str(folder)})
    found = sorted((folder / "build" / "checkpoints").glob("*.tar"))
    if not found:
        raise steps.failed("build the checkpoint", f"no .tar in {folder}/build/checkpoints")
    return found[-1]


def _violated(tar):
    """The HDK makes a checkpoint also when timing fails, and says so in a name beside it only."""
    return any("VIOLATED" in path.name for path in tar.parent.iterdir())


def _image(steps, tar, out):
    """Ids of the image that AWS makes of the checkpoint, and its shell's version."""
    bucket, prefix = _place()
    key = f"{prefix}/{tar.name}".lstrip("/")
    steps.run("copy the checkpoint to S3", ["aws", "s3", "cp", tar, f"s3://{bucket}/{key}"], out)
    text = steps.run("ask AWS for the image",
                     ["aws", "ec2", "create-fpga-image", "--name", f"sluice-{build_id()}",
                      "--input-storage-location", f"Bucket={bucket},Key={key}",
                      "--logs-storage-location", f"Bucket={bucket},Key={key}.logs", "--output",
                      "json"], out, stdout=subprocess.PIPE)
    try:
        ids = json.loads(text)
        afi, agfi = ids["FpgaImageId"], ids["FpgaImageGlobalId"]
    except (ValueError, KeyError, TypeError):
        raise steps.failed("ask AWS for the image", f"no ids in its answer: {text!r}") from None
    (out / "ids.json").write_text(text)
    print(f"   {afi}, {agfi}", flush=True)
    return agfi, _wait(steps, afi, out)


def _wait(steps, afi, out):
    what = f"wait until {afi} is available"
    for _ in range(POLLS):
        text = steps.run(what, ["aws", "ec2", "describe-fpga-images", "--fpga-image-ids", afi,
                                "--output", "json"], out, stdout=subprocess.PIPE)
        steps.number -= 1  # one step, however often it asks
        try:
            image = json.loads(text)["FpgaImages"][0]
            state = image["State"]["Code"]
        except (ValueError, KeyError, IndexError, TypeError):
            raise steps.failed(what, f"no state in its answer: {text!r}") from None
        if state == "available":
            steps.number += 1
            return image.get("ShellVersion", "")
        if state not in ("pending", "unavailable"):
            raise steps.failed(what, f"state {state}: {image['State'].get('Message', '')}; the "
                                     "logs are in S3")
        time.sleep(POLL_SECONDS)
    raise steps.failed(what, f"still {state} after {POLLS * POLL_SECONDS} seconds")


def build(_board, steps, build_folder, out):
    if os.environ.get(CHECKPOINT):
        tar = pathlib.Path(os.environ[CHECKPOINT]).resolve()
        out.mkdir(parents=True, exist_ok=True)
    else:
        fresh_folder(out)
        steps.begin("collect the custom logic")
        tar = _checkpoint(steps, _custom_logic(build_folder, out))
    violated = _violated(tar)
    if violated:
        print("note: timing failed (VIOLATED); the manifest says so, and flash refuses the image "
              "unless told otherwise")
    try:
        agfi, shell = _image(steps, tar, out)
    except StepFailed as failure:
        raise StepFailed(f"{failure}; the checkpoint stays: {CHECKPOINT}={tar} ./run image f2 goes "
                         "on with it") from None
    image = out / "sluice.f2"
    steps.run("write the manifest",
              [build_folder / "bin" / "sluice", "image", "pack", "--board", "f2", "--agfi", agfi,
               "--platform", shell, "--build-id", build_id(), "--clock-khz", CLOCK_KHZ,
               "--timing-met", "no" if violated else "yes", "--out", image], out)
    return pathlib.Path(f"{image}.json")
