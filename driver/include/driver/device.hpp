// A card with types: identity, tables, commit, counters, frames for and from the host.
//
// One Device owns one Board; not thread-safe. Every wait is bounded. After Errc::link_down or
// Errc::hung what the card holds is unknown and `apply` refuses: open a new Device.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/board.hpp"
#include "driver/identity.hpp"
#include "driver/mirror.hpp"
#include "layout/images.hpp"
#include "layout/reasons.hpp"
#include "layout/registers.hpp"

namespace sluice::driver {

// All counters as one clock cycle saw them, with what was inside the card close to it.
struct Counters {
  std::vector<layout::FlowCounters> services;
  std::vector<layout::FlowCounters> backends;
  std::array<layout::PortCounters, layout::kPorts> ports{};
  std::array<std::uint64_t, layout::kReasons> reasons{};
};

// What the card counts of connections and measures of backends, as it is when it is read.
struct Loads {
  std::vector<layout::ConnectionCount> services;
  std::vector<layout::ConnectionCount> backends;
  std::vector<layout::ResponseTime> response_times;  // of backends
};

// Both sides of the conservation rule in docs/architecture.md, without what is in flight: equal
// when the card is idle, else in >= out.
struct Conservation {
  std::uint64_t in = 0;   // received + injected
  std::uint64_t out = 0;  // sent + punted + dropped
};
Conservation conservation(const Counters& counters);

// A frame that the card gave to the host.
struct PuntFrame {
  std::uint8_t reason = 0;  // layout::Reason
  unsigned port = 0;        // port it came from
  std::vector<std::uint8_t> bytes;
};

struct DeviceOptions {
  std::chrono::milliseconds timeout{2000};  // for commit and snapshot
  bool verify_writes = false;               // read every entry back before a commit
  // Where to remember what the tables hold, for the next program that opens this card: reading
  // them back takes some 100,000 accesses. Empty: nowhere.
  std::string memory_file;
  // Told how far reading them back has come, in percent, from 0 on; not called if there is no need.
  std::function<void(unsigned)> reading_back;
};

// What one `apply` cost.
struct ApplyReport {
  std::uint32_t entries_written = 0;
  std::uint32_t words_written = 0;
  bool committed = false;  // false: the live bank already was as asked
  std::string warning;     // the commit is good, but the memory file could not be written
};

class Device {
 public:
  // Identifies the card (magic, ABI, layouts, capacities; `incompatible` names the cause and the
  // next step) and learns the tables that are live, from the memory file or by reading them back.
  static base::Result<Device> open(std::unique_ptr<Board> board, DeviceOptions options = {});

  const DeviceInfo& info() const { return info_; }
  // What was read back could not be remembered; why. Else empty.
  const std::string& memory_warning() const { return memory_warning_; }
  // What the card holds is no longer known: `apply` will refuse until a new Device is opened.
  bool lost() const { return lost_.has_value(); }
  base::Result<DeviceStatus> status();

  // What the live bank and the tables with one copy hold, as last read or written. Unused ring
  // slots and turns are not read back and shown as zero, as are shares while no live service
  // compares loads; response times always.
  const layout::TableImages& live() const { return live_; }

  // Makes `images` live in one commit: writes what differs into the shadow bank and into free
  // places of the ring and of the turns, then commits and waits. Shares of cost 0 are written
  // before the commit and the others after it, so a backend that leaves gets no connection once
  // its service does not know it, and one that comes none before. On failure before the commit,
  // packets still see the old tables and `apply` can be tried again; on failure behind it the card
  // must be opened again. Refuses (invalid) images that write over a ring or turns in use, that do
  // not fit the tables' fields, or that lack the card's MAC. Response times are left alone.
  base::Result<ApplyReport> apply(const layout::TableImages& images);

  // Freezes all counters at one clock cycle and reads them; only services and backends that are
  // marked wanted (empty: all) cost accesses, the others are zero.
  base::Result<Counters> snapshot(const std::vector<bool>& wanted_services = {},
                                  const std::vector<bool>& wanted_backends = {});

  // Connections and response times of those that are marked wanted; the others are zero.
  base::Result<Loads> loads(const std::vector<bool>& wanted_services,
                            const std::vector<bool>& wanted_backends);

  // The mean response time of a backend whose answers the card does not see, in units of
  // ResponseTime; what does not fit its field becomes the longest that does.
  base::Result<void> set_response_time(std::uint32_t backend, std::uint32_t mean);

