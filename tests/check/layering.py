"""A lower box never includes a higher one (docs/architecture.md, 'Boxes')."""

import json
import pathlib
import re
import shlex
import subprocess
import tempfile

# Folder of a box -> folders of the boxes whose headers it may include.
LOW = ["hls/layout", "host/base"]
DAEMON = [*LOW, "host/net", "host/health", "host/model", "driver"]
ALLOWED = {
    "hls/layout": [],
    "hls/fixed": [],
    "hls/path": ["hls/layout", "hls/fixed"],
    "hls/compiler": [],
    "host/base": [],
    "host/net": ["host/base"],
    "host/health": ["host/base"],
    "host/model": [*LOW, "hls/fixed", "hls/path"],
    "host/image": LOW,
    "driver": [*LOW, "host/image"],
    "host/flash": [*LOW, "host/image", "driver"],
    "host/daemon": DAEMON,
    "host/api": [*DAEMON, "host/daemon"],
    "host/cli": [*DAEMON, "host/daemon", "host/api", "host/image", "host/flash"],
    "host/main": [*DAEMON, "host/daemon", "host/api", "host/cli", "host/image", "host/flash"],
    "sim": LOW,
}
# Single headers that a box may include besides: the compiler's marks (also where the packet
# path's headers bring them along), the wire protocol of the simulated card and its client.
ALLOWED_HEADERS = {
    "hls/path": ["hlsc/annotate.hpp"],
    "host/model": ["hlsc/annotate.hpp"],
    "sim": ["driver/sim_protocol.hpp", "driver/board.hpp", "driver/sim_board.hpp"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def box_of(name):
    return next((box for box in ALLOWED if name.startswith(box + "/")), None)


def headers_of(tree, box):
    prefix = box + "/include/"
    return [f[len(prefix):] for f in tree.cpp() if f.startswith(prefix)]


def layering(tree):
    """Each box includes only headers of the boxes below it."""
    owner = {header: box for box in ALLOWED for header in headers_of(tree, box)}
    for name in tree.cpp():
        box = box_of(name)
        if box is None:
            continue
        for include in INCLUDE.findall(tree.text(name)):
            target = owner.get(include)
            if ".." in include.split("/"):
                yield f"{name}: include of {include} climbs out of its folder"
            elif target and target != box and target not in ALLOWED[box] and (
                    include not in ALLOWED_HEADERS.get(box, [])):
                yield f"{name}: {box} must not include {include} of {target}"


def include_roots(tree):
    """A wrong include does not compile: with a box's flags, headers above it are not found."""
    commands = _first_command_of_each_box(tree)
    if not commands:
        yield "no box is in compile_commands.json: build first"
    for box, entry in commands.items():
        own = [h for h in headers_of(tree, box) if h != "hlsc/annotate.hpp"]  # not the compiler's
        if own and not _compiles(entry, own[0]):
            yield f"{box}: its own header {own[0]} is not found: the probe proves nothing"
        for other in ALLOWED:
            headers = headers_of(tree, other)
            if other == box or other in ALLOWED[box] or not headers:
                continue
            if set(ALLOWED_HEADERS.get(box, [])) & set(headers):
                continue  # one header of that root is allowed; `layering` reads which are used
            if _compiles(entry, headers[0]):
                yield f"{box}: a wrong include compiles: {headers[0]} of {other}"


def _first_command_of_each_box(tree):
    found = {}
    for entry in json.loads((tree.build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"])
        if not path.is_relative_to(tree.root):
            continue
        box = box_of(str(path.relative_to(tree.root)))
        if box:
            found.setdefault(box, entry)
    return found


def _compiles(entry, header):
    """True if the preprocessor finds the header with this command's include roots."""
    roots = []
    words = shlex.split(entry["command"])
    for word, after in zip(words, words[1:] + [""]):
        if word.startswith("-I"):
            roots += [word]
        elif word == "-isystem":
            roots += [word, after]
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder, "probe.cpp")
        probe.write_text(f'#if !__has_include("{header}")\n#error not found\n#endif\n')
        result = subprocess.run([words[0] if "ccache" not in words[0] else words[1], "-E",
                                 *roots, str(probe)], cwd=entry["directory"],
                                capture_output=True, check=False)
    return result.returncode == 0
