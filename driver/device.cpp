#include "driver/device.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "layout/describe.hpp"
#include "live_parts.hpp"
#include "pause.hpp"
#include "table_memory.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kWindowWords = layout::kWindowBytes_table / 4;
constexpr std::uint32_t kPageLive = 1u << 23;
constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kLongestResponse = (1u << 20) - 1;  // what ResponseTime::mean holds
constexpr std::size_t kSmallestSendBytes = 14;  // an Ethernet header; the card pads to 60
// Reading up to this many unwanted entries is cheaper than turning the page.
constexpr std::uint32_t kMaxGapEntries = 4;

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

std::uint32_t stride_of(layout::TableId id) {
  std::uint32_t count = 0;
  const layout::TableInfo* info = layout::tables(&count);
  return std::find_if(info, info + count, [id](const auto& t) { return t.id == id; })->stride_bytes;
}

}  // namespace

Device::Device(std::unique_ptr<Board> board, DeviceOptions options)
    : board_(std::move(board)), options_(std::move(options)) {
  info_.board = board_->name();
}

base::Result<Device> Device::open(std::unique_ptr<Board> board, DeviceOptions options) {
  Device device(std::move(board), std::move(options));
  auto info = identify(*device.board_);
  if (!info) return info.error();
  device.info_ = std::move(*info);
  auto token = device.read_register(layout::kReg_scratch);
  if (!token) return token.error();
  if (auto done = check_writes(*device.board_); !done) return done.error();
  if (auto done = device.read_back(*token); !done) return done.error();
  return device;
}

// Learns what is live. Of ring and turns only what live services point to is read: the rest is
// free.
base::Result<void> Device::read_back(std::uint32_t token) {
  constexpr std::uint32_t kWriting = layout::kStatusCommitBusy | layout::kStatusListBusy;
  if (auto done = wait_while(kWriting, "a commit or a list of writes begun before"); !done) {
    return done;
  }
  auto now = status();
  if (!now) return now.error();
  live_bank_ = now->live_bank;
  commits_ = now->commits;
  const bool remembered = remember(token, *now);
  auto done = write_register(layout::kReg_scratch, remembered ? token : 0);
  if (!done) return done;
  if (remembered) return read_shares();
  auto shadow_written = is_written(Bank::shadow);
  if (!shadow_written) return shadow_written.error();
  if (!*shadow_written) learn_banked();
  auto live_written = is_written(Bank::live);
  if (!live_written) return live_written.error();
  if (!*live_written) return read_shares();
  done = read_live();
  words_to_read_ = 0;
  if (done) done = read_shares();
  if (!done) return done;
  if (options_.reading_back) options_.reading_back(100);
  // The next program need not read it all again.
  ApplyReport report;
  done = memorize(live_, Moment::now, report);
  memory_warning_ = report.warning;
  return done;
}

// True if the memory file tells what this very card holds now.
bool Device::remember(std::uint32_t token, const DeviceStatus& now) {
  if (options_.memory_file.empty() || token == 0) return false;
  auto memory = load_table_memory(options_.memory_file);
  if (!memory || memory->token != token || memory->commits != now.commits ||
      memory->live_bank != now.live_bank) {
    return false;
  }
  live_ = std::move(memory->live);
  shadow_ = std::move(memory->shadow);
  return true;
}

// Tables are zero when an FPGA is configured, and `config` is the first that `apply` writes: while
// it is zero, so is all else in its bank.
base::Result<bool> Device::is_written(Bank bank) {
  auto config = read_entry<layout::kTable_config>(bank, 0);
  if (!config) return config.error();
  return !layout::same_record(*config, layout::Config{});
}

void Device::learn_banked() {
  layout::for_each_table(
      [this]<layout::TableId id>(const auto&) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        shadow_.learn(id, 0, layout::TableOf<id>::kEntries);
      },
      live_);
}

