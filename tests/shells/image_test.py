#!/usr/bin/python3
"""./run image with stand-ins for the vendors' tools: what is missing is named, the steps run in
order, and each step that fails ends the build and is named."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ARGUMENTS = argparse.Namespace()
TOOLS = ("vivado", "v++", "make", "xclbinutil", "aws")
TEMPLATE = """module mqnic_app_block #(parameter APP_ID = 32'h12340001, parameter W = 1)
(input wire clk);
initial if (APP_ID != 32'h12340001) $error("wrong");
axil_ram #(
    .DATA_WIDTH(W)
)
ram_inst (
    .clk(clk)
);
assign m_axis_direct_tx_tdata = s_axis_direct_tx_tdata;
assign m_axis_direct_tx_tkeep = s_axis_direct_tx_tkeep;
assign m_axis_direct_tx_tvalid = s_axis_direct_tx_tvalid;
assign s_axis_direct_tx_tready = m_axis_direct_tx_tready;
assign m_axis_direct_tx_tlast = s_axis_direct_tx_tlast;
assign m_axis_direct_tx_tuser = s_axis_direct_tx_tuser;
assign m_axis_direct_tx_cpl_ts = s_axis_direct_tx_cpl_ts;
assign m_axis_direct_tx_cpl_valid = s_axis_direct_tx_cpl_valid;
assign s_axis_direct_tx_cpl_ready = m_axis_direct_tx_cpl_ready;
assign m_axis_direct_rx_tvalid = s_axis_direct_rx_tvalid;
assign s_axis_direct_rx_tready = m_axis_direct_rx_tready;
assign m_axis_sync_tx_tdata = s_axis_sync_tx_tdata;
endmodule
"""
APP_PARAMETERS = ("APP_ID", "APP_ENABLE", "APP_CTRL_ENABLE", "APP_AXIS_DIRECT_ENABLE",
                  "APP_DMA_ENABLE", "APP_AXIS_SYNC_ENABLE", "APP_AXIS_IF_ENABLE", "APP_STAT_ENABLE")


class ImageCase(unittest.TestCase):
    """A machine with all tools, checkouts and a finished build of our own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-image-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(HERE / "stand_in" / "tool.py")
        # `env python3` and the like, but no vendor's tool that this machine may have.
        for tool in ("git", "env", "python3"):
            (self.bin / tool).symlink_to(shutil.which(tool, path="/usr/bin:/bin"))
        self.build = self.folder / "build"
        for name in ("rewrite.sv", "rewrite_pkg.sv", "sluice_layout_pkg.sv"):
            self.write(self.build / "hls" / name)
        (self.build / "bin").mkdir()
        for tool in ("layout_generate", "sluice"):
            (self.build / "bin" / tool).symlink_to(HERE / "stand_in" / "tool.py")
        self.environment = {"PATH": str(self.bin), "HOME": str(self.folder),
                            "CALLS": str(self.folder / "calls"), "SLUICE_POLL_SECONDS": "0",
                            **self.world()}

    @staticmethod
    def write(path, text=""):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def world(self):
        """Checkouts and platforms of all targets; the variables that name them."""
        sys.path.insert(0, str(ROOT / "rtl" / "shells" / "build"))
        import alveo
        for board in alveo.PARTS:
            name = alveo.platform_of(board)
            self.write(self.folder / "platforms" / name / f"{name}.xpfm")
        self.write(self.folder / "mac" / "package_cmac.tcl")
        hdk = self.folder / "hdk"
        for name in ("sde.sv", "sde_pkg.sv", "cl_sde.sv"):
            self.write(hdk / "cl" / "examples" / "cl_sde" / "design" / name, "// of AWS\n")
        scripts = hdk / "common" / "shell_stable" / "build" / "scripts"
        scripts.mkdir(parents=True)
        (scripts / "aws_build_dcp_from_cl.py").symlink_to(HERE / "stand_in" / "tool.py")
        self.write(scripts / "build_all.tcl")
        opennic = self.folder / "opennic"
        self.write(opennic / "script" / "build.tcl")
        self.write(opennic / "script" / "board_settings" / "au55c.tcl")
        corundum = self.folder / "corundum"
        self.write(corundum / "fpga" / "app" / "template" / "rtl" / "mqnic_app_block.v", TEMPLATE)
        plain = corundum / "fpga" / "mqnic" / "AU280" / "fpga_100g" / "fpga"
        self.write(plain / "Makefile", "SYN_FILES = rtl/fpga.v\n\ninclude ../common/vivado.mk\n")
        self.write(plain / "config.tcl",
                   "".join(f'dict set params {name} "x"\n' for name in APP_PARAMETERS))
        return {"PLATFORM_REPO_PATHS": str(self.folder / "platforms"),
                "SLUICE_MAC_DIR": str(self.folder / "mac"), "HDK_DIR": str(hdk),
                "HDK_SHELL_DIR": str(scripts.parents[1]), "SLUICE_S3": "bucket/some/prefix",
                "SLUICE_OPENNIC_DIR": str(opennic), "SLUICE_CORUNDUM_DIR": str(corundum),
                "XILINXD_LICENSE_FILE": "2100@licences"}

    def image(self, target, *options, **environment):
        pathlib.Path(self.environment["CALLS"]).write_text("")
        return subprocess.run(["/usr/bin/python3", str(ROOT / "rtl/shells/build/image.py"), target,
                               "--build", str(self.build), *options],
                              env={**self.environment, **environment}, capture_output=True,
                              text=True, check=False, timeout=120)

    def calls(self):
        lines = pathlib.Path(self.environment["CALLS"]).read_text().splitlines()
        return [json.loads(line) for line in lines]

    def names(self):
        return [call["name"] for call in self.calls()]


