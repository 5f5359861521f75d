// The card's connection table as the daemon keeps it: brought into use, counted in 64 bits, and
// read, restored and flushed in steps that leave the loop time for everything else.
//
// On the loop's thread, but for ConnectionNames, which never changes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "daemon/connection_file.hpp"
#include "daemon/loop.hpp"
#include "driver/connections.hpp"
#include "driver/device.hpp"
#include "model/plan.hpp"

namespace sluice::daemon {

// What the indexes in the card's connections stand for.
class ConnectionNames {
 public:
  struct Service {
    std::string name;
    model::ServiceId id;
  };
  struct Backend {
    std::string service;
    std::string name;
    model::BackendId id;
  };

  explicit ConnectionNames(const std::vector<model::ServiceView>& services);

  // nullptr: nothing of the running configuration has this index.
  const Service* service(std::uint16_t index) const;
  const Backend* backend(std::uint16_t index) const;
  std::optional<std::uint16_t> index_of(const model::ServiceId& id) const;
  std::optional<std::uint16_t> index_of(const model::BackendId& id) const;
  const std::map<std::uint16_t, Service>& services() const { return services_; }
  const std::map<std::uint16_t, Backend>& backends() const { return backends_; }

  // By what outlives an index; nothing if the service or the backend is unknown.
  std::optional<SavedConnection> save(const driver::Connection& entry) const;
  enum class Unknown { service, backend };
  std::variant<driver::Connection, Unknown> restore(const SavedConnection& saved) const;

 private:
  std::map<std::uint16_t, Service> services_;
  std::map<std::uint16_t, Backend> backends_;
  std::map<model::ServiceId, std::uint16_t> service_indexes_;
  std::map<model::BackendId, std::uint16_t> backend_indexes_;
};

// Which connections are meant; what is empty does not restrict.
struct ConnectionFilter {
  std::string service;  // name
  std::string backend;  // name, address or address:port
  std::optional<base::Ipv4Prefix> client;
  std::optional<std::uint8_t> state;
  bool all() const { return service.empty() && backend.empty() && !client && !state; }
};

// The filter in indexes of the card. `not_found`: no such service or backend.
class ConnectionMatch {
 public:
  static base::Result<ConnectionMatch> make(const ConnectionFilter& filter,
                                            const ConnectionNames& names);
  bool operator()(const driver::Connection& entry) const;

 private:
  std::optional<std::uint16_t> service_;
  std::optional<std::vector<bool>> backends_;
  std::optional<base::Ipv4Prefix> client_;
  std::optional<std::uint8_t> state_;
};

using ConnectionTotals = std::array<std::uint64_t, driver::kConnectionCounters>;

// What of a whole reading one step brought.
struct ConnectionChunk {
  std::vector<driver::Connection> entries;
  std::shared_ptr<const ConnectionNames> names;
  std::uint32_t buckets_read = 0;  // of driver::kConnectionBuckets, in all steps
  bool done = false;
};

struct ConnectionReport {
  driver::ConnectionStatistics now;
  ConnectionTotals totals{};
  std::shared_ptr<const ConnectionNames> names;
  std::map<std::uint16_t, std::uint32_t> active_of_service;
  std::map<std::uint16_t, std::uint32_t> active_of_backend;
};

class ConnectionTable {
 public:
  using Started = driver::Connections::Started;

  ConnectionTable();

  // A card whose tables are in line with the configuration.
  void attach(std::shared_ptr<driver::Device> device, TimePoint now);
  void detach();
  void set_names(const std::vector<model::ServiceView>& services);
  std::shared_ptr<const ConnectionNames> names() const { return names_; }

  // When `run` is to be called next: the next step into use, or the counters before they wrap.
  std::optional<TimePoint> deadline() const { return due_; }
  // What happened, if the table has just come into use.
  base::Result<std::optional<Started>> run(TimePoint now);

  // A reading of the whole table. It ends with an error if the card is taken up anew meanwhile.
  struct Scan {
    driver::ConnectionScan scan;
    std::uint64_t life = 0;
  };
  base::Result<Scan> begin_scan();
  // Reads for about `time`, at least one bucket.
  base::Result<ConnectionChunk> step(Scan& scan, std::chrono::milliseconds time);

  base::Result<driver::RestoreReport> restore(std::span<const driver::Connection> entries);
  base::Result<void> remove(std::span<const driver::ConnectionKey> keys);
  base::Result<void> begin_flush();
  base::Result<bool> flushing();
  // The card forgets the connections of one service, by name, while all others go on.
  base::Result<void> begin_forget(const std::string& service);
  base::Result<bool> forgetting();
  // Services that were taken out, by index: `run` makes the card forget what they have.
  void set_leaving(std::vector<std::uint16_t> services, TimePoint now);

  // Counters as they are when it begins, then the active connections of what is configured then.
  // It ends with an error if the card is taken up anew meanwhile.
  struct Reporting {
    ConnectionReport report;
    std::uint32_t next_service = 0;
    std::uint32_t next_backend = 0;
    std::uint64_t life = 0;
    bool done() const {
      return next_service == layout::kServices && next_backend == layout::kBackends;
    }
  };
  base::Result<Reporting> begin_report();
  // Reads for about `time`, at least one run of neighbours: of kReportRun entries at most.
  static constexpr std::uint32_t kReportRun = 128;
  base::Result<void> step(Reporting& reporting, std::chrono::milliseconds time);

 private:
  base::Result<void> require_use() const;
  base::Result<void> require_life(std::uint64_t life) const;
  base::Result<driver::ConnectionStatistics> count();
  base::Result<void> forget_leaving(const driver::ConnectionStatistics& now);
  template <layout::TableId id, class Names>
  base::Result<void> read_run(const Names& names, std::uint32_t& next,
                              std::map<std::uint16_t, std::uint32_t>& active);

  std::shared_ptr<driver::Device> device_;
  std::optional<driver::Connections> connections_;
  std::shared_ptr<const ConnectionNames> names_;
  std::uint64_t life_ = 0;
  bool in_use_ = false;
  std::vector<std::uint16_t> leaving_;
  std::optional<TimePoint> due_;
  std::array<std::uint32_t, driver::kConnectionCounters> last_{};
  ConnectionTotals totals_{};
};

}  // namespace sluice::daemon
