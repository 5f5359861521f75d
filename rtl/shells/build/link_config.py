"""Reads v++ configuration files: sections, and keys that may come again and again."""


class ConfigError(Exception):
    """The file is not one; the text says where."""


def parse(text):
    """A list of (section, key, value) in the file's order; section "" before the first."""
    entries = []
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if not line.endswith("]") or len(line) < 3:
                raise ConfigError(f"line {number}: not a section: {line}")
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ConfigError(f"line {number}: not KEY=VALUE: {line}")
        entries.append((section, key.strip(), value.strip()))
    return entries
