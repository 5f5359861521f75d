// What shells share, between two clocks of random ratio: frames stay whole and in order, none is
// lost that is not counted, registers answer, and no counter is seen that was never there.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "Vcommon_bench.h"
#include "streams.hpp"

namespace sluice::shells_test {
namespace {

constexpr unsigned kWaits = 0;
constexpr unsigned kNeverWaits = 1;
constexpr std::size_t kDepthBytes = 16 * 64;

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

// `got` is `sent` without `missing` frames, each of them whole.
::testing::AssertionResult is_sent_without(const std::vector<Frame>& sent,
                                           const std::vector<Frame>& got, std::uint64_t missing) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    while (at < sent.size() && !(sent[at] == got[i])) ++at;
    if (at == sent.size()) {
      return ::testing::AssertionFailure()
             << "frame " << i << " of " << got[i].bytes.size() << " bytes was never sent, or late";
    }
    ++at;
  }
  if (got.size() + missing != sent.size()) {
    return ::testing::AssertionFailure() << sent.size() << " sent, " << got.size() << " arrived, "
                                         << missing << " counted as lost";
  }
  return ::testing::AssertionSuccess();
}

std::vector<Frame> push_frames(Bench& bench, unsigned stream, unsigned count,
                               std::size_t max_bytes) {
  std::vector<Frame> frames;
  for (unsigned i = 0; i < count; ++i) {
    Frame frame = random_frame(bench.random(), 1 + bench.random()() % max_bytes);
    frame.user = bench.random()() % 4 == 0;
    frames.push_back(frame);
    bench.sources[stream].push(std::move(frame));
  }
  return frames;
}

TEST(FrameFifo, CarriesFramesWholeAndInOrderBetweenAnyTwoClocks) {
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + round, round % 3 * 40, round % 4 * 10);
    const std::vector<Frame> sent = push_frames(bench, kWaits, 120, 700);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    EXPECT_EQ(bench.sinks[kWaits].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kWaits].frames, 0)) << "round " << round;
    EXPECT_EQ(bench.dropped[kWaits], 0u);
    ASSERT_EQ(bench.lengths[kWaits].size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(bench.lengths[kWaits][i], sent[i].bytes.size()) << "frame " << i;
    }
  }
}

TEST(FrameFifo, ThatNeverWaitsDropsWholeFramesAndCountsThem) {
  std::uint64_t all = 0;
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + 100 + round, 0, 30 + round % 5 * 15);
    const std::vector<Frame> sent = push_frames(bench, kNeverWaits, 300, 600);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    bench.clocks.run(4000 * bench.b_period_ps);  // a slow reader
    EXPECT_EQ(bench.refused, 0u);
    EXPECT_EQ(bench.sinks[kNeverWaits].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kNeverWaits].frames, bench.dropped[kNeverWaits]))
        << "round " << round;
    EXPECT_EQ(bench.dut().dropped_there_o, bench.dropped[kNeverWaits]) << "round " << round;
    all += bench.dropped[kNeverWaits];
  }
  EXPECT_GT(all, 100u) << "nothing overflowed: the test shows nothing";
}

// Cycles of clock a until the sources are empty.
std::uint64_t cycles_to_send(Bench& bench) {
  std::uint64_t cycles = 0;
  bench.before_a = [&cycles] { ++cycles; };
  EXPECT_TRUE(bench.drain()) << "the sender is still held up";
  bench.before_a = [] {};
  return cycles - 400 * std::max(bench.a_period_ps, bench.b_period_ps) / bench.a_period_ps;
}

std::uint64_t beats_of(const std::vector<Frame>& frames) {
  std::uint64_t beats = 0;
  for (const Frame& frame : frames) beats += (frame.bytes.size() + 63) / 64;
  return beats;
}

