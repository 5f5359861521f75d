// The bridge for registers between two clocks of random ratio: it answers every request, in order,
// and lets no read overtake a write.
#include <gtest/gtest.h>

#include <map>

#include "common_bench.hpp"

namespace sluice::shells_test {
namespace {

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

}  // namespace
}  // namespace sluice::shells_test
