#!/usr/bin/python3
"""Runs the checks of ./run check and prints what each found."""

import argparse
import pathlib
import sys
import time

import declared_check
import generated_check
import layering
import package_check
import text_checks
import tool_checks
import waiver_check
from source_tree import SourceTree

CHECKS = {
    "clang-format": tool_checks.clang_format,
    "file-length": text_checks.file_length,
    "function-length": text_checks.function_length,
    "left-over-marks": text_checks.left_over_marks,
    "machine-paths": text_checks.machine_paths,
    "python-syntax": text_checks.python_syntax,
    "shellcheck": tool_checks.shellcheck,
    "waivers": waiver_check.waivers,
    "layering": layering.layering,
    "include-roots": layering.include_roots,
    "generated": generated_check.generated,
    "declared-first": declared_check.declared_first,
    "verilator-lint": tool_checks.verilator_lint,
    "packages": package_check.packages,
    "clang-tidy": tool_checks.clang_tidy,
}


def run_check(name, tree):
    """Prints the findings; returns how many there are."""
    start = time.monotonic()
    print(f"{name:16} ", end="", flush=True)
    findings = list(CHECKS[name](tree))
    seconds = time.monotonic() - start
    print(f"{'ok' if not findings else f'{len(findings)} findings'} ({seconds:.1f} s)")
    for finding in findings:
        print(f"  {finding}")
    return len(findings)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CHECK", help="default: all of them")
    parser.add_argument("--build", default="build", help="build folder (default: build)")
    parser.add_argument("--list", action="store_true", help="list the checks")
    arguments = parser.parse_args()
    if arguments.list:
        for name, check in CHECKS.items():
            print(f"{name:16} {check.__doc__.splitlines()[0]}")
        return 0
    unknown = [name for name in arguments.names if name not in CHECKS]
    if unknown:
        parser.error(f"no check {unknown[0]!r}; --list shows them")
    root = pathlib.Path(__file__).resolve().parents[2]
    tree = SourceTree(root, arguments.build)
    failed = [name for name in (arguments.names or CHECKS) if run_check(name, tree)]
    print(f"check: {len(arguments.names or CHECKS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
