// A fake card that outlives the daemons that use it, as a card does, and that a test may look into
// while they run.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "driver/fake_board.hpp"
#include "model/read_config.hpp"

namespace sluice::test {

class FakeCard {
 public:
  // A way to the card, for a new Device or Daemon.
  std::unique_ptr<driver::Board> board() { return std::make_unique<Way>(*this); }

  // Runs `f` with the card held still.
  template <class F>
  auto with(F&& f) {
    const std::lock_guard lock(mutex_);
    return f(fake_);
  }

  // The shell around the card, if it has one (registers that are missing are 0).
  void set_shell(std::map<std::uint32_t, std::uint32_t> registers) {
    const std::lock_guard lock(mutex_);
    shell_ = std::move(registers);
  }

  // As after a power cycle.
  void reset() {
    with([](auto& fake) { fake = driver::FakeBoard(); });
  }

  std::uint32_t commits() {
    return with([](auto& fake) { return *fake.read(layout::kReg_commits); });
  }
  layout::TableImages live() {
    return with([](auto& fake) { return fake.images(fake.live_bank()); });
  }

 private:
  class Way : public driver::Board {
   public:
    explicit Way(FakeCard& card) : card_(card) {}
    base::Result<std::uint32_t> read(std::uint32_t offset) override {
      return card_.with([&](auto& fake) { return fake.read(offset); });
    }
    base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
      return card_.with([&](auto& fake) { return fake.write(offset, value); });
    }
    base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
      return card_.with([&](auto& fake) { return fake.read_block(offset, words); });
    }
    base::Result<void> write_block(std::uint32_t offset,
                                   std::span<const std::uint32_t> words) override {
      return card_.with([&](auto& fake) { return fake.write_block(offset, words); });
    }
    base::Result<std::uint32_t> read_shell(std::uint32_t offset) override {
      const std::lock_guard lock(card_.mutex_);
      if (card_.shell_.empty()) return Board::read_shell(offset);
      return card_.shell_[offset];
    }
    std::string name() const override { return "fake"; }

   private:
    FakeCard& card_;
  };

  std::mutex mutex_;
  driver::FakeBoard fake_;
  std::map<std::uint32_t, std::uint32_t> shell_;
};

// Two ports, one service with three backends whose MACs are known, no checks.
inline const std::string kConfigText = R"(version: 1
ports:
  - {name: clients, address: 10.1.0.1/24, gateway: 10.1.0.254}
  - {name: backends, address: 10.2.0.1/24}
neighbors:
  - {address: 10.1.0.254, mac: "02:00:00:00:01:fe"}
  - {address: 10.2.0.11, mac: "02:00:00:00:02:11"}
  - {address: 10.2.0.12, mac: "02:00:00:00:02:12"}
  - {address: 10.2.0.13, mac: "02:00:00:00:02:13"}
services:
  - name: web
    vip: 10.9.0.1
    port: 80
    mode: dnat
    check: {interval: 60s, timeout: 1s, rise: 2, fall: 3}
    backends:
      - {name: b1, address: 10.2.0.11}
      - {name: b2, address: 10.2.0.12}
      - {name: b3, address: 10.2.0.13}
)";

// `text` with one occurrence replaced.
inline std::string with_change(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace sluice::test
