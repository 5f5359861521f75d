#include "held_signals.hpp"

namespace sluice::flash {
namespace {

volatile std::sig_atomic_t arrived[NSIG];

}  // namespace

HeldSignals::HeldSignals() {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_before_);
  struct sigaction remember{};
  remember.sa_handler = [](int number) { arrived[number] = 1; };
  remember.sa_flags = SA_RESTART;
  sigset_t held;
  sigemptyset(&held);
  for (std::size_t i = 0; i < kCount; ++i) {
    arrived[kHeld[i]] = 0;
    ::sigaction(kHeld[i], &remember, &before_[i]);
    sigaddset(&held, kHeld[i]);
  }
  // This thread's calls of XRT are not interrupted either; handlers are for the other threads.
  ::pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
}

HeldSignals::~HeldSignals() {
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  for (std::size_t i = 0; i < kCount; ++i) ::sigaction(kHeld[i], &before_[i], nullptr);
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
  for (const int number : kHeld) {
    if (arrived[number] != 0) ::raise(number);
  }
}

}  // namespace sluice::flash