# Target -> the tools that a whole build calls, in order.
ALVEO = ["layout_generate", "vivado", "make", "make", "v++", "xclbinutil", "sluice"]
ORDER = {
    "u55c": ALVEO, "u280": ALVEO, "u250": ALVEO,
    "f2": ["aws_build_dcp_from_cl.py", "aws", "aws", "aws", "aws", "sluice"],
    "opennic": ["vivado", "sluice", "sluice"],
    "corundum": ["make", "sluice"],
}


class EveryTarget(ImageCase):
    def test_runs_its_steps_in_order_and_names_the_image(self):
        for target, order in ORDER.items():
            result = self.image(target)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.names(), order, target)
            path = pathlib.Path(result.stdout.splitlines()[-1].removeprefix(f"image {target}: "))
            self.assertEqual(path.parent, self.build / "image" / target)
            self.assertNotIn("XILINX", result.stdout)

    def test_ends_with_the_step_that_fails_and_names_it(self):
        for target in ("u55c", "f2", "opennic", "corundum"):
            order = ORDER[target]
            for at, tool in enumerate(order):
                number = order[:at + 1].count(tool)
                result = self.image(target, FAIL=f"{tool} {number}")
                self.assertEqual(result.returncode, 1, f"{target}, {tool} {number}")
                self.assertEqual(self.names(), order[:at + 1])
                self.assertRegex(result.stderr,
                                 rf"image {target}: step \d+ \(.+\) failed: .*{tool[:3]}")
                self.assertIn("status 3", result.stderr)

    def test_does_not_believe_a_tool_that_leaves_nothing(self):
        for target, tool in (("u55c", "vivado"), ("u55c", "make"), ("u55c", "v++"),
                             ("u55c", "xclbinutil"), ("f2", "aws_build_dcp_from_cl.py"),
                             ("f2", "aws"), ("opennic", "vivado"), ("corundum", "make")):
            result = self.image(target, NOTHING=tool)
            self.assertEqual(result.returncode, 1, f"{target}, {tool}")
            self.assertEqual(self.names()[-1], tool)
            self.assertIn("failed", result.stderr)

    def test_names_all_that_is_missing_and_builds_nothing(self):
        for target, words in {
                "u280": ["vivado", "v++", "xclbinutil", "xilinx_u280", "SLUICE_MAC_DIR"],
                "f2": ["vivado", "HDK_DIR", "HDK_SHELL_DIR", "aws", "SLUICE_S3"],
                "opennic": ["vivado", "SLUICE_OPENNIC_DIR"],
                "corundum": ["vivado", "make", "SLUICE_CORUNDUM_DIR"]}.items():
            bare = {"PATH": "", "HOME": str(self.folder), "CALLS": self.environment["CALLS"]}
            self.environment, whole = bare, self.environment
            result = self.image(target)
            self.environment = whole
            self.assertEqual(result.returncode, 1)
            lines = [line for line in result.stderr.splitlines() if line.startswith("missing: ")]
            self.assertEqual(len(lines), len(words), result.stderr)
            for word, line in zip(words, lines):
                self.assertIn(word, line)
                self.assertGreater(len(line.partition(": ")[2].partition(": ")[2]), 10,
                                   "where to get it")
            self.assertFalse((self.build / "image").exists())

    def test_names_one_missing_thing_alone(self):
        (self.bin / "v++").unlink()
        result = self.image("u55c")
        self.assertIn("program v++", result.stderr)
        self.assertIn("1 missing", result.stderr)
        shutil.rmtree(self.folder / "hdk" / "cl")
        self.assertIn("sde.sv", self.image("f2").stderr)
        self.assertIn("licence", self.image("u55c", XILINXD_LICENSE_FILE="").stdout)
        self.assertEqual(self.image("opennic", "--check").returncode, 0)
        self.assertEqual(self.names(), [])


