#!/usr/bin/python3
"""Link files, kernel.xml and RTL of the Alveo kernel say the same; so do ids and plug-in texts."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELLS = ROOT / "rtl" / "shells"
sys.path.insert(0, str(SHELLS / "build"))

import alveo  # noqa: E402
import link_config  # noqa: E402

BOARDS = ("u55c", "u280", "u250")
ARGUMENTS = argparse.Namespace()


def rtl_ports(name):
    """Port -> (direction, bits) of a module's file."""
    text = (SHELLS / name).read_text()
    found = re.findall(r"^    (input|output)\s+logic\s+(?:\[\s*(\d+):0\]\s+)?(\w+)", text, re.M)
    return {port: (direction, int(high or 0) + 1) for direction, high, port in found}


def constants(prefix):
    """Name -> value of the package's 16-bit addresses with this prefix."""
    text = ARGUMENTS.package.read_text()
    found = re.findall(rf"localparam logic \[15:0\] {prefix}(\w+) = 16'h([0-9a-f]+);", text)
    return {name.lower(): int(value, 16) for name, value in found}


class Config(unittest.TestCase):
    """The parser of v++ files."""

    def test_keeps_keys_that_come_again_in_order(self):
        text = ("platform=p\n# remark\n[connectivity]\nnk=a:1:a_1\n nk = b:1:b_1 \n\n"
                "[advanced]\nx=y=z\n")
        self.assertEqual(link_config.parse(text),
                         [("", "platform", "p"), ("connectivity", "nk", "a:1:a_1"),
                          ("connectivity", "nk", "b:1:b_1"), ("advanced", "x", "y=z")])

    def test_refuses_what_is_no_setting(self):
        for text in ("[open\n", "[]\n", "word\n", "=v\n", "k=\n"):
            with self.assertRaises(link_config.ConfigError) as caught:
                link_config.parse("a=b\n" + text)
            self.assertIn("line 2", str(caught.exception))


