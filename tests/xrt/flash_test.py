#!/usr/bin/python3
"""flash_test.py SLUICE IMAGE: `sluice flash` on the emulated card, through XRT itself. Each program
meets a card without image there, as hardware emulation ends with the program."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SLUICE, IMAGE = sys.argv[1:3]
BOUND_S = 120


def sluice_json(*words):
    """XRT writes to stdout too, around the one object."""
    result = subprocess.run([SLUICE, *words, "-o", "json"], capture_output=True, text=True,
                            timeout=BOUND_S, check=False)
    start, end = result.stdout.find("\n{\n"), result.stdout.rfind("\n}\n")
    text = result.stdout[max(start, 0):end + 2]
    try:
        return result.returncode, json.loads(text)
    except json.JSONDecodeError as error:
        raise AssertionError(f"no JSON in {result.stdout!r}, {result.stderr!r}") from error


class Flash(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sl-flash-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def image(self, build_id):
        path = self.folder / f"{build_id}.xclbin"
        subprocess.run([SLUICE, "image", "pack", "--board", "emu", "--macs", "2", "--build-id",
                        build_id, "--out", path], check=True, stdout=subprocess.DEVNULL)
        return str(path)

    def flash(self, image, *options):
        return sluice_json("flash", "xrt:0", image, "--lock-dir", str(self.folder / "lock"),
                           "--state-dir", str(self.folder / "state"), *options)

    def build_id(self):
        status, info = sluice_json("board", "info", f"xrt:0,{IMAGE}")
        self.assertEqual(status, 0, info)
        return info["build_id"]

    def test_the_card_gets_the_image_and_its_links_come_up(self):
        image = self.image(self.build_id())
        status, report = self.flash(image)
        self.assertEqual((status, report["outcome"]), (0, "flashed"), report)
        self.assertEqual([step["step"] for step in report["steps"]],
                         ["lock", "record", "preflight", "program", "verify", "link"])
        self.assertEqual([link["mac"] for link in report["links"]], ["cmac_0", "cmac_1"])
        self.assertTrue(all(link["up"] for link in report["links"]), report)
        self.assertEqual(len(list(self.folder.glob("state/*/*.xclbin"))), 1)

    def test_a_dry_run_leaves_the_card_alone(self):
        status, report = self.flash(self.image("00000000"), "--dry-run")
        self.assertEqual((status, report["outcome"], report["runs"]), (0, "planned", ""), report)
        self.assertFalse((self.folder / "lock").exists())

    def test_an_image_of_another_build_is_noticed_and_the_report_says_what_is_unverified(self):
        other = "0bad0bad"
        self.assertNotEqual(self.build_id(), other)
        status, report = self.flash(self.image(other))
        self.assertEqual((status, report["outcome"]), (1, "unverified"), report)
        self.assertEqual(report["runs"], report["image"])
        self.assertEqual(report["error"]["code"], "verify_failed")
        self.assertIn("board reset", report["next_step"])
        self.assertFalse((self.folder / "state").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
