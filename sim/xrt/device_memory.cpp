#include "device_memory.hpp"

#include <algorithm>

namespace sluice::sim::xrt {
namespace {

// Calls body(page, offset in the page, offset in the transfer, bytes) for each page it touches.
template <class Body>
void for_each_page(std::uint64_t address, std::size_t size_bytes, Body body) {
  for (std::size_t done = 0; done < size_bytes;) {
    const std::uint64_t at = address + done;
    const std::uint64_t offset = at % DeviceMemory::kPageBytes;
    const auto count =
        std::min<std::uint64_t>(size_bytes - done, DeviceMemory::kPageBytes - offset);
    body(at / DeviceMemory::kPageBytes, offset, done, count);
    done += count;
  }
}

}  // namespace

bool DeviceMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  std::uint64_t fresh = 0;
  for_each_page(address, bytes.size(),
                [&](std::uint64_t page, auto...) { fresh += pages_.count(page) == 0 ? 1 : 0; });
  if (pages_.size() + fresh > limit_pages_) return false;
  for_each_page(address, bytes.size(), [&](auto page, auto offset, auto done, auto count) {
    auto& held = pages_[page];
    held.resize(kPageBytes);
    std::copy_n(bytes.data() + done, count, held.data() + offset);
  });
  return true;
}

void DeviceMemory::read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  for_each_page(address, bytes.size(), [&](auto page, auto offset, auto done, auto count) {
    const auto held = pages_.find(page);
    if (held == pages_.end()) {
      std::fill_n(bytes.data() + done, count, std::uint8_t{0});
    } else {
      std::copy_n(held->second.data() + offset, count, bytes.data() + done);
    }
  });
}

}  // namespace sluice::sim::xrt
