#include "driver/fake_board.hpp"

#include <algorithm>
#include <cstring>

#include "layout/describe.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint64_t kCyclesPerAccess = 16;
constexpr std::uint32_t kSmallestInjectBytes = 14;  // an Ethernet header
constexpr unsigned kMostAsked = 3;                  // shown in a row while another frame waits

Error refused(const std::string& what) { return Error{Errc::io, what + " (SLVERR)", "fake"}; }

// The meaningful bits of each 32-bit word of an entry; entries below a word share one.
std::vector<std::uint32_t> word_masks(const layout::TableInfo& info) {
  const std::uint32_t words = std::max(info.stride_bytes / 4, 1u);
  std::vector<std::uint32_t> masks(words);
  const layout::RecordInfo record = layout::record_of_table(info.id);
  for (std::size_t i = 0; i < record.field_count; ++i) {
    const layout::FieldInfo& field = record.fields[i];
    for (std::uint32_t bit = field.offset_bits; bit < field.offset_bits + field.bits; ++bit) {
      masks[bit / 32] |= 1u << bit % 32;
    }
  }
  if (info.stride_bytes == 2) masks[0] |= masks[0] << 16;
  return masks;
}

bool in_window(std::uint32_t offset, std::uint32_t start, std::uint32_t bytes) {
  return offset >= start && offset < start + bytes;
}

}  // namespace

FakeBoard::FakeBoard() : inject_window_(layout::kWindowBytes_inject / 4) {
  std::uint32_t count = 0;
  const layout::TableInfo* info = layout::tables(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Table table{info[i], {}, word_masks(info[i])};
    for (auto& bank : table.banks) bank.resize(info[i].entries * info[i].stride_bytes / 4);
    tables_.emplace(info[i].id, std::move(table));
  }
}

base::Result<void> FakeBoard::begin_access() {
  const std::uint64_t number = accesses_++;
  count_access(1, 4);
  if (faults.torn_access && number >= *faults.torn_access) {
    return Error{Errc::link_down, "link torn", "fake"};
  }
  if (faults.hang_access && number >= *faults.hang_access) {
    return Error{Errc::hung, "no answer", "fake"};
  }
  if (faults.fail_access && number == *faults.fail_access) return refused("planted fault");
  return {};
}

base::Result<std::uint32_t> FakeBoard::read(std::uint32_t offset) {
  if (auto fault = begin_access(); !fault) return fault.error();
  if (offset % 4 != 0 || offset >= layout::kApertureBytes) return refused("bad address");
  if (faults.all_ones) return 0xffffffffu;
  if (auto found = faults.overrides.find(offset); found != faults.overrides.end()) {
    return found->second;
  }
  if (const auto value = register_value(offset)) return *value;
  if (auto value = connections.read(offset, tick_)) return *value;
  return window_value(offset);
}

std::optional<std::uint32_t> FakeBoard::register_value(std::uint32_t offset) const {
  const std::uint64_t cycles = accesses_ * kCyclesPerAccess;
  switch (offset) {
    case layout::kReg_magic:
      return layout::kMagic;
    case layout::kReg_abi_version:
      return layout::kAbiVersion;
    case layout::kReg_build_id:
      return 0u;
    case layout::kReg_layout_hash:
      return layout::layout_hash();
    case layout::kReg_cap_ports:
      return layout::kPorts;
    case layout::kReg_cap_services:
      return layout::kServices;
    case layout::kReg_cap_backends:
      return layout::kBackends;
    case layout::kReg_cap_ring_slots:
      return layout::kRingSlots;
    case layout::kReg_status:
      return layout::kStatusIdle | (commit_busy_ ? layout::kStatusCommitBusy : 0) |
             (snapshot_busy_ ? layout::kStatusSnapshotBusy : 0) |
             (live_bank_ != 0 ? layout::kStatusLiveBank : 0);
    case layout::kReg_clock_khz:
      return layout::kClockKhz;
    case layout::kReg_tick:
      return tick_;
    case layout::kReg_tick_hz:
      return layout::kTickHz;
    case layout::kReg_commits:
      return commits_;
    case layout::kReg_in_flight:
      return 0u;
    case layout::kReg_refused:
      return refused_;
    case layout::kReg_punt_asked_lost:
      return std::uint32_t{asked_lost_[1]} << 16 | asked_lost_[0];
    case layout::kReg_punt_status:
      return static_cast<std::uint32_t>(punted_[0].size() + punted_[1].size());
    case layout::kReg_inject_status:
      return static_cast<std::uint32_t>(layout::kInjectSlots - sent_.size());
    case layout::kReg_cycles_lo:
      return static_cast<std::uint32_t>(cycles);
    case layout::kReg_cycles_hi:
      return static_cast<std::uint32_t>(cycles >> 32);
    case layout::kReg_cap_list_writes:  // it has no memory
    case layout::kReg_list_done:
      return 0u;
    case layout::kReg_scratch:
    case layout::kReg_table_page:
    case layout::kReg_config_id_lo:
    case layout::kReg_config_id_hi:
    case layout::kReg_list_addr_lo:
    case layout::kReg_list_addr_hi:
    case layout::kReg_list_writes: {
      const auto found = stored_.find(offset);
      return found == stored_.end() ? 0 : found->second;
    }
    default:
      return std::nullopt;
  }
}

