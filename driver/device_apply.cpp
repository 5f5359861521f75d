// Device: bringing table images to the card.
#include <cstring>
#include <random>

#include "driver/device.hpp"
#include "layout/describe.hpp"
#include "live_parts.hpp"
#include "table_memory.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;

// Which bits of each byte of a record mean something; the card stores no others.
template <class Record>
std::array<std::uint8_t, sizeof(Record)> meaningful_bits() {
  std::array<std::uint8_t, sizeof(Record)> mask{};
  const layout::RecordInfo info = layout::record_info<Record>("");
  for (std::size_t i = 0; i < info.field_count; ++i) {
    const layout::FieldInfo& field = info.fields[i];
    for (std::uint32_t bit = field.offset_bits; bit < field.offset_bits + field.bits; ++bit) {
      mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 1u << bit % 8);
    }
  }
  return mask;
}

template <class Record>
bool fits(const Record& record, const std::array<std::uint8_t, sizeof(Record)>& mask) {
  std::array<std::uint8_t, sizeof(Record)> bytes;
  std::memcpy(bytes.data(), &record, sizeof record);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((bytes[i] & ~mask[i]) != 0) return false;
  }
  return true;
}

const char* table_name(layout::TableId id) {
  std::uint32_t count = 0;
  const layout::TableInfo* info = layout::tables(&count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (info[i].id == id) return info[i].name;
  }
  return "?";
}

bool same_banked(const layout::TableImages& a, const layout::TableImages& b) {
  bool same = true;
  layout::for_each_table(
      [&same]<layout::TableId id>(const auto& left, const auto& right) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        same = same && std::memcmp(left.data(), right.data(), std::span(left).size_bytes()) == 0;
      },
      a, b);
  return same;
}

// What of `images` would change a ring or turns that `live` uses; empty: nothing.
std::string overwritten(const layout::TableImages& images, const layout::TableImages& live) {
  for (const layout::Service& service : live.services) {
    if (!has_ring(service)) continue;
    for (std::uint32_t i = 0; i < service.ring_slots; ++i) {
      const std::uint32_t slot = (service.ring_base + i) % layout::kRingSlots;
      if (images.ring[slot].slot != live.ring[slot].slot) {
        return "ring[" + std::to_string(slot) + "]: in use by a live service";
      }
    }
    if (!has_turns(service)) continue;
    for (std::uint32_t i = 0; i <= service.turns_last; ++i) {
      const std::uint32_t turn = (service.turns_base + i) % layout::kTurns;
      if (images.turns[turn].backend != live.turns[turn].backend) {
        return "turns[" + std::to_string(turn) + "]: in use by a live service";
      }
    }
  }
  return "";
}

}  // namespace

base::Result<ApplyReport> Device::apply(const layout::TableImages& images) {
  if (lost_) {
    return Error{Errc::link_down,
                 "what the card holds is no longer known after an earlier failure (" + lost_->what +
                     "); open the card again",
                 info_.board};
  }
  if (auto done = check_images(images); !done) return done.error();
  const auto note_loss = [this](const Error& error) {
    if (error.code == Errc::link_down || error.code == Errc::hung) lost_ = error;
    return error;
  };
  if (auto done = check_sole_owner(); !done) return note_loss(done.error());
  ApplyReport report;
  const bool commits = !same_banked(images, live_);
  if (!commits && !shares_differ(images)) return report;
  // From here on, no memory of the shadow bank and of the shares is right.
  auto done = write_register(layout::kReg_scratch, 0);
  if (done) done = write_shares(images, Costs::none, report);
  if (commits) {
    if (done) done = write_slots(images, report);
    if (done) done = write_changes(images, report);
    if (done) forget_shares_of_changed_services(images);
    if (done) done = memorize(images, Moment::before_commit, report);
    if (done) done = commit(images);
    if (!done) {
      const Error error = note_loss(done.error());
      // The old configuration goes on: its backends take connections again.
      if (!lost_) (void)write_shares(live_, Costs::some, report);
      return error;
    }
    report.committed = true;
  }
  if (done) done = finish_shares(images, report);
  if (!done && commits) lost_ = done.error();  // the flip cannot be taken back
  if (!done) return note_loss(done.error());
  return report;
}

