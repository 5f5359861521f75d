// Names that C++ allows and SystemVerilog does not, or not twice.
#pragma once

#include <set>
#include <string>

#include "design.hpp"

namespace hlsc {

bool is_keyword(const std::string& s);  // of SystemVerilog

// `wanted`, with "_" behind it until it is neither a keyword nor in `used`, where it then is. What
// has no name is called "anonymous".
std::string unique_name(std::string wanted, std::set<std::string>* used);

// Rejects parameters whose ports would have a name that the module has already.
void check_port_names(const Design& design);

}  // namespace hlsc
