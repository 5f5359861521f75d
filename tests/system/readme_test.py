#!/usr/bin/python3
"""The commands of the README's first service, run as a reader would run them."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMESPACES = ("sl-first-client", "sl-first-backend")
FOLDER = pathlib.Path("/run/sluice-first")


def commands():
    """The block behind 'First service', without the build and the path of its programs."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## First service.*?```bash\n(.*?)```", text, re.DOTALL).group(1)
    build, path, *rest = block.splitlines()
    assert build.startswith("./run build") and path.startswith("export PATH="), block
    bin_folder = os.environ.get("SLUICE_BIN", str(ROOT / "build" / "bin"))
    return "\n".join([path.replace("$PWD/build/bin", bin_folder), *rest])


def clean_up():
    for namespace in NAMESPACES:
        if pathlib.Path("/run/netns", namespace).exists():
            subprocess.run(["ip", "netns", "delete", namespace], check=False)
    shutil.rmtree(FOLDER, ignore_errors=True)


class Readme(unittest.TestCase):
    def test_the_first_service_of_the_readme_works(self):
        clean_up()
        self.addCleanup(clean_up)
        # A network namespace of its own stands for the reader's machine.
        shell = subprocess.Popen(
            ["unshare", "--net", "bash", "-e", "-o", "pipefail", "-c", commands()], cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True)
        try:
            lines = self.lines_until_conservation(shell)
            shell.wait(timeout=20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGTERM)  # sluice-sim, sluiced, the web server
            shell.stdout.close()
        text = "".join(lines)
        self.assertEqual(shell.returncode, 0, text)
        self.assertIn("first.yaml: valid", text)
        self.assertRegex(text, r"be1 .* up ")
        self.assertIn("\n# Architecture\n", text)
        self.assertRegex(text, r"conservation: .*: holds")

    def lines_until_conservation(self, shell):
        """Reads the output until the last command's last line, a minute at most."""
        lines = []
        signal.signal(signal.SIGALRM, lambda *_: self.fail("too slow:\n" + "".join(lines)))
        signal.alarm(60)
        for line in shell.stdout:
            lines.append(line)
            if line.startswith("conservation:"):
                break
        signal.alarm(0)
        return lines


if __name__ == "__main__":
    unittest.main(verbosity=2)
