#!/usr/bin/python3
"""Runs `./run bench table-load` as its users do and judges what it prints: its columns, its rows,
and that a board with memory loads a ring of 65,537 slots in under 100 ms, by lists.

usage: table_load_test.py --bin DIR"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).parent / "table_load.py"
BOUND_S = 240
COLUMNS = ["board", "table", "entries", "accesses", "card_ms", "wall_ms"]
TABLES = [("ring", 65538), ("ring", 128), ("backends", 4096), ("services", 1024)]
RING_WORDS = 65538 // 2
RING_PAGES = 9
# The list itself takes a dozen accesses; the others ask whether it has ended, after pauses of an
# eighth of the time waited: 90 times in 7 s, 200 in a minute.
LIST_ACCESSES = 200


def load(bin_folder):
    with tempfile.TemporaryDirectory(prefix="sl-table-load-") as folder:
        report = pathlib.Path(folder, "report.json")
        done = subprocess.run([sys.executable, str(BENCH), "--bin", str(bin_folder), "--json",
                               str(report)], timeout=BOUND_S, check=True, capture_output=True,
                              text=True)
        print(done.stdout)
        return json.loads(report.read_text()), done.stdout


class TableLoad(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.report, cls.text = load(BIN)
        cls.has_memory = ["sim"] + (["xrt"] if (BIN / "sluice-xrt-emu").exists() else [])

    def ring(self, board):
        return next(row for row in self.report["rows"]
                    if (row["board"], row["table"], row["entries"]) == (board, *TABLES[0]))

    def test_every_row_has_the_columns_and_every_board_the_tables(self):
        for row in self.report["rows"]:
            self.assertEqual(list(row), COLUMNS)
        for board in ["fake", "pci", *self.has_memory]:
            rows = [row for row in self.report["rows"] if row["board"] == board]
            self.assertEqual([(row["table"], row["entries"]) for row in rows], TABLES, board)
        heads = [line.split() for line in self.text.splitlines() if line.split()[:1] == ["board"]]
        self.assertEqual(heads, [COLUMNS])

    def test_a_large_ring_takes_under_100_ms_of_the_cards_time(self):
        for board in self.has_memory:
            self.assertGreater(self.ring(board)["card_ms"], 0, board)
            self.assertLess(self.ring(board)["card_ms"], 100, board)

    def test_accesses_are_few_by_lists_and_one_a_word_without(self):
        for board in self.has_memory:
            self.assertLess(self.ring(board)["accesses"], LIST_ACCESSES, board)
        self.assertEqual(self.ring("fake")["accesses"], RING_WORDS + RING_PAGES)
        # And a read behind each page, behind what turns it, and before the first write.
        self.assertEqual(self.ring("pci")["accesses"], RING_WORDS + 3 * RING_PAGES + 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    BIN = arguments.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
