#!/usr/bin/python3
"""The count of tests notices what is missing."""

import unittest

import count_tests


class Counts(unittest.TestCase):
    WANTED = "# comment\ntests/host 3\ntests/xrt 10\n"

    def differences(self, found):
        return list(count_tests.differences(found, count_tests.read_counts(self.WANTED)))

    def test_the_same_numbers_pass(self):
        self.assertEqual(self.differences({"tests/host": 3, "tests/xrt": 10}), [])

    def test_a_folder_that_is_missing_is_named(self):
        self.assertEqual(self.differences({"tests/host": 3}),
                         ["tests/xrt has 0 tests, counts.txt says 10"])

    def test_fewer_more_and_new_ones_are_named(self):
        self.assertEqual(self.differences({"tests/host": 2, "tests/xrt": 11, "tests/new": 1}),
                         ["tests/host has 2 tests, counts.txt says 3",
                          "tests/new has 1 tests, counts.txt says 0",
                          "tests/xrt has 11 tests, counts.txt says 10"])


if __name__ == "__main__":
    unittest.main()
