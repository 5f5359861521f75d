#!/usr/bin/env python3
"""Programs that meet bytes from outside are built so that a mistake in them is bounded.

usage: hardening_test.py PROGRAM...
"""

import re
import subprocess
import sys
import unittest

PROGRAMS = []


def readelf(program, *options):
    return subprocess.run(["readelf", "--wide", *options, program], check=True, text=True,
                          capture_output=True, timeout=60).stdout


class Hardening(unittest.TestCase):
    def test_programs_are_position_independent_and_bound_before_they_start(self):
        for program in PROGRAMS:
            self.assertRegex(readelf(program, "--file-header"), r"Type: +DYN", program)
            dynamic = readelf(program, "--dynamic")
            self.assertRegex(dynamic, r"\(FLAGS_1\).*\bPIE\b", program)
            self.assertRegex(dynamic, r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", program)
            segments = readelf(program, "--program-headers")
            self.assertIn("GNU_RELRO", segments, program)
            self.assertRegex(segments, r"GNU_STACK.* RW ", "the stack of " + program)

    def test_stacks_are_guarded_and_calls_of_the_c_library_checked(self):
        for program in PROGRAMS:
            symbols = readelf(program, "--dyn-syms")
            self.assertIn("__stack_chk_fail", symbols, program)
            checked = set(re.findall(r"\b(__\w+_chk)\b", symbols))
            self.assertTrue(checked, program)


if __name__ == "__main__":
    PROGRAMS = sys.argv[1:]
    if not PROGRAMS:
        sys.exit(__doc__)
    unittest.main(argv=sys.argv[:1], verbosity=2)
