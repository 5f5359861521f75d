// Lets an access to memory that may vanish under the program fail instead of killing it.
#pragma once

#include <cstddef>

namespace sluice::driver {

// Calls `access(context)`. False if it was cut short because it touched `bytes` from `begin` on and
// the kernel answered with SIGBUS: a device that was removed, a file that was cut. A SIGBUS from
// anywhere else goes where it went before. `access` is left as by longjmp: it must own nothing.
// The first call takes over the process's SIGBUS handler.
bool survive_bus_error(const volatile void* begin, std::size_t bytes, void (*access)(void*),
                       void* context);

}  // namespace sluice::driver
