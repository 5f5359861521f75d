#include "table_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::conn {
namespace {

constexpr std::uint32_t kEpochMask = (1U << layout::kConnectionEpochBits) - 1;

}  // namespace

TableDriver::TableDriver(std::uint64_t seed, const RoundKeys& round_keys)
    : top_(std::make_unique<Vconn_table>()),
      random_(seed),
      round_keys_(round_keys),
      oracle_(kWindow),
      responses_(4, false) {
  for (auto& word : top_->round_keys_i.m_storage) word = 0;
  for (std::uint32_t i = 0; i < round_keys.size(); ++i) {
    for (std::uint32_t bit = 0; bit < kHalfBits; ++bit) {
      const std::uint32_t at = i * kHalfBits + bit;
      top_->round_keys_i.m_storage[at / 32] |= (round_keys[i] >> bit & 1) << (at % 32);
    }
  }
  top_->rst_i = 1;
  for (int i = 0; i < 8; ++i) {
    drive(std::nullopt);
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }
  top_->rst_i = 0;
}

TableDriver::~TableDriver() { top_->final(); }

void TableDriver::say(const std::string& what) {
  if (difference_.empty()) difference_ = fmt::format("cycle {}: {}", cycle_, what);
}

TableDriver::UnderWay* TableDriver::entered(std::uint64_t cycle) {
  UnderWay& op = under_way_[cycle % under_way_.size()];
  return op.valid && op.entered == cycle ? &op : nullptr;
}

void TableDriver::drive(const std::optional<Operation>& op) {
  const bool host = op && op->host();
  top_->now_i = now_ & kEpochMask;
  top_->req_valid_i = op && !host;
  top_->host_valid_i = host;
  top_->sweep_i = sweep_;
  top_->press_i = press_;
  top_->flush_i = flush_;
  if (flush_) flushed_at_ = cycle_;
  top_->read_valid_i = read_wanted_.has_value();
  if (read_wanted_) {
    top_->read_stash_i = read_wanted_->stash;
    top_->read_bucket_i =
        static_cast<std::remove_reference_t<decltype(top_->read_bucket_i)>>(read_wanted_->bucket);
    top_->read_slot_i = static_cast<CData>(read_wanted_->slot);
  }
  if (!op) {
    // What nobody may look at.
    const std::uint64_t any = random_();
    top_->req_key_i = any >> 4;
    top_->req_event_i = any & 15;
    return;
  }
  if (host) {
    top_->host_remove_i = op->event == layout::kConnection_remove;
    top_->host_key_i = op->key;
    top_->host_state_i = op->host_state;
    top_->host_backend_i = op->host_backend;
    top_->host_timeout_i = op->timeouts[0];
    top_->host_reference_in_i = op->sequence;
    top_->host_reference_out_i = op->acknowledged;
    ++counters_.host_operations;
  } else {
    top_->req_key_i = op->key;
    top_->req_event_i = op->event;
    top_->req_sees_return_i = op->sees_return;
    top_->req_on_down_i = op->on_down;
    top_->req_on_removed_i = op->on_removed;
    top_->req_offer_i = op->offer;
    top_->req_sequence_i = op->sequence;
    top_->req_acknowledged_i = op->acknowledged;
    set_timeouts(top_->req_timeouts_i.m_storage, op->timeouts);
    ++counters_.requests;
  }
  under_way_[cycle_ % under_way_.size()] = {true, *op, cycle_, now_, {}};
}

// What the world outside answers in this cycle to what it saw two cycles ago.
void TableDriver::drive_feedback() {
  top_->pick_i = static_cast<SData>(random_() % (asks_[1] ? backends_ : 4096));
  asks_[1] = asks_[0];
  asks_[0] = top_->ask_valid_o != 0;
  if (UnderWay* op = entered(cycle_ - kReadCycles - 13)) op->seen.pick = top_->pick_i;
  if (UnderWay* op = entered(cycle_ - kReadCycles - 11)) {
    op->seen.asked = top_->ask_valid_o != 0;
    op->seen.ask_renews = top_->ask_renews_o != 0;
    op->seen.ask_stored = top_->ask_stored_o != 0;
    op->seen.ask_service = top_->ask_service_o;
  } else if (top_->ask_valid_o != 0) {
    say("an ask without an operation");
  }
  if (UnderWay* op = entered(cycle_ - kReadCycles - 8)) {
    op->seen.looked_up = top_->lookup_backend_o;
    op->seen.valid = valid_[top_->lookup_backend_o];
  }
  std::uint8_t valid = random_() & 3;
  if (const UnderWay* op = entered(cycle_ - kReadCycles - 10)) valid = op->seen.valid;
  top_->gone_i = static_cast<CData>((valid & layout::kBackendLeaving) |
                                    ((valid & layout::kBackendServes) ^ layout::kBackendServes));
}

