#include "oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::conn {
namespace {

using layout::connection_active;
using layout::ConnectionGone;
using layout::ConnectionReferences;
using layout::ConnectionStep;

std::uint16_t service_of(std::uint64_t key) { return key & 0xfff; }

ConnectionReferences brings(const Operation& op, std::uint64_t now) {
  return layout::connection_brings(op.event, op.sees_return, op.sequence, op.acknowledged,
                                   static_cast<std::uint32_t>(now));
}

// The step of an operation upon an entry in `state`, with what only the operation knows.
ConnectionStep step_of(const Operation& op, std::uint64_t now, const Entry& entry,
                       std::uint8_t valid, bool* resets) {
  const bool believed =
      layout::connection_believed(entry.state, op.event, op.sees_return, brings(op, now),
                                  {entry.reference_in, entry.reference_out});
  ConnectionStep step = layout::connection_step(entry.state, op.event, believed, op.sees_return);
  const ConnectionGone action = layout::connection_gone(
      entry.state, op.event, layout::connection_policy(valid, op.on_down, op.on_removed));
  if (action == ConnectionGone::takes && op.offer) {
    return layout::connection_step(layout::kConnection_none, op.event, believed, op.sees_return);
  }
  if (action == ConnectionGone::resets) {
    *resets = true;
    return {layout::kConnection_closed, false, true, false, false, false};
  }
  if (step.takes && !op.offer) return {entry.state, false, false, false, false, false};
  if (op.event == layout::kConnection_restore && step.takes) step.state = op.host_state;
  return step;
}

}  // namespace

std::string describe(const Operation& op) {
  return fmt::format("key {:x} event {} sees {:d} policies {} {} offer {:d} seq {:x} ack {:x}",
                     op.key, op.event, op.sees_return, op.on_down, op.on_removed, op.offer,
                     op.sequence, op.acknowledged);
}

void Oracle::count(bool up, std::uint16_t backend, std::uint64_t key) {
  of_backend_[backend] += up ? 1 : -1;
  of_service_[service_of(key)] += up ? 1 : -1;
}

std::string Oracle::check_response(const Operation& op, const Response& seen, const Response& want,
                                   bool live) const {
  const bool takes = want.inserted || want.renewed;
  std::string wrong;
  const auto check = [&wrong](const char* what, unsigned got, unsigned expected) {
    if (got != expected) wrong += fmt::format(" {} is {}, should be {};", what, got, expected);
  };
  check("host", seen.host, op.host());
  check("hit", seen.hit, want.hit);
  check("inserted", seen.inserted, want.inserted);
  check("renewed", seen.renewed, want.renewed);
  check("resets", seen.resets, want.resets);
  check("state", seen.state, want.state);
  check("answers", seen.answers, want.answers);
  if (want.answers) check("opened at", seen.opened_at, want.opened_at);
  if (live && takes) check("stored", seen.stored, 1);
  if (!takes) check("stored", seen.stored, 0);
  if (takes || live) check("backend", seen.backend, want.backend);
  check("change", seen.change, want.change);
  if (want.change) {
    check("up", seen.up, want.up);
    check("changed backend", seen.change_backend, want.backend);
    check("changed service", seen.change_service, service_of(op.key));
  }
  check("asked", seen.asked, takes && !op.host());
  if (seen.asked) {
    check("ask renews", seen.ask_renews, want.renewed);
    check("ask stored", seen.ask_stored, seen.stored);
    check("ask service", seen.ask_service, service_of(op.key));
  }
  return wrong.empty() ? wrong : describe(op) + ":" + wrong;
}

