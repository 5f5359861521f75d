// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::cli {

std::string count_text(double value);  // 0, 999, 12.3k, 4.56M (decimal)
std::string bytes_text(double bytes);  // 0 B, 1.50 kB, 2.00 GB (decimal)
std::string rate_text(double bits);    // 0 bit/s, 9.41 Gbit/s
std::string age_text(double seconds);  // 4 s, 2 m 05 s, 3 h 12 m, 5 d 02 h

}  // namespace sluice::cli
