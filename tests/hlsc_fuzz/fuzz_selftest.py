#!/usr/bin/env python3
"""Programs are the same for the same seed, and a failing one is cut down to what fails.

That a difference between RTL and native build is noticed at all is a test of the harness
(tests/hlsc). usage: fuzz_selftest.py
"""

import unittest

import kernels
import shrink


class FuzzTest(unittest.TestCase):
    def test_a_seed_always_makes_the_same_programs(self):
        for k in range(20):
            first, second = (kernels.Program(f"k{k}", f"5 {k}") for _ in range(2))
            self.assertEqual(first.text(), second.text())
            self.assertEqual(first.options, second.options)
        self.assertNotEqual(kernels.Program("k", "1 0").text(), kernels.Program("k", "2 0").text())

    def test_a_failing_program_is_cut_down_to_the_statement_that_fails(self):
        for k in range(20):
            program = kernels.Program("k", f"6 {k}")
            statement = program.removable()[-1][1].head
            before = len(program.removable())
            shrink.shrink(program, lambda p, s=statement: s in p.text(), 60)
            self.assertIn(statement, program.text())
            self.assertLess(len(program.removable()), max(2, before // 2))

    def test_a_program_that_no_longer_fails_is_put_back_together(self):
        program = kernels.Program("k", "7 0")
        before = program.text()
        shrink.shrink(program, lambda p: p.text() == before, 60)
        self.assertEqual(program.text(), before)


if __name__ == "__main__":
    unittest.main()
