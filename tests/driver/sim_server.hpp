// The other end of a SimBoard, in this process: a fake card behind the simulator's protocol, which
// can also misbehave.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/fd.hpp"
#include "driver/fake_board.hpp"

namespace sluice::driver {

enum class Misbehaviour {
  none,
  other_version,
  silent,        // takes requests, never answers
  hangs_up,      // closes after half a reply
  wrong_op,      // answers another question
  wrong_length,  // one byte too many
  huge_length,   // announces 4 GiB
  slave_error,
  timeout,
  unknown_status,
};

class SimServer {
 public:
  explicit SimServer(std::shared_ptr<FakeBoard> card);
  ~SimServer();

  const std::string& path() const { return path_; }
  // From the next request after hello on.
  std::atomic<Misbehaviour> misbehaviour{Misbehaviour::none};

 private:
  void run();
  bool answer(int fd);  // one request; false: close the connection

  std::shared_ptr<FakeBoard> card_;
  std::string path_;
  base::Fd listener_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sluice::driver