void TableDriver::watch_response() {
  UnderWay* op = entered(cycle_ - kLatency);
  responses_.push_back(op != nullptr);
  if ((top_->rsp_valid_o != 0) != (op != nullptr)) {
    say(op != nullptr ? "no response" : "a response without an operation");
    return;
  }
  if (op == nullptr) {
    if (top_->change_valid_o != 0) say("a change without an operation");
    return;
  }
  Response& seen = op->seen;
  seen.host = top_->rsp_host_o != 0;
  seen.hit = top_->rsp_hit_o != 0;
  seen.inserted = top_->rsp_inserted_o != 0;
  seen.renewed = top_->rsp_renewed_o != 0;
  seen.stored = top_->rsp_stored_o != 0;
  seen.resets = top_->rsp_resets_o != 0;
  seen.state = top_->rsp_state_o;
  seen.answers = top_->rsp_answers_o != 0;
  seen.opened_at = top_->rsp_opened_at_o;
  seen.backend = top_->rsp_backend_o;
  seen.change = top_->change_valid_o != 0;
  seen.up = top_->change_up_o != 0;
  seen.change_backend = top_->change_backend_o;
  seen.change_service = top_->change_service_o;
  const std::string wrong = oracle_.respond(op->op, op->entered, op->now, seen);
  if (!wrong.empty()) say(wrong);
  op->valid = false;
}

void TableDriver::watch_read() {
  if (read_wanted_ && top_->read_ready_o != 0) {
    read_under_way_ = read_wanted_;
    read_wanted_.reset();
  }
}

void TableDriver::watch() {
  watch_response();
  const bool could_remove = responses_.front();
  responses_.pop_front();
  if (could_remove || top_->removed_valid_o != 0) {
    const std::string wrong =
        could_remove ? oracle_.removed(top_->removed_valid_o != 0, top_->removed_key_o,
                                       top_->removed_backend_o, top_->removed_active_o != 0)
                     : "a removal without an operation";
    if (!wrong.empty()) say(wrong);
  }
  if (top_->swept_valid_o != 0) {
    const bool flushing = flushed_at_ != 0 && cycle_ - flushed_at_ < 32;
    const std::string wrong =
        oracle_.swept(top_->swept_key_o, top_->swept_backend_o, top_->swept_active_o != 0, now_,
                      flushing, top_->swept_evicted_o != 0);
    if (!wrong.empty()) say(wrong);
    // One is under way when it begins.
    const std::uint64_t inserted = oracle_.inserted - pressed_at_.inserted;
    if (press_ && oracle_.evictions - pressed_at_.evictions > inserted + 1) {
      say(fmt::format("more went than the {} that came", inserted));
    }
  }
  if (top_->read_valid_o != 0) {
    if (!read_under_way_) {
      say("an answer to no read");
      return;
    }
    ++counters_.reads;
    const std::uint64_t key = top_->read_key_o;
    const std::uint64_t body = top_->read_body_o;
    if (top_->read_live_o != 0) {
      const std::uint64_t permuted = permute(key, round_keys_);
      if (!read_under_way_->stash &&
          bucket_of(permuted, read_under_way_->slot / 4, kBucketBits) != read_under_way_->bucket) {
        say(fmt::format("read of bucket {} gave {:x}", read_under_way_->bucket, key));
      }
      Entry entry;
      entry.backend = body & 0xfff;
      entry.state = body >> 12 & 7;
      entry.deadline = body >> 15 & kEpochMask;
      entry.reference_in = body >> 32 & 0xffff;
      entry.reference_out = static_cast<std::uint16_t>(body >> 48);
      if (collecting_) compare_entry(key, entry);
    }
    read_under_way_.reset();
  }
  counters_.spilled += top_->spilled_o;
  counters_.moved += top_->moved_o;
  counters_.swapped += top_->swapped_o;
  counters_.aborted += top_->aborted_o;
}