// Of ring and turns no more is known than what services say, so their part comes late.
void Device::count_read(std::size_t words) {
  if (words_to_read_ == 0 || !options_.reading_back) return;
  const auto percent = [this] { return static_cast<unsigned>(100 * words_read_ / words_to_read_); };
  const unsigned before = percent();
  words_read_ += words;
  if (percent() != before) options_.reading_back(std::min(percent(), 99u));
}

base::Result<void> Device::read_live() {
  base::Result<void> result;
  layout::for_each_table(
      [this]<layout::TableId id>(const auto& table) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        words_to_read_ += std::span(table).size_bytes() / 4;
      },
      live_);
  words_read_ = 0;
  if (options_.reading_back) options_.reading_back(0);
  layout::for_each_table(
      [&]<layout::TableId id>(auto& table) {
        if (!result.ok() || layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        result = read_table(id, Bank::live, 0, std::as_writable_bytes(std::span(table)));
      },
      live_);
  if (!result) return result;
  for (const layout::Service& service : live_.services) {
    if (has_ring(service)) words_to_read_ += service.ring_slots / 2u;
    if (has_ring(service) && has_turns(service)) words_to_read_ += service.turns_last / 2u;
  }
  for (const layout::Service& service : live_.services) {
    if (!has_ring(service)) continue;
    result = read_slots<layout::kTable_ring>(live_.ring, shadow_.images.ring, service.ring_base,
                                             service.ring_slots);
    if (result && has_turns(service)) {
      result = read_slots<layout::kTable_turns>(live_.turns, shadow_.images.turns,
                                                service.turns_base, service.turns_last + 1u);
    }
    if (!result) return result;
  }
  return {};
}

// Whole words of slots [first, first + count).
template <layout::TableId id, class Record>
base::Result<void> Device::read_slots(std::vector<Record>& live, std::vector<Record>& held,
                                      std::uint32_t first, std::uint32_t count) {
  const std::uint32_t end = (first + count + 1) & ~1u;
  if (end > layout::TableOf<id>::kEntries) return {};  // not this driver's; cannot be extended
  first &= ~1u;
  auto slots = std::span(live).subspan(first, end - first);
  if (auto done = read_table(id, Bank::live, first, std::as_writable_bytes(slots)); !done) {
    return done;
  }
  std::copy(slots.begin(), slots.end(), held.begin() + first);
  shadow_.learn(id, first, end - first);
  return {};
}

// While no live service compares loads, no share has a cost: it was taken away before the commit.
base::Result<void> Device::read_shares() {
  const bool compared = std::any_of(live_.services.begin(), live_.services.end(), compares_loads);
  if (compared && !shadow_.knows_all_of(layout::kTable_shares)) {
    auto done = read_table(layout::kTable_shares, Bank::live, 0,
                           std::as_writable_bytes(std::span(live_.shares)));
    if (!done) return done;
    shadow_.images.shares = live_.shares;
  }
  shadow_.learn(layout::kTable_shares, 0, layout::kBackends);
  return {};
}

base::Result<DeviceStatus> Device::status() { return read_status(*board_); }

base::Result<void> Device::wait_while(std::uint32_t busy_bit, const char* what) {
  const auto begin = Clock::now();
  const auto deadline = begin + options_.timeout;
  for (;;) {
    auto value = read_register(layout::kReg_status);
    if (!value) return value.error();
    if ((*value & busy_bit) == 0) return {};
    if (Clock::now() >= deadline) {
      return Error{Errc::hung,
                   std::string(what) + " did not end within " +
                       std::to_string(options_.timeout.count()) +
                       " ms; reset the card and start again",
                   info_.board};
    }
    pause_since(begin);
  }
}

