"""SystemVerilog names are declared above their use (IEEE 1800-2017 6.21, 23.9).

Verilator and Yosys resolve a name when they have read the whole module, so neither objects;
front ends that read once refuse such a file. What may stand ahead of its declaration is left out:
functions, tasks, modules, hierarchical names and the members of packages and structures.
"""

import bisect
import re

from generated_check import generated_rtl

TOKEN = re.compile(r"""
    (?P<space>\s+ | //[^\n]* | /\*.*?\*/
      | `(?:define|undef|include|ifdef|ifndef|elsif|timescale|default_nettype)\b(?:[^\n]*\\\n)*[^\n]*
      | `\w+)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<number>(?:\d[\d_]*\s*)?'[sS]?[bodhBODH]\s*[0-9a-fA-FxXzZ?_]+ | '[01xXzZ] | \d[\w.]*)
  | (?P<system>\$\w*)
  | (?P<name>[A-Za-z_][\w$]*)
  | (?P<mark>::|.)
""", re.VERBOSE | re.DOTALL)

TYPES = set("logic bit reg wire tri int integer byte shortint longint time real string genvar "
            "event chandle".split())
PREFIXES = TYPES | set("input output inout ref const var automatic static parameter localparam "
                       "signed unsigned typedef type".split())
OPENS = {"module": "endmodule", "package": "endpackage", "interface": "endinterface",
         "program": "endprogram", "function": "endfunction", "task": "endtask", "begin": "end",
         "fork": "join", "generate": "endgenerate", "clocking": "endclocking"}
CLOSES = set(OPENS.values()) | {"join_any", "join_none"}
KEYWORDS = PREFIXES | set(OPENS) | CLOSES | set(
    "always always_comb always_ff always_latch and assert assign assume before break case casex "
    "casez continue cover default defparam disable do edge else endcase endproperty endsequence "
    "enum final for force foreach forever if iff import initial inside intersect is modport "
    "negedge nor not null or packed posedge priority property release repeat return s_eventually "
    "sequence struct tagged throughout union unique unique0 virtual void wait while with within "
    "xnor xor export extern".split())
BRACKETS = {"(": ")", "[": "]", "{": "}"}


class Scope:
    def __init__(self, outer):
        self.outer = outer
        self.declared = {}  # name -> indices of tokens, ascending


