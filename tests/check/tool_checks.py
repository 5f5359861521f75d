"""Checks that a tool makes: formatter, linters of C++, bash and SystemVerilog."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess

from generated_check import generated_rtl

JOBS = os.cpu_count() or 2
TIDY_FINDING = re.compile(r"^(\S+?:\d+:\d+): (warning|error): (.*)$", re.MULTILINE)


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def _in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for findings in pool.map(function, items):
            yield from findings


def clang_format(tree):
    """C++ is formatted as .clang-format says."""
    files = tree.cpp()
    if not files:
        return
    result = _run(["clang-format-19", "--dry-run", "-Werror", "--ferror-limit=1", *files],
                  cwd=tree.root)
    for match in re.finditer(r"^(\S+?:\d+):\d+: error: .*$", result.stderr, re.MULTILINE):
        yield f"{match.group(1)}: not formatted; run: clang-format-19 -i FILE"
    if result.returncode not in (0, 1):
        yield f"clang-format-19 failed: {result.stderr.strip()[:400]}"


def clang_tidy(tree):
    """C++ passes clang-tidy with the checks of .clang-tidy; functions have at most 70 lines."""
    commands = tree.build / "compile_commands.json"
    if not commands.is_file():
        yield f"{commands.name} is missing: build first"
        return
    ours = set(tree.cpp())
    sources = set()
    for entry in json.loads(commands.read_text()):
        path = pathlib.Path(entry["directory"], entry["file"])
        if path.is_relative_to(tree.root) and str(path.relative_to(tree.root)) in ours:
            sources.add(str(path.relative_to(tree.root)))
    yield from sorted(set(_in_parallel(lambda name: _tidy_file(tree, name), sorted(sources))))


def _tidy_file(tree, name):
    # The compile commands are of g++; clang does not know all of its flags.
    result = _run(["clang-tidy-19", "-p", str(tree.build), "--quiet", "--warnings-as-errors=*",
                   "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error", name],
                  cwd=tree.root)
    findings = [f"{_relative(tree, m.group(1))}: {m.group(3)}"
                for m in TIDY_FINDING.finditer(result.stdout)]
    if result.returncode != 0 and not findings:
        findings = [f"{name}: clang-tidy-19 failed: {result.stderr.strip()[:400]}"]
    return findings


def _relative(tree, place):
    prefix = str(tree.root) + "/"
    return place[len(prefix):] if place.startswith(prefix) else place


def shellcheck(tree):
    """bash passes shellcheck."""
    files = tree.bash()
    if not files:
        return
    result = _run(["shellcheck", "-x", "-f", "gcc", *files], cwd=tree.root)
    yield from result.stdout.splitlines()
    if result.returncode not in (0, 1):
        yield f"shellcheck failed: {result.stderr.strip()[:400]}"


def verilator_lint(tree):
    """Every module of rtl/ lints alone with `verilator --lint-only -Wall`."""
    sources = [f for f in tree.with_suffix(".sv") if f.startswith("rtl/")]
    packages = [f for f in sources if f.endswith("_pkg.sv")]
    generated = generated_rtl(tree)
    modules = [f for f in sources if f not in packages]
    yield from _in_parallel(lambda name: _lint_module(tree, name, packages, generated), modules)


def _lint_module(tree, name, packages, generated):
    module = pathlib.Path(name).stem
    # hls/compiler/rtl has the primitive that generated modules instantiate; tests/shells/stubs stands
    # for what a shell takes from its vendor.
    folders = {str((tree.root / f).parent) for f in tree.with_suffix(".sv")
               if f.startswith(("rtl/", "hls/", "tests/shells/stubs/"))} | {str(f.parent) for f in generated}
    generated_packages = [str(f) for f in generated if f.name.endswith("_pkg.sv")]
    result = _run(["verilator", "--lint-only", "-Wall", "--assert", "--top-module", module,
                   *[f"-I{folder}" for folder in sorted(folders)],
                   *generated_packages, *packages, name], cwd=tree.root)
    if result.returncode == 0:
        return []
    lines = [line for line in result.stderr.splitlines() if line.startswith("%")]
    return [f"{name}: {line}" for line in lines[:6]]
