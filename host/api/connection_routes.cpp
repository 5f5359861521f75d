#include "connection_routes.hpp"

#include <httplib.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <charconv>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/connection_report.hpp"
#include "api/report.hpp"
#include "request.hpp"

namespace sluice::api {
namespace {

using base::Errc;
using base::Error;
using daemon::Clock;
using daemon::ConnectionChunk;
using daemon::ConnectionFilter;
using daemon::ConnectionMatch;
using daemon::ConnectionTable;
using daemon::Daemon;
using Order = daemon::Loop::Order;
using Millis = std::chrono::milliseconds;

// How long a step may hold up the daemon's other work.
constexpr Millis kStep{10};
constexpr Millis kProgressEvery{500};
constexpr Millis kFlushPause{20};
constexpr std::chrono::minutes kFlushTimeout{10};
constexpr std::chrono::minutes kReadingLimit{15};
constexpr int kReadings = 2;
constexpr std::size_t kEntriesOfStep = 500;
constexpr char kLines[] = "application/x-ndjson";

// `work` on the daemon's thread. What it refers to must outlive it: it may go on after an error.
template <class T>
base::Result<T> ask(const OnLoop& on_loop, Order order,
                    std::function<base::Result<T>(Daemon&)> work) {
  auto box = std::make_shared<std::optional<base::Result<T>>>();
  const auto failed =
      on_loop(order, [box, work = std::move(work)](Daemon& daemon) { box->emplace(work(daemon)); });
  if (failed) return *failed;
  return std::move(**box);
}

base::Result<void> ask_void(const OnLoop& on_loop, Order order,
                            std::function<base::Result<void>(Daemon&)> work) {
  const auto done = ask<bool>(on_loop, order, [work = std::move(work)](Daemon& daemon) {
    const auto result = work(daemon);
    return result ? base::Result<bool>(true) : base::Result<bool>(result.error());
  });
  return done ? base::Result<void>{} : done.error();
}

using Known = std::initializer_list<const char*>;
constexpr Known kFilters = {"service", "backend", "client", "state"};

base::Result<ConnectionFilter> filter_of(const httplib::Request& request, Known known) {
  if (auto good = check_parameters(request, known); !good) return good.error();
  ConnectionFilter filter;
  filter.service = request.get_param_value("service");
  filter.backend = request.get_param_value("backend");
  if (const std::string client = request.get_param_value("client"); !client.empty()) {
    const bool prefix = client.find('/') != std::string::npos;
    filter.client = base::Ipv4Prefix::parse(prefix ? client : client + "/32");
    if (!filter.client) {
      return Error{Errc::invalid, "'" + client + "' is no IPv4 address or prefix (a.b.c.d/n)", ""};
    }
  }
  if (const std::string state = request.get_param_value("state"); !state.empty()) {
    filter.state = driver::parse_connection_state(state);
    if (!filter.state) {
      std::string states;
      for (std::uint8_t i = 1; i < layout::kConnectionStates; ++i) {
        states += std::string(states.empty() ? "" : ", ") + driver::connection_state_name(i);
      }
      return Error{Errc::invalid, "no state '" + state + "'; write one of: " + states, ""};
    }
  }
  return filter;
}

// 0: no limit.
base::Result<std::uint64_t> limit_of(const httplib::Request& request) {
  const std::string text = request.get_param_value("limit");
  std::uint64_t limit = 0;
  if (text.empty()) return limit;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size() && limit > 0) return limit;
  return Error{Errc::invalid, "limit '" + text + "' is no whole number from 1 on", ""};
}

// Readings of the whole table that go on. Each asks the card for a step after the other, so they
// are slower together: a few at a time, and one that changes something has a place of its own.
class Places {
 public:
  using Place = std::shared_ptr<void>;

  explicit Places(int count) : free_(std::make_shared<std::atomic<int>>(count)) {}

