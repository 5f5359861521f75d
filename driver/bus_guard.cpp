#include "bus_guard.hpp"

#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace sluice::driver {
namespace {

struct Guard {
  sigjmp_buf back;
  std::uintptr_t begin;
  std::uintptr_t end;
};

// A signal handler has no other way to find what it is for.
thread_local Guard* guard_of_thread = nullptr;
struct sigaction action_before;

void on_bus_error(int number, siginfo_t* info, void* machine) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  Guard* guard = guard_of_thread;
  if (guard != nullptr && address >= guard->begin && address < guard->end) {
    siglongjmp(guard->back, 1);
  }
  if ((action_before.sa_flags & SA_SIGINFO) != 0)
    return action_before.sa_sigaction(number, info, machine);
  if (action_before.sa_handler != SIG_DFL && action_before.sa_handler != SIG_IGN) {
    return action_before.sa_handler(number);
  }
  // Not ours and nobody's: on return the access is made again, and ends the program as it should.
  std::signal(number, SIG_DFL);
}

void install() {
  struct sigaction action{};
  action.sa_sigaction = on_bus_error;
  // Not blocked inside the handler: it is left by a jump that does not restore the mask.
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &action_before);
}

}  // namespace

bool survive_bus_error(const volatile void* begin, std::size_t bytes, void (*access)(void*),
                       void* context) {
  static std::once_flag once;
  std::call_once(once, install);
  Guard guard;
  guard.begin = reinterpret_cast<std::uintptr_t>(begin);
  guard.end = guard.begin + bytes;
  if (sigsetjmp(guard.back, 0) != 0) {
    guard_of_thread = nullptr;
    return false;
  }
  guard_of_thread = &guard;
  access(context);
  guard_of_thread = nullptr;
  return true;
}

}  // namespace sluice::driver
