#include "sim/axil_master.hpp"

#include <cstdlib>

namespace sluice::sim {

void AxilMaster::start_read(std::uint32_t address) {
  if (busy()) std::abort();
  state_ = State::reading;
  cycles_ = 0;
  request_ = {};
  request_.araddr = address;
  request_.arvalid = true;
  request_.rready = true;
}

void AxilMaster::start_write(std::uint32_t address, std::uint32_t value) {
  if (busy()) std::abort();
  state_ = State::writing;
  cycles_ = 0;
  request_ = {};
  request_.awaddr = address;
  request_.wdata = value;
  request_.awvalid = true;
  request_.wvalid = true;
  request_.bready = true;
}

void AxilMaster::finish(Outcome outcome) {
  outcome_ = outcome;
  state_ = State::idle;
  request_ = {};
}

void AxilMaster::sample(const AxilResponse& response) {
  if (!busy()) return;
  if (response.awready) request_.awvalid = false;
  if (response.wready) request_.wvalid = false;
  if (response.arready) request_.arvalid = false;
  if (state_ == State::reading && response.rvalid) {
    read_data_ = response.rdata;
    return finish(response.rresp == 0 ? Outcome::ok : Outcome::slave_error);
  }
  if (state_ == State::writing && response.bvalid) {
    return finish(response.bresp == 0 ? Outcome::ok : Outcome::slave_error);
  }
  if (++cycles_ >= kTimeoutCycles) finish(Outcome::timeout);
}

}  // namespace sluice::sim
