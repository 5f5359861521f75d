"""The files that checks look at: what git tracks or would track, below one root."""

import pathlib
import subprocess

CPP_SUFFIXES = (".cpp", ".cc", ".hpp", ".h")
CODE_SUFFIXES = CPP_SUFFIXES + (".sv", ".svh", ".py", ".sh", ".cmake", ".txt")


class SourceTree:
    """Paths are relative to the root, '/'-separated, sorted."""

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root).resolve()
        self.build = pathlib.Path(build).resolve() if build else None
        out = subprocess.run(
            ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"],
            check=True, capture_output=True, text=True).stdout
        self.files = sorted(f for f in set(out.split("\0")) if f and (self.root / f).is_file())

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    def with_suffix(self, *suffixes):
        return [f for f in self.files if f.endswith(suffixes)]

    def cpp(self):
        return self.with_suffix(*CPP_SUFFIXES)

    def python(self):
        return [f for f in self.files if f.endswith(".py") or self._shebang(f, "python3")]

    def bash(self):
        return [f for f in self.files if f.endswith(".sh") or self._shebang(f, "bash")]

    def code(self):
        named = set(self.with_suffix(*CODE_SUFFIXES))
        return sorted(named | set(self.python()) | set(self.bash()))

    def _shebang(self, name, interpreter):
        path = self.root / name
        if "." in path.name.lstrip("."):
            return False
        with open(path, "rb") as stream:
            first = stream.readline(80)
        return first.startswith(b"#!") and interpreter.encode() in first
