#include "cosim.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <random>

namespace hlsc_cosim {

namespace {

using Bytes = std::vector<uint8_t>;
using Random = std::mt19937_64;

size_t bytes_for(int bits) { return static_cast<size_t>(bits + 7) / 8; }

// Full random values rarely meet interesting cases: mix in small numbers, few bits and copies.
// Bits outside the mask are padding, which the native build of a narrow ap_uint wants to be zero.
void randomize(Bytes* value, const Bytes& mask, Random* random) {
  const unsigned style = (*random)() % 8;
  for (uint8_t& b : *value) {
    const uint64_t r = (*random)();
    switch (style) {
      case 0:
        b = 0;
        break;
      case 1:
        b = r % 4 == 0 ? static_cast<uint8_t>(r >> 8) : 0;
        break;
      case 2:
        b = r % 3 == 0 ? 0xff : r % 3 == 1 ? 0 : static_cast<uint8_t>(r >> 8);
        break;
      case 3:
        b = static_cast<uint8_t>(r % 5);
        break;
      case 4:
        if (r % 4 == 0) b ^= static_cast<uint8_t>(1u << ((r >> 8) % 8));
        break;
      default:
        b = static_cast<uint8_t>(r >> 8);
    }
  }
  for (size_t i = 0; i < value->size(); ++i) (*value)[i] &= mask[i];
}

void drive(const Port& port, const Bytes& value) {
  std::memcpy(port.data, value.data(), bytes_for(port.bits));
}

Bytes sample(const Port& port) { return Bytes(port.data, port.data + bytes_for(port.bits)); }

uint64_t number(const Port& port) {
  uint64_t v = 0;
  std::memcpy(&v, port.data, bytes_for(port.bits));
  return v;
}

std::string hex(const Bytes& v) {
  static const char kDigits[] = "0123456789abcdef";
  std::string s;
  for (size_t i = v.size(); i-- > 0;) {
    s += kDigits[v[i] >> 4];
    s += kDigits[v[i] & 15];
  }
  return s;
}

// One memory behind the module's ports, and the native kernel's copy of it.
struct Memory {
  Bytes card, native;
  std::vector<std::deque<Bytes>> pending;  // by read port: words on their way
};

struct Expected {
  uint64_t due;
  std::vector<Bytes> outputs;
  Bytes result;
  std::string inputs;
};

class Driver {
 public:
  Driver(Kernel* kernel, uint64_t seed) : k_(*kernel), random_(seed) {
    outcome_.kernel = k_.name;
    for (Parameter& p : k_.parameters) {
      values_.emplace_back(bytes_for(p.bits));
      memories_.emplace_back();
      Memory& m = memories_.back();
      if (p.kind == Parameter::kInput) randomize(&values_.back(), p.mask, &random_);
      if (p.entries == 0) continue;
      for (uint64_t e = 0; e < p.entries; ++e) {
        Bytes entry(bytes_for(p.bits));
        if (p.kind == Parameter::kTable) randomize(&entry, p.mask, &random_);
        m.card.insert(m.card.end(), entry.begin(), entry.end());
      }
      m.native = m.card;
      m.pending.assign(p.reads.size(), {});
      for (auto& line : m.pending) {
        line.assign(static_cast<size_t>(p.latency), Bytes(bytes_for(p.bits)));
      }
    }
  }

  // Before the clock edge: inputs, and the words that memories return now.
  void drive_inputs(bool reset, bool drain) {
    const bool valid = !reset && !drain && random_() % 4 != 0;
    drive(k_.in_valid, {static_cast<uint8_t>(valid)});
    for (size_t i = 0; i < k_.parameters.size(); ++i) {
      Parameter& p = k_.parameters[i];
      if (p.kind == Parameter::kInput) {
        if (!p.stable) randomize(&values_[i], p.mask, &random_);
        drive(p.port, values_[i]);
      }
      for (size_t r = 0; r < p.reads.size(); ++r) {
        drive(p.reads[r].data, memories_[i].pending[r].front());
        memories_[i].pending[r].pop_front();
      }
    }
    if (valid) expect();
  }

