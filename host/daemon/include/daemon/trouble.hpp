// Says what fails once, not at every attempt. Pure.
#pragma once

#include <string>

namespace sluice::daemon {

class Trouble {
 public:
  // True if this was not the last thing said.
  bool is_new(const std::string& what) {
    if (what == last_) return false;
    last_ = what;
    return true;
  }
  void clear() { last_.clear(); }

 private:
  std::string last_;
};

}  // namespace sluice::daemon
