"""tests/setup/packages.txt is complete: without a bare machine, from what this build has opened.

Every header, library and CMake file of the build and every program, Python module and library that
tests and scripts name must belong to a package of the list, to one that such a package depends on,
or to the least Debian. What is only recommended does not count: `./run` installs without it.
"""

import ast
import pathlib
import re
import subprocess

LIST = "tests/setup/packages.txt"
DEEP_LIST = "tests/setup/packages_deep.txt"
PROGRAM_FOLDERS = ("/usr/bin", "/usr/sbin", "/bin", "/sbin")
# A file of the system in a text: not below this tree, not one of the kernel's.
SYSTEM_FILE = re.compile(r"(?<![\w/.$}*~-])/(?:usr|lib|lib64|bin|sbin|opt)/[\w./+@%*-]*[\w+]")
SHARED_LIBRARY = re.compile(r"\blib[\w+-]+\.so(?:\.\d+)*\b")
LINK_FLAG = re.compile(r"(?<=\s)-l([\w+.-]+)")
SHEBANG_ENV = re.compile(r"\A#!/usr/bin/env (\S+)")
BASH_WORDS = "if|then|else|elif|while|until|do|exec|time|command -v|which"
BASH_COMMAND = re.compile(
    rf"(?:^|[|;&({{!]|\b(?:{BASH_WORDS})\b|\bnetns exec \S+)[ \t]*(?:(?:{BASH_WORDS})[ \t]+)*"
    rf"(?!(?:{BASH_WORDS})\b)([A-Za-z][\w.+-]*)(?=[\s;)|&]|$)", re.MULTILINE)
CPP_COMMAND = re.compile(r'\b(?:system|popen)\(\s*"([A-Za-z][\w.+-]*)')
# Functions of Python scripts that run what their first argument names.
RUNNERS = {"run", "Popen", "call", "check_call", "check_output", "which", "execvp", "inside",
           "on_client", "start"}
# Builders of images run where a vendor's tools are, and check for these themselves.
NOT_HERE = ("rtl/shells/build/", "docs/")


def installed_packages():
    """Name -> (whether every Debian has it, its alternatives of each dependency); and who provides what."""
    fields = "${Package}\t${Essential}\t${Priority}\t${Pre-Depends}, ${Depends}\t${Provides}\t${db:Status-Abbrev}\n"
    output = subprocess.run(["dpkg-query", "-W", "-f", fields], capture_output=True, text=True,
                            check=True).stdout
    packages, providers = {}, {}
    for line in output.splitlines():
        name, essential, priority, depends, provides, status = line.split("\t")
        if not status.startswith("ii"):
            continue
        wanted = [[_bare(choice) for choice in dependency.split("|")]
                  for dependency in depends.split(",") if dependency.strip()]
        # debootstrap and container images add apt to what is required.
        packages[name] = (essential == "yes" or priority == "required" or name == "apt", wanted)
        for provided in filter(None, map(_bare, provides.split(","))):
            providers.setdefault(provided, []).append(name)
    return packages, providers


def _bare(dependency):
    """A dependency without its version and architecture."""
    return re.split(r"[\s:(]", dependency.strip(), maxsplit=1)[0]


def closure(named, packages, providers):
    """What is installed when the named packages are, on the least Debian."""
    reached = set()
    waiting = [name for name in packages if packages[name][0]] + list(named)
    while waiting:
        name = waiting.pop()
        if name in reached or name not in packages:
            continue
        reached.add(name)
        for choices in packages[name][1]:
            # apt takes the first alternative that there is; else whoever provides it.
            real = [choice for choice in choices if choice in packages]
            waiting += real[:1] or [p for choice in choices for p in providers.get(choice, [])][:1]
    return reached


def owners(paths):
    """Path -> packages whose file it is, or whose file it leads to over links that nobody owns."""
    chains = {path: list(_names(pathlib.Path(path))) for path in paths}
    asked = sorted({name for chain in chains.values() for name in chain})
    holders = {}
    for first in range(0, len(asked), 4000):
        output = subprocess.run(["dpkg-query", "-S", "--", *asked[first:first + 4000]],
                                capture_output=True, text=True, check=False).stdout
        for line in output.splitlines():
            who, _, name = line.rpartition(": ")
            if not who.startswith("diversion "):
                holders.setdefault(name, set()).update(map(_bare, who.split(",")))
    return {path: next((holders[name] for name in chain if name in holders), set())
            for path, chain in chains.items()}


def _names(path):
    """What dpkg may call the file, its own name first: libx.so is of libx-dev, what it leads to is not.

    /lib and /usr/lib are one folder, and dpkg knows a file by either.
    """
    for _ in range(8):
        path = path.parent.resolve() / path.name
        yield str(path)
        yield str(path).removeprefix("/usr")
        if not path.is_symlink():
            return
        path = path.parent / path.readlink()


def opened_by_build(tree):
    """(file, who opened it) of headers, libraries, CMake files and tools of the build."""
    output = subprocess.run(["ninja", "-C", str(tree.build), "-t", "deps"], capture_output=True,
                            text=True, check=True).stdout
    target = ""
    for line in output.splitlines():
        if not line.startswith(" "):
            target = line.partition(":")[0]
        elif line.startswith("    /"):
            yield line.strip(), target
    text = (tree.build / "build.ninja").read_text(encoding="utf-8")
    for name in SYSTEM_FILE.findall(text):
        yield name, "build.ninja"
    for name in sorted(set(LINK_FLAG.findall(text))):
        for library in _libraries(f"lib{name}.so", f"lib{name}.a"):
            yield library, f"-l{name}"
    for compiler, sanitizers in set(re.findall(r"(\S+/clang\S*)\s[^\n]*-fsanitize=([\w,]+)", text)):
        for library in _run_time_libraries(compiler, sanitizers.split(",")):
            yield library, f"{compiler} -fsanitize"
    for folder in tree.build.rglob("*.verilated"):
        for path in folder.glob("*.d"):
            for name in SYSTEM_FILE.findall(path.read_text(encoding="utf-8")):
                yield name, folder.name


