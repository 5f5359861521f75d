"""Random kernels: structs, helper functions, tables, state and the marked top function."""

from expressions import Array, Function, Type, Variable
from programs import Maker, Node

HEAD = ["#include <cstdint>", "", '#include "fixed/ap_uint.hpp"', '#include "hlsc/annotate.hpp"',
        ""]


class Program:
    """A kernel in namespace `name`, and the options hlsc compiles it with."""

    def __init__(self, name, seed):
        self.name = name
        maker = KernelMaker(seed)
        self.nodes = maker.kernel(name)
        self.options = maker.hlsc_options()

    def text(self):
        lines = list(HEAD)
        for node in self.nodes:
            lines += node.render()
        return "\n".join(lines) + "\n"

    def removable(self):
        found = []
        for node in self.nodes:
            found += node.removable()
        return found


class KernelMaker(Maker):
    def __init__(self, seed):
        super().__init__(seed)
        self.globals = []  # structs, constant tables and helper functions
        self.parameters = []
        self.feedback = False  # state or registers, whose update is one stage

    def hlsc_options(self):
        levels = (6, 7, 8) if self.feedback else (2, 3, 4, 6, 8)
        return ["--target-levels", str(self.random.choice(levels)),
                "--mul-latency", str(self.random.choice((2, 3, 3, 4)))]

    # ---- types

    def struct(self, name, count, wide=True, array=False):
        """Declares a struct; returns its fields as (name, type, entries)."""
        fields = []
        for i in range(count):
            kind = self.any_type() if wide else self.native_type()
            entries = self.random.choice((3, 4, 8)) if array and i == 0 and not kind.wide else 0
            fields.append((f"m{i}", kind, entries))
        self.globals.append(Node(f"struct {name} {{", [
            Node(f"{k.name} {f}{f'[{n}]' if n else ''};", needed=True) for f, k, n in fields], "};",
            needed=True))
        return fields

    def show(self, owner, fields, writable=False):
        """The fields of a struct become variables and arrays."""
        for name, kind, entries in fields:
            if entries:
                self.arrays.append(Array(f"{owner}.{name}", kind, entries, writable))
            else:
                self.variables.append(Variable(f"{owner}.{name}", kind, writable))

    # ---- things outside the top function

    def constant_table(self):
        kind, name = self.native_type(), self.fresh("kTable")
        entries = self.random.choice((3, 7, 8, 11, 16))
        values = ", ".join(hex(self.number(kind.bits)) + "ull" for _ in range(entries))
        values = ", ".join(f"{kind.name}({v})" for v in values.split(", "))
        text = f"static const {kind.name} {name}[{entries}] = {{{values}}};"
        self.globals.append(Node(text, needed=True))
        self.arrays.append(Array(name, kind, entries, writable=False))

    def helper(self):
        """A function of scalars, maybe a template, maybe with an early return."""
        scope = self.visible()
        name, result = self.fresh("helper"), self.any_type()
        parameters = [self.any_type() for _ in range(self.random.randrange(1, 4))]
        names = [self.fresh("p") for _ in parameters]
        self.variables = [Variable(n, p, writable=True) for n, p in zip(names, parameters)]
        is_template = self.random.random() < 0.3
        if is_template:
            self.variables.append(Variable("static_cast<uint32_t>(kN)", Type(32)))
        body = [self.statement(1) for _ in range(self.random.randrange(1, 4))]
        if self.random.random() < 0.5:
            body.append(Node(f"if ({self.condition(2)}) return {self.expression(result, 1)};"))
            body += [self.statement(1) for _ in range(self.random.randrange(2))]
        body.append(Node(f"return {self.expression(result, 2)};", needed=True))
        self.restore(scope)
        arguments = ", ".join(f"{p.name} {n}" for n, p in zip(names, parameters))
        if is_template:
            self.globals.append(Node("template <int kN>", needed=True))
        head = f"static {result.name} {name}({arguments}) {{"
        self.globals.append(Node(head, body, "}", needed=True))
        call = f"{name}<{self.random.randrange(1, 40)}>" if is_template else name
        self.functions.append(Function(call, result, parameters))

    def struct_helper(self, name, fields):
        """A function that changes a struct in place."""
        scope = self.visible()
        helper = self.fresh("change")
        self.variables = [Variable("extra", Type(32))]
        self.arrays = [a for a in self.arrays if a.text.startswith("kTable")]
        self.show("s", fields, writable=True)
        body = [self.statement(1) for _ in range(2)]
        self.restore(scope)
        head = f"static void {helper}({name}& s, uint32_t extra) {{"
        self.globals.append(Node(head, body, "}", needed=True))
        return helper

    # ---- parameters of the top function

    def inputs(self):
        fields = self.struct("In", self.random.randrange(2, 6), array=True)
        self.parameters.append("const In& in")
        self.show("in", fields)
        if self.random.random() < 0.3:
            kind = self.native_type()
            self.parameters.append(f"{kind.name} scalar")
            self.variables.append(Variable("scalar", kind))
        if self.random.random() < 0.4:
            fields = self.struct("Config", 2)
            self.parameters.append("const Config& config HLSC_STABLE")
            self.show("config", fields)

    def table(self):
        name, entries = self.fresh("table"), self.random.choice((2, 4, 10, 16, 37, 100, 256))
        latency = self.random.choice(
            ("", " HLSC_LATENCY(1)", " HLSC_LATENCY(3)", " HLSC_LATENCY(5)"))
        if self.random.random() < 0.4:
            kind, fields = self.native_type().name, None
        else:
            kind = "Entry" + name
            fields = self.struct(kind, self.random.randrange(1, 4),
                                 array=self.random.random() < 0.3)
        self.parameters.append(f"const {kind} (&{name})[{entries}]{latency}")
        return (name, kind, fields, entries)

    def read_table(self, table):
        name, kind, fields, entries = table
        entry = self.fresh("e")
        reference = "&" if fields and self.random.random() < 0.5 else ""
        node = Node(f"const {kind}{reference} {entry} = {name}[{self.index(entries, 2)}];")
        if fields:
            self.show(entry, fields)
        else:
            self.variables.append(Variable(entry, Type(int(kind[4:-2]))))
        return node

    def update(self, place, kind):
        """place = f(place, operand) under a condition; neither of the two depends on place.

        The way from old to new value must fit into one stage, so wide sums are out.
        """
        self.feedback = True
        operand, when, w = self.fresh("x"), self.fresh("c"), self.working(kind)
        setup = [Node(f"{kind.name} {operand} = {self.expression(kind, 2)};", needed=True),
                 Node(f"bool {when} = {self.condition(2)};", needed=True)]
        values = [operand, f"{w}({place}) ^ {w}({operand})"]
        if kind.bits <= 16:
            values += [f"{w}({place}) + {w}({operand})", f"{w}({place}) - {w}({operand})"]
        if kind.bits == 8:
            values.append(f"{place} < {operand} ? {operand} : {place}")
        return setup, Node(f"if ({when}) {place} = {kind.name}({self.random.choice(values)});")

    def state(self):
        """One read-modify-write of a state array, with few entries: packets meet in it."""
        name, entries = self.fresh("state"), self.random.choice((4, 8, 16))
        latency = self.random.choice(("", "", " HLSC_LATENCY(1)", " HLSC_LATENCY(4)"))
        fields = self.struct("State" + name, self.random.randrange(1, 4), wide=False)
        self.parameters.append(f"State{name} (&{name})[{entries}]{latency}")
        entry = self.fresh("s")
        setup = [Node(f"State{name}& {entry} = {name}[{self.index(entries, 1)}];", needed=True)]
        changes = []
        for field, kind, _ in fields:
            before, change = self.update(f"{entry}.{field}", kind)
            setup += before
            changes.append(change)
        return Node("", [*setup, *changes, *self.copies(entry, fields)])

    def copies(self, owner, fields):
        nodes = []
        for field, kind, _ in fields:
            copy = self.fresh("v")
            nodes.append(Node(f"{kind.name} {copy} = {owner}.{field};", needed=True))
            self.variables.append(Variable(copy, kind, writable=True))
        return nodes

    def register(self, _=0):
        kind, name, copy = Type(self.random.choice((8, 16, 32))), self.fresh("r"), self.fresh("v")
        setup, change = self.update(name, kind)
        nodes = [Node(f"static {kind.name} {name} = {self.constant(kind)};", needed=True), *setup]
        show = Node(f"{kind.name} {copy} = {name};", needed=True)
        nodes += [change, show] if self.random.random() < 0.5 else [show, change]
        self.variables.append(Variable(copy, kind, writable=True))
        return Node("", nodes)

    def local_struct(self):
        name, local = self.fresh("Local"), self.fresh("s")
        fields = self.struct(name, self.random.randrange(2, 4), array=self.random.random() < 0.5)
        nodes = [Node(f"{name} {local} = {name}{{}};", needed=True)]
        self.show(local, fields, writable=True)
        if self.random.random() < 0.6:
            helper = self.struct_helper(name, fields)
            nodes.append(Node(f"{helper}({local}, {self.expression(Type(32), 2)});"))
        if self.random.random() < 0.5:
            other = self.fresh("s")
            nodes.append(Node(f"{name} {other} = {local};", needed=True))
            self.show(other, fields, writable=True)
            nodes.append(Node(f"if ({self.condition(1)}) {other}.{fields[-1][0]} = "
                              f"{self.expression(fields[-1][1], 2)};" if not fields[-1][2] else ""))
            nodes.append(Node(f"if ({self.condition(1)}) {local} = {other};"))
        return Node("", nodes)

    # ---- the whole

    def kernel(self, name):
        chance = self.random.random
        for _ in range(self.random.choice((0, 1, 2))):
            self.constant_table()
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self.helper()
        self.inputs()
        special = [self.local_struct] * (chance() < 0.4) + [self.register] * (chance() < 0.4)
        special += [self.state] * self.random.choice((0, 0, 1, 1, 2))
        for table in [self.table() for _ in range(self.random.choice((0, 1, 1, 2)))]:
            special += [lambda t=table: self.read_table(t)] * self.random.choice((1, 1, 2))
        special += [lambda: self.statement(3)] * self.random.randrange(4, 10)
        self.random.shuffle(special)
        out = self.struct("Out", self.random.randrange(2, 6), array=True)
        result = self.native_type()
        returns = chance() < 0.2
        body = [Node("out = Out{};", needed=True)]
        for make in special:
            body.append(make())
            if chance() < 0.06:
                body.append(self.early_return(out, result if returns else None))
        body += self.results(out)
        if returns:
            body.append(Node(f"return {self.expression(result, 2)};", needed=True))
        self.parameters.append("Out& out")
        kind = result.name if returns else "void"
        head = f"HLSC_TOP {kind} {name}({', '.join(self.parameters)}) {{"
        return [Node(f"namespace {name}_space {{", needed=True), *self.globals,
                Node(head, body, "}", needed=True), Node("}", needed=True)]

    def early_return(self, out, result):
        value = f" {self.expression(result, 1)}" if result else ""
        head = f"if ({self.condition(2)}) {{"
        return Node(head, [*self.results(out[:1]), Node(f"return{value};", needed=True)],
                    "}")

    def results(self, out):
        nodes = []
        for field, kind, entries in out:
            for i in range(max(1, entries)):
                at = f"[{i}]" if entries else ""
                nodes.append(Node(f"out.{field}{at} = {self.expression(kind, 2)};"))
        return nodes