  base::Result<Place> take() const {
    if (free_->fetch_sub(1) > 0) {
      return Place(free_.get(), [free = free_](void*) { ++*free; });
    }
    ++*free_;
    return Error{Errc::busy,
                 "the connection table is being read for others already; try again when they have "
                 "done, or look at `sluice conn stats --no-ages`",
                 ""};
  }

 private:
  std::shared_ptr<std::atomic<int>> free_;
};

// A reading of the whole table that goes on from step to step.
class Reading {
 public:
  using Each = std::function<void(const driver::Connection&, const daemon::ConnectionNames&)>;

  static base::Result<std::shared_ptr<Reading>> begin(const OnLoop& on_loop, Order order,
                                                      const Places& places,
                                                      const ConnectionFilter& filter) {
    auto place = places.take();
    if (!place) return place.error();
    return ask<std::shared_ptr<Reading>>(
        on_loop, order,
        [on_loop, order, filter,
         place = *place](Daemon& daemon) -> base::Result<std::shared_ptr<Reading>> {
          auto scan = daemon.connections().begin_scan();
          if (!scan) return scan.error();
          auto match = ConnectionMatch::make(filter, *daemon.connections().names());
          if (!match) return match.error();
          return std::make_shared<Reading>(on_loop, order, place, std::move(*scan),
                                           std::move(*match));
        });
  }

  Reading(OnLoop on_loop, Order order, Places::Place place, ConnectionTable::Scan scan,
          ConnectionMatch match)
      : on_loop_(std::move(on_loop)),
        order_(order),
        place_(std::move(place)),
        scan_(std::make_shared<ConnectionTable::Scan>(std::move(scan))),
        match_(std::move(match)) {}

  // One step; `each` gets those of it that match.
  base::Result<void> step(const Each& each) {
    if (Clock::now() >= end_) {
      return Error{Errc::hung, "the connection table could not be read in time (15 minutes)", ""};
    }
    const auto chunk = ask<ConnectionChunk>(on_loop_, order_, [scan = scan_](Daemon& daemon) {
      return daemon.connections().step(*scan, kStep);
    });
    if (!chunk) return chunk.error();
    buckets_ = chunk->buckets_read;
    done_ = chunk->done;
    found_ += chunk->entries.size();
    for (const auto& entry : chunk->entries) {
      if (match_(entry)) each(entry, *chunk->names);
    }
    return {};
  }

  bool done() const { return done_; }

  // A line of progress, now and then; else empty.
  std::string progress() {
    if (Clock::now() < next_progress_) return "";
    next_progress_ = Clock::now() + kProgressEvery;
    return line_of(
        {{"progress",
          {{"read", buckets_}, {"of", driver::kConnectionBuckets}, {"connections", found_}}}});
  }

 private:
  OnLoop on_loop_;
  Order order_;
  Places::Place place_;
  std::shared_ptr<ConnectionTable::Scan> scan_;
  ConnectionMatch match_;
  std::uint32_t buckets_ = 0;
  std::uint64_t found_ = 0;
  bool done_ = false;
  Clock::time_point next_progress_ = Clock::now() + kProgressEvery;
  Clock::time_point end_ = Clock::now() + kReadingLimit;
};

// Answers with the lines of `step` until it says that it is done. An error that comes when lines
// have gone already is the last line.
struct Lines {
  std::string text;
  bool done = false;
};
using NextLines = std::function<base::Result<Lines>()>;

void answer_lines(httplib::Response& response, NextLines next) {
  auto first = next();
  if (!first) return refuse(response, first.error());
  response.set_chunked_content_provider(kLines, [next = std::move(next), lines = std::move(*first)](
                                                    std::size_t, httplib::DataSink& sink) mutable {
    if (!lines.text.empty() && !sink.write(lines.text.data(), lines.text.size())) return false;
    if (lines.done) {
      sink.done();
      return true;
    }
    auto more = next();
    lines = more ? std::move(*more) : Lines{line_of(error_report(more.error())), true};
    return true;
  });
}

class Routes {
 public:
  explicit Routes(OnLoop on_loop) : on_loop_(std::move(on_loop)) {}