class Alveo(ImageCase):
    def test_gives_each_tool_what_it_needs(self):
        self.assertEqual(self.image("u250").returncode, 0)
        out = self.build / "image" / "u250"
        import link_config
        by_name = {call["name"]: call["args"] for call in self.calls()}
        by_cwd = {call["name"]: call["cwd"] for call in self.calls()}
        self.assertEqual(by_name["vivado"][-5:], [
            str(out / "rtl"), str(out / "kernel.xml"), "xcu250-figd2104-2L-e",
            str(out / "package"), str(out / "sluice_card.xo")])
        macs = [str(self.folder / "mac" / "_x.xilinx_u250_gen3x16_xdma_4_1_202210_1" /
                    f"cmac_{port}.xo") for port in (0, 1)]
        self.assertEqual(by_name["v++"], [
            "--link", "--target", "hw", "--config", "link_u250.cfg", "--output",
            str(out / "linked.xclbin"), str(out / "sluice_card.xo"), *macs])
        self.assertEqual(by_cwd["v++"], str(out))
        hooks = [value for _, key, value in link_config.parse((out / "link_u250.cfg").read_text())
                 if key == "param" and "PostSysLink" in value]
        self.assertEqual(hooks, [f"compiler.userPostSysLinkOverlayTcl={out}/post_link.tcl"])
        self.assertTrue((out / "post_link.tcl").is_file())
        packed = by_name["sluice"]
        self.assertEqual(packed[:4], ["image", "pack", "--board", "u250"])
        self.assertEqual(packed[packed.index("--clock-khz") + 1], "300000")
        self.assertEqual(packed[packed.index("--timing-met") + 1], "yes")

    def test_stages_every_source_once_with_the_build_id_in_the_top(self):
        self.assertEqual(self.image("u55c").returncode, 0)
        rtl = self.build / "image" / "u55c" / "rtl"
        order = (rtl / "order").read_text().split()
        self.assertEqual(sorted(order), sorted(path.name for path in rtl.glob("*.sv")))
        packages = [name for name in order if name.endswith("_pkg.sv")]
        self.assertEqual(order[:len(packages)], packages)
        self.assertIn("sluice_card.sv", order)
        self.assertNotIn("cl_sluice.sv", order)
        packed = self.calls()[-1]["args"]
        build_id = packed[packed.index("--build-id") + 1]
        self.assertRegex(build_id, "^[0-9a-f]{8}$")
        self.assertIn(f"BUILD_ID = 32'h{build_id}", (rtl / "sluice_kernel.sv").read_text())

    def test_says_that_timing_failed_when_the_clock_came_out_lower(self):
        result = self.image("u55c", CLOCK_MHZ="278")
        self.assertEqual(result.returncode, 0)
        packed = self.calls()[-1]["args"]
        self.assertEqual(packed[packed.index("--clock-khz") + 1], "278000")
        self.assertEqual(packed[packed.index("--timing-met") + 1], "no")
        self.assertIn("timing failed", result.stdout)

    def test_asks_for_options_that_sluice_image_pack_has(self):
        text = subprocess.run([ARGUMENTS.sluice, "image", "pack", "--help"], capture_output=True,
                              text=True, check=True).stdout
        for target in ("u55c", "f2", "opennic", "corundum"):
            self.assertEqual(self.image(target).returncode, 0)
            for word in self.calls()[-1]["args"]:
                self.assertTrue(not word.startswith("--") or word in text, word)


