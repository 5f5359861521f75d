"""Random kernels of the subset that hlsc compiles: a tree of statements that can be cut down."""

import random

from expressions import Array, Expressions, Type, Variable

INDENT = "  "


class Node:
    """A statement: its first line, what is inside, its last line."""

    def __init__(self, head, body=None, tail="", needed=False):
        self.head = head
        self.body = body if body is not None else []
        self.tail = tail
        self.needed = needed  # must stay when the program is cut down

    def render(self, level=0):
        lines = [INDENT * level + self.head] if self.head else []
        for node in self.body:
            lines += node.render(level + 1)
        return lines + ([INDENT * level + self.tail] if self.tail else [])

    def removable(self):
        """Every node below, outermost first."""
        found = []
        for node in self.body:
            found += ([] if node.needed else [(self, node)]) + node.removable()
        return found


class Maker(Expressions):
    """Makes statements."""

    MOST_ITERATIONS = 24

    def __init__(self, seed):
        super().__init__(random.Random(seed))
        self.counter = 0
        self.iterations = 1
        self.in_loop = False

    def fresh(self, prefix):
        self.counter += 1
        return f"{prefix}{self.counter}"

    def visible(self):
        return (list(self.variables), list(self.arrays))

    def restore(self, scope):
        self.variables, self.arrays = scope

    # ---- statements

    def block(self, count, depth):
        """Statements in a scope of their own."""
        scope = self.visible()
        nodes = [self.statement(depth) for _ in range(count)]
        self.restore(scope)
        return nodes

    def statement(self, depth):
        makers = [self.declare, self.declare, self.declare, self.assign, self.assign, self.assign,
                  self.compound, self.compound, self.declare_array, self.store, self.store,
                  self.field]
        if depth > 0:
            makers += [self.branch, self.branch, self.switch, self.loop, self.sometimes_set,
                       self.lambda_call]
        return self.random.choice(makers)(depth)

    def declare(self, _):
        kind, name = self.any_type(), self.fresh("v")
        node = Node(f"{kind.name} {name} = {self.expression(kind, 3)};")
        self.variables.append(Variable(name, kind, writable=True))
        return node

    def target(self):
        writable = [v for v in self.variables if v.writable]
        return self.random.choice(writable) if writable else None

    def assign(self, depth):
        v = self.target()
        if v is None:
            return self.declare(depth)
        return Node(f"{v.text} = {self.expression(v.type, 3)};")

    def compound(self, depth):
        v = self.target()
        if v is None or not v.type.wide:
            if v is None:
                return self.declare(depth)
            w = self.working(v.type)
            return Node(f"{v.text} = {v.type.name}({w}({v.text}) {self.random.choice('+-^|&')} "
                        f"{w}({self.expression(v.type, 2)}));")
        operation = self.random.choice(("&=", "|=", "^="))
        return Node(f"{v.text} {operation} {self.expression(v.type, 2)};")

    def field(self, depth):
        """Assigns some bits of a wide variable, at a constant or a variable place."""
        wide = [v for v in self.variables if v.writable and v.type.wide]
        if not wide:
            return self.declare(depth)
        v = self.random.choice(wide)
        size = self.random.randrange(1, v.type.bits + 1)
        low = self.random.randrange(v.type.bits - size + 1)
        value = self.expression(Type(size, wide=True), 1)
        if self.random.random() < 0.6:
            return Node(f"{v.text}.range({low + size - 1}, {low}) = {value};")
        at = self.fresh("at")
        index = self.index(v.type.bits - size + 1, 1)
        return Node("{", [
            Node(f"int {at} = static_cast<int>({index});", needed=True),
            Node(f"{v.text}.range({at} + {size - 1}, {at}) = {value};", needed=True)], "}")

    def declare_array(self, _):
        kind, name = self.native_type(), self.fresh("a")
        entries = self.random.choice((2, 3, 4, 5, 8))
        values = ", ".join(self.expression(kind, 1) for _ in range(entries))
        node = Node(f"{kind.name} {name}[{entries}] = {{{values}}};")
        self.arrays.append(Array(name, kind, entries, writable=True))
        return node

    def store(self, depth):
        arrays = [a for a in self.arrays if a.writable]
        if not arrays:
            return self.declare_array(depth)
        a = self.random.choice(arrays)
        return Node(f"{a.text}[{self.index(a.entries, 1)}] = {self.expression(a.type, 2)};")

    def branch(self, depth):
        parts = [f"if ({self.condition(2)}) {{"]
        more = self.random.choice((0, 0, 1, 2))
        parts += [f"else if ({self.condition(1)}) {{" for _ in range(more)]
        parts += ["else {"] if self.random.random() < 0.6 else []
        return Node("", [Node(part, self.block(self.random.randrange(1, 4), depth - 1), "}")
                         for part in parts])

    def switch(self, depth):
        bits = self.random.choice((2, 3))
        node = Node(f"switch (uint32_t({self.leaf(Type(8))}) & {(1 << bits) - 1}u) {{", tail="}")
        for label in self.random.sample(range(1 << bits), self.random.randrange(2, 1 << bits)):
            body = self.block(self.random.randrange(1, 3), depth - 1)
            if self.random.random() < 0.8 and not self.in_loop:
                body.append(Node("break;", needed=True))
            elif self.in_loop and self.random.random() < 0.8:
                body.append(Node(self.random.choice(("break;", "continue;")), needed=True))
            node.body.append(Node(f"case {label}: {{", body, "}"))
        node.body.append(Node("default: {", self.block(1, depth - 1), "}", needed=True))
        return node

    def loop(self, depth):
        rounds = self.random.randrange(2, 9)
        if self.iterations * rounds > self.MOST_ITERATIONS:
            return self.branch(depth)
        i = self.fresh("i")
        scope, outer = self.visible(), self.in_loop
        self.iterations *= rounds
        self.variables.append(Variable(i, Type(32)))
        self.in_loop = True
        body = [self.statement(depth - 1) for _ in range(self.random.randrange(1, 4))]
        if self.random.random() < 0.4:
            word = self.random.choice(("break", "continue"))
            body.insert(self.random.randrange(len(body) + 1),
                        Node(f"if ({i} == {self.random.randrange(rounds)}u) {word};"))
            body.append(Node(f"if ({self.condition(1)}) {word};"))
        self.in_loop = outer
        self.iterations //= rounds
        self.restore(scope)
        step = self.random.choice((f"++{i}", f"{i} += 2"))
        return Node(f"for (uint32_t {i} = 0; {i} < {rounds}; {step}) {{", body, "}")

    def sometimes_set(self, _):
        """A variable without a value on some paths, used on the others only."""
        kind, name, have = self.native_type(), self.fresh("u"), self.fresh("have")
        value = self.random.choice((name, f"{kind.name}({self.working(kind)}({name}) + 1u)"))
        node = Node("", [Node(f"{kind.name} {name};", needed=True),
                         Node(f"bool {have} = false;", needed=True)])
        for _ in range(2):
            node.body.append(Node(f"if ({self.condition(1)}) {{", [
                Node(f"{name} = {self.expression(kind, 2)};", needed=True),
                Node(f"{have} = true;", needed=True)], "}"))
        result = self.fresh("v")
        chosen = f"{have} ? {value} : {self.leaf(kind)}"
        node.body.append(Node(f"{kind.name} {result} = {chosen};", needed=True))
        self.variables.append(Variable(result, kind, writable=True))
        return node

    def lambda_call(self, _):
        kind, name = self.native_type(), self.fresh("f")
        scope = self.visible()
        self.variables.append(Variable("x", kind))
        body = self.expression(kind, 2)
        self.restore(scope)
        result = self.fresh("v")
        node = Node("", [
            Node(f"auto {name} = [&]({kind.name} x) {{ return {body}; }};", needed=True),
            Node(f"{kind.name} {result} = {name}({name}({self.leaf(kind)}));", needed=True)])
        self.variables.append(Variable(result, kind, writable=True))
        return node