  void list(const httplib::Request& request, httplib::Response& response) const {
    const auto limit = limit_of(request);
    if (!limit) return refuse(response, limit.error());
    const auto reading =
        begin(request, response, {"service", "backend", "client", "state", "limit"});
    if (!reading) return;
    answer_lines(response, [reading, limit = *limit, listed = std::uint64_t{0},
                            more = false]() mutable {
      Lines lines;
      const auto read = reading->step([&](const auto& entry, const auto& names) {
        more = limit != 0 && listed == limit;
        if (more) return;
        ++listed;
        lines.text += line_of(connection_json(entry, names));
      });
      if (!read) return base::Result<Lines>(read.error());
      const bool cut = more || (limit != 0 && listed == limit && !reading->done());
      lines.done = cut || reading->done();
      lines.text += lines.done ? line_of({{"done", {{"connections", listed}, {"limited", cut}}}})
                               : reading->progress();
      return base::Result<Lines>(std::move(lines));
    });
  }

  void snapshot(const httplib::Request& request, httplib::Response& response) const {
    const auto reading = begin(request, response, kFilters);
    if (!reading) return;
    answer_lines(response, [reading, saved = std::uint64_t{0},
                            unnamed = std::uint64_t{0}]() mutable {
      Lines lines;
      const auto read = reading->step([&](const auto& entry, const auto& names) {
        const auto named = names.save(entry);
        if (named) lines.text += daemon::connection_line(*named) + "\n";
        ++(named ? saved : unnamed);
      });
      if (!read) return base::Result<Lines>(read.error());
      lines.done = reading->done();
      lines.text += lines.done ? line_of({{"done", {{"connections", saved}, {"unnamed", unnamed}}}})
                               : reading->progress();
      return base::Result<Lines>(std::move(lines));
    });
  }

  void stats(const httplib::Request& request, httplib::Response& response) const {
    const std::string ages = request.get_param_value("ages");
    if (auto good = check_parameters(request, {"ages"}); !good) {
      return refuse(response, good.error());
    }
    if (!ages.empty() && ages != "1" && ages != "0") {
      return refuse(response, {Errc::invalid, "ages '" + ages + "' is neither 0 nor 1", ""});
    }
    if (ages != "1") {
      const auto json = stats_json(on_loop_, nullptr);
      return json ? answer(response, 200, *json) : refuse(response, json.error());
    }
    const auto reading = begin(request, response, {"ages"});
    if (!reading) return;
    answer_lines(response, [reading, on_loop = on_loop_, ages = ConnectionAges()]() mutable {
      const auto read = reading->step([&](const auto& entry, const auto&) { ages.add(entry); });
      if (!read) return base::Result<Lines>(read.error());
      if (!reading->done()) return base::Result<Lines>(Lines{reading->progress(), false});
      const auto json = stats_json(on_loop, ages.json());
      if (!json) return base::Result<Lines>(json.error());
      return base::Result<Lines>(Lines{line_of({{"done", *json}}), true});
    });
  }

  void flush(const httplib::Request& request, httplib::Response& response) const {
    if (!has_no_body(request, response)) return;
    const auto filter = filter_of(request, kFilters);
    if (!filter) return refuse(response, filter.error());
    if (filter->all()) return flush_all(response);
    const bool service_alone =
        !filter->service.empty() && filter->backend.empty() && !filter->client && !filter->state;
    return service_alone ? flush_service(filter->service, response) : flush_some(*filter, response);
  }

  void restore(const std::string& body, httplib::Response& response) const;

 private:
  // nullptr: the answer is given.
  std::shared_ptr<Reading> begin(const httplib::Request& request, httplib::Response& response,
                                 Known known) const {
    const auto filter = filter_of(request, known);
    const auto reading = filter ? Reading::begin(on_loop_, Order::reading, readings_, *filter)
                                : base::Result<std::shared_ptr<Reading>>(filter.error());
    if (reading) return *reading;
    refuse(response, reading.error());
    return nullptr;
  }

