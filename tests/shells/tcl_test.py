#!/usr/bin/python3
"""The Tcl of the shells, executed in tclsh with the vendor's commands standing in and recording."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SHELLS = HERE.parents[1] / "rtl" / "shells"


class Tcl(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-tcl-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_tcl(self, script, world="", argv="", variables=None):
        """The process and the recorded calls, each a list of words."""
        calls = self.folder / "calls"
        calls.write_text("")
        environment = {**os.environ, "CALLS": str(calls), "WORLD": world, "ARGV": argv,
                       "SCRIPT": str(script)}
        prologue = "".join(f"set {name} {{{value}}}\n" for name, value in
                           (variables or {}).items())
        start = self.folder / "start.tcl"
        start.write_text(prologue + f"source {HERE}/tcl/stubs.tcl\n")
        result = subprocess.run(["tclsh", str(start)], capture_output=True, text=True, check=False,
                                cwd=self.folder, env=environment, timeout=60)
        return result, calls.read_text().splitlines()


class Package(Tcl):
    """package.tcl"""

    INTERFACES = ["s_axi_control", "S_AXI_CONTROL", "m_axi_tables", "S_AXIS_0", "M_AXIS_0",
                  "S_AXIS_1", "M_AXIS_1"]

    def package(self, interfaces, names=("a_pkg.sv", "b.sv"), argv=None):
        rtl = self.folder / "rtl"
        rtl.mkdir(exist_ok=True)
        for name in ("a_pkg.sv", "b.sv"):
            (rtl / name).write_text("")
        (rtl / "order").write_text("".join(name + "\n" for name in names))
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        (work / "old").write_text("of the last run")
        arguments = argv or f"{rtl} /k/kernel.xml xcu55c-fsvh2892-2L-e {work} /o/sluice_card.xo"
        return self.run_tcl(SHELLS / "alveo" / "package.tcl", argv=arguments,
                            world=f"objects {{{' '.join(interfaces)}}}")

    def test_packages_the_kernel_with_a_clock_for_every_interface(self):
        result, calls = self.package(self.INTERFACES)
        self.assertEqual(result.returncode, 0, result.stderr)
        rtl = self.folder / "rtl"
        self.assertIn(f"add_files -norecurse {{{rtl}/a_pkg.sv {rtl}/b.sv}}", calls)
        self.assertIn("set_property top sluice_kernel sources_1", calls)
        self.assertIn("set_property name sluice_card core", calls)
        self.assertIn("set_property sdx_kernel true core", calls)
        self.assertIn("set_property name S_AXI_CONTROL s_axi_control", calls)
        for interface in self.INTERFACES[1:]:
            self.assertIn(f"ipx::associate_bus_interfaces -busif {interface} -clock ap_clk core",
                          calls)
        self.assertIn("ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n core", calls)
        self.assertIn("ipx::remove_user_parameter BUILD_ID core", calls)
        ip = self.folder.joinpath("work", "ip")
        self.assertEqual(calls[-1], "package_xo -xo_path /o/sluice_card.xo -kernel_name sluice_card"
                         f" -ip_directory {ip} -kernel_xml /k/kernel.xml")
        order = [next(i for i, call in enumerate(calls) if call.startswith(start)) for start in
                 ("create_project", "ipx::package_project", "ipx::edit_ip_in_project",
                  "ipx::check_integrity", "ipx::save_core", "package_xo")]
        self.assertEqual(order, sorted(order))
        self.assertFalse((self.folder / "work" / "old").exists())

    def test_stops_when_vivado_does_not_find_an_interface(self):
        for missing in self.INTERFACES[1:]:
            result, calls = self.package([i for i in self.INTERFACES if i != missing])
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(missing, result.stderr)
            self.assertFalse([call for call in calls if call.startswith("package_xo")])

    def test_stops_without_its_sources_or_arguments(self):
        result, calls = self.package(self.INTERFACES, names=("a_pkg.sv", "gone.sv"))
        self.assertIn("gone.sv", result.stderr)
        self.assertFalse(calls)
        result, _ = self.package(self.INTERFACES, argv="only two")
        self.assertIn("5 arguments", result.stderr)


class PostLink(Tcl):
    """post_link.tcl"""

    CELLS = ["cmac_0_1", "cmac_1_1"]
    # MAC kernels: the reference clock as an interface, and as two pins.
    MACS = {kind: [f"cmac_{port}_1/{pin}" for port in (0, 1)
                   for pin in (f"gt_serial_port{port}", "clk_gt_freerun", *names(port))]
            for kind, names in (
                ("interface", lambda port: [f"gt_refclk{port}"]),
                ("pins", lambda port: [f"gt_refclk{port}_p", f"gt_refclk{port}_n"]))}

    # What block designs of these platforms have: transceivers with their reference clock by port,
    # the free-running clock that the MACs want, and others that are there too.
    PLATFORMS = {
        "xilinx_u250_gen3x16_xdma_4_1_202210_1": (
            [("io_gt_qsfp_00", "io_clk_qsfp_refclka_00"),
             ("io_gt_qsfp_01", "io_clk_qsfp_refclka_01")],
            "ii_level1_wire/ulp_m_aclk_freerun_ref_00", ["plp_s_aclk_freerun_ref_00"]),
        "xilinx_u280_gen3x16_xdma_1_202211_1": (
            [("io_gt_qsfp0_00", "io_clk_qsfp0_refclka_00"),
             ("io_gt_qsfp1_00", "io_clk_qsfp1_refclka_00")],
            "ii_level0_wire/ulp_m_aclk_freerun_ref_00",
            ["blp_s_aclk_freerun_ref_00", "io_clk_qsfp0_refclkb_00", "io_clk_qsfp1_refclkb_00"]),
        "xilinx_u55c_gen3x16_xdma_3_202210_1": (
            [("io_gt_qsfp0_00", "io_clk_qsfp0_refclka_00"),
             ("io_gt_qsfp1_00", "io_clk_qsfp1_refclka_00")],
            "ii_level0_wire/ulp_m_aclk_freerun_ref_00", ["blp_s_aclk_freerun_ref_00"]),
        "xilinx_u280_xdma_201920_3": (
            [("io_gt_gtyquad_00", "io_clk_gtyquad_refclk0_00"),
             ("io_gt_gtyquad_01", "io_clk_gtyquad_refclk0_01")],
            "clk_gt_freerun", ["io_clk_gtyquad_refclk1_00", "io_clk_gtyquad_refclk1_01"]),
        "two stages, with the port alone": (
            [("io_gt_qsfp_00", "io_clk_qsfp_refclka_00"),
             ("io_gt_qsfp_01", "io_clk_qsfp_refclka_01")], "plp_s_aclk_freerun_ref_00", []),
    }
    U250 = "xilinx_u250_gen3x16_xdma_4_1_202210_1"

    @classmethod
    def design(cls, platform, mac="interface"):
        """Objects of a linked design on a platform."""
        pairs, clock, others = cls.PLATFORMS[platform]
        ports = [name for gt, refclk in pairs
                 for name in (gt, refclk, f"{refclk}_clk_p", f"{refclk}_clk_n")]
        return ports + [clock] + others + cls.CELLS + cls.MACS[mac]

    def link(self, objects, nets=""):
        return self.run_tcl(SHELLS / "alveo" / "post_link.tcl",
                            world=f"objects {{{' '.join(objects)}}} nets {{{nets}}}")

    def test_gives_each_mac_its_transceivers_and_clocks_on_every_platform(self):
        for platform, (pairs, clock, _) in self.PLATFORMS.items():
            for mac in self.MACS:
                result, calls = self.link(self.design(platform, mac))
                self.assertEqual(result.returncode, 0, result.stderr)
                wanted = []
                for port, (gt, refclk) in enumerate(pairs):
                    cell = f"cmac_{port}_1"
                    wanted.append(f"connect_bd_intf_net {gt} {cell}/gt_serial_port{port}")
                    if mac == "interface":
                        wanted.append(f"connect_bd_intf_net {refclk} {cell}/gt_refclk{port}")
                    else:
                        wanted += [f"connect_bd_net {refclk}_clk_p {cell}/gt_refclk{port}_p",
                                   f"connect_bd_net {refclk}_clk_n {cell}/gt_refclk{port}_n"]
                    wanted.append(f"connect_bd_net {clock} {cell}/clk_gt_freerun")
                self.assertEqual(calls, wanted, f"{platform}, {mac}")

    def test_knows_the_names_of_every_platform_that_a_link_file_names(self):
        for board in ("u55c", "u280", "u250"):
            text = (SHELLS / "alveo" / f"link_{board}.cfg").read_text()
            platform = re.search(r"^platform=(\S+)$", text, re.MULTILINE).group(1)
            self.assertIn(platform, self.PLATFORMS)

    def test_takes_the_free_running_clock_off_the_net_that_the_linker_gave_it(self):
        result, calls = self.link(self.design(self.U250), nets="cmac_1_1/clk_gt_freerun some_net")
        self.assertEqual(result.returncode, 0, result.stderr)
        at = calls.index("disconnect_bd_net some_net cmac_1_1/clk_gt_freerun")
        clock = self.PLATFORMS[self.U250][1]
        self.assertEqual(calls[at + 1], f"connect_bd_net {clock} cmac_1_1/clk_gt_freerun")
        self.assertEqual(sum(call.startswith("disconnect") for call in calls), 1)

    def test_stops_when_the_platform_or_the_design_lacks_something(self):
        whole = [name for name in self.design(self.U250) if name != "plp_s_aclk_freerun_ref_00"]
        for missing, word in ((self.PLATFORMS[self.U250][1], "free-running"),
                              ("cmac_1_1", "nk=cmac_1"), ("io_gt_qsfp_00", "io_gt_qsfp0_00"),
                              ("io_gt_qsfp_01", "io_gt_qsfp_01"),
                              ("io_clk_qsfp_refclka_00", "io_clk_qsfp_refclka_00")):
            result, _ = self.link([name for name in whole if name != missing])
            self.assertNotEqual(result.returncode, 0, missing)
            self.assertIn(word, result.stderr)


class Synthesis(Tcl):
    """synth_cl_sluice.tcl and build_box_250mhz.tcl"""

    def test_reads_each_source_of_f2_once_and_packages_first(self):
        scripts = self.folder / "build" / "scripts"
        scripts.mkdir(parents=True)
        (scripts / "synth_cl_header.tcl").write_text("record header\n")
        (scripts / "synth_cl_footer.tcl").write_text("record footer\n")
        design = self.folder / "design"
        design.mkdir()
        for name in ("a.sv", "z_pkg.sv", "sde.sv", "cl_id_defines.vh"):
            (design / name).write_text("")
        result, calls = self.run_tcl(
            SHELLS / "f2" / "build" / "synth_cl_sluice.tcl",
            variables={"HDK_SHELL_DIR": self.folder, "src_post_enc_dir": design, "CL": "cl_sluice",
                       "constraints_dir": "/c", "DEVICE_TYPE": "xcvu47p"})
        self.assertEqual(result.returncode, 0, result.stderr)
        reads = [call.rsplit("/", 1)[-1] for call in calls if call.startswith("read_verilog")]
        self.assertEqual(reads, ["z_pkg.sv", "a.sv", "sde.sv"])
        self.assertEqual((calls[0], calls[-1]), ("header", "footer"))
        synthesis = next(call for call in calls if call.startswith("synth_design"))
        self.assertIn("-mode out_of_context -top cl_sluice", synthesis)
        self.assertIn("-part xcvu47p", synthesis)

    def test_reads_the_plug_in_of_opennic_in_its_order(self):
        (self.folder / "rtl").mkdir()
        for name in ("p_pkg.sv", "a.sv"):
            (self.folder / "rtl" / name).write_text("")
        (self.folder / "order").write_text("p_pkg.sv\na.sv\n")
        script = SHELLS / "opennic" / "build_box_250mhz.tcl"
        result, calls = self.run_tcl(script)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(calls, ["read_verilog -quiet -sv rtl/p_pkg.sv",
                                 "read_verilog -quiet -sv rtl/a.sv",
                                 "read_xdc -unmanaged cross.tcl"])
        (self.folder / "order").write_text("gone.sv\n")
        result, _ = self.run_tcl(script)
        self.assertIn("gone.sv", result.stderr)
        crossbar = SHELLS / "opennic" / "box_250mhz_axi_crossbar.tcl"
        self.assertEqual(self.run_tcl(crossbar)[0].returncode, 0)


class Constraints(Tcl):
    """cross.tcl"""

    def test_bounds_what_crosses_and_nothing_else(self):
        world = ("cells {{NAME =~ *u_sync_bits/first_q_reg*} {g/u_sync_bits/first_q_reg[0]} "
                 "{NAME =~ *lasts_reg* && PRIMITIVE_SUBGROUP == LUTRAM} f/lasts_reg "
                 "{NAME =~ *read_q_reg*} f/read_q_reg}")
        result, calls = self.run_tcl(SHELLS / "common" / "cross.tcl", world=world)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(calls, [
            "set_max_delay -datapath_only -from {from:g/u_sync_bits/first_q_reg[0]/D} -to "
            "{g/u_sync_bits/first_q_reg[0]} 3.0",
            "set_false_path -to {NAME =~ */chain_q_reg*/PRE}",
            "set_max_delay -datapath_only -from f/lasts_reg -to f/read_q_reg 3.0"])

    def test_names_registers_that_the_modules_have(self):
        rtl = "".join(path.read_text() for path in (SHELLS / "common").glob("*.sv"))
        text = (SHELLS / "common" / "cross.tcl").read_text()
        for name in ("first_q", "chain_q", "lasts", "lengths", "memory", "m_tlast_o", "read_q",
                     "frames_read_q", "m_tvalid_o", "m_bytes_o", "data_o", "u_sync_bits"):
            self.assertIn(name, text)
            self.assertRegex(rtl, rf"\b{name}\b")


if __name__ == "__main__":
    unittest.main()
