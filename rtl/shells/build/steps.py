"""What the image builders share: checks of tools, steps that say which of them failed."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHELLS = ROOT / "rtl" / "shells"
TIMING_MET = "All user specified timing constraints are met."


class StepFailed(Exception):
    """A step of a build failed; the text says which one, and what to look at."""


class Needs:
    """Collects what is missing, with where to get it, so that one run names all of it."""

    def __init__(self):
        self.missing = []
        self.hints = []

    def program(self, name, where):
        if shutil.which(name) is None:
            self.missing.append(f"program {name} is not on PATH: {where}")

    def variable(self, name, where):
        """The variable's value; empty and noted if it is not set."""
        value = os.environ.get(name, "")
        if not value:
            self.missing.append(f"variable {name} is not set: {where}")
        return value

    def file(self, path, where):
        if not pathlib.Path(path).exists():
            self.missing.append(f"{path} is not there: {where}")

    def folder(self, variable, inside, where):
        """The folder that a variable names; noted if it is not set or lacks the file `inside`."""
        value = self.variable(variable, where)
        if value and not (pathlib.Path(value) / inside).exists():
            self.missing.append(f"{variable}={value} has no {inside}: {where}")
        return pathlib.Path(value) if value else None

    def hint(self, text):
        self.hints.append(text)


class Steps:
    """Runs the steps of one build in order; the first that fails ends it."""

    def __init__(self, target):
        self.target = target
        self.number = 0

    def begin(self, what):
        self.number += 1
        print(f"== image {self.target}, step {self.number}: {what}", flush=True)

    def run(self, what, command, folder, stdout=None, environment=None):
        """A program's step. Returns what it printed if `stdout` is subprocess.PIPE."""
        self.begin(what)
        words = [str(word) for word in command]
        print("   " + " ".join(words), flush=True)
        try:
            result = subprocess.run(words, cwd=folder, stdout=stdout, text=True, check=False,
                                    stdin=subprocess.DEVNULL,
                                    env={**os.environ, **(environment or {})})
        except OSError as error:
            raise self.failed(what, str(error)) from None
        if result.returncode != 0:
            raise self.failed(what, f"{words[0]} ended with status {result.returncode}; "
                                    f"its logs are in {folder}")
        return result.stdout

    def failed(self, what, why):
        return StepFailed(f"image {self.target}: step {self.number} ({what}) failed: {why}")

    def made(self, what, path):
        """Fails if a step did not leave its file."""
        if not pathlib.Path(path).is_file():
            raise self.failed(what, f"it left no {path}")


def timing_met(run):
    """Whether the last timing summary in the folder of Vivado's implementation run says so.

    Vivado writes a bitstream also when timing fails. Without a summary the answer is no.
    """
    reports = sorted(pathlib.Path(run).glob("*_timing_summary_*.rpt"),
                     key=lambda path: path.stat().st_mtime)
    met = bool(reports) and TIMING_MET in reports[-1].read_text(errors="replace")
    if not met:
        why = f"see {reports[-1]}" if reports else f"no timing summary in {run}"
        print(f"note: timing failed or is not known ({why}); the manifest says that it failed")
    return met


def fresh_folder(path):
    """The folder, empty."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def report(needs):
    """Prints hints and what is missing; true if nothing is."""
    for hint in needs.hints:
        print(f"note: {hint}")
    for line in needs.missing:
        print(f"missing: {line}", file=sys.stderr)
    return not needs.missing
