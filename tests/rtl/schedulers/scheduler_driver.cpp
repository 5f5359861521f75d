#include "scheduler_driver.hpp"

#include <fmt/format.h>

namespace sluice::sched {

SchedulerDriver::SchedulerDriver(std::uint64_t seed)
    : top_(std::make_unique<Vscheduler>()), random_(seed) {
  reset();
  clear();
}

SchedulerDriver::~SchedulerDriver() { top_->final(); }

void SchedulerDriver::reset() {
  under_way_ = {};
  top_->rst_i = 1;
  idle(8);
  top_->rst_i = 0;
  began_ = cycle_;
}

void SchedulerDriver::clear() {
  top_->clear_i = 1;
  do {
    // None of this counts.
    const Event any{static_cast<std::uint16_t>(below(layout::kBackends)),
                    static_cast<std::uint16_t>(below(layout::kServices)), (random_() & 1) != 0};
    change(any);
    removed(any);
    swept(any);
    step();
  } while (!clear_done());
  top_->clear_i = 0;
  backends_ = {};
  services_ = {};
  idle(8);
}

void SchedulerDriver::request(const Request& request) { request_ = request; }

bool SchedulerDriver::change_taken() const {
  const auto& decision = under_way_[(cycle_ - kChangeCycle) % under_way_.size()];
  return decision && decision->cycle + kChangeCycle == cycle_ && decision->request.asks &&
         decision->request.stored && decision->request.counts;
}

void SchedulerDriver::drive_request() {
  const auto at = [this](std::uint32_t age) -> const Decision* {
    const auto& decision = under_way_[(cycle_ - age) % under_way_.size()];
    return decision && decision->cycle + age == cycle_ ? &*decision : nullptr;
  };
  under_way_[cycle_ % under_way_.size()].reset();
  if (request_) under_way_[cycle_ % under_way_.size()] = Decision{*request_, cycle_, 0};
  // What nobody may look at is random.
  const Request any{static_cast<std::uint16_t>(below(layout::kServices)),
                    static_cast<std::uint8_t>(below(5)), static_cast<std::uint16_t>(random_()),
                    static_cast<std::uint16_t>(below(layout::kMaxTurns))};
  const Request& now = request_ ? *request_ : any;
  top_->req_valid_i = request_.has_value();
  top_->req_service_i = now.service;
  top_->req_kind_i = now.kind;
  top_->req_turns_base_i = now.turns_base;
  top_->req_turns_last_i = now.turns_last;
  top_->req_begins_i = now.begins;
  const Decision* slots = at(11);
  top_->ring_backend_i =
      slots != nullptr ? slots->request.ring : static_cast<SData>(below(layout::kBackends));
  top_->pair_backend_i =
      slots != nullptr ? slots->request.pair : static_cast<SData>(below(layout::kBackends));
  const Decision* ask = at(15);
  top_->ask_valid_i = ask != nullptr && ask->request.asks;
  top_->ask_stored_i = ask != nullptr ? ask->request.stored : random_() & 1;
  request_.reset();
}

void SchedulerDriver::count(const Event& event, std::int64_t by) {
  backends_[event.backend] += by;
  services_[event.service] += by;
  if (counted_) counted_(event.backend);
}

void SchedulerDriver::drive_events() {
  if (change_taken()) {
    const Decision& decision = *under_way_[(cycle_ - kChangeCycle) % under_way_.size()];
    change_ = Event{decision.backend, decision.request.service, true};
  }
  const Event any{static_cast<std::uint16_t>(below(layout::kBackends)),
                  static_cast<std::uint16_t>(below(layout::kServices))};
  const Event& change = change_ ? *change_ : any;
  top_->change_valid_i = change_.has_value();
  top_->change_up_i = change.up;
  top_->change_backend_i = change.backend;
  top_->change_service_i = change.service;
  const Event& removed = removed_ ? *removed_ : any;
  top_->removed_valid_i = removed_.has_value();
  top_->removed_active_i = removed.active;
  top_->removed_backend_i = removed.backend;
  top_->removed_service_i = removed.service;
  const Event& swept = swept_ ? *swept_ : any;
  top_->swept_valid_i = swept_.has_value();
  top_->swept_active_i = swept.active;
  top_->swept_backend_i = swept.backend;
  top_->swept_service_i = swept.service;
  if (top_->clear_i == 0) {
    if (change_) count(*change_, change_->up ? 1 : -1);
    if (removed_ && removed_->active) count(*removed_, -1);
    if (swept_ && swept_->active) count(*swept_, -1);
  }
  top_->sample_valid_i = sample_.has_value();
  top_->sample_backend_i = sample_ ? sample_->first : any.backend;
  top_->sample_ticks_i = sample_ ? sample_->second : static_cast<SData>(random_());
  change_.reset();
  removed_.reset();
  swept_.reset();
  sample_.reset();
}

void SchedulerDriver::drive_host() {
  top_->write_i = host_ && host_->writes;
  top_->read_i = host_ && !host_->writes;
  if (!host_) return;
  top_->select_i = static_cast<CData>(1U << static_cast<unsigned>(host_->table));
  top_->entry_i = static_cast<SData>(host_->entry);
  top_->word_i = host_->word;
  top_->record_i = host_->record;
  host_.reset();
}

void SchedulerDriver::watch() {
  auto& decision = under_way_[(cycle_ - kPickCycle) % under_way_.size()];
  if (!decision || decision->cycle + kPickCycle != cycle_ || !decision->request.asks) return;
  decision->backend = top_->pick_o;
  if (handler_) handler_(*decision);
}

void SchedulerDriver::step() {
  drive_request();
  drive_events();
  drive_host();
  top_->clk_i = 0;
  top_->eval();
  watch();
  top_->clk_i = 1;
  top_->eval();
  ++cycle_;
}

void SchedulerDriver::idle(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) step();
}

void SchedulerDriver::write_now(Table table, std::uint32_t entry, std::uint64_t record) {
  host_ = HostAccess{table, entry, record, true, false};
}

void SchedulerDriver::write(Table table, std::uint32_t entry, std::uint64_t record) {
  write_now(table, entry, record);
  idle(22);
}

std::uint32_t SchedulerDriver::read(Table table, std::uint32_t entry, bool word) {
  host_ = HostAccess{table, entry, 0, false, word};
  idle(4);
  return top_->words_o[static_cast<std::size_t>(table)];
}

std::string SchedulerDriver::compare_counts() {
  for (std::uint32_t i = 0; i < layout::kBackends; ++i) {
    const std::uint32_t seen = read(Table::backend_connections, i);
    if (seen != backends_[i]) {
      return fmt::format("backend {} has {} connections, not {}", i, seen, backends_[i]);
    }
  }
  for (std::uint32_t i = 0; i < layout::kServices; ++i) {
    const std::uint32_t seen = read(Table::service_connections, i);
    if (seen != services_[i]) {
      return fmt::format("service {} has {} connections, not {}", i, seen, services_[i]);
    }
  }
  return "";
}

}  // namespace sluice::sched