class Source:
    """One file's tokens, and which of them declare a name or are none that a scope knows."""

    def __init__(self, text):
        self.line_starts = [m.end() for m in re.finditer(r"\n", text)]
        found = [m for m in TOKEN.finditer(text) if m.lastgroup != "space"]
        self.tokens = [m.group() for m in found]
        self.kinds = ["word" if m.group() in KEYWORDS else m.lastgroup for m in found]
        self.places = [m.start() for m in found]
        self.declares = set()
        self.elsewhere = set()
        self._mark_elsewhere()
        self._mark_declarations()

    def line(self, index):
        return bisect.bisect_right(self.line_starts, self.places[index]) + 1

    def token(self, index):
        return self.tokens[index] if 0 <= index < len(self.tokens) else ""

    def is_name(self, index):
        return 0 <= index < len(self.tokens) and self.kinds[index] == "name"

    def _mark_elsewhere(self):
        braces = []  # of those that are open, whether one began an assignment pattern
        for i, token in enumerate(self.tokens):
            if token == "{":
                braces.append(self.token(i - 1) == "'")
            elif token == "}" and braces:
                braces.pop()
            if not self.is_name(i):
                continue
            before, after = self.token(i - 1), self.token(i + 1)
            if before == ".":  # `.clk_i` alone connects the name; `.clk_i(..)` and `a.b` name another's
                if self.token(i - 2) not in ("(", ",") or after not in (",", ")"):
                    self.elsewhere.add(i)
            elif "::" in (before, after) or before in ("module", "package", "interface", "program"):
                self.elsewhere.add(i)
            elif before == ":" and (self.token(i - 2) in CLOSES or self.token(i - 2) in OPENS):
                self.elsewhere.add(i)
            elif after == ":" and before in ("{", ",") and braces and braces[-1]:
                self.elsewhere.add(i)

    def _closing(self, index):
        """The bracket that closes the one at index."""
        depth = 0
        for i in range(index, len(self.tokens)):
            depth += (self.tokens[i] in BRACKETS) - (self.tokens[i] in BRACKETS.values())
            if depth == 0:
                return i
        return len(self.tokens)

    def _past_dimensions(self, index):
        while self.token(index) == "[":
            index = self._closing(index) + 1
        return index

    def _mark_declarations(self):
        inside = []  # ranges of the members of structures and unions
        i = 0
        while i < len(self.tokens):
            if self.tokens[i] in PREFIXES or self.tokens[i] in ("struct", "union", "enum"):
                i = self._declaration(i, inside)
            elif self.is_name(i) and self.token(i - 1) not in (".", "::", ":"):
                self._typed(i)
                i += 1
            else:
                i += 1
        for first, last in inside:
            members = {i for i in self.declares if first < i < last}
            self.declares -= members
            self.elsewhere |= members

    def _declaration(self, index, inside):
        """A declaration that begins with keywords; returns where to go on."""
        i = index
        while self.token(i) in PREFIXES or self.token(i) == "[":
            i = self._past_dimensions(i) if self.token(i) == "[" else i + 1
        kind = self.token(i)
        if kind in ("struct", "union", "enum"):
            while self.token(i) not in ("{", ""):
                i += 1
            end = self._closing(i)
            if kind == "enum":
                self._names(i + 1)
            else:
                inside.append((i, end))
            self._names(self._past_dimensions(end + 1))
            return i + 1  # the members' own types and dimensions
        if self.token(i - 1) != "function" and not self._typed(i):
            self._names(i)
        return max(i, index + 1)

    def _typed(self, index):
        """`type_t [3:0] name` or `package::type_t name`; whether it is one."""
        if not self.is_name(index):
            return False
        i = index + 2 if self.token(index + 1) == "::" else index
        i = self._past_dimensions(i + 1)
        if not self.is_name(i) or self.token(self._past_dimensions(i + 1)) not in (";", ",", "=", ")"):
            return False
        self._names(i)
        return True

    def _names(self, index):
        """The names of a list: name [dimensions] [= value] {, ...}."""
        i = index
        while self.is_name(i):
            after = self._past_dimensions(i + 1)
            if self.token(after) not in (";", ",", "=", ")", "}"):
                return
            self.declares.add(i)
            if self.token(after) == "=":
                while self.token(after) not in (",", ";", ")", "}", ""):
                    after = self._closing(after) if self.token(after) in BRACKETS else after
                    after += 1
            if self.token(after) != ",":
                return
            i = after + 1


def early_uses(text):
    """Yields (line of the use, name, line of the declaration)."""
    source = Source(text)
    scope = Scope(None)
    uses = []
    for i, token in enumerate(source.tokens):
        kind = source.kinds[i]
        if kind == "word":
            extern = source.token(i - 1) in ("import", "export", "extern", "wait", "disable")
            if token in OPENS and not extern:
                scope = Scope(scope)
            elif token in CLOSES and scope.outer:
                scope = scope.outer
        elif i in source.declares:
            scope.declared.setdefault(token, []).append(i)
        elif kind == "name" and i not in source.elsewhere:
            uses.append((i, token, scope))
    reported = set()
    for i, name, scope in uses:
        later = None
        while scope:
            places = scope.declared.get(name)
            if places and places[0] < i:
                break
            later = later or places
            scope = scope.outer
        else:
            if later and (name, later[0]) not in reported:
                reported.add((name, later[0]))
                yield source.line(i), name, source.line(later[0])


def declared_first(tree):
    """SystemVerilog, generated modules too, declares every name above its first use."""
    files = [(name, tree.root / name) for name in tree.with_suffix(".sv", ".svh", ".v", ".vh")]
    files += [(f"build/hls/{path.name}", path) for path in generated_rtl(tree)]
    for name, path in files:
        for line, used, declared in early_uses(path.read_text(encoding="utf-8")):
            yield (f"{name}:{line}: '{used}' is used above its declaration in line {declared} "
                   "(IEEE 1800-2017 6.21): declare it first")
