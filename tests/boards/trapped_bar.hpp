// A PCIe BAR whose other side is a card: test glue, x86-64 Linux only.
//
// On a real BAR an access has effects; on a file that stands for one it has none. So the pages that
// the product mapped are closed (PROT_NONE), and each access of its unchanged code faults. The
// SIGSEGV handler sees address and direction, opens the page, puts what the card answers where a
// load will find it, and sets the CPU's trap flag: after this one instruction comes SIGTRAP, whose
// handler takes what a store left there to the card and closes the page again.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "driver/board.hpp"

namespace sluice::driver {

// One at a time in a process, and one thread that accesses the BAR.
class TrappedBar {
 public:
  // `card` is used by a thread of this object alone; it answers all ones to what the card refuses
  // and drops refused writes, as a PCIe link does. The aperture begins at `offset_bytes` in the
  // BAR.
  TrappedBar(Board& card, std::uint32_t offset_bytes);
  ~TrappedBar();
  TrappedBar(const TrappedBar&) = delete;
  TrappedBar& operator=(const TrappedBar&) = delete;

  // The file to map.
  const std::string& path() const { return path_; }
  // Traps the accesses to the mapping that was just made.
  void trap();

  // Accesses that the card saw.
  std::uint64_t loads() const { return loads_; }
  std::uint64_t stores() const { return stores_; }

  // For the signal handlers. False: not in the BAR.
  bool begin_access(void* address, bool store);
  bool end_access();

 private:
  struct Request {
    bool store = false;
    std::uint32_t offset = 0;
    std::uint32_t word = 0;  // stored, or the answer
  };

  void serve();
  void answer();
  void ask();

  Board& card_;
  const std::uint32_t offset_bytes_;
  std::string path_;
  char* begin_ = nullptr;  // of the mapping
  char* end_ = nullptr;
  std::uint32_t first_offset_ = 0;  // in the file, of the mapping
  char* page_ = nullptr;            // opened for the access under way
  volatile std::uint32_t* place_ = nullptr;
  Request request_;
  sem_t asked_;
  sem_t answered_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> loads_{0};
  std::atomic<std::uint64_t> stores_{0};
  std::thread thread_;
};

}  // namespace sluice::driver
