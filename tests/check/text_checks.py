"""Checks that only read text: lengths, left-over marks, paths of one machine, Python syntax."""

import ast
import re

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

# Written in pieces so that this file does not find itself.
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(/ho" r"me/[a-z]|/ro" r"ot/|/wo" r"rk/|/Us" r"ers/|\.\./sha" r"red/)")
BASH_FUNCTION = re.compile(r"^(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\)\s*[({]\s*$")


def file_length(tree):
    """No source file is longer than 500 lines."""
    for name in tree.code():
        lines = tree.text(name).count("\n")
        if lines > MAX_FILE_LINES:
            yield f"{name}: {lines} lines, at most {MAX_FILE_LINES}: split it"


def function_length(tree):
    """No Python or bash function is longer than 70 lines (clang-tidy counts those of C++)."""
    for name in tree.python():
        for function, lines in _python_functions(tree.text(name)):
            if lines > MAX_FUNCTION_LINES:
                yield f"{name}: {function}() has {lines} lines, at most {MAX_FUNCTION_LINES}"
    for name in tree.bash():
        for function, lines in _bash_functions(tree.text(name)):
            if lines > MAX_FUNCTION_LINES:
                yield f"{name}: {function}() has {lines} lines, at most {MAX_FUNCTION_LINES}"


def _python_functions(text):
    try:
        module = ast.parse(text)
    except SyntaxError:
        return  # python_syntax reports it
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.end_lineno - node.lineno + 1


def _bash_functions(text):
    """Functions whose closing brace stands in the first column, as shfmt writes them."""
    start, function = None, None
    for number, line in enumerate(text.splitlines(), 1):
        match = BASH_FUNCTION.match(line)
        if match:
            start, function = number, match.group(1)
        elif start is not None and line[:1] in ("}", ")"):
            yield function, number - start + 1
            start = None


def left_over_marks(tree):
    """Nothing is left to do later in a comment."""
    yield from _lines_that_match(tree, LEFT_OVER, "left-over mark")


def machine_paths(tree):
    """No file names a folder of the machine it was written on."""
    yield from _lines_that_match(tree, MACHINE_PATH, "path of one machine")


def _lines_that_match(tree, pattern, what):
    for name in tree.files:
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            match = pattern.search(line)
            if match:
                yield f"{name}:{number}: {what}: {match.group(0)}"


def python_syntax(tree):
    """Every Python file compiles."""
    for name in tree.python():
        try:
            compile(tree.text(name), name, "exec", dont_inherit=True)
        except SyntaxError as error:
            yield f"{name}:{error.lineno}: {error.msg}"