void TableDriver::step(const std::optional<Operation>& op) {
  drive(op);
  drive_feedback();
  top_->clk_i = 0;
  top_->eval();
  watch_read();
  top_->clk_i = 1;
  top_->eval();
  ++cycle_;
  ++counters_.cycles;
  watch();
}

void TableDriver::idle(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles && !failed(); ++i) step();
}

void TableDriver::advance_epoch() {
  if (cycle_ - epoch_began_ < kEpochCycles) return;
  epoch_began_ = cycle_;
  ++now_;
}

bool TableDriver::want_read(const Slot& slot) {
  if (read_wanted_ || read_under_way_) return false;
  read_wanted_ = slot;
  return true;
}

void TableDriver::read_now(const Slot& slot) {
  want_read(slot);
  for (int i = 0; i < 1000 && (read_wanted_ || read_under_way_); ++i) step();
  if (read_wanted_ || read_under_way_) say("a read without an answer");
}

void TableDriver::compare_contents() {
  sweep_ = false;
  drain();
  idle(1000);
  read_.clear();
  collecting_ = true;
  const auto missing = [this] {
    return std::count_if(oracle_.entries().begin(), oracle_.entries().end(),
                         [this](const auto& entry) { return read_.count(entry.first) == 0; });
  };
  // With a stash that does not empty, entries change places while they are read: once more, then.
  for (int pass = 0; pass < 20 && !failed() && missing() != 0; ++pass) {
    for (std::uint32_t i = 0; i < layout::kConnectionStash && !failed(); ++i) {
      read_now({true, 0, i});
    }
    for (std::uint64_t i = 0; i < kSlots && !failed(); ++i) {
      read_now({false, static_cast<std::uint32_t>(i / 16), static_cast<std::uint32_t>(i % 16)});
    }
  }
  collecting_ = false;
  sweep_ = true;
  if (missing() != 0) say(fmt::format("{} entries cannot be read", missing()));
}

void TableDriver::compare_entry(std::uint64_t key, const Entry& entry) {
  const auto found = oracle_.entries().find(key);
  if (found == oracle_.entries().end()) {
    say(fmt::format("read {:x}, which is not there", key));
    return;
  }
  const Entry& want = found->second;
  if (entry.backend != want.backend || entry.state != want.state ||
      entry.deadline != (want.deadline & kEpochMask) || entry.reference_in != want.reference_in ||
      entry.reference_out != want.reference_out) {
    say(fmt::format("read {:x}: {} {} {} {:x} {:x}, not {} {} {} {:x} {:x}", key, entry.backend,
                    entry.state, entry.deadline, entry.reference_in, entry.reference_out,
                    want.backend, want.state, want.deadline & kEpochMask, want.reference_in,
                    want.reference_out));
  }
  read_.insert(key);
}

void TableDriver::look_up_all() {
  drain();
  for (const std::uint64_t key : oracle_.keys()) {
    if (failed()) return;
    Operation op;
    op.key = key;
    op.event = layout::kConnection_rst_in;
    const auto found = oracle_.entries().find(key);
    // Not near, so nothing changes.
    if (found != oracle_.entries().end()) op.sequence = found->second.reference_in + 0x4000;
    step(op);
  }
  drain();
}

void TableDriver::expire_all() {
  set_press(false);
  drain();
  set_sweep(true);
  std::uint64_t last = now_;
  for (const auto& [key, entry] : oracle_.entries()) last = std::max(last, entry.deadline);
  while (now_ < last && !failed()) {
    advance_epoch();
    idle(kEpochCycles);
  }
  const std::uint64_t limit = kSlots * 16 + 20'000;
  for (std::uint64_t i = 0; i < limit && !failed() && !oracle_.entries().empty(); ++i) step();
  drain();
  if (failed()) return;
  if (!oracle_.entries().empty()) {
    say(fmt::format("{} entries are left", oracle_.entries().size()));
  }
  if (entries() != 0) say(fmt::format("{} entries are still counted", entries()));
}

}  // namespace sluice::conn