// A dead receiver costs its sender PATIENCE cycles, once: also when frames do not fill the FIFO to
// the last beat, so that each one that is dropped makes room again.
TEST(FrameFifo, LetsADeadReceiverHoldUpNobodyForLong) {
  constexpr std::uint64_t kPatience = 40;  // of common_bench
  for (unsigned round = 0; round < 12; ++round) {
    Bench bench(seed() + 200 + round, 0, 0);
    bench.sinks[kWaits].stop(true);
    const std::size_t fixed_beats = round < 6 ? 0 : round - 3;  // 3 to 8, of 16; else random
    std::vector<Frame> sent;
    for (unsigned i = 0; i < 200; ++i) {
      const std::size_t bytes = fixed_beats > 0 ? 64 * fixed_beats : 1 + bench.random()() % 400;
      sent.push_back(random_frame(bench.random(), bytes));
      bench.sources[kWaits].push(sent.back());
    }
    // The reader fetches one beat before it stops; that much late it may begin the wait anew.
    const std::uint64_t one_fetch = 8 * (bench.b_period_ps / bench.a_period_ps + 1);
    EXPECT_LE(cycles_to_send(bench), beats_of(sent) + kPatience + one_fetch) << "round " << round;
    EXPECT_GT(bench.dropped[kWaits], 150u);
    // The link comes back: what is inside is whole, and from then on nothing is lost.
    bench.sinks[kWaits].stop(false);
    bench.clocks.run(200 * bench.b_period_ps + 200 * bench.a_period_ps);
    const std::uint64_t lost = bench.dropped[kWaits];
    std::vector<Frame> all = sent;
    for (const Frame& frame : push_frames(bench, kWaits, 50, 400)) all.push_back(frame);
    ASSERT_TRUE(bench.drain());
    EXPECT_EQ(bench.dropped[kWaits], lost);
    EXPECT_EQ(bench.sinks[kWaits].error, "");
    EXPECT_TRUE(is_sent_without(all, bench.sinks[kWaits].frames, lost));
  }
}

TEST(FrameFifo, IsPatientAgainAfterAFrameThatItCanNeverHold) {
  for (unsigned round = 0; round < 6; ++round) {
    Bench bench(seed() + 350 + round, 0, 0);
    std::vector<Frame> sent{random_frame(bench.random(), 2 * kDepthBytes)};
    bench.sources[kWaits].push(sent.back());
    for (const Frame& frame : push_frames(bench, kWaits, 60, 700)) sent.push_back(frame);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    EXPECT_EQ(bench.dropped[kWaits], 1u) << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[kWaits].frames, 1)) << "round " << round;
  }
}

TEST(FrameFifo, DropsAFrameThatItCanNeverHold) {
  for (const unsigned stream : {kWaits, kNeverWaits}) {
    Bench bench(seed() + 300, 10, 10);
    std::vector<Frame> sent;
    for (const std::size_t bytes : {std::size_t{64}, kDepthBytes + 1, std::size_t{65}, kDepthBytes,
                                    3 * kDepthBytes, std::size_t{1}}) {
      sent.push_back(random_frame(bench.random(), bytes));
      bench.sources[stream].push(sent.back());
      ASSERT_TRUE(bench.drain()) << bytes << " bytes";
    }
    EXPECT_EQ(bench.dropped[stream], 2u);
    EXPECT_TRUE(is_sent_without(sent, bench.sinks[stream].frames, 2));
    EXPECT_EQ(bench.sinks[stream].error, "");
  }
}

TEST(FrameFifo, SendsNoPartOfAFrameThatAResetCut) {
  for (unsigned round = 0; round < 40; ++round) {
    const unsigned stream = round % 2;
    const bool sender_too = round % 4 < 2;
    Bench bench(seed() + 400 + round, 20, 20);
    const std::vector<Frame> sent = push_frames(bench, stream, 40, 900);
    bench.clocks.run((50 + bench.random()() % 100) * bench.a_period_ps);
    bench.reset(sender_too);
    ASSERT_TRUE(bench.drain()) << "round " << round;
    const std::vector<Frame>& got = bench.sinks[stream].frames;
    ASSERT_GT(got.size(), 2u) << "round " << round;
    EXPECT_EQ(bench.sinks[stream].error, "") << "round " << round;
    EXPECT_TRUE(is_sent_without(sent, got, sent.size() - got.size())) << "round " << round;
    EXPECT_TRUE(stream == kNeverWaits || got.back() == sent.back()) << "round " << round;
  }
}

