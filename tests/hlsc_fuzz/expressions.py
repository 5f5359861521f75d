"""Random expressions of the subset that hlsc compiles, without undefined behaviour by construction.

Every expression has one exact type: uint8_t ... uint64_t or ap_uint<N>. Arithmetic is unsigned in
32 or 64 bits, shift amounts are masked, divisors are constants, indices stay within bounds.
"""

NATIVE = (8, 16, 32, 64)
WIDE = (1, 3, 7, 12, 17, 24, 33, 48, 63, 65, 96, 104, 128, 200)


class Type:
    """uint8_t ... uint64_t, or ap_uint<bits> if wide."""

    def __init__(self, bits, wide=False):
        self.bits = bits
        self.wide = wide
        self.name = f"ap_uint<{bits}>" if wide else f"uint{bits}_t"

    def __eq__(self, other):
        return self.name == other.name

    def __hash__(self):
        return hash(self.name)


class Variable:
    def __init__(self, text, kind, writable=False):
        self.text = text
        self.type = kind
        self.writable = writable


class Array:
    """Anything indexed: a local array, a constant table."""

    def __init__(self, text, kind, entries, writable):
        self.text = text
        self.type = kind
        self.entries = entries
        self.writable = writable


class Function:
    def __init__(self, text, result, parameters):
        self.text = text
        self.result = result
        self.parameters = parameters


