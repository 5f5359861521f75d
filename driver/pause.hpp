// When to ask a card again whether something has ended.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace sluice::driver {

inline constexpr std::chrono::microseconds kFirstPause{20};
inline constexpr std::chrono::microseconds kLongestPause{500'000};

// An eighth of what has been waited: a card is asked promptly, and a simulated one, which may take
// seconds, hardly more often.
inline std::chrono::microseconds pause_after(std::chrono::steady_clock::duration waited) {
  return std::clamp(std::chrono::duration_cast<std::chrono::microseconds>(waited / 8), kFirstPause,
                    kLongestPause);
}

inline void pause_since(std::chrono::steady_clock::time_point begin) {
  std::this_thread::sleep_for(pause_after(std::chrono::steady_clock::now() - begin));
}

}  // namespace sluice::driver
