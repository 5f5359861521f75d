#!/usr/bin/env python3
"""`sluice image pack|info|check` as a program: no daemon, no root, no card."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("SLUICE_BIN", "build/bin")).resolve()
INTERFACE = "862c7020-a250-293e-3203-6f19956669e5"
PLATFORM = "xilinx_u55c_gen3x16_xdma_3_202210_1"


def bit_file(part):
    def field(letter, text):
        return letter + (len(text) + 1).to_bytes(2, "big") + text + b"\0"
    return (bytes.fromhex("00090ff00ff00ff00ff0000001") + field(b"a", b"top")
            + field(b"b", part.encode()) + b"bits")


class ImageCase(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sluice-")))
        self.image = self.work / "card.xclbin"
        self.manifest = self.work / "card.xclbin.json"

    def cli(self, *words):
        result = subprocess.run([BIN / "sluice", "image", *map(str, words)], check=False,
                                capture_output=True, text=True, cwd=self.work, timeout=30)
        return result.returncode, result.stdout, result.stderr

    def good(self, *words):
        status, out, err = self.cli(*words)
        self.assertEqual((status, err), (0, ""), words)
        return out

    def refused(self, *words):
        status, out, err = self.cli(*words)
        self.assertEqual((status, out), (1, ""), words)
        self.assertTrue(err.startswith("sluice: "), err)
        return err

    def pack_emulated(self, *words):
        return self.good("pack", "--board", "emu", "--build-id", "46ebb671", "--out", "card.xclbin",
                         *words)

    def card_options(self, part="xcu55c-fsvh2892-2L-e"):
        (self.work / "top.bit").write_bytes(bit_file(part))
        return ["pack", "--board", "u55c", "--mode", "hw", "--platform", PLATFORM,
                "--interface-uuid", INTERFACE, "--bitstream", "top.bit", "--clock-khz", "300000",
                "--timing-met", "yes", "--build-id", "46ebb671", "--out", "card.xclbin"]


class WrongWords(ImageCase):
    def test_for_takes_boards_platforms_and_interfaces_and_nothing_else(self):
        self.good(*self.card_options())
        for right in ("u55c", PLATFORM, INTERFACE):
            self.good("check", "card.xclbin", "--for", right)
        for wrong in ("", "u55", "U55C", "nosuch"):
            self.assertIn("is no board (u55c", self.refused("check", "card.xclbin", "--for", wrong))
        other = INTERFACE.replace("8", "9")
        self.assertNotIn("is no board", self.refused("check", "card.xclbin", "--for", other))

    def test_a_pipe_is_no_image_and_does_not_hang(self):
        os.mkfifo(self.image)
        for command in ("check", "info"):
            self.assertIn("a pipe", self.refused(command, "card.xclbin"))

    def test_a_place_that_cannot_take_the_image_is_named_as_the_user_named_it(self):
        for out, words in ((".", "is a folder"), ("none/card.xclbin", "no such folder"),
                           ("", "needs a name")):
            said = self.refused("pack", "--board", "emu", "--build-id", "46ebb671", "--out", out)
            self.assertIn(words, said)
        self.assertEqual(list(self.work.iterdir()), [])

    def test_what_describes_an_xclbin_is_refused_for_boards_without_one(self):
        said = self.refused("pack", "--board", "f2", "--agfi", "agfi-0123456789abcdef0",
                            "--platform", "0x10212415", "--build-id", "46ebb671", "--clock-khz",
                            "250000", "--timing-met", "yes", "--macs", "2", "--out", "card")
        self.assertIn("--macs", said)


class Pack(ImageCase):
    def test_an_emulated_card_needs_a_build_id_and_nothing_else(self):
        self.assertEqual(self.pack_emulated(),
                         "card.xclbin: packed for emu, manifest card.xclbin.json\n")
        manifest = json.loads(self.manifest.read_text())
        self.assertEqual((manifest["board"], manifest["build_id"], manifest["kernel"]),
                         ("emu", "46ebb671", "sluice_card"))

    def test_equal_input_gives_equal_bytes(self):
        self.pack_emulated()
        first = self.image.read_bytes(), self.manifest.read_bytes()
        self.pack_emulated()
        self.assertEqual(first, (self.image.read_bytes(), self.manifest.read_bytes()))

    def test_a_card_takes_the_bitstream_that_is_built_for_it(self):
        answer = json.loads(self.good(*self.card_options(), "-o", "json"))
        self.assertEqual((answer["ok"], answer["manifest"]["interface_uuid"]), (True, INTERFACE))
        self.assertIn(b"bits", self.image.read_bytes())
        self.assertIn("xcu280", self.refused(*self.card_options("xcu280-fsvh2892-2L-e")))

    def test_an_xclbin_of_the_linker_is_kept_byte_for_byte(self):
        self.good(*self.card_options())
        before = self.image.read_bytes()
        self.image.rename(self.work / "linked.xclbin")
        self.manifest.unlink()
        words = ["pack", "--board", "u55c", "--xclbin", "linked.xclbin", "--clock-khz", "250000",
                 "--timing-met", "no", "--build-id", "00000001", "--out", "card.xclbin"]
        self.good(*words)
        self.assertEqual(self.image.read_bytes(), before)
        manifest = json.loads(self.manifest.read_text())
        self.assertEqual((manifest["platform"], manifest["interface_uuid"]), (PLATFORM, INTERFACE))
        self.assertIn("none.xclbin: ", self.refused(*words[:4], "none.xclbin", *words[5:]))
        (self.work / "linked.xclbin").write_bytes(before[:336] + bytes(16) + before[352:])
        self.assertIn("names 0 interfaces; give --interface-uuid", self.refused(*words))

    def test_an_f2_image_is_a_manifest(self):
        words = ["pack", "--board", "f2", "--platform", "0x10212415", "--clock-khz", "250000",
                 "--timing-met", "yes", "--build-id", "46ebb671", "--out", "f2"]
        self.assertIn("--agfi", self.refused(*words))
        self.good(*words, "--agfi", "agfi-0123456789abcdef0")
        self.assertEqual([p.name for p in self.work.iterdir()], ["f2.json"])
        self.assertIn("good (for f2", self.good("check", "f2", "--for", "f2"))

    def test_a_bitstream_for_opennic_or_corundum_gets_a_manifest_beside_it(self):
        (self.work / "sluice.bit").write_bytes(bit_file("xcu280-fsvh2892-2L-e"))
        for board, platform in (("opennic", "au280"), ("corundum", "AU280")):
            words = ["pack", "--board", board, "--platform", platform, "--clock-khz", "250000",
                     "--timing-met", "yes", "--build-id", "46ebb671", "--out"]
            self.assertEqual(self.good(*words, "sluice.bit"),
                             f"sluice.bit: packed for {board}, manifest sluice.bit.json\n")
            self.assertIn(f"good (for {board}, {platform}",
                          self.good("check", "sluice.bit", "--for", board))
            self.assertIn("are a pair", self.good("info", "sluice.bit"))
            self.assertIn("is for " + board, self.refused("check", "sluice.bit", "--for", "u280"))
            self.assertIn("that Vivado wrote", self.refused(*words, "none.bit"))
            for option in (["--bitstream", "sluice.bit"], ["--interface-uuid", INTERFACE],
                           ["--agfi", "agfi-0123456789abcdef0"], ["--mode", "hw_emu"]):
                self.assertIn(option[0], self.refused(*words, "sluice.bit", *option))
        (self.work / "sluice.bit").write_bytes(bit_file("xcu280") + b"?")
        self.assertIn("SHA-256", self.refused("check", "sluice.bit"))
        self.assertIn("not usable", self.good("info", "sluice.bit"))

    def test_options_that_do_not_fit_are_refused_and_nothing_is_written(self):
        emulated = ["pack", "--board", "emu", "--build-id", "46ebb671", "--out", "card.xclbin"]
        card = self.card_options()
        for words, what in ((["--mode", "hw"], "hw_emu"),
                            (["--interface-uuid", INTERFACE], "only Alveo"),
                            (["--agfi", "agfi-0123456789abcdef0"], "only f2"),
                            (["--bitstream", "top.bit"], "zip of its simulation"),
                            (["--platform", "two words"], "platform"),
                            (["--xclbin", "x", "--macs", "1"], "--macs")):
            self.assertIn(what, self.refused(*emulated, *words))
        for option in ("--platform", "--clock-khz", "--timing-met", "--interface-uuid",
                       "--bitstream"):
            at = card.index(option)
            self.assertIn(option, self.refused(*card[:at], *card[at + 2:]))
        self.assertEqual([p.name for p in self.work.iterdir()], ["top.bit"])

    def test_wrong_usage_is_told_from_failure(self):
        for words in (["pack"], ["pack", "--board", "u200"], ["check"], [],
                      ["pack", "--board", "emu", "--out", "x", "--build-id", "46EBB671"],
                      ["info", "card.xclbin", "-o", "names"]):
            status, out, err = self.cli(*words)
            self.assertGreater(status, 1, words)
            self.assertEqual(out, "")
            self.assertIn("--help", err)


class InfoAndCheck(ImageCase):
    def test_info_shows_manifest_sections_ips_and_memories(self):
        self.pack_emulated("--macs", "2")
        text = self.good("info", "card.xclbin")
        for what in ("build_id", "46ebb671", "IP_LAYOUT (8)", "EMBEDDED_METADATA (2)",
                     "sluice_card:sluice_card_1", "0x1800000", "cmac_1:cmac_1_1", "bank0",
                     "are a pair"):
            self.assertIn(what, text)
        answer = json.loads(self.good("info", "card.xclbin.json", "-o", "json"))
        self.assertTrue(answer["usable"])
        self.assertEqual([s["kind"] for s in answer["xclbin"]["sections"]],
                         ["MEM_TOPOLOGY", "IP_LAYOUT", "CONNECTIVITY", "EMBEDDED_METADATA"])
        self.assertEqual(answer["xclbin"]["uuid"], answer["manifest"]["image_uuid"])

    def test_info_of_an_unusable_image_says_why(self):
        self.pack_emulated()
        self.manifest.unlink()
        self.assertIn("not usable: card.xclbin.json: no manifest there",
                      self.good("info", "card.xclbin"))
        self.image.write_bytes(self.image.read_bytes()[:1000])
        self.assertIn("truncated", self.refused("info", "card.xclbin"))

    def test_check_says_good_or_the_reason(self):
        self.pack_emulated()
        self.assertIn("card.xclbin: good (for emu", self.good("check", "card.xclbin"))
        self.good("check", "card.xclbin", "--for", "emu")
        for card in ("u280", "f2", INTERFACE, "xilinx_u250_sluice_emu_1", "0x10212415"):
            self.assertIn("the image is for hardware emulation (emu)",
                          self.refused("check", "card.xclbin", "--for", card))
        self.assertIn("hardware emulation",
                      self.refused("check", "card.xclbin", "--interface-uuid", INTERFACE))
        whole = self.image.read_bytes()
        self.image.write_bytes(whole[:-1] + b"?")
        self.assertIn("SHA-256", self.refused("check", "card.xclbin"))
        self.image.write_bytes(whole[:-1])
        status, out, err = self.cli("check", "card.xclbin", "-o", "json")
        self.assertEqual((status, json.loads(out)["error"]["code"]), (1, "bad_image"))
        self.assertIn("truncated", err)

    def test_check_for_a_platform_an_interface_and_timing(self):
        self.good(*self.card_options())
        self.good("check", "card.xclbin", "--for", "xilinx_u55c_gen3x16_xdma_base_3")
        self.good("check", "card.xclbin", "--interface-uuid", INTERFACE)
        self.assertIn("xdma_base_2", self.refused("check", "card.xclbin", "--for",
                                                  "xilinx_u55c_gen3x16_xdma_base_2"))
        self.assertIn("built for another platform",
                      self.refused("check", "card.xclbin", "--interface-uuid", "0" * 31 + "1"))
        self.assertIn("take the image for u280",
                      self.refused("check", "card.xclbin", "--for", "u280"))
        self.assertIn("take the image for emu", self.refused("check", "card.xclbin", "--for", "emu"))
        for option in ("--for", "--interface-uuid"):
            self.assertIn("no card has the interface UUID 0000",
                          self.refused("check", "card.xclbin", option, "0" * 32))
        self.manifest.write_text(self.manifest.read_text().replace("true", "false"))
        self.assertIn("did not meet timing", self.refused("check", "card.xclbin"))
        self.good("check", "card.xclbin", "--accept-missed-timing")


class Completion(ImageCase):
    def complete(self, line):
        script = f"""
eval "$({BIN}/sluice completion bash)"
COMP_WORDS=({line}) COMP_CWORD=$(( $(set -- {line}; echo $#) - 1 ))
_sluice
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        result = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                                check=True, cwd=self.work, timeout=30)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_bash_completes_the_verbs_boards_and_files(self):
        self.pack_emulated()
        self.assertEqual(self.complete("sluice image ''")[:3], ["pack", "info", "check"])
        self.assertEqual(self.complete("sluice image pack --board u5"), ["u55c"])
        self.assertEqual(self.complete("sluice image pack --timing-met ''"), ["yes", "no"])
        self.assertEqual(self.complete("sluice image pack --macs ''"), [])
        self.assertEqual(self.complete("sluice image pack --xclbin card.xclbin."),
                         ["card.xclbin.json"])
        self.assertEqual(self.complete("sluice image check card.xclbin."), ["card.xclbin.json"])
        self.assertIn("--no-table-memory", self.complete("sluice image pack --no"))


if __name__ == "__main__":
    unittest.main()
