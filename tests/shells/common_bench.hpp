// What shells share (common_bench.sv), between two clocks of random ratio.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "Vcommon_bench.h"
#include "streams.hpp"

namespace sluice::shells_test {

inline constexpr unsigned kWaits = 0;
inline constexpr unsigned kNeverWaits = 1;

class Bench {
 public:
  Bench(std::uint64_t seed_value, unsigned gap, unsigned busy)
      : context_(std::make_unique<VerilatedContext>()), random_(seed_value) {
    context_->randSeed(static_cast<int>(seed_value & 0x7fffffff) | 1);
    dut_ = std::make_unique<Vcommon_bench>(context_.get());
    for (unsigned i = 0; i < 2; ++i) {
      sources.emplace_back(random_(), gap);
      sinks.emplace_back(random_(), busy);
    }
    std::uniform_int_distribution<std::uint64_t> period(1000, 5000);
    a_period_ps = period(random_);
    b_period_ps = period(random_);
    clocks.add(a_period_ps, 1 + random_() % a_period_ps, [this] { a_edge(); });
    clocks.add(b_period_ps, 1 + random_() % b_period_ps, [this] { b_edge(); });
    reset(true);
  }

  // The sender restarts with the FIFO if `sender_too`.
  void reset(bool sender_too) {
    if (sender_too) {
      for (Source& source : sources) source.forget_frame();
    }
    dut_->rst_i = 1;
    dut_->a_rst_i = sender_too ? 1 : 0;
    dut_->eval();
    clocks.run(8 * std::max(a_period_ps, b_period_ps));
    for (Sink& sink : sinks) sink.forget_frame();
    dut_->rst_i = 0;
    dut_->a_rst_i = 0;
    clocks.run(8 * std::max(a_period_ps, b_period_ps));
  }

  bool drain() {
    const std::uint64_t bound_ps = 40'000 * std::max(a_period_ps, b_period_ps);
    if (!clocks.run_to(bound_ps, [this] { return sources[0].idle() && sources[1].idle(); })) {
      return false;
    }
    clocks.run(400 * std::max(a_period_ps, b_period_ps));
    return true;
  }

  Vcommon_bench& dut() { return *dut_; }
  std::mt19937_64& random() { return random_; }

  Clocks clocks;
  std::uint64_t a_period_ps = 0;
  std::uint64_t b_period_ps = 0;
  std::vector<Source> sources;
  std::vector<Sink> sinks;
  std::array<std::uint64_t, 2> dropped{};
  std::vector<std::uint16_t> lengths[2];  // m_bytes at each frame's last beat
  std::function<void()> on_a = [] {};     // after an edge, to drive more
  std::function<void()> on_b = [] {};
  std::function<void()> before_a = [] {};  // before an edge, to look
  std::function<void()> before_b = [] {};
  std::uint64_t refused = 0;  // cycles in which the FIFO that never waits was not ready

 private:
  static bool bit(unsigned vector, unsigned i) { return (vector >> i & 1) != 0; }

  void a_edge() {
    before_a();
    for (unsigned i = 0; i < 2; ++i) {
      const bool ready = bit(dut_->s_tready_o, i);
      if (!ready && i == kNeverWaits) ++refused;
      if (bit(dut_->s_tvalid_i, i) && ready && dut_->a_rst_i == 0) sources[i].taken();
      if (bit(dut_->dropped_o, i)) ++dropped[i];
    }
    tick(dut_->a_clk_i);
    unsigned valid = 0;
    unsigned last = 0;
    unsigned user = 0;
    for (unsigned i = 0; i < 2; ++i) {
      const std::optional<Beat> beat = dut_->a_rst_i != 0 ? std::nullopt : sources[i].next();
      if (!beat) continue;
      valid |= 1u << i;
      last |= static_cast<unsigned>(beat->last) << i;
      user |= static_cast<unsigned>(beat->user) << i;
      for (unsigned word = 0; word < 16; ++word) dut_->s_tdata_i[i][word] = beat->data[word];
      dut_->s_tkeep_i[i] = beat->keep;
    }
    dut_->s_tvalid_i = static_cast<CData>(valid);
    dut_->s_tlast_i = static_cast<CData>(last);
    dut_->s_tuser_i = static_cast<CData>(user);
    on_a();
    dut_->eval();
  }

  void b_edge() {
    before_b();
    for (unsigned i = 0; i < 2; ++i) {
      std::optional<Beat> beat;
      if (bit(dut_->m_tvalid_o, i)) {
        beat.emplace();
        for (unsigned word = 0; word < 16; ++word) beat->data[word] = dut_->m_tdata_o[i][word];
        beat->keep = dut_->m_tkeep_o[i];
        beat->last = bit(dut_->m_tlast_o, i);
        beat->user = bit(dut_->m_tuser_o, i);
      }
      const bool ready = bit(dut_->m_tready_i, i);
      if (dut_->b_rst_o != 0) {
        sinks[i].forget_frame();
        continue;
      }
      sinks[i].cycle(beat, ready);
      if (beat && ready && beat->last) lengths[i].push_back(dut_->m_bytes_o[i]);
    }
    tick(dut_->b_clk_i);
    unsigned ready_now = 0;
    for (unsigned i = 0; i < 2; ++i) {
      ready_now |= static_cast<unsigned>(sinks[i].ready()) << i;
    }
    dut_->m_tready_i = static_cast<CData>(ready_now);
    on_b();
    dut_->eval();
  }

  void tick(CData& clock) {
    clock = 1;
    dut_->eval();
    clock = 0;
    dut_->eval();
  }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vcommon_bench> dut_;
  std::mt19937_64 random_;
};

}  // namespace sluice::shells_test