  static base::Result<Json> stats_json(const OnLoop& on_loop, const Json& ages) {
    using Reporting = ConnectionTable::Reporting;
    const auto begun = ask<std::shared_ptr<Reporting>>(
        on_loop, Order::normal, [](Daemon& daemon) -> base::Result<std::shared_ptr<Reporting>> {
          auto reporting = daemon.connections().begin_report();
          if (!reporting) return reporting.error();
          return std::make_shared<Reporting>(std::move(*reporting));
        });
    if (!begun) return begun.error();
    while (!(*begun)->done()) {
      const auto done = ask_void(on_loop, Order::normal, [reporting = *begun](Daemon& daemon) {
        return daemon.connections().step(*reporting, kStep);
      });
      if (!done) return done.error();
    }
    return connection_stats_json((*begun)->report, ages);
  }

  void flush_all(httplib::Response& response) const;
  void flush_service(const std::string& service, httplib::Response& response) const;
  void flush_some(const ConnectionFilter& filter, httplib::Response& response) const;
  template <class Busy>
  void wait_for_flush(httplib::Response& response, Busy busy) const;

  OnLoop on_loop_;
  Places readings_{kReadings};
  Places flushes_{1};
};

void Routes::flush_all(httplib::Response& response) const {
  const auto begun = ask_void(on_loop_, Order::change, [](Daemon& daemon) {
    spdlog::info("connection table: all connections are flushed");
    return daemon.connections().begin_flush();
  });
  if (!begun) return refuse(response, begun.error());
  wait_for_flush(response, [](Daemon& daemon) { return daemon.connections().flushing(); });
}

// The card does it by itself, without a reading of the table over the bus.
void Routes::flush_service(const std::string& service, httplib::Response& response) const {
  const auto begun = ask_void(on_loop_, Order::change, [service](Daemon& daemon) {
    auto done = daemon.connections().begin_forget(service);
    if (done) spdlog::info("connection table: all connections of '{}' are flushed", service);
    return done;
  });
  if (!begun) return refuse(response, begun.error());
  wait_for_flush(response, [](Daemon& daemon) { return daemon.connections().forgetting(); });
}

template <class Busy>
void Routes::wait_for_flush(httplib::Response& response, Busy busy) const {
  answer_lines(response, [on_loop = on_loop_, busy, end = Clock::now() + kFlushTimeout]() {
    const auto next_line = Clock::now() + kProgressEvery;
    while (Clock::now() < next_line) {
      const auto flushing = ask<bool>(on_loop, Order::normal, busy);
      if (!flushing) return base::Result<Lines>(flushing.error());
      if (!*flushing) {
        return base::Result<Lines>(Lines{line_of({{"done", {{"flushed", true}}}}), true});
      }
      std::this_thread::sleep_for(kFlushPause);
    }
    if (Clock::now() < end) {
      return base::Result<Lines>(Lines{line_of({{"progress", {{"flushing", true}}}}), false});
    }
    return base::Result<Lines>(
        Error{Errc::hung, "the flush of the connection table does not end; reset the card", ""});
  });
}

// Reads all, then removes what matches.
void Routes::flush_some(const ConnectionFilter& filter, httplib::Response& response) const {
  const auto begun = Reading::begin(on_loop_, Order::normal, flushes_, filter);
  if (!begun) return refuse(response, begun.error());
  using Keys = std::vector<driver::ConnectionKey>;
  answer_lines(
      response, [reading = *begun, on_loop = on_loop_, keys = std::make_shared<const Keys>(),
                 found = Keys(), removed = std::size_t{0}]() mutable {
        if (!reading->done()) {
          const auto read =
              reading->step([&](const auto& entry, const auto&) { found.push_back(entry.key); });
          if (!read) return base::Result<Lines>(read.error());
          if (reading->done()) keys = std::make_shared<const Keys>(std::move(found));
          return base::Result<Lines>(Lines{reading->progress(), false});
        }
        const std::size_t count = std::min(kEntriesOfStep, keys->size() - removed);
        const auto done = ask_void(on_loop, Order::change, [keys, removed, count](Daemon& daemon) {
          return daemon.connections().remove(std::span(*keys).subspan(removed, count));
        });
        if (!done) return base::Result<Lines>(done.error());
        removed += count;
        if (removed < keys->size()) return base::Result<Lines>(Lines{reading->progress(), false});
        return base::Result<Lines>(Lines{line_of({{"done", {{"removed", removed}}}}), true});
      });
}

void Routes::restore(const std::string& body, httplib::Response& response) const {
  const auto saved = daemon::read_connections(body, "(request)");
  if (!saved) return refuse(response, saved.error());
  const auto names = ask<std::shared_ptr<const daemon::ConnectionNames>>(
      on_loop_, Order::change, [](Daemon& daemon) {
        return base::Result<std::shared_ptr<const daemon::ConnectionNames>>(
            daemon.connections().names());
      });
  if (!names) return refuse(response, names.error());
  std::uint64_t no_service = 0, no_backend = 0;
  auto entries = std::make_shared<std::vector<driver::Connection>>();
  for (const auto& connection : *saved) {
    const auto entry = (*names)->restore(connection);
    if (const auto* known = std::get_if<driver::Connection>(&entry)) {
      entries->push_back(*known);
    } else {
      ++(std::get<1>(entry) == daemon::ConnectionNames::Unknown::service ? no_service : no_backend);
    }
  }
  driver::RestoreReport sum;
  for (std::size_t first = 0; first < entries->size(); first += kEntriesOfStep) {
    const std::size_t count = std::min(kEntriesOfStep, entries->size() - first);
    const auto done = ask<driver::RestoreReport>(
        on_loop_, Order::change, [entries, first, count](Daemon& daemon) {
          return daemon.connections().restore(std::span(*entries).subspan(first, count));
        });
    if (!done) return refuse(response, done.error());
    sum.stored += done->stored;
    sum.present += done->present;
    sum.no_room += done->no_room;
  }
  answer(response, 200,
         {{"ok", true},
          {"restored", sum.stored},
          {"present", sum.present},
          {"no_room", sum.no_room},
          {"no_service", no_service},
          {"no_backend", no_backend}});
}

}  // namespace

