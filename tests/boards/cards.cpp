#include "cards.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "driver/open_board.hpp"
#include "sim_server.hpp"
#include "support.hpp"
#include "trapped_bar.hpp"

extern char** environ;

namespace sluice::driver {
namespace {

constexpr std::chrono::milliseconds kPoll{50};
constexpr int kPolls = 400;  // 20 s, for a machine that is busy

class FakeCard : public Card {
 public:
  base::Result<std::unique_ptr<Board>> connect() override {
    return std::unique_ptr<Board>(std::make_unique<SharedFake>(fake_));
  }
  void arrive() override { ASSERT_TRUE(fake_->punt({0, layout::kReason_arp, arp_request()})); }
  bool has_left(Device&, unsigned port, const std::vector<std::uint8_t>& frame) override {
    const auto sent = fake_->take_sent();
    return sent.size() == 1 && sent[0].port == port && sent[0].bytes == frame;
  }

 protected:
  std::shared_ptr<FakeBoard> fake_ = std::make_shared<FakeBoard>();
};

class RemoteFakeCard : public FakeCard {
 public:
  base::Result<std::unique_ptr<Board>> connect() override {
    return open_board("sim:" + server_.path());
  }

 private:
  SimServer server_{fake_};
};

#ifdef SLUICE_SIM_PROGRAM
// A capture with arp_request() in it.
void write_capture(const std::string& file) {
  const std::vector<std::uint8_t> frame = arp_request();
  const auto bytes = static_cast<std::uint32_t>(frame.size());
  // Magic, version 2.4, time zone, accuracy, longest frame, Ethernet; then seconds, microseconds,
  // bytes in the file and on the wire.
  const std::uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1, 0, 0, bytes, bytes};
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(header), sizeof header);
  out.write(reinterpret_cast<const char*>(frame.data()), bytes);
}

class SimulatedCard : public Card {
 public:
  SimulatedCard() {
    write_capture(capture_);
    const std::string port = "0=pcap:" + capture_ + ",";
    const char* arguments[] = {SLUICE_SIM_PROGRAM, "--control",  path_.c_str(), "--time", "sim",
                               "--port",           port.c_str(), "--start",     "commit", nullptr};
    if (posix_spawn(&pid_, SLUICE_SIM_PROGRAM, nullptr, nullptr,
                    const_cast<char* const*>(arguments), environ) != 0) {
      pid_ = -1;
    }
  }
  ~SimulatedCard() override {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      for (int i = 0; waitpid(pid_, nullptr, WNOHANG) == 0; ++i) {
        if (i == kPolls) kill(pid_, SIGKILL);
        std::this_thread::sleep_for(kPoll);
      }
    }
    unlink(path_.c_str());
    unlink(capture_.c_str());
  }
  base::Result<std::unique_ptr<Board>> connect() override {
    for (int i = 0;; ++i) {
      auto board = open_board("sim:" + path_);
      if (board.ok() || i == kPolls) return board;
      std::this_thread::sleep_for(kPoll);
    }
  }

 private:
  const std::string stem_ = "/tmp/sl-conformance-" + std::to_string(getpid());
  const std::string path_ = stem_ + ".sock";
  const std::string capture_ = stem_ + ".pcap";
  pid_t pid_ = -1;
};
#endif

// Another card, behind the product's own code for a BAR.
class PciCard : public Card {
 public:
  PciCard(std::unique_ptr<Card> card, std::uint32_t offset_bytes)
      : card_(std::move(card)), offset_bytes_(offset_bytes) {
    auto board = card_->connect();
    if (!board) {
      ADD_FAILURE() << board.error().message();
      std::abort();
    }
    board_ = std::move(*board);
    bar_ = std::make_unique<TrappedBar>(*board_, offset_bytes);
  }
  base::Result<std::unique_ptr<Board>> connect() override {
    auto board = open_board("pci:" + bar_->path() + ",offset=" + std::to_string(offset_bytes_));
    if (board) bar_->trap();
    return board;
  }
  void arrive() override { card_->arrive(); }
  bool has_left(Device& device, unsigned port, const std::vector<std::uint8_t>& frame) override {
    return card_->has_left(device, port, frame);
  }

 private:
  std::unique_ptr<Card> card_;
  const std::uint32_t offset_bytes_;
  std::unique_ptr<Board> board_;
  std::unique_ptr<TrappedBar> bar_;
};

// A board that runs already, of any kind.
class NamedCard : public Card {
 public:
  explicit NamedCard(std::string name) : name_(std::move(name)) {}
  base::Result<std::unique_ptr<Board>> connect() override { return open_board(name_); }

 private:
  const std::string name_;
};

}  // namespace

std::vector<std::uint8_t> arp_request() {
  std::vector<std::uint8_t> frame(60);
  constexpr std::array<std::uint8_t, 42> kBytes = {
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 9,  // to everybody, from
      0x08, 0x06, 0,    1,    0x08, 0,    6,    4, 0, 1,        // ARP: who has
      0x02, 0,    0,    0,    0,    9,    10,   0, 0, 9, 0, 0,
      0,    0,    0,    0,    10,   0,    0,    1  // 10.0.0.1, tell 10.0.0.9
  };
  std::copy(kBytes.begin(), kBytes.end(), frame.begin());
  return frame;
}

bool Card::has_left(Device& device, unsigned port, const std::vector<std::uint8_t>& frame) {
  for (int i = 0; i < kPolls; ++i) {
    const auto counters = device.snapshot(std::vector<bool>(1), std::vector<bool>(1));
    if (!counters) return false;
    const layout::PortCounters& counted = counters->ports[port];
    if (counted.injected_packets == 1 && counted.tx_packets == 1) {
      return counted.tx_bytes == frame.size();
    }
    std::this_thread::sleep_for(kPoll);
  }
  return false;
}

std::vector<std::string> card_kinds() {
  std::vector<std::string> kinds = {"Fake", "RemoteFake", "PciFake"};
#ifdef SLUICE_SIM_PROGRAM
  kinds.insert(kinds.end(), {"Simulated", "PciSimulated"});
#endif
  if (std::getenv("SLUICE_TEST_BOARD") != nullptr) kinds.emplace_back("Named");
  return kinds;
}

std::unique_ptr<Card> make_card(const std::string& kind) {
  constexpr std::uint32_t kOffsetBytes = 0x10040;  // not at a page's start, as some shells have it
  if (kind == "Fake") return std::make_unique<FakeCard>();
  if (kind == "RemoteFake") return std::make_unique<RemoteFakeCard>();
  if (kind == "PciFake")
    return std::make_unique<PciCard>(std::make_unique<FakeCard>(), kOffsetBytes);
#ifdef SLUICE_SIM_PROGRAM
  if (kind == "Simulated") return std::make_unique<SimulatedCard>();
  if (kind == "PciSimulated")
    return std::make_unique<PciCard>(std::make_unique<SimulatedCard>(), 0);
#endif
  if (kind == "Named") return std::make_unique<NamedCard>(std::getenv("SLUICE_TEST_BOARD"));
  std::abort();
}

}  // namespace sluice::driver
