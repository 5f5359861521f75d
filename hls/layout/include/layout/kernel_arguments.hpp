// What a kernel.xml names of the AXI-Lite: registers, windows and, behind a real card's shell, the
// shell's registers, in the order of their argument ids. For generators on the host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layout/describe.hpp"
#include "layout/shell_registers.hpp"

namespace sluice {
namespace layout {

struct KernelArgument {
  std::string name;
  std::uint32_t offset;  // bytes
  std::uint32_t bytes;
};

inline std::vector<KernelArgument> kernel_arguments(bool with_shell) {
  std::vector<KernelArgument> arguments;
  std::uint32_t count = 0;
  const RegisterInfo* entry = registers(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    arguments.push_back({entry[i].name, entry[i].offset, 4});
  }
  const WindowInfo* window = windows(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    arguments.push_back(
        {std::string(window[i].name) + "_window", window[i].offset, window[i].bytes});
  }
  if (!with_shell) return arguments;
#define SLUICE_SHELL_ARGUMENT(offset, name, access, doc) arguments.push_back({#name, offset, 4});
  SLUICE_SHELL_REGISTERS(SLUICE_SHELL_ARGUMENT)
#undef SLUICE_SHELL_ARGUMENT
  return arguments;
}

}  // namespace layout
}  // namespace sluice