base::Result<std::uint32_t> FakeBoard::window_value(std::uint32_t offset) {
  if (in_window(offset, layout::kWindow_punt, layout::kWindowBytes_punt)) {
    if (shown_punted().empty()) return 0u;
    const Frame& frame = shown_punted().front();
    const std::uint32_t word = (offset - layout::kWindow_punt) / 4;
    if (word == 0) {
      return 1u << 31 | static_cast<std::uint32_t>(frame.reason) << 24 | frame.port << 16 |
             static_cast<std::uint32_t>(frame.bytes.size());
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0, at = 4 * (word - 1); i < 4 && at + i < frame.bytes.size(); ++i) {
      value |= static_cast<std::uint32_t>(frame.bytes[at + i]) << 8 * i;
    }
    return value;
  }
  if (in_window(offset, layout::kWindow_table, layout::kWindowBytes_table)) {
    auto at = place(offset);
    if (!at) return at.error();
    if (at->table->info.kind == layout::TableKind::counter && snapshot_busy_) {
      return refused("counters cannot be read while a snapshot is made");
    }
    const std::uint32_t value = at->table->banks[at->bank][at->word];
    if (at->table->info.id == layout::kTable_service_connections) {
      return value + connections.active_of_service(at->word);
    }
    if (at->table->info.id == layout::kTable_backend_connections) {
      return value + connections.active_of_backend(at->word);
    }
    return value;
  }
  return refused("nothing to read at this address");
}

// What word of which table the window shows at `offset`.
base::Result<FakeBoard::Place> FakeBoard::place(std::uint32_t offset) {
  const std::uint32_t page = stored_[layout::kReg_table_page];
  const auto found = tables_.find(page >> 24);
  if (found == tables_.end()) return refused("no such table");
  Table& table = found->second;
  const std::uint32_t byte =
      (page & 0xfffff) * table.info.stride_bytes + (offset - layout::kWindow_table);
  if (byte % 4 != 0) return refused("entry does not start at a word");
  if (byte / 4 >= table.banks[0].size()) return refused("beyond the table's end");
  const bool live = (page >> 23 & 1) != 0;
  unsigned bank = 0;
  if (table.info.kind == layout::TableKind::banked) bank = live ? live_bank_ : 1 - live_bank_;
  if (table.info.kind == layout::TableKind::counter) bank = 1;
  const auto entry_words = static_cast<std::uint32_t>(table.masks.size());
  return Place{&table, bank, byte / 4, byte / 4 % entry_words};
}

base::Result<void> FakeBoard::write(std::uint32_t offset, std::uint32_t value) {
  const bool answer_lost = faults.lose_answer == accesses_ || faults.lose_answer_of == offset;
  if (auto fault = begin_access(); !fault) return fault.error();
  auto done = take_write(offset, value);
  if (!done && done.error().code == Errc::io) ++refused_;
  if (!answer_lost) return done;
  faults.lose_answer_of.reset();
  return refused("planted fault: the write was done all the same");
}

base::Result<void> FakeBoard::take_write(std::uint32_t offset, std::uint32_t value) {
  if (offset % 4 != 0 || offset >= layout::kApertureBytes) return refused("bad address");
  if (faults.all_ones || faults.writes_lost) return {};
  if (in_window(offset, layout::kWindow_table, layout::kWindowBytes_table)) {
    return write_table_word(offset, value);
  }
  if (in_window(offset, layout::kWindow_inject, layout::kWindowBytes_inject)) {
    if (sent_.size() >= layout::kInjectSlots) return refused("no slot is free");
    inject_window_[(offset - layout::kWindow_inject) / 4] = value;
    return {};
  }
  return write_register(offset, value);
}

base::Result<void> FakeBoard::write_table_word(std::uint32_t offset, std::uint32_t value) {
  // The card holds the write off until the commit ends.
  if (commit_busy_) return Error{Errc::hung, "the commit does not end", "fake"};
  auto at = place(offset);
  if (!at) return at.error();
  Table& table = *at->table;
  const layout::TableKind kind = table.info.kind;
  if (kind == layout::TableKind::counter) return refused("counters are read-only");
  if (kind == layout::TableKind::level) return refused("what the card counts is read-only");
  if (kind == layout::TableKind::banked && at->bank == live_bank_) {
    return refused("the live bank is read-only");
  }
  if (at->entry_word == 0) staged_.clear();
  if (at->entry_word != staged_.size()) return refused("words of an entry out of order");
  staged_.push_back((value ^ (faults.flip_written_bits ? 1u : 0u)) & table.masks[at->entry_word]);
  if (staged_.size() < table.masks.size()) return {};
  std::copy(staged_.begin(), staged_.end(),
            table.banks[at->bank].begin() + (at->word - at->entry_word));
  staged_.clear();
  return {};
}