base::Result<void> Device::read_table(layout::TableId id, Bank bank, std::uint32_t first,
                                      std::span<std::byte> bytes) {
  const std::uint32_t stride = stride_of(id);
  const std::uint32_t skip = first * stride % 4;  // ring slots: two share a word
  std::vector<std::uint32_t> words((skip + bytes.size() + 3) / 4);
  const std::uint32_t page =
      static_cast<std::uint32_t>(id) << 24 | (bank == Bank::live ? kPageLive : 0);
  const std::uint32_t page_entries = layout::kWindowBytes_table / stride;
  std::uint32_t entry = first - skip / stride;
  for (std::size_t done = 0; done < words.size(); done += kWindowWords, entry += page_entries) {
    if (auto turned = write_register(layout::kReg_table_page, page | entry); !turned) return turned;
    const std::size_t count = std::min<std::size_t>(words.size() - done, kWindowWords);
    auto read = board_->read_block(layout::kWindow_table, std::span(words).subspan(done, count));
    if (!read) return read;
    count_read(count);
  }
  std::memcpy(bytes.data(), reinterpret_cast<const std::byte*>(words.data()) + skip, bytes.size());
  return {};
}

template <layout::TableId id, class Record>
base::Result<void> Device::read_wanted(const std::vector<bool>& wanted,
                                       std::vector<Record>& records) {
  records.assign(layout::TableOf<id>::kEntries, Record{});
  const auto is_wanted = [&](std::uint32_t i) {
    return wanted.empty() || (i < wanted.size() && wanted[i]);
  };
  const auto size = static_cast<std::uint32_t>(records.size());
  for (std::uint32_t first = 0; first < size; ++first) {
    if (!is_wanted(first)) continue;
    std::uint32_t end = first + 1;
    for (std::uint32_t i = end; i < size && i - end <= kMaxGapEntries; ++i) {
      if (is_wanted(i)) end = i + 1;
    }
    auto run = std::span(records).subspan(first, end - first);
    auto done = read_table(id, Bank::live, first, std::as_writable_bytes(run));
    if (!done) return done;
    first = end;
  }
  return {};
}

base::Result<Counters> Device::snapshot(const std::vector<bool>& wanted_services,
                                        const std::vector<bool>& wanted_backends) {
  auto done = wait_while(layout::kStatusSnapshotBusy, "a snapshot begun before");
  if (!done) return done.error();
  done = write_register(layout::kReg_control, layout::kControlSnapshot);
  if (!done) return done.error();
  done = wait_while(layout::kStatusSnapshotBusy, "the snapshot of the counters");
  if (!done) return done.error();
  Counters counters;
  done = read_wanted<layout::kTable_service_counters>(wanted_services, counters.services);
  if (!done) return done.error();
  done = read_wanted<layout::kTable_backend_counters>(wanted_backends, counters.backends);
  if (!done) return done.error();
  done = read_table(layout::kTable_port_counters, Bank::live, 0,
                    std::as_writable_bytes(std::span(counters.ports)));
  if (!done) return done.error();
  done = read_table(layout::kTable_reason_counters, Bank::live, 0,
                    std::as_writable_bytes(std::span(counters.reasons)));
  if (!done) return done.error();
  return counters;
}

base::Result<Loads> Device::loads(const std::vector<bool>& wanted_services,
                                  const std::vector<bool>& wanted_backends) {
  Loads loads;
  auto done = read_wanted<layout::kTable_service_connections>(wanted_services, loads.services);
  if (!done) return done.error();
  done = read_wanted<layout::kTable_backend_connections>(wanted_backends, loads.backends);
  if (!done) return done.error();
  done = read_wanted<layout::kTable_response_times>(wanted_backends, loads.response_times);
  if (!done) return done.error();
  return loads;
}

base::Result<void> Device::set_response_time(std::uint32_t backend, std::uint32_t mean) {
  const std::uint32_t word = std::min(mean, kLongestResponse);
  const std::uint32_t page = layout::kTable_response_times << 24 | backend;
  return board_->write_table(page, std::span(&word, 1));
}

