// A full mailbox towards the card, on the fake and on the Verilated card: the same test holds both
// to the same behaviour. The card's ports never take a frame here, so that the mailbox fills.
#include "driver/fake_board.hpp"
#include "layout/reasons.hpp"
#include "sim/sim_card.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

// The Verilated card in this process: cycles pass while a register is accessed.
class VerilatedBoard : public Board {
 public:
  VerilatedBoard() {
    for (std::uint32_t port = 0; port < layout::kPorts; ++port) {
      card_.tx(port).set_ready(sim::TxReady::never);
    }
  }
  base::Result<std::uint32_t> read(std::uint32_t offset) override { return card_.read(offset); }
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    return card_.write(offset, value);
  }
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
    for (std::uint32_t& word : words) {
      auto value = read(offset);
      if (!value) return value.error();
      word = *value;
      offset += 4;
    }
    return {};
  }
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override {
    for (const std::uint32_t word : words) {
      if (auto done = write(offset, word); !done) return done;
      offset += 4;
    }
    return {};
  }
  std::string name() const override { return "verilated"; }

  // Frames of a broadcast, which a card without tables takes too, all in the mailbox on return.
  void arrive(const std::vector<std::uint16_t>& ethertypes) {
    for (const std::uint16_t ethertype : ethertypes) {
      sim::Frame frame;
      frame.bytes.resize(60, 0xff);
      frame.bytes[12] = static_cast<std::uint8_t>(ethertype >> 8);
      frame.bytes[13] = static_cast<std::uint8_t>(ethertype);
      card_.rx(0).push(std::move(frame));
      card_.run(300);
    }
  }

 private:
  sim::SimCard card_;
};

class FullMailbox : public testing::TestWithParam<const char*> {
 protected:
  static std::unique_ptr<Board> make_board() {
    if (GetParam() == std::string("Fake")) return std::make_unique<FakeBoard>();
    return std::make_unique<VerilatedBoard>();
  }
};

TEST_P(FullMailbox, TakesNoFrameAndSaysSo) {
  constexpr int kMoreThanTheCardHolds = 5000;
  auto device = Device::open(make_board());
  ASSERT_TRUE(device) << device.error().message();
  const std::vector<std::uint8_t> frame(1514, 0xff);
  base::Result<void> sent;
  int frames = 0;
  while (sent.ok() && frames < kMoreThanTheCardHolds) {
    sent = device->send(0, frame);
    if (sent.ok()) ++frames;
  }
  ASSERT_FALSE(sent) << frames << " frames taken";
  EXPECT_EQ(sent.error().code, base::Errc::exhausted);
  EXPECT_GE(frames, static_cast<int>(layout::kInjectSlots));
  Board& board = device->board();
  EXPECT_EQ(*board.read(layout::kReg_inject_status), 0u);
  EXPECT_EQ(board.write(layout::kWindow_inject + 4, 1).error().code, base::Errc::io);
  EXPECT_EQ(board.write(layout::kReg_inject_send, 60).error().code, base::Errc::io);
  EXPECT_EQ(board.write(layout::kReg_inject_send, 1).error().code, base::Errc::io)
      << "a bad length is refused too while there is no slot";
  EXPECT_EQ(*board.read(layout::kReg_magic), layout::kMagic) << "a refusal ends nothing";
}

TEST(PuntMailbox, ShowsFramesInTheSameOrderOnTheFakeAndOnTheVerilatedCard) {
  constexpr std::uint16_t kArp = 0x0806, kIpv6 = 0x86dd;
  const std::vector<std::uint16_t> arriving = {kIpv6, kIpv6, kArp,  kArp, kArp, kArp, kIpv6, kArp,
                                               kArp,  kArp,  kIpv6, kArp, kArp, kArp, kIpv6, kArp};
  auto verilated = std::make_unique<VerilatedBoard>();
  auto fake = std::make_unique<FakeBoard>();
  verilated->arrive(arriving);
  for (const std::uint16_t ethertype : arriving) {
    const auto reason = ethertype == kArp ? layout::kReason_arp : layout::kReason_not_ipv4;
    ASSERT_TRUE(fake->punt({0, reason, std::vector<std::uint8_t>(60)}));
  }
  const auto shown = [](std::unique_ptr<Board> board) {
    auto device = Device::open(std::move(board));
    EXPECT_TRUE(device) << device.error().message();
    EXPECT_EQ(*device->asked_lost(), AskedLost{});
    std::string order;
    for (auto frame = device->receive(); frame && frame->has_value(); frame = device->receive()) {
      order += layout::is_asked((*frame)->reason) ? 'a' : 'o';
    }
    return order;
  };
  EXPECT_EQ(shown(std::move(fake)), "oaaaoaaaoaaaoaao");
  EXPECT_EQ(shown(std::move(verilated)), "oaaaoaaaoaaaoaao");
}

INSTANTIATE_TEST_SUITE_P(Boards, FullMailbox, testing::Values("Fake", "Verilated"),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace sluice::driver