class F2(ImageCase):
    def test_makes_a_manifest_that_sluice_takes(self):
        (self.build / "bin" / "sluice").unlink()
        (self.build / "bin" / "sluice").symlink_to(ARGUMENTS.sluice)
        for violated in ("", "1"):
            result = self.image("f2", VIOLATED=violated)
            self.assertEqual(result.returncode, 0, result.stderr)
            manifest = json.loads((self.build / "image" / "f2" / "sluice.f2.json").read_text())
            self.assertEqual(manifest["agfi"], "agfi-0123456789abcdef0")
            self.assertEqual(manifest["platform"], "0x10212415")
            self.assertEqual(manifest["timing_met"], not violated)

    def test_lays_the_custom_logic_out_as_the_hdk_wants_it(self):
        self.assertEqual(self.image("f2").returncode, 0)
        folder = self.build / "image" / "f2" / "cl_sluice"
        design = {path.name for path in (folder / "design").iterdir()}
        self.assertLessEqual({"cl_sluice.sv", "cl_id_defines.vh", "sde.sv", "sde_pkg.sv",
                              "sluice_card.sv", "rewrite.sv"}, design)
        self.assertFalse({"cl_sde.sv", "order", "cl_ports.vh", "sluice_kernel.sv"} & design)
        first = self.calls()[0]
        self.assertEqual(first["cwd"], str(folder / "build" / "scripts"))
        self.assertEqual(first["args"], ["-c", "cl_sluice", "--mode", "small_shell"])
        scripts = {path.name for path in (folder / "build" / "scripts").iterdir()}
        self.assertLessEqual({"synth_cl_sluice.tcl", "build_all.tcl"}, scripts)

    def test_a_bucket_may_be_written_as_an_address_and_a_wrong_one_is_missing(self):
        self.assertEqual(self.image("f2", SLUICE_S3="s3://bucket/some/prefix/").returncode, 0)
        aws = [call["args"] for call in self.calls() if call["name"] == "aws"]
        self.assertEqual(aws[0][3], "s3://bucket/some/prefix/25_11_22.Developer_CL.tar")
        wrong = self.image("f2", "--check", SLUICE_S3="s3:/bucket")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("SLUICE_S3=s3:/bucket", wrong.stderr)

    def test_a_checkpoint_that_aws_did_not_get_is_not_built_again(self):
        failed = self.image("f2", FAIL="aws 1", VIOLATED="1")
        self.assertEqual(failed.returncode, 1)
        tar = failed.stderr.split("SLUICE_CHECKPOINT=")[1].split()[0]
        again = self.image("f2", SLUICE_CHECKPOINT=tar)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.names(), ORDER["f2"][1:])
        self.assertIn("timing failed", again.stdout)
        gone = self.image("f2", "--check", SLUICE_CHECKPOINT=tar + "x")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("SLUICE_CHECKPOINT", gone.stderr)

    def test_waits_for_the_image_and_gives_up_when_aws_does(self):
        self.assertEqual(self.image("f2", AWS_STATES="pending pending available").returncode, 0)
        self.assertEqual(self.names().count("aws"), 5)
        result = self.image("f2", AWS_STATES="pending failed")
        self.assertEqual(result.returncode, 1)
        self.assertIn("state failed: as told", result.stderr)
        aws = [call["args"] for call in self.calls() if call["name"] == "aws"]
        self.assertEqual(aws[0][3], "s3://bucket/some/prefix/25_11_22.Developer_CL.tar")
        self.assertIn("Bucket=bucket,Key=some/prefix/25_11_22.Developer_CL.tar", aws[1])


