// Compares compiled kernels, Verilated, with their native builds, bit for bit.
//
// make_cosim.py generates, from the reports of any number of kernels, one SystemVerilog top that
// holds them all, and make_kernels(), which binds the top's ports and the native functions to the
// descriptions below. run() drives all kernels at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hlsc_cosim {

// A port of the Verilated top: its storage is little-endian bytes.
struct Port {
  uint8_t* data = nullptr;
  int bits = 0;
};

struct Parameter {
  std::string name;
  enum Kind { kInput, kOutput, kTable, kState } kind = kInput;
  int bits = 0;
  bool stable = false;
  Port port;                  // inputs and outputs
  std::vector<uint8_t> mask;  // bits that mean something (no padding)
  uint64_t entries = 0;       // tables and states
  int latency = 0;
  struct Read {
    Port address, data;
  };
  std::vector<Read> reads;
  Port write_enable, write_address, write_data;  // states that are written
};

// What the generated code provides for each kernel. `native` gets a pointer per parameter (to a
// value, or to the first entry of a table) and one more for the return value.
struct Kernel {
  std::string name;
  int latency = 0;
  int settle = 0;  // cycles before the first packet, for what is made of stable inputs
  Port in_valid, out_valid, result;
  std::vector<Parameter> parameters;
  std::function<void(void**)> native;
};

// The Verilated top: two calls are all the driver needs.
struct Model {
  std::function<void(bool clock, bool reset)> eval;
  std::vector<Kernel> kernels;
  std::shared_ptr<void> owner;
};

struct Outcome {
  std::string kernel;
  uint64_t packets = 0;
  uint64_t mismatches = 0;
  std::string first;  // the first mismatch, in words
};

// Drives `cycles` clock cycles of random packets, with idle cycles in between, into every kernel.
std::vector<Outcome> run(Model* model, uint64_t cycles, uint64_t seed);

// Defined by the generated code.
Model make_model();

}  // namespace hlsc_cosim