std::vector<std::string> add_connection_routes(httplib::Server& http, const OnLoop& on_loop) {
  const auto routes = std::make_shared<const Routes>(on_loop);
  const auto route = [routes](auto method) {
    return [routes, method](const httplib::Request& request, httplib::Response& response) {
      ((*routes).*method)(request, response);
    };
  };
  http.Get("/v1/connections", route(&Routes::list));
  http.Get("/v1/connections/snapshot", route(&Routes::snapshot));
  http.Get("/v1/connections/stats", route(&Routes::stats));
  // With a reader that is not used: httplib would wait for the body of a request without a length.
  http.Post("/v1/connections/flush",
            [routes](const httplib::Request& request, httplib::Response& response,
                     const httplib::ContentReader&) { routes->flush(request, response); });
  http.Post("/v1/connections/restore",
            [routes](const httplib::Request& request, httplib::Response& response,
                     const httplib::ContentReader& reader) {
              if (auto good = check_parameters(request, {}); !good) {
                return refuse(response, good.error());
              }
              const auto body = read_body(request, response, reader, daemon::kMaxConfigBytes);
              if (body) routes->restore(*body, response);
            });
  return {"/v1/connections", "/v1/connections/snapshot", "/v1/connections/stats",
          "/v1/connections/flush", "/v1/connections/restore"};
}

}  // namespace sluice::api