Conservation conservation(const Counters& counters) {
  Conservation sums;
  for (const layout::PortCounters& port : counters.ports) {
    sums.in += port.rx_packets + port.injected_packets;
    sums.out += port.tx_packets + port.punted_packets;
  }
  std::uint32_t count = 0;
  const layout::ReasonInfo* reason = layout::reasons(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reason[i].kind == layout::ReasonKind::drop) sums.out += counters.reasons[reason[i].code];
  }
  return sums;
}

base::Result<std::optional<PuntFrame>> Device::receive() {
  auto descriptor = read_register(layout::kWindow_punt);
  if (!descriptor) return descriptor.error();
  if (*descriptor >> 31 == 0) return std::optional<PuntFrame>();
  const std::uint32_t bytes = *descriptor & 0xffff;
  if (*descriptor == kAllOnes || bytes > layout::kMailboxFrameBytes) {
    return Error{Errc::link_down, "the punt mailbox shows nonsense (" + hex(*descriptor) + ")",
                 info_.board};
  }
  std::vector<std::uint32_t> words((bytes + 3) / 4);
  auto done = board_->read_block(layout::kWindow_punt + 4, words);
  if (!done) return done.error();
  done = write_register(layout::kReg_punt_pop, 1);
  if (!done) return done.error();
  PuntFrame frame;
  frame.reason = static_cast<std::uint8_t>(*descriptor >> 24 & 0x3f);
  frame.port = *descriptor >> 16 & 3;
  frame.bytes.resize(bytes);
  if (bytes != 0) std::memcpy(frame.bytes.data(), words.data(), bytes);
  return std::optional<PuntFrame>(std::move(frame));
}

base::Result<AskedLost> Device::asked_lost() {
  const auto lost = read_register(layout::kReg_punt_asked_lost);
  if (!lost) return lost.error();
  return split_asked_lost(*lost);
}

base::Result<void> Device::send(unsigned port, std::span<const std::uint8_t> frame) {
  if (port >= info_.ports || frame.size() < kSmallestSendBytes ||
      frame.size() > layout::kMailboxFrameBytes) {
    return Error{Errc::invalid,
                 "a frame of " + std::to_string(frame.size()) + " bytes to port " +
                     std::to_string(port) + " cannot be sent (" +
                     std::to_string(kSmallestSendBytes) + " to " +
                     std::to_string(layout::kMailboxFrameBytes) + " bytes)",
                 info_.board};
  }
  auto free_slots = read_register(layout::kReg_inject_status);
  if (!free_slots) return free_slots.error();
  if (*free_slots == 0) return Error{Errc::exhausted, "the inject mailbox is full", info_.board};
  std::vector<std::uint32_t> words((frame.size() + 3) / 4);
  std::memcpy(words.data(), frame.data(), frame.size());
  auto done = board_->write_block(layout::kWindow_inject + 4, words);
  if (!done) return done;
  return write_register(layout::kReg_inject_send,
                        port << 16 | static_cast<std::uint32_t>(frame.size()));
}

base::Result<std::uint64_t> Device::config_id() {
  auto low = read_register(layout::kReg_config_id_lo);
  if (!low) return low.error();
  auto high = read_register(layout::kReg_config_id_hi);
  if (!high) return high.error();
  return static_cast<std::uint64_t>(*high) << 32 | *low;
}

base::Result<void> Device::set_config_id(std::uint64_t id) {
  auto done = write_register(layout::kReg_config_id_lo, static_cast<std::uint32_t>(id));
  if (!done) return done;
  return write_register(layout::kReg_config_id_hi, static_cast<std::uint32_t>(id >> 32));
}

base::Result<std::uint32_t> Device::read_register(std::uint32_t offset) {
  return board_->read(offset);
}

base::Result<void> Device::write_register(std::uint32_t offset, std::uint32_t value) {
  return board_->write(offset, value);
}

}  // namespace sluice::driver
