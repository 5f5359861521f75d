#include "sim/card_memory.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::sim {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kPage = CardMemory::kPageBytes;

base::Result<void> check_range(std::uint64_t address, std::size_t bytes) {
  if (bytes == 0 || address + (bytes - 1) >= address) return {};
  return Error{Errc::invalid, "reaches beyond the end of the address space", "card memory"};
}

// Calls `part(page number, offset in it, offset in the range, bytes)` for each page of a range.
template <class Part>
void for_each_page(std::uint64_t address, std::size_t bytes, Part part) {
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t offset = (address + at) % kPage;
    const std::size_t size = std::min(kPage - offset, bytes - at);
    part((address + at) / kPage, offset, at, size);
    at += size;
  }
}

}  // namespace

base::Result<void> CardMemory::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (auto done = check_range(address, bytes.size()); !done) return done;
  std::size_t fresh = 0;
  for_each_page(address, bytes.size(),
                [&](std::uint64_t page, std::size_t, std::size_t, std::size_t) {
                  fresh += pages_.contains(page) ? 0 : 1;
                });
  if (pages_.size() + fresh > kMaxPages) {
    return Error{Errc::exhausted, "more than 64 MiB of the board's memory in use", "card memory"};
  }
  for_each_page(address, bytes.size(),
                [&](std::uint64_t page, std::size_t offset, std::size_t at, std::size_t size) {
                  auto& content = pages_[page];
                  content.resize(kPage);
                  std::memcpy(content.data() + offset, bytes.data() + at, size);
                });
  return {};
}

base::Result<void> CardMemory::read(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  if (auto done = check_range(address, bytes.size()); !done) return done;
  for_each_page(address, bytes.size(),
                [&](std::uint64_t page, std::size_t offset, std::size_t at, std::size_t size) {
                  const auto found = pages_.find(page);
                  if (found == pages_.end()) {
                    std::memset(bytes.data() + at, 0, size);
                  } else {
                    std::memcpy(bytes.data() + at, found->second.data() + offset, size);
                  }
                });
  return {};
}

const MemoryResponse& CardMemory::response() {
  response_.arready = beats_ == 0;
  response_.rvalid = beats_ != 0 && waiting_ == 0;
  response_.rlast = beats_ == 1;
  if (response_.rvalid) {
    // A burst that leaves the address space is answered as a memory does: DECERR.
    response_.rresp = read(next_, response_.rdata) ? 0 : 3;
  }
  return response_;
}

void CardMemory::sample(const MemoryRequest& request) {
  if (response_.rvalid && request.rready) {
    next_ += response_.rdata.size();
    --beats_;
  }
  if (waiting_ != 0) --waiting_;
  if (response_.arready && request.arvalid) {
    next_ = request.araddr;
    beats_ = request.arlen + 1u;
    waiting_ = kLatencyCycles;
  }
}

}  // namespace sluice::sim
