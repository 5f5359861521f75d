#!/usr/bin/python3
"""Runs the README's two commands in a fresh Debian 12 root that it makes, with nothing installed.

    tests/setup/bare_machine.py                        # ./run demo, then ./run test: an hour or more
    tests/setup/bare_machine.py --commands './run build sluice-sim'

As root. Needs debootstrap, a network and some 12 GB below --folder. The root is made once more for
each run and removed at the end, also after Ctrl-C; all mounts are in a namespace of this program's
own, so a kill -9 leaves none, and the next run removes the folder. The tree is a clone of HEAD.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
PREFIX = "sluice-bare-"
INSIDE = "/srv/sluice"
SUITE = "bookworm"
NEEDED_GB = 12
README_COMMANDS = ["./run demo", "./run test"]
# What a network may need; everything else of this machine stays outside.
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "SLUICE_JOBS", "SLUICE_TEST_JOBS", "SLUICE_SEED")


def say(text):
    print(f"== {text}", flush=True)


def refuse(text):
    sys.exit(f"bare_machine: {text}")


def run(*command):
    subprocess.run(command, check=True)


# What runs so ends with this program, however that ends, and its mounts with it.
CONTAINED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork",
             "--kill-child", "--mount-proc"]


def remove(path):
    """What ran in there may be dying still."""
    for _ in range(5):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(1)
    refuse(f"cannot remove {path}")


def check_machine(folder):
    if os.geteuid() != 0:
        refuse("making a root needs root; run it with sudo")
    # Only this test wants it, so it is in a list of its own, packages_deep.txt.
    if shutil.which("debootstrap") is None:
        refuse("debootstrap is missing; only this test needs it: apt-get install debootstrap")
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < NEEDED_GB:
        refuse(f"{folder} has {free_gb:.0f} GB free, {NEEDED_GB} are needed; --folder names another place")


def remove_leftovers(folder):
    """Roots of runs that were killed: their name ends in the number of a process that is gone."""
    for path in folder.glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not pathlib.Path("/proc", pid).exists():
            say(f"removing {path}, which a killed run left behind")
            remove(path)


def make_root(root, mirror):
    say(f"making a Debian 12 root in {root}")
    run(*CONTAINED, "debootstrap", "--variant=minbase", SUITE, str(root), mirror)
    sources = root / "etc/apt/sources.list"
    sources.write_text(f"deb {mirror} {SUITE} main\n"
                       f"deb {mirror} {SUITE}-updates main\n"
                       f"deb {mirror}-security {SUITE}-security main\n")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    # No init runs in there: packages must not start their services.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # No git is in there either.
    run("git", "clone", "--quiet", "--no-hardlinks", str(TREE), str(root / INSIDE[1:]))


def mount_root(root):
    """In the mount namespace of the inner program.

    The root is a mount point of its own: `ip netns exec` remounts "/" and cannot where it is none.
    """
    run("mount", "--make-rprivate", "/")
    run("mount", "--bind", str(root), str(root))
    run("mount", "-t", "proc", "proc", str(root / "proc"))
    run("mount", "-t", "sysfs", "sysfs", str(root / "sys"))
    run("mount", "--rbind", "/dev", str(root / "dev"))
    for folder in ("run", "tmp", "dev/shm"):
        run("mount", "-t", "tmpfs", "tmpfs", str(root / folder))
    run("mkdir", "-p", str(root / "run/lock"))


def run_inside(root, commands):
    """The inner program: ends with the status of the first command that failed."""
    mount_root(root)
    # In the root's own words: PATH and HOME of this machine mean nothing there.
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "HOME": INSIDE, "LANG": "C.UTF-8"}
    environment |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    for command in commands:
        say(f"in the root: {command}")
        status = subprocess.run(["chroot", str(root), "/bin/bash", "-c", f"cd {INSIDE} && {command}"],
                                env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        if status != 0:
            say(f"failed with status {status}: {command}")
            return status
    say("all commands passed")
    return 0


def warn_of_changes():
    status = subprocess.run(["git", "-C", str(TREE), "status", "--porcelain"], capture_output=True,
                            text=True, check=True).stdout
    if status:
        say("the tree has changes that are not committed; the clone does not have them")


def outer(arguments):
    folder = arguments.folder.resolve()
    check_machine(folder)
    remove_leftovers(folder)
    warn_of_changes()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("bare_machine: ended by a signal"))
    root = pathlib.Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=folder))
    root.chmod(0o755)
    try:
        make_root(root, arguments.mirror.rstrip("/"))
        inner = [*CONTAINED, sys.executable, __file__, "--inside", str(root), "--commands",
                 *arguments.commands]
        return subprocess.run(inner, check=False).returncode
    finally:
        if arguments.keep:
            say(f"kept: {root}")
        else:
            say("removing the root")
            remove(root)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--commands", nargs="+", default=README_COMMANDS, metavar="COMMAND",
                        help="instead of " + " and ".join(map(shlex.quote, README_COMMANDS)))
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--folder", default="/var/tmp", type=pathlib.Path, help="where the root is made")
    parser.add_argument("--keep", action="store_true", help="do not remove the root")
    parser.add_argument("--inside", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return run_inside(arguments.inside, arguments.commands)
    return outer(arguments)


if __name__ == "__main__":
    sys.exit(main())
