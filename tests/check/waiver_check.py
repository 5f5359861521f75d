"""A waiver names the rule it waives and says why; none is blanket."""

import re

NOLINT = re.compile(r"NOL" r"INT(NEXTLINE|BEGIN|END)?(\([^)]*\))?(:? *\S.*)?")
LINT_OFF = re.compile(r"verilator lint_off +(\w*)(.*)")
LINT_ON = re.compile(r"verilator lint_on +(\w+)")
MARK = re.compile(r"NOL" r"INT")


def waivers(tree):
    """NOLINT and lint_off name one rule each, say why, and end where they began."""
    for name in tree.cpp():
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            if MARK.search(line):
                yield from _nolint(f"{name}:{number}", NOLINT.search(line))
    for name in tree.with_suffix(".sv", ".svh", ".vlt"):
        yield from _lint_off(name, tree.text(name).splitlines())


def _nolint(place, match):
    kind, rules, reason = match.groups()
    if not rules or "*" in rules:
        yield f"{place}: waiver names no rule"
    elif kind != "END" and not reason:
        yield f"{place}: waiver gives no reason after {rules}"


def _lint_off(name, lines):
    open_rules = {}
    for number, line in enumerate(lines, 1):
        off, on = LINT_OFF.search(line), LINT_ON.search(line)
        if off:
            if not off.group(1) or name.endswith(".vlt"):
                yield f"{name}:{number}: blanket waiver"
            reason = "//" in line.split("verilator", 1)[0] + off.group(2)
            if not reason and not (number > 1 and "//" in lines[number - 2]):
                yield f"{name}:{number}: waiver gives no reason in a comment"
            open_rules[off.group(1)] = number
        elif on:
            open_rules.pop(on.group(1), None)
    for rule, number in open_rules.items():
        yield f"{name}:{number}: lint_off {rule} is never switched on again"
