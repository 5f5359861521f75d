"""Cuts a failing program down: takes statements out as long as it still fails."""

import shutil
import time

import batch


def crashes(tools, program):
    """True if hlsc neither compiles nor rejects the program."""
    directory = fresh(tools)
    try:
        batch.compile_kernel(tools, program, directory)
    except batch.Failure:
        return True
    return False


def breaks(tools, program):
    """True if hlsc compiles the program to something Verilator refuses."""
    directory = fresh(tools)
    try:
        if batch.compile_kernel(tools, program, directory):
            return False
        batch.verilate(tools, [program.name], directory)
    except batch.Failure:
        return True
    return False


def differs(tools, program, args):
    """True if the compiled program does not equal its native build."""
    directory = fresh(tools)
    try:
        if batch.compile_kernel(tools, program, directory):
            return False
        outcome = batch.compare(tools, [program.name], directory, args.cycles, args.seed)
    except batch.Failure:
        return False
    return outcome[program.name][1] > 0


def fresh(tools):
    directory = tools.work / "shrink"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory


def shrink(program, fails, seconds):
    """The same program with fewer statements. `fails`: is a candidate still of interest?"""
    deadline = time.monotonic() + seconds
    step = max(1, len(program.removable()) // 2)
    while step >= 1 and time.monotonic() < deadline:
        at = 0
        while at < len(program.removable()) and time.monotonic() < deadline:
            taken = take(program, program.removable()[at:at + step])
            if fails(program):
                continue
            put_back(taken)
            at += step
        step //= 2
    return program


def take(program, nodes):
    """Removes nodes; those inside a node that goes as well are gone already."""
    taken = []
    for parent, node in nodes:
        position = next((i for i, n in enumerate(parent.body) if n is node), None)
        if position is not None:
            del parent.body[position]
            taken.append((parent, position, node))
    return taken


def put_back(taken):
    for parent, position, node in reversed(taken):
        parent.body.insert(position, node)
