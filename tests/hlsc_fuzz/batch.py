"""Compiles a batch of kernels natively and with hlsc, and compares them in one Verilated model."""

import pathlib
import shutil
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
HARNESS = TREE / "tests/hlsc/harness"
INCLUDES = [f"-I{TREE / 'hls/fixed/include'}", f"-I{TREE / 'hls/compiler/include'}"]
MULTIPLIER = TREE / "hls/compiler/rtl/hlsc_mul.sv"
REJECTED = 1
HLSC_TIMEOUT_S = 120
CXX_TIMEOUT_S = 600


class Failure(Exception):
    """Something that must not happen with any program, with what was printed."""


class Tools:
    def __init__(self, build, work, jobs=1):
        self.hlsc = build / "bin/hlsc"
        self.main = build / "lib/libhlsc_fuzz_main.a"  # and the driver
        self.work = work
        self.jobs = jobs
        asked = subprocess.run(["verilator", "--getenv", "VERILATOR_ROOT"], check=True,
                               capture_output=True, text=True)
        self.verilator_root = asked.stdout.strip()


def run(command, cwd, timeout_s):
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True,
                              timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return None, f"{command[0]} did not end within {timeout_s} s"
    return done.returncode, done.stdout + done.stderr


def must_run(command, cwd, timeout_s=CXX_TIMEOUT_S):
    status, output = run(command, cwd, timeout_s)
    if status != 0:
        raise Failure(f"{' '.join(str(c) for c in command[:3])} ... failed:\n{output[-3000:]}")
    return output


def compile_kernel(tools, program, directory):
    """Runs hlsc: None, or why it rejected the program."""
    source = directory / f"{program.name}.cpp"
    source.write_text(program.text())
    status, output = run([tools.hlsc, source, "-o", directory, "--module", program.name,
                          *program.options, "--", "-w", *INCLUDES], directory, HLSC_TIMEOUT_S)
    if status == REJECTED and "error: " in output:
        return output.strip().splitlines()[0]
    if status != 0:
        raise Failure(f"hlsc ended with {status} for {source}:\n{output[-3000:]}")
    return None


def verilate(tools, names, directory):
    pairs = [f"{directory / name}_report.json={directory / name}.cpp" for name in names]
    maker = HARNESS / "make_cosim.py"
    must_run(["python3", maker, "--out", directory, "--top", "fuzz_top", *pairs], directory)
    sources = [directory / f"{name}{part}.sv" for name in names for part in ("_pkg", "")]
    shutil.rmtree(directory / "obj", ignore_errors=True)
    must_run(["verilator", "--cc", "--assert", "-O3", "--x-assign", "fast", "--x-initial", "fast",
              "--Mdir", directory / "obj", "--top-module", "fuzz_top",
              MULTIPLIER, *sources, directory / "fuzz_top.sv"], directory)


def build_model(tools, names, directory):
    must_run(["make", "-s", "-j", tools.jobs, "-C", directory / "obj", "-f", "Vfuzz_top.mk",
              "Vfuzz_top__ALL.a", "OPT_FAST=-O1", "OPT_SLOW=-O0"], directory)
    # One translation unit: the kernels live in namespaces of their own.
    (directory / "native.cpp").write_text("".join(f'#include "{n}_native.cpp"\n' for n in names))


def link(tools, directory):
    include = pathlib.Path(tools.verilator_root) / "include"
    runtime = [tools.work / "verilated.o", tools.work / "verilated_threads.o"]
    for o in runtime:
        if not o.exists():
            must_run(["g++", "-O1", "-w", f"-I{include}", "-c", include / f"{o.stem}.cpp", "-o", o],
                     tools.work)
    # The native side is what the packet path's users trust: sanitized, it proves that the generator
    # makes no undefined behaviour.
    must_run(["g++", "-std=c++17", "-O1", "-w", "-fsanitize=undefined", "-fno-sanitize-recover=all",
              f"-I{HARNESS}", *INCLUDES, "-c", "native.cpp", "-o", "native.o"], directory)
    must_run(["g++", "-std=c++17", "-O0", "-w", f"-I{HARNESS}", f"-I{include}", "-Iobj", "-c",
              "fuzz_top_bindings.cpp", "-o", "bindings.o"], directory)
    must_run(["g++", "-fsanitize=undefined", "-o", "fuzz", tools.main, "bindings.o", "native.o",
              "obj/Vfuzz_top__ALL.a", *runtime, "-pthread"], directory)


def compare(tools, names, directory, cycles, seed):
    """{name: (packets, mismatches, first mismatch)} of kernels that hlsc has compiled."""
    verilate(tools, names, directory)
    build_model(tools, names, directory)
    link(tools, directory)
    output = must_run([directory / "fuzz", cycles, seed], directory)
    rows = [line.split("\t") for line in output.splitlines()]
    return {name: (int(packets), int(bad), first) for name, packets, bad, first in rows}
