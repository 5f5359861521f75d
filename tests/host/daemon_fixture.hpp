// The daemon in this process, in a network namespace of its own, on a fake card that outlives it.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "daemon/daemon.hpp"
#include "fake_card.hpp"
#include "own_network.hpp"

namespace sluice::daemon {

using test::kConfigText;
using test::with_change;

inline constexpr std::uint64_t kClientMac = 0x020000000110;
inline constexpr std::uint64_t kBroadcast = 0xffffffffffff;

// A running daemon; its end is like a crash to the card: nothing is written to it.
class Running {
 public:
  Running(test::FakeCard& card, const std::filesystem::path& folder) {
    auto started = Daemon::start(
        {[&card] { return card.board(); }, folder / "config.yaml", "sluice0", folder});
    error_ = started ? "" : started.error().message();
    if (!started) return;
    daemon_ = std::move(*started);
    thread_ = std::thread([this] { EXPECT_TRUE(daemon_->run().ok()); });
  }
  ~Running() {
    if (daemon_) daemon_->loop().stop();
    if (thread_.joinable()) thread_.join();
  }

  const std::string& error() const { return error_; }

  // Runs `f(daemon)` on the daemon's thread.
  template <class F>
  auto ask(F f) {
    auto task = std::make_shared<std::packaged_task<decltype(f(*daemon_))()>>(
        [f, this] { return f(*daemon_); });
    auto result = task->get_future();
    daemon_->loop().post([task] { (*task)(); });
    return result.get();
  }

 private:
  std::string error_;
  std::unique_ptr<Daemon> daemon_;
  std::thread thread_;
};

class DaemonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::enter_own_network();
    spdlog::set_level(spdlog::level::off);
    folder_ = std::filesystem::path(testing::TempDir()) / ("daemon-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write_config(kConfigText);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write_config(const std::string& text) { std::ofstream(folder_ / "config.yaml") << text; }

  template <class Done>
  static bool wait_until(const Done& done) {
    for (int i = 0; i < 500; ++i) {
      if (done()) return true;
      std::this_thread::sleep_for(Millis(10));
    }
    return false;
  }

  // The next frame the host sends that `wanted` accepts; empty after five seconds.
  template <class Wanted>
  driver::FakeBoard::Frame next_sent(const Wanted& wanted) {
    driver::FakeBoard::Frame result;
    wait_until([&] {
      for (auto& frame : card_.with([](auto& fake) { return fake.take_sent(); })) {
        if (result.bytes.empty() && wanted(frame.bytes)) result = std::move(frame);
      }
      return !result.bytes.empty();
    });
    return result;
  }

  static std::vector<std::uint8_t> arp_request(const char* sender, const char* target) {
    std::vector<std::uint8_t> frame(60);
    base::Mac{kBroadcast}.to_bytes(&frame[0]);
    base::Mac{kClientMac}.to_bytes(&frame[6]);
    const std::uint8_t fixed[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};
    std::copy(std::begin(fixed), std::end(fixed), frame.begin() + 12);
    base::Mac{kClientMac}.to_bytes(&frame[22]);
    put_ipv4(&frame[28], sender);
    put_ipv4(&frame[38], target);
    return frame;
  }
  // The answer of a host at port 1 to the port's question.
  static std::vector<std::uint8_t> arp_reply(std::uint64_t mac, const char* sender,
                                             base::Mac asker) {
    std::vector<std::uint8_t> frame = arp_request(sender, "10.2.0.1");
    asker.to_bytes(&frame[0]);
    base::Mac{mac}.to_bytes(&frame[6]);
    frame[21] = 2;
    base::Mac{mac}.to_bytes(&frame[22]);
    asker.to_bytes(&frame[32]);
    return frame;
  }
  static bool announces(const std::vector<std::uint8_t>& frame, const char* address) {
    std::uint8_t wanted[4];
    put_ipv4(wanted, address);
    return frame.size() >= 42 && frame[0] == 0xff && frame[13] == 0x06 && frame[21] == 1 &&
           std::equal(wanted, wanted + 4, &frame[28]) && std::equal(wanted, wanted + 4, &frame[38]);
  }
  static void put_ipv4(std::uint8_t* at, const char* text) {
    const std::uint32_t value = base::Ipv4::parse(text)->value;
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }

  bool punt(const std::vector<std::uint8_t>& bytes, unsigned port = 0,
            std::uint8_t reason = layout::kReason_arp) {
    return card_.with([&](auto& fake) { return fake.punt({port, reason, bytes}); });
  }

  test::FakeCard card_;
  std::filesystem::path folder_;
};

}  // namespace sluice::daemon