base::Result<void> Device::check_images(const layout::TableImages& images) const {
  std::string problem;
  layout::for_each_table(
      [&]<layout::TableId id>(const auto& table) {
        using Record = typename layout::TableOf<id>::Record;
        if (!problem.empty()) return;
        if (table.size() != layout::TableOf<id>::kEntries) {
          problem = std::string(table_name(id)) + ": wrong number of entries";
          return;
        }
        const auto mask = meaningful_bits<Record>();
        for (std::size_t i = 0; i < table.size(); ++i) {
          if (fits(table[i], mask)) continue;
          problem = std::string(table_name(id)) + "[" + std::to_string(i) +
                    "]: a field is larger than its bits";
          return;
        }
      },
      images);
  if (images.config[0].mac == 0) problem = "config[0]: no MAC";
  for (const layout::Service& service : images.services) {
    if (!has_ring(service)) continue;
    if (service.ring_base + service.ring_slots > layout::kRingSlots) {
      problem = "a service's ring reaches beyond the ring memory";
    }
    if (has_turns(service) && service.turns_base + service.turns_last >= layout::kTurns) {
      problem = "a service's turns reach beyond their memory";
    }
  }
  if (problem.empty()) problem = overwritten(images, live_);
  if (problem.empty()) return {};
  return Error{Errc::invalid, "table images cannot be applied: " + problem, info_.board};
}

base::Result<void> Device::check_sole_owner() {
  auto value = read_register(layout::kReg_status);
  if (!value) return value.error();
  auto commits = read_register(layout::kReg_commits);
  if (!commits) return commits.error();
  const unsigned live_bank = (*value & layout::kStatusLiveBank) != 0 ? 1 : 0;
  if (*commits == commits_ && live_bank == live_bank_) return {};
  lost_ = Error{Errc::busy,
                "another program has committed to this card, or the card was reset; stop the "
                "other program and open the card again",
                info_.board};
  return *lost_;
}

// Writes what differs in entries [first, first + count) in runs of neighbouring entries.
template <layout::TableId id, class Record>
base::Result<void> Device::write_range(const std::vector<Record>& wanted, std::vector<Record>& held,
                                       std::uint32_t first, std::uint32_t count,
                                       ApplyReport& report) {
  // The smallest unit is a word: entries below it are written in groups.
  constexpr std::uint32_t kUnit = sizeof(Record) < 4 ? 4 / sizeof(Record) : 1;
  const auto differs = [&](std::uint32_t unit) {
    for (std::uint32_t i = unit; i < unit + kUnit; ++i) {
      if (!shadow_.known[id][i] || !layout::same_record(wanted[i], held[i])) return true;
    }
    return false;
  };
  const std::uint32_t end = first + count;
  for (std::uint32_t start = first; start < end; start += kUnit) {
    if (!differs(start)) continue;
    std::uint32_t stop = start + kUnit;
    while (stop < end && differs(stop)) stop += kUnit;
    const auto run = std::span(wanted).subspan(start, stop - start);
    shadow_.forget(id, start, stop - start);
    if (auto done = write_run(id, start, std::as_bytes(run), report); !done) return done;
    report.entries_written += stop - start;
    std::copy(run.begin(), run.end(), held.begin() + start);
    shadow_.learn(id, start, stop - start);
    start = stop;  // `stop` itself is equal
  }
  return {};
}

