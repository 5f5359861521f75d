// What the connection table does, as a map: the reference of the packet path with connections.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "path/connect.hpp"

namespace sluice::packet_gen {

// Never full; time is set from outside.
class ConnectionMap : public path::Connections {
 public:
  struct Entry {
    std::uint16_t backend = 0;
    std::uint8_t state = 0;
    std::uint64_t deadline = 0;  // epoch
    std::uint16_t reference_in = 0;
    std::uint16_t reference_out = 0;
  };
  // `valid` of a backend of a bank.
  using Valid = std::function<std::uint8_t(std::uint8_t epoch, std::uint16_t backend)>;

  explicit ConnectionMap(Valid valid) : valid_(std::move(valid)) {}

  path::Known ask(const path::ConnectionRequest& request, const layout::Service& service,
                  std::uint8_t epoch, std::uint16_t proposal) override;

  void set_now(std::uint64_t now) { now_ = now; }
  std::uint64_t now() const { return now_; }
  void flush() { entries_.clear(); }
  static std::uint64_t key(std::uint32_t client, std::uint16_t port, std::uint16_t service);
  // Nothing if there is none, or it has expired.
  const Entry* find(std::uint64_t key) const;
  // By key, expired ones included.
  const std::unordered_map<std::uint64_t, Entry>& entries() const { return entries_; }
  // The policy for what could not be stored: set, nothing new is stored.
  void set_full(bool full) { full_ = full; }

 private:
  layout::ConnectionReferences brings(const path::ConnectionRequest& request) const;
  void write(Entry& entry, const path::ConnectionRequest& request, const layout::Service& service,
             const layout::ConnectionStep& step) const;

  Valid valid_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t now_ = 0;
  bool full_ = false;
};

}  // namespace sluice::packet_gen