std::string Oracle::respond(const Operation& op, std::uint64_t entered, std::uint64_t now,
                            const Response& seen) {
  const auto found = entries_.find(op.key);
  const bool place = found != entries_.end();
  const bool live = place && !expired(found->second, now);
  const Entry before = live ? found->second : Entry{};
  const bool fresh = entered - before.taken_at <= window_;
  if (live && !fresh && seen.looked_up != before.backend) {
    return fmt::format("{}: looked up backend {}, not {}", describe(op), seen.looked_up,
                       before.backend);
  }
  const std::uint8_t valid = live && !fresh ? seen.valid : std::uint8_t{layout::kBackendServes};
  ignored_gone += live && valid != seen.valid ? 1 : 0;

  Response want;
  const ConnectionStep step = step_of(op, now, before, valid, &want.resets);
  want.hit = live;
  want.inserted = step.takes && !live;
  want.renewed = step.takes && live;
  want.state = step.state;
  want.answers = live && op.event == layout::kConnection_syn_ack &&
                 before.state == layout::kConnection_opening;
  want.opened_at = before.reference_out;
  want.backend = step.takes ? (op.host() ? op.host_backend : seen.pick) : before.backend;
  const bool stored = step.takes && seen.stored;
  want.change = step.takes ? stored && connection_active(step.state)
                           : connection_active(before.state) != connection_active(step.state);
  want.up = connection_active(step.state);
  std::string wrong = check_response(op, seen, want, live);
  if (!wrong.empty()) return wrong;

  hits += want.hit ? 1 : 0;
  inserted += want.inserted && stored ? 1 : 0;
  renewed += want.renewed ? 1 : 0;
  not_stored += step.takes && !stored ? 1 : 0;
  resets += want.resets ? 1 : 0;
  if (want.change) count(want.up, want.backend, op.key);
  Expected expected{stored, want.renewed, op.key, before, now};
  if (step.state == layout::kConnection_none) {
    if (live) entries_.erase(found);
  } else if (stored || (step.sets && !step.takes)) {
    if (stored && place && !live) ghosts_.emplace(op.key, found->second);
    Entry entry = before;
    entry.state = step.state;
    entry.deadline =
        now + std::max<std::uint64_t>(
                  op.timeouts[static_cast<int>(layout::connection_timeout(step.state))],
                  layout::kConnectionLeastTimeout);
    if (step.takes) {
      entry.backend = want.backend;
      entry.taken_at = entered;
    }
    if (step.takes_in) entry.reference_in = brings(op, now).in;
    if (step.takes_out) entry.reference_out = brings(op, now).out;
    if (step.clears_out) entry.reference_out = 0;
    entries_[op.key] = entry;
  }
  expected_.push_back(expected);
  return {};
}

std::string Oracle::forget_ghost(std::uint64_t key, std::uint16_t backend, bool active) {
  const auto [begin, end] = ghosts_.equal_range(key);
  for (auto ghost = begin; ghost != end; ++ghost) {
    if (ghost->second.backend == backend && connection_active(ghost->second.state) == active) {
      ghosts_.erase(ghost);
      return {};
    }
  }
  return fmt::format("removal of {:x} from backend {} (active {:d}), which is not there", key,
                     backend, active);
}

std::string Oracle::removed(bool valid, std::uint64_t key, std::uint16_t backend, bool active) {
  if (expected_.empty()) return valid ? "removal without an operation" : "";
  const Expected expected = expected_.front();
  expected_.pop_front();
  if (!valid) {
    return expected.must ? fmt::format("no removal of the old entry of {:x}", expected.key) : "";
  }
  if (!expected.operation) return fmt::format("removal of {:x} by who did not insert", key);
  if (active) count(false, backend, key);
  if (expected.must) {
    if (key != expected.key || backend != expected.old.backend ||
        active != connection_active(expected.old.state)) {
      return fmt::format("removal of {:x} from {} where {:x} from {} was renewed", key, backend,
                         expected.key, expected.old.backend);
    }
    return {};
  }
  ++reclaimed;
  const auto found = entries_.find(key);
  if (key != expected.key && found != entries_.end() && ghosts_.count(key) == 0) {
    const Entry entry = found->second;
    if (!expired(entry, expected.now)) return fmt::format("removal of {:x}, which lives", key);
    if (entry.backend != backend || connection_active(entry.state) != active) {
      return fmt::format("removal of {:x} from {} (active {:d}), not {} (state {})", key, backend,
                         active, entry.backend, entry.state);
    }
    entries_.erase(found);
    return {};
  }
  return forget_ghost(key, backend, active);
}

std::string Oracle::swept(std::uint64_t key, std::uint16_t backend, bool active, std::uint64_t now,
                          bool flushing, bool evicted) {
  ++(evicted ? evictions : sweeps);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return fmt::format("sweep of {:x}, which is not there", key);
  const Entry entry = found->second;
  const bool may_go =
      evicted ? layout::connection_half_open(entry.state) : expired(entry, now) || flushing;
  if (!may_go) return fmt::format("sweep of {:x}, which lives", key);
  if (entry.backend != backend || connection_active(entry.state) != active) {
    return fmt::format("sweep of {:x} from {} (active {:d}), not {} (state {})", key, backend,
                       active, entry.backend, entry.state);
  }
  if (active) count(false, backend, key);
  entries_.erase(found);
  return {};
}

std::string Oracle::settled() const {
  if (!ghosts_.empty()) {
    return fmt::format("{} removals were never announced, one of {:x}", ghosts_.size(),
                       ghosts_.begin()->first);
  }
  std::unordered_map<std::uint16_t, std::int64_t> backends = of_backend_, services = of_service_;
  for (const auto& [key, entry] : entries_) {
    if (!connection_active(entry.state)) continue;
    --backends[entry.backend];
    --services[service_of(key)];
  }
  for (const auto& [backend, left] : backends) {
    if (left != 0) return fmt::format("count of backend {} is wrong by {}", backend, left);
  }
  for (const auto& [service, left] : services) {
    if (left != 0) return fmt::format("count of service {} is wrong by {}", service, left);
  }
  return {};
}

std::vector<std::uint64_t> Oracle::keys() const {
  std::vector<std::uint64_t> keys;
  keys.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace sluice::conn
