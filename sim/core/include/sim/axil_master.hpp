// AXI4-Lite master with one transaction at a time, stepped by the clock.
#pragma once

#include <cstdint>

namespace sluice::sim {

// Pins as the card sees them in one cycle.
struct AxilRequest {
  std::uint32_t awaddr = 0, wdata = 0, araddr = 0;
  bool awvalid = false, wvalid = false, bready = false, arvalid = false, rready = false;
};
struct AxilResponse {
  bool awready = false, wready = false, bvalid = false, arready = false, rvalid = false;
  std::uint8_t bresp = 0, rresp = 0;
  std::uint32_t rdata = 0;
};

class AxilMaster {
 public:
  enum class Outcome { ok, slave_error, timeout };

  // Only while !busy().
  void start_read(std::uint32_t address);
  void start_write(std::uint32_t address, std::uint32_t value);

  bool busy() const { return state_ != State::idle; }
  // Of the last transaction, once it is no longer busy.
  Outcome outcome() const { return outcome_; }
  std::uint32_t read_data() const { return read_data_; }

  // Once a cycle: what to drive, then what came back.
  const AxilRequest& request() const { return request_; }
  void sample(const AxilResponse& response);

  // A write may be held off by a commit; whatever takes longer than this is a hung card.
  static constexpr std::uint32_t kTimeoutCycles = 200'000;

 private:
  enum class State { idle, reading, writing };
  void finish(Outcome outcome);

  State state_ = State::idle;
  AxilRequest request_;
  Outcome outcome_ = Outcome::ok;
  std::uint32_t read_data_ = 0;
  std::uint32_t cycles_ = 0;
};

}  // namespace sluice::sim
