// Keeps signals from ending or stopping the program while a card is between two images.
#pragma once

#include <csignal>
#include <cstddef>

namespace sluice::flash {

// What a person or a closing terminal sends arrives when this ends, whichever thread of the program
// (XRT has its own) the kernel gave it to. SIGPIPE is ignored meanwhile: a reader of the output
// that goes away is no reason to leave the card. One at a time.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

 private:
  static constexpr int kHeld[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
  static constexpr std::size_t kCount = sizeof kHeld / sizeof kHeld[0];

  sigset_t mask_before_{};
  struct sigaction before_[kCount]{};
  struct sigaction pipe_before_{};
};

}  // namespace sluice::flash