// An AXI-Lite master at clock a that waits for no response before its next request.
class Master {
 public:
  explicit Master(Bench& bench) : bench_(bench) {
    bench.before_a = [this] { look(); };
    bench.on_a = [this] { drive(); };
  }

  void write(std::uint16_t address, std::uint32_t data) {
    addresses_.push_back(address);
    datas_.push_back(data);
    ++writes_;
  }
  // Asked for as soon as the addresses of all writes so far were taken.
  void read_behind_writes(std::uint16_t address) { reads_.emplace_back(address, writes_); }
  void read(std::uint16_t address) { reads_.emplace_back(address, 0); }

  std::vector<std::uint8_t> write_responses;
  std::vector<std::pair<std::uint32_t, std::uint8_t>> read_responses;
  bool asked() const { return reads_.empty(); }
  bool idle() const { return addresses_.empty() && datas_.empty() && reads_.empty(); }

 private:
  void look() {
    Vcommon_bench& dut = bench_.dut();
    if (dut.s_awvalid_i != 0 && dut.s_awready_o != 0) {
      addresses_.pop_front();
      ++writes_taken_;
    }
    if (dut.s_wvalid_i != 0 && dut.s_wready_o != 0) datas_.pop_front();
    if (dut.s_arvalid_i != 0 && dut.s_arready_o != 0) reads_.pop_front();
    if (dut.s_bvalid_o != 0 && dut.s_bready_i != 0) write_responses.push_back(dut.s_bresp_o);
    if (dut.s_rvalid_o != 0 && dut.s_rready_i != 0) {
      read_responses.emplace_back(dut.s_rdata_o, dut.s_rresp_o);
    }
    held_aw_ = dut.s_awvalid_i != 0 && dut.s_awready_o == 0;
    held_w_ = dut.s_wvalid_i != 0 && dut.s_wready_o == 0;
    held_ar_ = dut.s_arvalid_i != 0 && dut.s_arready_o == 0;
  }

  bool coin() { return bench_.random()() % 3 != 0; }

  void drive() {
    Vcommon_bench& dut = bench_.dut();
    dut.s_awvalid_i = !addresses_.empty() && (held_aw_ || coin()) ? 1 : 0;
    if (!addresses_.empty()) dut.s_awaddr_i = addresses_.front();
    dut.s_wvalid_i = !datas_.empty() && (held_w_ || coin()) ? 1 : 0;
    if (!datas_.empty()) dut.s_wdata_i = datas_.front();
    dut.s_wstrb_i = 0xf;
    const bool may_read = !reads_.empty() && reads_.front().second <= writes_taken_;
    dut.s_arvalid_i = may_read && (held_ar_ || coin()) ? 1 : 0;
    if (!reads_.empty()) dut.s_araddr_i = reads_.front().first;
    dut.s_bready_i = coin() ? 1 : 0;
    dut.s_rready_i = coin() ? 1 : 0;
  }

  Bench& bench_;
  std::deque<std::uint16_t> addresses_;
  std::deque<std::uint32_t> datas_;
  std::deque<std::pair<std::uint16_t, std::uint64_t>> reads_;  // with the writes before it
  std::uint64_t writes_ = 0;
  std::uint64_t writes_taken_ = 0;
  bool held_aw_ = false;
  bool held_w_ = false;
  bool held_ar_ = false;
};

// Answers at clock b, writes after a while: a word is its address times 3 until written; odd
// addresses are refused.
class Slave {
 public:
  explicit Slave(Bench& bench) : bench_(bench) {
    bench.before_b = [this] { look(); };
    bench.on_b = [this] { drive(); };
  }
  std::map<std::uint16_t, std::uint32_t> memory;

