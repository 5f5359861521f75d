// Lowering of loads and stores: inputs and outputs, tables, state arrays, constants, statics.
#include <algorithm>

#include "llvm/ADT/MapVector.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Operator.h"
#include "lower.hpp"

namespace hlsc {

namespace {

using llvm::dyn_cast;
using llvm::isa;

constexpr uint64_t kMaxConstantBits = 65536;
constexpr size_t kMaxRegisterBits = 4096;

}  // namespace

// Selects and phis of pointers distribute over the access: reading a table port is harmless.
std::vector<Lower::Location> Lower::locate(llvm::Value* pointer, const llvm::Instruction& at) {
  if (auto* arg = dyn_cast<llvm::Argument>(pointer)) {
    Location l{kOne, Location::Object::kParameter, static_cast<int>(arg->getArgNo()), nullptr, {},
               0};
    return {l};
  }
  if (auto* g = dyn_cast<llvm::GlobalVariable>(pointer)) return locate_global(g, at);
  if (auto* gep = dyn_cast<llvm::GEPOperator>(pointer)) {
    llvm::MapVector<llvm::Value*, llvm::APInt> variable;
    llvm::APInt constant(64, 0);
    if (!gep->collectOffset(layout_, 64, variable, constant)) {
      reject(at, "an address hlsc does not understand", "index the array directly");
    }
    std::vector<Location> r = locate(gep->getPointerOperand(), at);
    for (Location& l : r) {
      l.offset += constant.getSExtValue();
      for (const auto& [index, scale] : variable) {
        l.indices.push_back({get(index), scale.getSExtValue()});
      }
    }
    return r;
  }
  std::vector<Location> r;
  auto merge = [&](llvm::Value* from, Bit guard) {
    if (guard == kZero || isa<llvm::UndefValue>(from)) return;
    for (Location& l : locate(from, at)) {
      l.guard = g_.and1(l.guard, guard);
      if (l.guard != kZero) r.push_back(l);
    }
  };
  if (auto* s = dyn_cast<llvm::SelectInst>(pointer)) {
    const Bit c = get(s->getCondition())[0];
    merge(s->getTrueValue(), c);
    merge(s->getFalseValue(), ~c);
    return r;
  }
  if (auto* phi = dyn_cast<llvm::PHINode>(pointer)) {
    for (const auto& [block, guard] : incoming(phi))
      merge(phi->getIncomingValueForBlock(block), guard);
    return r;
  }
  if (isa<llvm::ConstantPointerNull>(pointer)) {
    reject(at, "access through a null pointer", "initialize the reference");
  }
  reject(at, "a pointer that does not lead back to a parameter or a variable",
         "use references and indices");
}

std::vector<Lower::Location> Lower::locate_global(llvm::GlobalVariable* g,
                                                  const llvm::Instruction& at) {
  if (!g->hasInitializer()) {
    reject(at, "variable '" + g->getName().str() + "' is defined elsewhere", "define it here");
  }
  if (g->isThreadLocal()) {
    reject(at, "thread-local variable '" + g->getName().str() + "'", "make it static");
  }
  if (g->getName().starts_with("_ZGV")) {
    reject(at, "a static variable needs code to initialize it",
           "give it a constant initializer: it is the register's reset value");
  }
  const auto object = g->isConstant() ? Location::Object::kConstant : Location::Object::kStatic;
  return {Location{kOne, object, -1, g, {}, 0}};
}

Bits Lower::lower_load(llvm::LoadInst* load) {
  const int w = width(load->getType());
  Guarded values;
  for (const Location& l : locate(load->getPointerOperand(), *load)) {
    values.push_back({l.guard, load_from(l, w, *load)});
  }
  if (values.empty()) return constant_bits(w, 0);
  return values.size() == 1 ? values[0].second : choose(values);
}

void Lower::lower_store(llvm::StoreInst* store) {
  if (!store->getValueOperand()->getType()->isIntegerTy()) {
    reject(*store, "a value that is no integer is stored", "store integers");
  }
  Bits value = get(store->getValueOperand());
  value = resize(value, static_cast<int>((value.size() + 7) / 8 * 8));
  const Bit reached = predicate(&f_.getEntryBlock(), store->getParent());
  for (const Location& l : locate(store->getPointerOperand(), *store)) {
    store_to(l, value, g_.and1(l.guard, reached), *store);
  }
}

Bits Lower::byte_offset(const Location& l) {
  std::vector<Bits> terms = {constant_bits(32, static_cast<uint64_t>(l.offset))};
  for (const auto& [index, scale] : l.indices) {
    terms.push_back(lower_product(resize(index, 32, index.back()),
                                  constant_bits(32, static_cast<uint64_t>(scale))));
  }
  return g_.sum(std::move(terms), 32);
}

Bits Lower::read_at(const Bits& object, const Location& l, int width) {
  if (l.indices.empty()) return slice(object, static_cast<int>(l.offset * 8), width);
  const Bits amount = concat(constant_bits(3, 0), byte_offset(l));
  return slice(shift_variable(Shift::kRight, object, amount, width), 0, width);
}

void Lower::write_at(Memory* memory, const Location& l, const Bits& value, Bit enable) {
  const int width = static_cast<int>(memory->current.size());
  Bits put, mask;
  if (l.indices.empty()) {
    const int low = static_cast<int>(l.offset * 8);
    put = resize(concat(constant_bits(low, 0), value), width);
    mask = resize(concat(constant_bits(low, 0), Bits(value.size(), kOne)), width);
  } else {
    const Bits amount = concat(constant_bits(3, 0), byte_offset(l));
    put = shift_variable(Shift::kLeft, resize(value, width), amount);
    mask = shift_variable(Shift::kLeft, resize(Bits(value.size(), kOne), width), amount);
  }
  Bits next = memory->current;
  for (size_t i = 0; i < next.size(); ++i) {
    if (mask[i] == kOne) next[i] = put[i];
  }
  Bits variable_mask = mask;
  for (Bit& b : variable_mask) {
    if (b == kOne) b = kZero;
  }
  if (!all_constant(variable_mask)) {
    next = g_.bit_or(g_.bit_and(next, invert(variable_mask)), g_.bit_and(put, variable_mask));
  }
  memory->current = g_.mux(enable, next, memory->current);
  memory->enable = g_.or1(memory->enable, enable);
}

// Rejects an access that may leave its entry, by the largest values its indices can have.
void Lower::check_inside(const Location& inner, const Parameter& p, const llvm::Instruction& at) {
  int64_t last = inner.offset;
  for (const auto& [index, scale] : inner.indices) {
    const int bits = significant_bits(index);
    const bool bounded = scale > 0 && bits < 32 && bits < static_cast<int>(index.size());
    last = bounded ? std::min(last + ((int64_t{1} << bits) - 1) * scale, int64_t{1} << 40)
                   : int64_t{1} << 40;
  }
  if (last < p.width / 8) return;
  reject(at, "an index that may lead from one entry of '" + p.name + "' into another",
         "copy the entry to a local variable and index that, or mask the index");
}

// Splits an address into the table's entry and the place inside of it.
Bits Lower::entry_address(const Location& l, Location* inner, const llvm::Instruction& at) {
  const Parameter& p = d_.parameters[static_cast<size_t>(l.parameter)];
  const int64_t stride = p.width / 8;
  *inner = l;
  inner->indices.clear();
  std::vector<Bits> terms;
  const int wide = p.address_width + 1;
  for (const auto& [index, scale] : l.indices) {
    if (scale % stride != 0) {
      inner->indices.push_back({index, scale});
      continue;
    }
    const Bits factor = constant_bits(wide, static_cast<uint64_t>(scale / stride));
    terms.push_back(lower_product(resize(index, wide, index.back()), factor));
  }
  int64_t entry = l.offset / stride, rest = l.offset % stride;
  if (rest < 0) {
    rest += stride;
    --entry;
  }
  // Of t[i].x[k], i is the entry and k stays inside of it. Without an i, or with an offset that may
  // belong to either, it must be certain that k does.
  inner->offset = rest;
  if (!inner->indices.empty() && (terms.empty() || entry != 0)) check_inside(*inner, p, at);
  terms.push_back(constant_bits(wide, static_cast<uint64_t>(entry)));
  return slice(g_.sum(std::move(terms), wide), 0, p.address_width);
}

Bits Lower::read_table(int parameter, const Bits& address, const llvm::Instruction& at) {
  const Parameter& p = d_.parameters[static_cast<size_t>(parameter)];
  const auto [it, fresh] = table_reads_.try_emplace({parameter, address}, -1);
  if (fresh) {
    const auto same = [&](const TablePort& t) { return t.parameter == parameter; };
    const int k = static_cast<int>(std::count_if(d_.ports.begin(), d_.ports.end(), same));
    if (k == options_.max_read_ports) {
      reject(at,
             "table '" + p.name + "' is read at more than " + std::to_string(k) +
                 " different addresses for one packet",
             "read it once and keep the entry, or allow more ports with --max-read-ports");
    }
    it->second = g_.add_node(Op::kTableRead, p.width, {address});
    g_.node(it->second).latency = p.latency;
    g_.node(it->second).resource = static_cast<int>(d_.ports.size());
    d_.ports.push_back({parameter, k, it->second});
  }
  return g_.outputs(it->second);
}

Lower::Memory& Lower::access_state(int parameter, const Bits& address,
                                   const llvm::Instruction& at) {
  const Parameter& p = d_.parameters[static_cast<size_t>(parameter)];
  Memory& m = states_[parameter];
  if (m.read < 0) {
    m.read = g_.add_node(Op::kStateRead, p.width, {address});
    g_.node(m.read).latency = p.latency;
    m.address = address;
    m.current = g_.outputs(m.read);
  } else if (m.address != address) {
    reject(at, "state array '" + p.name + "' is accessed at two different addresses for one packet",
           "one packet a cycle allows one read-modify-write: use one index, or two arrays");
  }
  return m;
}

Lower::Memory& Lower::access_static(llvm::GlobalVariable* g, const llvm::Instruction& at) {
  Memory& m = statics_[g];
  if (m.read < 0) {
    StaticRegister r;
    constant_image(*g->getInitializer(), &r.initial, at);
    if (r.initial.size() > kMaxRegisterBits) {
      reject(at, "static variable of " + std::to_string(r.initial.size()) + " bits",
             "pass it as a state array 'T (&x)[N]'");
    }
    const std::string name = llvm::demangle(g->getName().str());
    r.name = name.substr(name.rfind(':') == std::string::npos ? 0 : name.rfind(':') + 1);
    m.read = g_.add_node(Op::kRegister, static_cast<int>(r.initial.size()), {});
    r.read = m.read;
    g_.node(m.read).resource = static_cast<int>(d_.registers.size());
    m.current = g_.outputs(m.read);
    static_index_[g] = static_cast<int>(d_.registers.size());
    d_.registers.push_back(r);
  }
  return m;
}

Bits Lower::load_from(const Location& l, int width, const llvm::Instruction& at) {
  if (l.object == Location::Object::kConstant) {
    Bits& image = constants_[l.global];
    if (image.empty()) constant_image(*l.global->getInitializer(), &image, at);
    return read_at(image, l, width);
  }
  if (l.object == Location::Object::kStatic)
    return read_at(access_static(l.global, at).current, l, width);
  const Parameter& p = d_.parameters[static_cast<size_t>(l.parameter)];
  if (p.kind == ParameterKind::kTable || p.kind == ParameterKind::kState) {
    Location inner;
    const Bits address = entry_address(l, &inner, at);
    const Bits entry = p.kind == ParameterKind::kTable
                           ? read_table(l.parameter, address, at)
                           : access_state(l.parameter, address, at).current;
    if (inner.offset * 8 + width > p.width) {
      reject(at, "one access spans two entries of '" + p.name + "'", "access one entry at a time");
    }
    return read_at(entry, inner, width);
  }
  // An output is loaded once, before anything is stored to it.
  if (p.kind == ParameterKind::kOutput) {
    return read_at(d_.output[static_cast<size_t>(l.parameter)], l, width);
  }
  return read_at(g_.outputs(d_.input_node[static_cast<size_t>(l.parameter)]), l, width);
}

void Lower::store_to(const Location& l, const Bits& value, Bit enable,
                     const llvm::Instruction& at) {
  Memory* memory = nullptr;
  Location inner = l;
  if (l.object == Location::Object::kConstant) reject(at, "write to a constant", "make it a local");
  if (l.object == Location::Object::kStatic) {
    memory = &access_static(l.global, at);
  } else {
    const Parameter& p = d_.parameters[static_cast<size_t>(l.parameter)];
    if (p.kind == ParameterKind::kOutput && l.indices.empty()) {
      Memory out;
      Bits& bits = d_.output[static_cast<size_t>(l.parameter)];
      out.current = bits;
      write_at(&out, l, value, enable);
      bits = out.current;
      return;
    }
    if (p.kind != ParameterKind::kState) {
      reject(at, "write to input '" + p.name + "'", "write to an output parameter 'T&'");
    }
    const Bits address = entry_address(l, &inner, at);
    memory = &access_state(l.parameter, address, at);
  }
  write_at(memory, inner, value, enable);
  memory->written = g_.origin();
}

// The bytes of a constant as bits; undef and padding are zero.
void Lower::constant_image(const llvm::Constant& c, Bits* image, const llvm::Instruction& at) {
  const size_t start = image->size();
  const size_t total = layout_.getTypeAllocSizeInBits(c.getType()).getFixedValue();
  if (start + total > kMaxConstantBits) {
    reject(at, "constant table of more than 65536 bits", "make it a table parameter");
  }
  if (const auto* i = dyn_cast<llvm::ConstantInt>(&c)) {
    const Bits bits = constant_bits(i->getValue());
    image->insert(image->end(), bits.begin(), bits.end());
  } else if (!c.isNullValue() && !isa<llvm::UndefValue>(c)) {
    const bool sequence = isa<llvm::ConstantDataSequential>(c);
    if (!sequence && !isa<llvm::ConstantAggregate>(c)) {
      reject(at, "a constant that is no integer", "use integers and structs of integers");
    }
    const unsigned count = sequence ? llvm::cast<llvm::ConstantDataSequential>(c).getNumElements()
                                    : c.getNumOperands();
    for (unsigned k = 0; k < count; ++k) {
      if (auto* s = dyn_cast<llvm::StructType>(c.getType())) {
        image->resize(start + layout_.getStructLayout(s)->getElementOffsetInBits(k), kZero);
      }
      constant_image(*c.getAggregateElement(k), image, at);
    }
  }
  image->resize(start + total, kZero);
}

}  // namespace hlsc
