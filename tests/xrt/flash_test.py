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
    """All of stdout is one object, whatever XRT writes."""
    result = subprocess.run([SLUICE, *words, "-o", "json"], capture_output=True, text=True,
                            timeout=BOUND_S, check=False)
    try:
        return result.returncode, json.loads(result.stdout)
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

    def test_the_command_for_links_tells_that_the_card_has_no_image(self):
        status, report = sluice_json("board", "link", "xrt:0", "--image", IMAGE)
        self.assertEqual((status, report["error"]["code"]), (1, "not_found"), report)

    def test_a_reader_that_goes_away_after_the_load_stops_nothing(self):
        image = self.image(self.build_id())
        with subprocess.Popen([SLUICE, "flash", "xrt:0", image, "--lock-dir",
                               str(self.folder / "lock"), "--state-dir",
                               str(self.folder / "state"), "-o", "json"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as flash:
            self.assertTrue(any(line.startswith("program") and "done" in line
                                for line in flash.stderr))
            flash.stderr.close()
            report = json.loads(flash.stdout.read())
            self.assertEqual((flash.wait(BOUND_S), report["outcome"]), (0, "flashed"), report)

    def test_a_dry_run_leaves_the_card_alone(self):
        status, report = self.flash(self.image("00000000"), "--dry-run")
        self.assertEqual((status, report["outcome"], report["runs"]), (0, "planned", ""), report)
        self.assertFalse((self.folder / "lock").exists())

    def test_an_image_of_another_build_is_noticed_and_the_report_says_what_is_unverified(self):
        other = "0bad0bad"
        self.assertNotEqual(self.build_id(), other)
        status, report = self.flash(self.image(other))
        self.assertEqual((status, report["outcome"]), (1, "unverified"), report)
        self.assertEqual(report["runs"], "", "no image outlives the board that loaded it")
        self.assertEqual(report["error"]["code"], "verify_failed")
        self.assertIn("board reset", report["next_step"])
        self.assertFalse((self.folder / "state").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