class Kernel(unittest.TestCase):
    """kernel.xml"""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "kernel.xml")
            subprocess.run([ARGUMENTS.generator, "--kernel-xml", path], check=True)
            cls.kernel = xml.etree.ElementTree.parse(path).getroot().find("kernel")
        cls.ports = {port.get("name"): port for port in cls.kernel.find("ports")}
        cls.args = list(cls.kernel.find("args"))

    def test_is_of_a_kernel_that_the_user_manages(self):
        self.assertEqual(self.kernel.get("name"), "sluice_card")
        self.assertEqual(self.kernel.get("vlnv"), "sluice:kernel:sluice_card:1.0")
        self.assertEqual(self.kernel.get("hwControlProtocol"), "user_managed")

    def test_has_the_interfaces_of_the_rtl(self):
        self.assertEqual(set(self.ports), {"S_AXI_CONTROL", "m_axi_tables", "S_AXIS_0", "S_AXIS_1",
                                           "M_AXIS_0", "M_AXIS_1"})
        rtl = rtl_ports("alveo/sluice_kernel.sv")
        for name, port in self.ports.items():
            bits = int(port.get("dataWidth"))
            if name == "S_AXI_CONTROL":
                self.assertEqual(rtl["s_axi_control_wdata"], ("input", bits))
                high_bit = rtl["s_axi_control_awaddr"][1]
                self.assertEqual(int(port.get("range"), 16), 1 << high_bit)
            elif name == "m_axi_tables":
                self.assertEqual(rtl["m_axi_tables_rdata"], ("input", bits))
                self.assertEqual(rtl["m_axi_tables_araddr"], ("output", 64))
            else:
                slave = name.startswith("S_")
                self.assertEqual(rtl[f"{name}_tdata"], ("input" if slave else "output", bits))
                self.assertEqual(rtl[f"{name}_tkeep"][1], bits // 8)
                self.assertEqual(rtl[f"{name}_tready"][0], "output" if slave else "input")
                self.assertEqual(port.get("mode"), "read_only" if slave else "write_only")

    def test_has_an_argument_for_every_register_and_window_and_no_other(self):
        expected = {**constants("REG_"), **constants("SHELL_REG_"),
                    **{f"{name}_window": value for name, value in constants("WINDOW_").items()}}
        found = {arg.get("name"): int(arg.get("offset"), 16) for arg in self.args
                 if arg.get("port") == "S_AXI_CONTROL"}
        self.assertEqual(found, expected)
        self.assertGreater(len(found), 30)
        for arg in self.args:
            end = int(arg.get("offset"), 16) + int(arg.get("size"), 16)
            self.assertLessEqual(end, int(self.ports["S_AXI_CONTROL"].get("range"), 16))

    def test_numbers_its_arguments_and_names_the_memory_first(self):
        self.assertEqual([int(arg.get("id")) for arg in self.args], list(range(len(self.args))))
        first = self.args[0]
        self.assertEqual((first.get("port"), first.get("addressQualifier")), ("m_axi_tables", "1"))
        self.assertEqual(int(first.get("offset"), 16), constants("REG_")["list_addr_lo"])
        self.assertEqual({arg.get("port") for arg in self.args}, set(self.ports))


class Link(unittest.TestCase):
    """link_BOARD.cfg"""

    def settings(self, board, key):
        entries = link_config.parse(alveo.config_of(board).read_text())
        return [value for section, name, value in entries
                if name == key and section == ("advanced" if key == "param" else "connectivity")]

    def test_makes_one_card_and_two_macs_of_known_names(self):
        for board in BOARDS:
            self.assertEqual(self.settings(board, "nk"), [
                "sluice_card:1:sluice_card_1", "cmac_0:1:cmac_0_1", "cmac_1:1:cmac_1_1"])

    def test_connects_every_stream_once_from_master_to_slave(self):
        rtl = rtl_ports("alveo/sluice_kernel.sv")
        for board in BOARDS:
            ends = []
            for value in self.settings(board, "stream_connect"):
                source, sink = value.split(":")
                self.assertIn(".M_AXIS", source)
                self.assertIn(".S_AXIS", sink)
                cells = {end.split(".")[0] for end in (source, sink)}
                mac = next(cell for cell in cells if cell.startswith("cmac_"))
                port = next(end for end in (source, sink) if end.startswith("sluice_card_1."))
                self.assertEqual(mac, f"cmac_{port[-1]}_1", value)
                ends += [source, sink]
            streams = {name[:-len("_tdata")] for name in rtl if name.endswith("_tdata")}
            self.assertEqual(sorted(end for end in ends if end.startswith("sluice_card_1.")),
                             sorted(f"sluice_card_1.{name}" for name in streams))
            self.assertEqual(len(ends), len(set(ends)))
            self.assertEqual(len(ends), 8)

    def test_places_every_instance_and_gives_the_master_a_memory_that_the_card_has(self):
        slrs = {"u55c": 3, "u280": 3, "u250": 4}
        for board in BOARDS:
            placed = dict(value.split(":") for value in self.settings(board, "slr"))
            self.assertEqual(set(placed), {"sluice_card_1", "cmac_0_1", "cmac_1_1"})
            for slr in placed.values():
                self.assertIn(slr, [f"SLR{i}" for i in range(slrs[board])])
            memory = "DDR" if board == "u250" else "HBM"
            (bank,) = self.settings(board, "sp")
            self.assertRegex(bank, rf"^sluice_card_1\.m_axi_tables:{memory}\[\d\]$")

    def test_names_platform_clock_and_the_script_that_is_there(self):
        for board in BOARDS:
            self.assertIn(f"_{board}_", alveo.platform_of(board))
            self.assertIn(board, alveo.PARTS[board])
            entries = link_config.parse(alveo.config_of(board).read_text())
            self.assertIn(("", "kernel_frequency", f"0:{alveo.CLOCK_KHZ // 1000}"), entries)
            (param,) = self.settings(board, "param")
            name, _, script = param.partition("=")
            self.assertEqual(name, "compiler.userPostSysLinkOverlayTcl")
            self.assertTrue((SHELLS / "alveo" / script).is_file())
        text = (SHELLS / "alveo" / "sluice_kernel.sv").read_text()
        self.assertIn(f"CLOCK_KHZ = {alveo.CLOCK_KHZ}\n", text)


class Plugin(unittest.TestCase):
    """What is included into other people's shells."""

    def connections(self, name, module):
        text = (SHELLS / name).read_text()
        body = re.search(rf"{module}\s*(?:#\(.*?\)\s*)?\w+\s*\((.*?)\n\);", text, re.S).group(1)
        return re.findall(r"\.(\w+)\(", body)

    def test_connects_every_port_of_opennics_and_corundums_adapter_once(self):
        for text, rtl, module in (
                ("opennic/plugin_250mhz.vh", "opennic/sluice_250mhz.sv", "sluice_250mhz"),
                ("corundum/app_inst.vh", "corundum/sluice_app.sv", "sluice_app")):
            ports = re.findall(r"^    (?:input|output)\s+logic\s+(?:\[[^\]]*\]\s+)?(\w+)",
                               (SHELLS / rtl).read_text(), re.M)
            self.assertEqual(sorted(self.connections(text, module)), sorted(ports), text)
            self.assertGreater(len(ports), 20)

    def test_does_not_elaborate_in_an_opennic_of_another_shape(self):
        text = (SHELLS / "opennic" / "plugin_250mhz.vh").read_text()
        check = text[:text.index("// The reset pair")]
        with tempfile.TemporaryDirectory() as folder:
            box = pathlib.Path(folder, "box.sv")
            box.write_text("module box #(parameter int NUM_CMAC_PORT = 2,\n"
                           f"parameter int NUM_PHYS_FUNC = 2) ();\n{check}endmodule\n")
            for ports, functions, fits in ((2, 2, True), (1, 2, False), (2, 1, False)):
                result = subprocess.run(
                    ["verilator", "--lint-only", "--top-module", "box",
                     f"-GNUM_CMAC_PORT={ports}", f"-GNUM_PHYS_FUNC={functions}", box],
                    capture_output=True, text=True, check=False)
                self.assertEqual(result.returncode == 0, fits, result.stderr)
                self.assertEqual("two CMAC ports" in result.stderr, not fits)

    def test_wires_opennics_axi_lite_through_without_a_map(self):
        text = (SHELLS / "opennic" / "address_map.vh").read_text()
        used = set(re.findall(r"axil_sluice_\w+",
                              (SHELLS / "opennic" / "plugin_250mhz.vh").read_text()))
        self.assertEqual(used, set(re.findall(r"axil_sluice_\w+", text)))
        for signal in used:
            plain = "s_axil_" + signal.removeprefix("axil_sluice_")
            self.assertTrue(f"{signal} = {plain};" in text or f"{plain} = {signal};" in text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--generator", type=pathlib.Path, required=True)
    parser.add_argument("--package", type=pathlib.Path, required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