 private:
  void look() {
    Vcommon_bench& dut = bench_.dut();
    if (dut.m_bvalid_i != 0 && dut.m_bready_o != 0) responses_.pop_front();
    if (dut.m_rvalid_i != 0 && dut.m_rready_o != 0) reads_.pop_front();
    if (dut.m_awvalid_o != 0 && dut.m_awready_i != 0) addresses_.push_back(dut.m_awaddr_o);
    if (dut.m_wvalid_o != 0 && dut.m_wready_i != 0) datas_.push_back(dut.m_wdata_o);
    if (dut.m_arvalid_o != 0 && dut.m_arready_i != 0) reads_.push_back(dut.m_araddr_o);
    if (!addresses_.empty() && !datas_.empty() && bench_.random()() % 6 == 0) {
      memory[addresses_.front()] = datas_.front();
      responses_.push_back((addresses_.front() & 1) != 0 ? 2 : 0);
      addresses_.pop_front();
      datas_.pop_front();
    }
  }

  void drive() {
    Vcommon_bench& dut = bench_.dut();
    dut.m_awready_i = bench_.random()() % 2;
    dut.m_wready_i = bench_.random()() % 2;
    dut.m_arready_i = bench_.random()() % 2;
    dut.m_bvalid_i = responses_.empty() ? 0 : 1;
    if (!responses_.empty()) dut.m_bresp_i = responses_.front() & 3u;
    dut.m_rvalid_i = reads_.empty() ? 0 : 1;
    if (reads_.empty()) return;
    const std::uint16_t address = reads_.front();
    const auto written = memory.find(address);
    dut.m_rdata_i = written == memory.end() ? address * 3u : written->second;
    dut.m_rresp_i = (address & 1) != 0 ? 2 : 0;
  }

  Bench& bench_;
  std::deque<std::uint16_t> addresses_;
  std::deque<std::uint32_t> datas_;
  std::deque<std::uint8_t> responses_;
  std::deque<std::uint16_t> reads_;
};

TEST(AxiLiteBridge, AnswersEveryRequestInOrderBetweenAnyTwoClocks) {
  for (unsigned round = 0; round < 10; ++round) {
    Bench bench(seed() + 500 + round, 0, 0);
    Slave slave(bench);
    Master master(bench);
    std::map<std::uint16_t, std::uint32_t> expected;
    std::vector<std::uint8_t> write_errors;
    std::vector<std::uint16_t> reads;
    for (unsigned i = 0; i < 150; ++i) {
      const auto address = static_cast<std::uint16_t>(bench.random()() | 0x8000);
      const auto data = static_cast<std::uint32_t>(bench.random()());
      master.write(address, data);
      expected[address] = data;
      write_errors.push_back((address & 1) != 0 ? 2 : 0);
      reads.push_back(static_cast<std::uint16_t>(bench.random()() & 0x7fff));
      master.read(reads.back());
    }
    ASSERT_TRUE(bench.clocks.run_to(20'000 * (bench.a_period_ps + bench.b_period_ps),
                                    [&] {
                                      return master.write_responses.size() == 150 &&
                                             master.read_responses.size() == 150;
                                    }))
        << master.write_responses.size() << " writes and " << master.read_responses.size()
        << " reads answered";
    EXPECT_EQ(slave.memory, expected);
    EXPECT_EQ(master.write_responses, write_errors);
    for (std::size_t i = 0; i < reads.size(); ++i) {
      EXPECT_EQ(master.read_responses[i].first, reads[i] * 3u);
      EXPECT_EQ(master.read_responses[i].second, (reads[i] & 1) != 0 ? 2 : 0);
    }
    EXPECT_TRUE(master.idle());
  }
}