class Plugins(ImageCase):
    IMAGES = {"opennic": ("au55c", ["sluice.bit", "sluice.mcs"]),
              "corundum": ("AU280", ["sluice.bit"])}

    def manifests(self, target, **environment):
        """The manifests beside the target's images, by the real program."""
        (self.build / "bin" / "sluice").unlink()
        (self.build / "bin" / "sluice").symlink_to(ARGUMENTS.sluice)
        result = self.image(target, **environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.build / "image" / target
        found = {path.name.removesuffix(".json"): json.loads(path.read_text())
                 for path in out.glob("*.json")}
        for name in found:
            subprocess.run([ARGUMENTS.sluice, "image", "check", out / name, "--for", target,
                            "--accept-missed-timing"], check=True, capture_output=True)
        return found

    def test_have_a_manifest_beside_every_image(self):
        for target, (board, names) in self.IMAGES.items():
            found = self.manifests(target)
            self.assertEqual(sorted(found), names)
            for manifest in found.values():
                self.assertEqual((manifest["board"], manifest["platform"]), (target, board))
                self.assertEqual((manifest["clock_khz"], manifest["timing_met"]), (250_000, True))
                self.assertRegex(manifest["sha256"], "^[0-9a-f]{64}$")

    def test_say_that_timing_failed_when_vivado_does_or_says_nothing(self):
        for target in self.IMAGES:
            for said in ("Timing constraints are not met.", "none"):
                for manifest in self.manifests(target, TIMING=said).values():
                    self.assertFalse(manifest["timing_met"], said)

    def test_gives_opennic_its_plug_in(self):
        self.assertEqual(self.image("opennic").returncode, 0)
        plugin = self.build / "image" / "opennic" / "plugin"
        for name in ("build_box_250mhz.tcl", "cross.tcl", "order", "rtl/sluice_250mhz.sv",
                     "box_250mhz/user_plugin_250mhz_inst.vh",
                     "box_250mhz/box_250mhz_address_map_inst.vh",
                     "box_250mhz/box_250mhz_address_map.v",
                     "box_250mhz/box_250mhz_axi_crossbar.tcl"):
            self.assertTrue((plugin / name).is_file(), name)
        args = self.calls()[0]["args"]
        self.assertEqual(args[args.index("-user_plugin") + 1], str(plugin))
        self.assertEqual(args[args.index("-num_cmac_port") + 1], "2")

    def test_puts_the_card_into_corundums_block_and_leaves_the_checkout_alone(self):
        self.assertEqual(self.image("corundum").returncode, 0)
        self.assertFalse((self.folder / "corundum" / "fpga" / "app" / "sluice").exists())
        copy = self.build / "image" / "corundum" / "corundum" / "fpga"
        text = (copy / "app" / "sluice" / "rtl" / "mqnic_app_block.v").read_text()
        self.assertNotIn("axil_ram", text)
        self.assertNotIn("12340001", text)
        self.assertNotIn("= s_axis_direct_tx_tdata", text)
        self.assertIn("= s_axis_sync_tx_tdata", text)
        self.assertEqual(text.count("sluice_app"), 1)
        design = copy / "mqnic" / "AU280" / "fpga_100g" / "fpga_app_sluice"
        make = (design / "Makefile").read_text()
        self.assertIn("SYN_FILES += app/sluice/rtl/sluice_card.sv\n", make)
        self.assertLess(make.index("cross.tcl"), make.index("include"))
        config = (design / "config.tcl").read_text()
        self.assertIn('APP_ENABLE "1"', config)
        self.assertIn("APP_ID \"32'h534c5549\"", config)

    def test_refuses_a_corundum_that_it_does_not_know(self):
        path = self.folder / "corundum/fpga/app/template/rtl/mqnic_app_block.v"
        for line in TEMPLATE.splitlines():
            if "direct_rx_t" not in line and "cpl_valid" not in line:
                continue
            path.write_text(TEMPLATE.replace(line + "\n", ""))
            result = self.image("corundum")
            self.assertEqual(result.returncode, 1, line)
            self.assertIn("another one than Sluice knows", result.stderr)
            self.assertEqual(self.names(), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sluice", type=pathlib.Path, required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    ARGUMENTS.sluice = ARGUMENTS.sluice.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
