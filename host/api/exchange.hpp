// One request and its answer, each on a connection of its own: how long they may take, and whether
// the client is still there.
#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <memory>

#include "api/limits.hpp"
#include "base/fd.hpp"

namespace sluice::api {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

class Exchange : public httplib::Stream {
 public:
  Exchange(std::shared_ptr<const base::Fd> socket, TimePoint accepted, const Limits& limits);
  ~Exchange() override;

  // Of the request that this thread answers; there must be one.
  static Exchange& current();

  // From any thread; the socket stays open as long as somebody has it.
  static bool gone(const base::Fd& socket);
  const std::shared_ptr<const base::Fd>& shared_socket() const { return socket_; }

  const Limits& limits() const { return limits_; }
  TimePoint accepted() const { return accepted_; }
  // The request was not there in time.
  bool late() const { return late_; }
  // Its work on the daemon's thread has begun: steps that follow have time of their own.
  bool begun() const { return begun_; }
  void note_begun() { begun_ = true; }

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_->get(); }

 private:
  bool wait_for(short events, TimePoint deadline) const;
  ssize_t receive();

  std::shared_ptr<const base::Fd> socket_;
  TimePoint accepted_;
  TimePoint taken_up_ = SteadyClock::now();  // by this thread
  Limits limits_;
  SteadyClock::duration write_left_;
  bool late_ = false;
  bool begun_ = false;
  std::array<char, 4096> buffer_;
  std::size_t buffered_ = 0;
  std::size_t taken_ = 0;
};

// A server that gives every connection one Exchange and closes it then.
class ExchangeServer : public httplib::Server {
 public:
  // `threads`: requests at a time; further ones wait.
  ExchangeServer(std::size_t threads, const Limits& limits);

 private:
  bool process_and_close_socket(socket_t socket) override;

  Limits limits_;
};

}  // namespace sluice::api