base::Result<void> Device::write_slots(const layout::TableImages& images, ApplyReport& report) {
  for (const layout::Service& service : images.services) {
    if (!has_ring(service)) continue;
    std::uint32_t first = service.ring_base & ~1u;
    std::uint32_t end = (service.ring_base + service.ring_slots + 1) & ~1u;
    auto done = write_range<layout::kTable_ring>(images.ring, shadow_.images.ring, first,
                                                 end - first, report);
    if (!done) return done;
    if (!has_turns(service)) continue;
    first = service.turns_base & ~1u;
    end = (service.turns_base + service.turns_last + 2u) & ~1u;
    done = write_range<layout::kTable_turns>(images.turns, shadow_.images.turns, first, end - first,
                                             report);
    if (!done) return done;
  }
  return {};
}

// `config` has the lowest id and goes first: see Device::is_written.
base::Result<void> Device::write_changes(const layout::TableImages& images, ApplyReport& report) {
  base::Result<void> result;
  layout::for_each_table(
      [&]<layout::TableId id>(const auto& wanted, auto& held) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked || !result.ok()) return;
        result = write_range<id>(wanted, held, 0, layout::TableOf<id>::kEntries, report);
      },
      images, shadow_.images);
  return result;
}

base::Result<void> Device::write_run(layout::TableId id, std::uint32_t first,
                                     std::span<const std::byte> bytes, ApplyReport& report) {
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  const std::uint32_t page = static_cast<std::uint32_t>(id) << 24 | first;
  if (auto done = board_->write_table(page, words); !done) return done;
  report.words_written += static_cast<std::uint32_t>(words.size());
  if (!options_.verify_writes) return {};
  std::vector<std::byte> back(bytes.size());
  if (auto done = read_table(id, Bank::shadow, first, back); !done) return done;
  if (std::memcmp(back.data(), bytes.data(), bytes.size()) == 0) return {};
  return Error{Errc::verify_failed,
               std::string("table ") + table_name(id) +
                   " does not hold what was written from entry " + std::to_string(first) +
                   " on; the card or its link is faulty",
               info_.board};
}

// Notes what the tables hold, or will hold after the commit, and marks the card with the note's
// token. Shares that are written after the commit are noted as not known.
base::Result<void> Device::memorize(const layout::TableImages& images, Moment moment,
                                    ApplyReport& report) {
  if (options_.memory_file.empty()) return {};
  const bool before = moment == Moment::before_commit;
  TableMemory memory;
  memory.token = std::random_device{}() | 1;
  memory.commits = before ? commits_ + 1 : commits_;
  memory.live_bank = before ? 1 - live_bank_ : live_bank_;
  memory.live = images;
  memory.shadow = shadow_;
  if (before) {
    memory.shadow.images = live_;
    memory.shadow.images.ring = shadow_.images.ring;
    memory.shadow.images.turns = shadow_.images.turns;
    memory.shadow.images.shares = shadow_.images.shares;
  }
  for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
    if (share_differs(images, i)) memory.shadow.forget(layout::kTable_shares, i, 1);
  }
  if (auto saved = save(options_.memory_file, memory); !saved) {
    report.warning = saved.error().message();
    return {};
  }
  return write_register(layout::kReg_scratch, memory.token);
}

base::Result<void> Device::commit(const layout::TableImages& images) {
  auto done = write_register(layout::kReg_control, layout::kControlCommit);
  if (done) done = wait_while(layout::kStatusCommitBusy, "the commit");
  if (done) {
    ++commits_;
    live_bank_ = 1 - live_bank_;
    done = check_sole_owner();
  }
  if (!done) {
    // The flip may or may not have happened: only opening the card again can tell.
    lost_ = done.error();
    return done;
  }
  // The old live bank is the shadow now, and known to the last entry.
  layout::for_each_table(
      []<layout::TableId id>(auto& held, auto& live) {
        if (layout::TableOf<id>::kKind == layout::TableKind::banked) held.swap(live);
      },
      shadow_.images, live_);
  learn_banked();
  live_ = images;
  live_.shares = shadow_.images.shares;
  return {};
}

}  // namespace sluice::driver