class Expressions:
    """Makes expressions over the variables, arrays and functions that are visible."""

    def __init__(self, random):
        self.random = random
        self.variables = []
        self.arrays = []
        self.functions = []
        self.multiplications = 0

    # ---- types and constants

    def native_type(self):
        return Type(self.random.choice(NATIVE))

    def any_type(self):
        if self.random.random() < 0.3:
            return Type(self.random.choice(WIDE), wide=True)
        return self.native_type()

    def number(self, bits):
        r = self.random
        return r.choice((0, 1, (1 << bits) - 1, 1 << r.randrange(bits), r.getrandbits(bits),
                         r.getrandbits(min(bits, 4)), (1 << r.randrange(1, bits + 1)) - 1))

    def constant(self, kind):
        if kind.wide:
            text = f"ap_uint<{kind.bits}>({hex(self.number(min(kind.bits, 64)))}ull)"
            return f"({text} << {self.random.randrange(kind.bits)}u)" if kind.bits > 64 else text
        return f"{kind.name}({hex(self.number(kind.bits))}ull)"

    # ---- leaves

    def leaf(self, kind):
        same = [v for v in self.variables if v.type == kind]
        if same and self.random.random() < 0.6:
            return self.random.choice(same).text
        if self.variables and self.random.random() < 0.9:
            return self.convert(self.random.choice(self.variables), kind)
        return self.constant(kind)

    def convert(self, variable, kind):
        if variable.type == kind:
            return variable.text
        if variable.type.wide and not kind.wide:
            bits = variable.type.bits
            low = self.random.randrange(bits)
            high = min(bits - 1, low + self.random.randrange(kind.bits))
            return f"{kind.name}({variable.text}.range({high}, {low}).to_uint64())"
        return f"{kind.name}({variable.text})"

    # ---- expressions

    def expression(self, kind, depth):
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(kind)
        if self.random.random() < 0.15:
            a, b = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
            return f"({self.condition(depth - 1)} ? {a} : {b})"
        return self.wide(kind, depth) if kind.wide else self.native(kind, depth)

    def native(self, kind, depth):
        makers = (self.binary, self.binary, self.binary, self.shift, self.shift, self.divide,
                  self.multiply, self.unary, self.element, self.element, self.call, self.signed,
                  self.rotate, self.slice, self.bit_count, self.compare)
        return self.random.choice(makers)(kind, depth - 1)

    @staticmethod
    def working(kind):
        return "uint64_t" if kind.bits == 64 else "uint32_t"

    def binary(self, kind, depth):
        a, b = self.expression(kind, depth), self.expression(self.operand(kind), depth)
        w = self.working(kind)
        return f"{kind.name}({w}({a}) {self.random.choice('++--&|^')} {w}({b}))"

    def operand(self, kind):
        """Mostly the same width, sometimes narrower: then the top bits are known."""
        return Type(self.random.choice([b for b in NATIVE if b <= kind.bits] + [kind.bits] * 3))

    def shift(self, kind, depth):
        w, amount = self.working(kind), self.amount(64 if kind.bits == 64 else 32, depth)
        value, way = self.expression(kind, depth), self.random.choice(("<<", ">>"))
        return f"{kind.name}({w}({value}) {way} {amount})"

    def amount(self, limit, depth):
        if self.random.random() < 0.5:
            return f"{self.random.randrange(limit)}u"
        mask = self.random.choice((limit - 1, 7, 15))
        return f"(uint32_t({self.expression(Type(8), min(depth, 1))}) & {mask}u)"

    def rotate(self, kind, depth):
        w, n = self.working(kind), kind.bits
        a = self.leaf(kind)
        if self.random.random() < 0.5:
            s = self.random.randrange(1, n)
            return f"{kind.name}({w}({a}) << {s}u | {w}({a}) >> {n - s}u)"
        s = f"(uint32_t({self.expression(Type(8), min(depth, 1))}) & {n - 1}u)"
        return f"{kind.name}({w}({a}) << {s} | {w}({a}) >> (({n}u - {s}) & {n - 1}u))"

    def divide(self, kind, depth):
        if kind.bits == 64:
            return self.binary(kind, depth)
        divisor = self.random.choice((2, 3, 5, 7, 8, 10, 13, 60, 100, 251, 1000, 65537))
        return (f"{kind.name}(uint32_t({self.expression(kind, depth)}) "
                f"{self.random.choice('/%')} {divisor}u)")

    def multiply(self, kind, depth):
        a, b = self.expression(kind, depth), Type(min(kind.bits, 32))
        w = self.working(kind)
        if self.multiplications >= 2 or self.random.random() < 0.6:
            return f"{kind.name}({w}({a}) * {self.number(b.bits)}u)"
        self.multiplications += 1
        return f"{kind.name}({w}({a}) * {w}({self.expression(b, depth)}))"

    def unary(self, kind, depth):
        a, w = self.expression(kind, depth), self.working(kind)
        return self.random.choice((f"{kind.name}(~{w}({a}))", f"{kind.name}({w}(0) - {w}({a}))",
                                   f"{kind.name}({a} == 0)"))

    def element(self, kind, depth):
        arrays = [a for a in self.arrays if not a.type.wide]
        if not arrays:
            return self.leaf(kind)
        array = self.random.choice(arrays)
        return f"{kind.name}({array.text}[{self.index(array.entries, depth)}])"

    def index(self, entries, depth):
        if self.random.random() < 0.2:
            return f"{self.random.randrange(entries)}"
        at = self.expression(Type(self.random.choice((8, 16, 32))), min(depth, 1))
        if entries & (entries - 1) == 0:
            return f"uint32_t({at}) & {entries - 1}u"
        return f"uint32_t({at}) % {entries}u"

    def call(self, kind, depth):
        if not self.functions:
            return self.binary(kind, depth)
        f = self.random.choice(self.functions)
        arguments = ", ".join(self.expression(p, min(depth, 1)) for p in f.parameters)
        text = f"{f.text}({arguments})"
        if f.result.wide and not kind.wide:
            text += ".to_uint64()"
        return f"{kind.name}({text})"

    def signed(self, kind, depth):
        name = f"int{kind.bits}_t"
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        amount = self.amount(kind.bits, depth) if kind.bits > 8 else "3u"
        return self.random.choice((
            f"{kind.name}({name}({a}) >> {amount})",
            f"({name}({a}) < {name}({b}) ? {a} : {b})",
            f"{kind.name}({self.working(kind)}({name}({a})))"))

    def slice(self, kind, _):
        wide = [v for v in self.variables if v.type.wide and v.type.bits > 1]
        if not wide:
            return self.leaf(kind)
        v = self.random.choice(wide)
        size = self.random.randrange(1, min(v.type.bits, kind.bits) + 1)
        if size == v.type.bits or self.random.random() < 0.5:
            return self.convert(v, kind)
        low = f"static_cast<int>({self.index(v.type.bits - size + 1, 1)})"
        return f"{kind.name}({v.text}.range({low} + {size - 1}, {low}).to_uint64())"

    def bit_count(self, kind, depth):
        if kind.bits < 32:
            return self.unary(kind, depth)
        call = self.random.choice(("popcount", "clz", "ctz", "bswap"))
        a = self.expression(kind, depth)
        if call == "bswap":
            return f"__builtin_bswap{kind.bits}({a})"
        suffix = "l" if kind.bits == 64 else ""
        # Zero is undefined for clz and ctz.
        guard = {"popcount": 0, "clz": 1, "ctz": 1 << (kind.bits - 1)}[call]
        return f"{kind.name}(__builtin_{call}{suffix}({kind.name}({a} | {hex(guard)}u)))"

    def compare(self, kind, depth):
        return f"{kind.name}({self.condition(depth)})"

    # ---- wide integers

    def wide(self, kind, depth):
        forms = (self.wide_logic, self.wide_logic, self.wide_sum, self.wide_product,
                 self.wide_shift, self.wide_slice, self.wide_cast)
        return self.random.choice(forms)(kind, depth - 1)

    def wide_operand(self, kind, depth):
        bits = self.random.choice((kind.bits, kind.bits, 40))
        return self.expression(Type(bits, wide=True), depth)

    def wide_logic(self, kind, depth):
        a, b = self.wide_operand(kind, depth), self.wide_operand(kind, depth)
        if self.random.random() < 0.2:
            return f"{kind.name}(~{self.expression(kind, depth)})"
        return f"{kind.name}({a} {self.random.choice('&|^')} {b})"

    def wide_sum(self, kind, depth):
        return f"{kind.name}({self.wide_operand(kind, depth)} + {self.wide_operand(kind, depth)})"

    def wide_product(self, kind, depth):
        if kind.bits > 64 or self.multiplications >= 2:
            return self.wide_sum(kind, depth)
        self.multiplications += 1
        a, b = (Type(self.random.choice((5, 17, 24)), wide=True) for _ in range(2))
        return f"{kind.name}({self.expression(a, depth)} * {self.expression(b, depth)})"

    def wide_shift(self, kind, depth):
        # An amount beyond the width is defined: nothing is left.
        amount = self.random.choice((f"{self.random.randrange(kind.bits + 9)}u",
                                     f"(uint32_t({self.expression(Type(8), 1)}) & 127u)"))
        value, way = self.expression(kind, depth), self.random.choice(("<<", ">>"))
        return f"{kind.name}({value} {way} {amount})"

    def wide_slice(self, kind, _):
        wide = [v for v in self.variables if v.type.wide]
        if not wide:
            return self.leaf(kind)
        v = self.random.choice(wide)
        low = self.random.randrange(v.type.bits)
        high = self.random.randrange(low, v.type.bits)
        part = f"ap_uint<{high - low + 1}>({v.text}.range({high}, {low}))"
        return f"{kind.name}({part})"

    def wide_cast(self, kind, depth):
        return f"{kind.name}({self.expression(self.native_type(), depth)})"

    # ---- conditions

    def condition(self, depth):
        r = self.random.random()
        if depth > 0 and r < 0.25:
            a, b = self.condition(depth - 1), self.condition(depth - 1)
            return f"({a} {self.random.choice(('&&', '||'))} {b})"
        if r < 0.35:
            return f"!({self.condition(depth - 1)})" if depth > 0 else "true"
        if r < 0.55:
            return f"(uint32_t({self.leaf(Type(32))}) >> {self.random.randrange(32)}u & 1u) != 0"
        if r < 0.65:
            v = [x for x in self.variables if x.type.wide]
            if v:
                v = self.random.choice(v)
                return f"{v.text}[static_cast<int>({self.index(v.type.bits, 1)})]"
        kind = self.any_type()
        a, b = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
        if self.random.random() < 0.3:
            b = self.constant(kind)
        return f"({a} {self.random.choice(('==', '!=', '<', '<=', '>', '>='))} {b})"