// As behind a PCIe bridge: the writes are posted, and a read must see what they wrote.
TEST(AxiLiteBridge, LetsNoReadOvertakeAWrite) {
  for (unsigned round = 0; round < 10; ++round) {
    Bench bench(seed() + 550 + round, 0, 0);
    Slave slave(bench);
    Master master(bench);
    const std::uint64_t bound_ps = 2'000 * (bench.a_period_ps + bench.b_period_ps);
    std::map<std::uint16_t, std::uint32_t> written;
    std::vector<std::uint32_t> expected;
    for (unsigned i = 0; i < 150; ++i) {
      for (std::uint64_t left = bench.random()() % 4; left > 0; --left) {
        const auto address = static_cast<std::uint16_t>(bench.random()() % 4 * 4);
        written[address] = static_cast<std::uint32_t>(bench.random()());
        master.write(address, written[address]);
      }
      const auto address = static_cast<std::uint16_t>(bench.random()() % 4 * 4);
      master.read_behind_writes(address);
      expected.push_back(written.count(address) != 0 ? written[address] : address * 3u);
      ASSERT_TRUE(bench.clocks.run_to(bound_ps, [&] { return master.asked(); })) << "a read hangs";
    }
    ASSERT_TRUE(bench.clocks.run_to(
        bound_ps, [&] { return master.read_responses.size() == expected.size(); }));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(master.read_responses[i].first, expected[i]) << "round " << round << ", read " << i;
    }
  }
}

// The counter as seen with clock b may be late, but must have been there, and must not go back.
// Returns how often it was not so.
unsigned wrong_sightings(std::uint64_t seed_value, bool gray) {
  Bench bench(seed_value, 0, 0);
  std::deque<std::uint8_t> recent(8, std::uint8_t{0});
  unsigned wrong = 0;
  std::uint8_t last = bench.dut().gray_there_o;
  bench.before_b = [&] {
    const std::uint8_t now = bench.dut().counter_o;
    const std::uint8_t seen = gray ? bench.dut().gray_there_o : bench.dut().binary_there_o;
    const auto behind = static_cast<std::uint8_t>(now - seen);
    const auto moved = static_cast<std::uint8_t>(seen - last);
    last = seen;
    // 5 cycles of b are at most 25 of a.
    if (behind > 40 || moved > 127) ++wrong;
  };
  bench.clocks.run(4000 * bench.b_period_ps);
  return wrong;
}

TEST(GrayCross, ShowsOnlyValuesThatWereThereWhereABinaryCounterDoesNot) {
  unsigned binary_wrong = 0;
  for (unsigned round = 0; round < 6; ++round) {
    EXPECT_EQ(wrong_sightings(seed() + 600 + round, true), 0u) << "round " << round;
    binary_wrong += wrong_sightings(seed() + 600 + round, false);
  }
  EXPECT_GT(binary_wrong, 0u) << "the simulated sampling finds no wrong crossing";
}

TEST(ResetSync, BeginsWithoutAClockAndEndsWithIt) {
  Bench bench(seed() + 700, 0, 0);
  Vcommon_bench& dut = bench.dut();
  EXPECT_EQ(dut.b_rst_o, 0);
  dut.rst_i = 1;
  dut.eval();
  EXPECT_EQ(dut.b_rst_o, 1) << "no clock has come";
  dut.rst_i = 0;
  dut.eval();
  unsigned cycles = 0;
  while (dut.b_rst_o != 0 && cycles < 20) {
    dut.b_clk_i = 1;
    dut.eval();
    dut.b_clk_i = 0;
    dut.eval();
    ++cycles;
  }
  EXPECT_EQ(cycles, 4u);
}

TEST(TickDivider, TicksOnceAPeriod) {
  Bench bench(seed() + 800, 0, 0);
  unsigned cycle = 0;
  std::vector<unsigned> ticks;
  bench.before_b = [&] {
    if (bench.dut().tick_o != 0) ticks.push_back(cycle);
    ++cycle;
  };
  bench.clocks.run(500 * bench.b_period_ps);
  ASSERT_GE(ticks.size(), 99u);
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_EQ(ticks[i] - ticks[i - 1], 5u);
}

}  // namespace
}  // namespace sluice::shells_test