def _run_time_libraries(compiler, sanitizers):
    """What clang links for -fsanitize without a word in the command."""
    folder = subprocess.run([compiler, "-print-resource-dir"], capture_output=True, text=True,
                            check=True).stdout.strip()
    for short, sanitizer in (("asan", "address"), ("ubsan", "undefined"), ("fuzzer", "fuzzer")):
        if sanitizer in sanitizers:
            yield from map(str, pathlib.Path(folder).glob(f"lib/*/libclang_rt.{short}*.a"))


def _libraries(*names):
    """The first of the names that the system has."""
    for folder in sorted(pathlib.Path("/usr/lib").glob("*-linux-gnu")) + [pathlib.Path("/usr/lib/llvm-19/lib")]:
        for name in names:
            if (folder / name).exists():
                return [str(folder / name)]
    return []


def opened_by_scripts(tree):
    """(file, who names it) of programs, Python modules and libraries of tests, scripts and programs."""
    modules = {}
    for name in tree.code() + [f for f in tree.files if f == "README.md"]:
        if name.startswith(NOT_HERE):
            continue
        text = tree.text(name)
        programs = set(SHEBANG_ENV.findall(text))
        if name in tree.python():
            programs |= _python_programs(text)
            for module in _python_modules(text):
                modules.setdefault(module, name)
        elif name in tree.bash() or name == "README.md":
            programs |= _bash_programs(text)
        elif name in tree.cpp():
            programs |= set(CPP_COMMAND.findall(text))
        for program in programs:
            yield from ((path, name) for path in _program(program))
        for path in SYSTEM_FILE.findall(text):
            yield path, name
        for library in SHARED_LIBRARY.findall(text):
            yield from ((path, name) for path in _libraries(library))
    yield from _module_files(modules)


def _program(name):
    paths = [pathlib.Path(folder, name) for folder in PROGRAM_FOLDERS]
    return [str(path) for path in paths if path.is_file()][:1]


def _python_programs(text):
    try:
        module = ast.parse(text)
    except SyntaxError:
        return set()  # python_syntax reports it
    found = set()
    for node in ast.walk(module):
        first = []
        if isinstance(node, ast.List):
            first = node.elts[:1]
        elif isinstance(node, ast.Call):
            function = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[:2] if function in RUNNERS else []
        found |= {word.value.split(maxsplit=1)[0] for word in first
                  if isinstance(word, ast.Constant) and isinstance(word.value, str) and word.value.strip()}
    return found


def _python_modules(text):
    try:
        module = ast.parse(text)
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _module_files(modules):
    """Where Debian's Python keeps modules; what it does not know is this tree's own."""
    script = ("import importlib.util, sys\n"
              "for name in sys.argv[1:]:\n"
              "  spec = importlib.util.find_spec(name)\n"
              "  print(name, spec.origin if spec and spec.has_location else '')\n")
    output = subprocess.run(["/usr/bin/python3", "-I", "-c", script, *sorted(modules)],
                            capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        module, _, path = line.partition(" ")
        if path.startswith("/"):
            yield path, modules[module]


def _bash_programs(text):
    if text.startswith("# "):  # a page: its blocks of bash
        text = "\n".join(re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    text = re.sub(r"<<-?'?(\w+)'?.*?^\s*\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(?:^|(?<=\s))#.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"'[^']*'", "''", text)
    return set(BASH_COMMAND.findall(text))


def _of_the_tree(tree, path):
    return pathlib.Path(path).is_relative_to(tree.root) or pathlib.Path(path).is_relative_to(tree.build)


def _launchers(tree):
    """Compiler launchers (ccache), which are their user's own choice."""
    cache = tree.build / "CMakeCache.txt"
    text = cache.read_text(encoding="utf-8") if cache.is_file() else ""
    names = re.findall(r"^CMAKE_\w+_COMPILER_LAUNCHER:\w+=(\S+)$", text, re.MULTILINE)
    return {path for name in names for path in ([name] if name.startswith("/") else _program(name))}


def packages(tree):
    """tests/setup/packages.txt brings all that the build, the tests and the scripts open."""
    if not (tree.build / "build.ninja").is_file():
        yield "build.ninja is missing: build first"
        return
    named = [line.partition("#")[0].strip() for name in (LIST, DEEP_LIST) if name in tree.files
             for line in tree.text(name).splitlines()]
    installed, providers = installed_packages()
    reached = closure(filter(None, named), installed, providers)
    opened = {}
    for path, user in [*opened_by_build(tree), *opened_by_scripts(tree)]:
        if not _of_the_tree(tree, path):
            opened.setdefault(path, user)
    for path in _launchers(tree) | {path for path in opened if not pathlib.Path(path).is_file()}:
        opened.pop(path, None)
    lacking = {}
    for path, holders in owners(opened).items():
        if not holders & reached:
            lacking.setdefault(", ".join(sorted(holders)), []).append(path)
    for holders, paths in sorted(lacking.items()):
        example = min(paths)
        others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        what = f"lacks {holders}" if holders else "cannot bring what is of no Debian package"
        yield f"{LIST}: {what}: {example}{others}, opened for {opened[example]}"
