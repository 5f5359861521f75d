"""Generated files are never edited: pages equal their generator's output, RTL stays in build/."""

import subprocess


def generated(tree):
    """docs/reference is what layout_generate writes; no generated RTL is in the tree."""
    generator = tree.build / "bin" / "layout_generate"
    result = subprocess.run([str(generator), "--check", str(tree.root / "docs" / "reference")],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield from result.stderr.splitlines() or [f"{generator.name} failed"]
    made = {path.name for path in generated_rtl(tree)}
    if not made:
        yield "build/hls has no generated SystemVerilog: build first"
    for name in tree.with_suffix(".sv"):
        if name.rsplit("/", 1)[-1] in made:
            yield f"{name}: generated at build time; it does not belong in the tree"


def generated_rtl(tree):
    """SystemVerilog that the build made: the layout package and the compiled packet path."""
    return sorted((tree.build / "hls").glob("*.sv"))
