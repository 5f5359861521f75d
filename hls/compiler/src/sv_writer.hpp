// Names of values in SystemVerilog and references to them in a stage.
#pragma once

#include <string>
#include <vector>

#include "design.hpp"
#include "schedule.hpp"

namespace hlsc {

std::string range(int width);  // "[7:0] ", nothing for one bit

class SvWriter {
 public:
  SvWriter(const Design& design, const Schedule& schedule);

 protected:
  const std::string& name_of(int n) const { return names_[static_cast<size_t>(n)]; }
  // The signal that holds the value in this stage: itself, or a register that carries it.
  std::string signal(int n, int stage) const;
  std::string ref(const Bits& v, int stage) const;
  std::string ref_base(const Bits& v) const;  // of the value where it is made
  std::string valid(int stage) const;
  std::string port_prefix(int n) const;  // of a table or state read
  std::string comment(const Node& node) const;
  void declare(int width, const std::string& name);

  const Design& d_;
  const Schedule& s_;
  std::string out_;
  std::vector<std::string> names_;

 private:
  struct Wire {
    std::string name;
    int index;
    int width;
    bool inverted;
  };
  Wire wire(const Bit& b, int stage) const;
  static std::string join(const std::vector<Wire>& wires, const Bits& v);
  std::string make_name(int n) const;
  // Position of the bit among the bits that are carried into the stage, and their number.
  std::pair<int, int> carried_position(int n, int index, int stage) const;
  mutable std::vector<std::vector<std::pair<int, std::vector<int>>>> positions_;
};

}  // namespace hlsc
