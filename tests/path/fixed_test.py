"""ap_uint means the same in every implementation, and what Python's integers mean.

usage: fixed_test.py PROGRAM...   each prints operations and results (fixed_vectors.cpp)
"""

import os
import subprocess
import sys

ROUNDS = 60


def expected(name, a, b, args):
    """Result of one operation; `a` and `b` are widths, or counts and bit numbers."""
    x = args[0]
    y = args[1] if len(args) > 1 else 0
    ones = (1 << (a - b + 1)) - 1 if a >= b else 0
    wide = (1 << a) - 1
    operations = {
        "not": lambda: ~x & wide,
        "shl": lambda: (x << b) & wide,
        "shr": lambda: x >> b,
        "get": lambda: (x >> b) & ones,
        "get64": lambda: (x >> b) & ones & (2**64 - 1),
        "put": lambda: (x & ~(ones << b)) | ((y & ones) << b),
        "bit": lambda: (x >> a) & 1,
        "low64": lambda: x & (2**64 - 1),
        "low32": lambda: x & (2**32 - 1),
        "and": lambda: x & y,
        "or": lambda: x | y,
        "xor": lambda: x ^ y,
        "add": lambda: x + y,
        "mul": lambda: x * y,
        "resize": lambda: x & ((1 << b) - 1),
        "eq": lambda: int(x == y),
        "ne": lambda: int(x != y),
        "lt": lambda: int(x < y),
        "le": lambda: int(x <= y),
        "gt": lambda: int(x > y),
        "ge": lambda: int(x >= y),
        "and_eq": lambda: x & y & wide,
        "or_eq": lambda: (x | y) & wide,
        "xor_eq": lambda: (x ^ y) & wide,
    }
    return operations[name]()


def main():
    programs = sys.argv[1:]
    seed = os.environ.get("SLUICE_SEED", "1")
    print(f"seed {seed}; replay: SLUICE_SEED={seed} {' '.join(sys.argv)}")
    texts = [
        subprocess.run([program, seed, str(ROUNDS)], check=True, capture_output=True, text=True)
        .stdout.splitlines()
        for program in programs
    ]
    wrong = 0
    seen = set()
    for number, first in enumerate(texts[0]):
        for program, text in zip(programs, texts):
            if text[number] != first:
                print(f"{program}: {text[number]}\n{programs[0]}: {first}")
                wrong += 1
        name, a, b, *values = first.split()
        numbers = [int(value, 16) for value in values]
        seen.add(name)
        want = expected(name, int(a), int(b), numbers[:-1])
        if want != numbers[-1]:
            print(f"{first}\nexpected {want:x}")
            wrong += 1
    if any(len(text) != len(texts[0]) for text in texts) or len(seen) != 24:
        print("the programs did not print the same operations, or not all")
        wrong += 1
    print(f"{len(programs)} programs, {len(texts[0])} operations each, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