base::Result<void> FakeBoard::write_register(std::uint32_t offset, std::uint32_t value) {
  if (auto done = connections.write(offset, value, tick_)) return *done;
  switch (offset) {
    case layout::kReg_scratch:
    case layout::kReg_table_page:
    case layout::kReg_config_id_lo:
    case layout::kReg_config_id_hi:
    case layout::kReg_list_addr_hi:
    case layout::kReg_list_addr_lo:
    case layout::kReg_list_writes:
      stored_[offset] = value;
      return {};
    case layout::kReg_control:
      return control(value);
    case layout::kReg_punt_pop:
      if (shown_punted().empty()) return {};
      shown_punted().pop_front();
      choose_punted();
      return {};
    case layout::kReg_inject_send:
      return inject(value);
    default:
      return refused("no writable register at this address");
  }
}

base::Result<void> FakeBoard::control(std::uint32_t value) {
  if ((value & layout::kControlSnapshot) != 0 && snapshot_busy_) {
    return refused("a snapshot is being made");
  }
  if ((value & layout::kControlList) != 0 && stored_[layout::kReg_list_writes] != 0) {
    return refused("a list of writes without memory");
  }
  if ((value & layout::kControlCommit) != 0) {
    if (commit_busy_) return Error{Errc::hung, "the commit before does not end", "fake"};
    live_bank_ = 1 - live_bank_;
    ++commits_;
    commit_busy_ = faults.commit_never_ends;
  }
  if ((value & layout::kControlSnapshot) != 0) {
    for (auto& [id, table] : tables_) {
      if (table.info.kind == layout::TableKind::counter) table.banks[1] = table.banks[0];
    }
    snapshot_busy_ = faults.snapshot_never_ends;
  }
  return {};
}

base::Result<void> FakeBoard::inject(std::uint32_t value) {
  Frame frame;
  frame.port = value >> 16 & 3;
  const std::uint32_t bytes = value & 0xffff;
  if (sent_.size() >= layout::kInjectSlots) return refused("no slot is free");
  const bool good = bytes >= kSmallestInjectBytes && bytes <= layout::kMailboxFrameBytes &&
                    frame.port < layout::kPorts;
  if (!good) return {};  // taken and dropped, as the card does
  frame.bytes.resize(std::max(bytes, 1u * layout::kMinFrameBytes));
  std::memcpy(frame.bytes.data(), inject_window_.data() + 1, bytes);
  sent_.push_back(std::move(frame));
  return {};
}

base::Result<void> FakeBoard::read_block(std::uint32_t offset, std::span<std::uint32_t> words) {
  for (std::uint32_t& word : words) {
    auto value = read(offset);
    if (!value) return value.error();
    word = *value;
    offset += 4;
  }
  return {};
}

base::Result<void> FakeBoard::write_block(std::uint32_t offset,
                                          std::span<const std::uint32_t> words) {
  for (const std::uint32_t word : words) {
    if (auto done = write(offset, word); !done) return done;
    offset += 4;
  }
  return {};
}

layout::TableImages FakeBoard::images(unsigned bank) const {
  layout::TableImages result;
  layout::for_each_table(
      [&]<layout::TableId id>(auto& entries) {
        const Table& table = tables_.at(id);
        const bool banked = table.info.kind == layout::TableKind::banked;
        const auto& words = table.banks[banked ? bank : 0];
        std::memcpy(entries.data(), words.data(), words.size() * 4);
      },
      result);
  return result;
}

bool FakeBoard::punt(Frame frame) {
  const bool asked = layout::is_asked(frame.reason);
  auto& of_class = punted_[asked ? 1 : 0];
  if (of_class.size() >= layout::kPuntSlots / 2) {
    if (asked) ++asked_lost_[frame.port];
    return false;
  }
  const bool first = punted_[0].empty() && punted_[1].empty();
  of_class.push_back(std::move(frame));
  if (first) choose_punted();
  return true;
}

// What the window shows next: one of the class asked, but one other after three while it waits.
void FakeBoard::choose_punted() {
  const bool waits = !punted_[0].empty();
  shows_asked_ = !punted_[1].empty() && !(waits && asked_run_ == kMostAsked);
  asked_run_ = shows_asked_ && waits ? asked_run_ + 1 : 0;
}

std::vector<FakeBoard::Frame> FakeBoard::take_sent() { return std::exchange(sent_, {}); }

void FakeBoard::set_counter(layout::TableId id, std::uint32_t entry, std::uint32_t word,
                            std::uint32_t value) {
  Table& table = tables_.at(id);
  table.banks[0].at(entry * table.masks.size() + word) = value;
}

}  // namespace sluice::driver