  // After the logic has settled: addresses, writes and results of this cycle.
  void observe(bool reset) {
    for (size_t i = 0; i < k_.parameters.size(); ++i) {
      const Parameter& p = k_.parameters[i];
      const size_t stride = bytes_for(p.bits);
      for (size_t r = 0; r < p.reads.size(); ++r) {
        const uint64_t at = number(p.reads[r].address);
        Bytes word(stride);
        if (at < p.entries) std::memcpy(word.data(), &memories_[i].card[at * stride], stride);
        memories_[i].pending[r].push_back(word);
      }
      if (!reset && p.write_enable.data && *p.write_enable.data) {
        const uint64_t at = number(p.write_address);
        if (at < p.entries) {
          std::memcpy(&memories_[i].card[at * stride], p.write_data.data, stride);
        }
      }
    }
    if (!reset && *k_.out_valid.data) check();
    ++cycle_;
  }

  Outcome finish() {
    if (!expected_.empty()) fail("packets are missing at the end");
    for (size_t i = 0; i < k_.parameters.size(); ++i) {
      if (k_.parameters[i].kind == Parameter::kState && memories_[i].card != memories_[i].native) {
        fail("state '" + k_.parameters[i].name + "' differs at the end");
      }
    }
    return outcome_;
  }

 private:
  void expect() {
    Expected e;
    e.due = cycle_ + static_cast<uint64_t>(k_.latency);
    std::vector<void*> args;
    for (size_t i = 0; i < k_.parameters.size(); ++i) {
      Parameter& p = k_.parameters[i];
      if (p.kind == Parameter::kInput) e.inputs += " " + p.name + "=" + hex(values_[i]);
      if (p.kind == Parameter::kOutput) values_[i].assign(bytes_for(p.bits), 0);
      args.push_back(p.entries ? memories_[i].native.data() : values_[i].data());
    }
    uint64_t result[4] = {};
    args.push_back(result);
    k_.native(args.data());
    for (size_t i = 0; i < k_.parameters.size(); ++i) {
      if (k_.parameters[i].kind == Parameter::kOutput) e.outputs.push_back(values_[i]);
    }
    if (k_.result.data) {
      e.result.resize(bytes_for(k_.result.bits));
      std::memcpy(e.result.data(), result, e.result.size());
    }
    expected_.push_back(e);
  }

  void check() {
    if (expected_.empty()) return fail("a result without a packet");
    const Expected e = expected_.front();
    expected_.pop_front();
    ++outcome_.packets;
    if (e.due != cycle_) fail("the result comes after another number of cycles than LATENCY");
    size_t k = 0;
    for (const Parameter& p : k_.parameters) {
      if (p.kind == Parameter::kOutput) compare(p.name, sample(p.port), e.outputs[k++], p.mask, e);
    }
    if (k_.result.data) {
      const Bytes all(e.result.size(), 0xff);
      compare("result", sample(k_.result), e.result, all, e);
    }
  }

  void compare(const std::string& name, Bytes rtl, Bytes native, const Bytes& mask,
               const Expected& e) {
    for (size_t i = 0; i < rtl.size(); ++i) {
      rtl[i] &= mask[i];
      native[i] &= mask[i];
    }
    if (rtl != native) {
      fail(name + ": RTL " + hex(rtl) + ", native " + hex(native) + " for" + e.inputs);
    }
  }

  void fail(const std::string& what) {
    if (outcome_.mismatches++ == 0) {
      outcome_.first = "packet " + std::to_string(outcome_.packets) + ": " + what;
    }
  }

  Kernel& k_;
  Random random_;
  std::vector<Bytes> values_;
  std::vector<Memory> memories_;
  std::deque<Expected> expected_;
  uint64_t cycle_ = 0;
  Outcome outcome_;
};

}  // namespace

std::vector<Outcome> run(Model* model, uint64_t cycles, uint64_t seed) {
  constexpr uint64_t kLeastResetCycles = 8, kDrainCycles = 300;
  uint64_t reset_cycles = kLeastResetCycles;
  std::vector<Driver> drivers;
  for (Kernel& k : model->kernels) {
    drivers.emplace_back(&k, seed + std::hash<std::string>()(k.name));
    reset_cycles = std::max(reset_cycles, static_cast<uint64_t>(k.settle));
  }
  for (uint64_t t = 0; t < reset_cycles + cycles + kDrainCycles; ++t) {
    const bool reset = t < reset_cycles;
    for (Driver& d : drivers) d.drive_inputs(reset, t >= reset_cycles + cycles);
    model->eval(false, reset);
    for (Driver& d : drivers) d.observe(reset);
    model->eval(true, reset);
  }
  std::vector<Outcome> outcomes;
  for (Driver& d : drivers) outcomes.push_back(d.finish());
  return outcomes;
}

}  // namespace hlsc_cosim