  // The next frame for the host, if there is one: what the host asked for goes first.
  base::Result<std::optional<PuntFrame>> receive();
  // How many frames that the host asked for (ARP, answers to its connections) the card has lost
  // since its reset because the mailbox was full, by the port they came in by; wraps.
  base::Result<AskedLost> asked_lost();
  // Sends a frame (14 to kMailboxFrameBytes bytes) out of a port; `exhausted` when the mailbox is
  // full: try again later.
  base::Result<void> send(unsigned port, std::span<const std::uint8_t> frame);

  // The host's mark on the loaded configuration; 0 after reset.
  base::Result<std::uint64_t> config_id();
  base::Result<void> set_config_id(std::uint64_t id);

  // Entries straight from the card: a single one, or neighbours in one reading.
  enum class Bank { shadow, live };
  template <layout::TableId id>
  base::Result<typename layout::TableOf<id>::Record> read_entry(Bank bank, std::uint32_t index) {
    typename layout::TableOf<id>::Record record;
    auto done = read_table(id, bank, index, std::as_writable_bytes(std::span(&record, 1)));
    if (!done) return done.error();
    return record;
  }
  template <layout::TableId id>
  base::Result<void> read_entries(Bank bank, std::uint32_t first,
                                  std::span<typename layout::TableOf<id>::Record> records) {
    return read_table(id, bank, first, std::as_writable_bytes(records));
  }

  Board& board() { return *board_; }

 private:
  Device(std::unique_ptr<Board> board, DeviceOptions options);

  // Opening.
  bool remember(std::uint32_t token, const DeviceStatus& now);
  base::Result<void> read_back(std::uint32_t token);
  base::Result<void> read_live();
  void count_read(std::size_t words);
  template <layout::TableId id, class Record>
  base::Result<void> read_slots(std::vector<Record>& live, std::vector<Record>& held,
                                std::uint32_t first, std::uint32_t count);
  base::Result<void> read_shares();
  base::Result<bool> is_written(Bank bank);
  void learn_banked();

  // Applying.
  base::Result<void> check_images(const layout::TableImages& images) const;
  base::Result<void> check_sole_owner();
  base::Result<void> write_changes(const layout::TableImages& images, ApplyReport& report);
  base::Result<void> write_slots(const layout::TableImages& images, ApplyReport& report);
  enum class Costs : std::uint8_t { none, some };
  bool share_differs(const layout::TableImages& images, std::uint32_t backend) const;
  bool shares_differ(const layout::TableImages& images) const;
  void forget_shares_of_changed_services(const layout::TableImages& images);
  base::Result<void> write_shares(const layout::TableImages& images, Costs costs,
                                  ApplyReport& report);
  base::Result<void> finish_shares(const layout::TableImages& images, ApplyReport& report);
  enum class Moment : std::uint8_t { before_commit, now };
  base::Result<void> memorize(const layout::TableImages& images, Moment moment,
                              ApplyReport& report);
  base::Result<void> commit(const layout::TableImages& images);
  template <layout::TableId id, class Record>
  base::Result<void> write_range(const std::vector<Record>& wanted, std::vector<Record>& held,
                                 std::uint32_t first, std::uint32_t count, ApplyReport& report);
  base::Result<void> write_run(layout::TableId id, std::uint32_t first,
                               std::span<const std::byte> bytes, ApplyReport& report);

  // Access.
  base::Result<void> wait_while(std::uint32_t busy_bit, const char* what);
  base::Result<void> read_table(layout::TableId id, Bank bank, std::uint32_t first,
                                std::span<std::byte> bytes);
  template <layout::TableId id, class Record>
  base::Result<void> read_wanted(const std::vector<bool>& wanted, std::vector<Record>& records);
  base::Result<std::uint32_t> read_register(std::uint32_t offset);
  base::Result<void> write_register(std::uint32_t offset, std::uint32_t value);

  std::unique_ptr<Board> board_;
  DeviceOptions options_;
  DeviceInfo info_;
  layout::TableImages live_;
  Mirror shadow_;  // what is known of the shadow bank and of the tables with one copy
  unsigned live_bank_ = 0;
  std::uint32_t commits_ = 0;
  std::string memory_warning_;
  std::size_t words_to_read_ = 0;  // while reading back; 0: not now
  std::size_t words_read_ = 0;
  std::optional<base::Error> lost_;  // why what the card holds is no longer known
};

}  // namespace sluice::driver
