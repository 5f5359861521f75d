// The link to a simulated card: what goes wrong is named, bounded in time and final.
#include "driver/sim_board.hpp"

#include <algorithm>

#include "driver/open_board.hpp"
#include "sim_server.hpp"
#include "support.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using std::chrono::milliseconds;

TEST(SimBoard, CarriesAWholeDevice) {
  auto fake = std::make_shared<FakeBoard>();
  SimServer server(fake);
  auto board = open_board("sim:" + server.path());
  ASSERT_TRUE(board) << board.error().message();
  EXPECT_EQ((*board)->name(), "sim:" + server.path());
  auto device = Device::open(std::move(*board), quick());
  ASSERT_TRUE(device) << device.error().message();
  std::mt19937_64 rng(test_seed());
  layout::TableImages images;
  mutate(images, device->live(), rng);
  ASSERT_TRUE(device->apply(images));
  EXPECT_TRUE(same_to_packets(images, fake->images(fake->live_bank())));
}

TEST(SimBoard, SplitsBlocksThatTheProtocolDoesNotTake) {
  SimServer server(std::make_shared<FakeBoard>());
  auto board = SimBoard::connect(server.path());
  ASSERT_TRUE(board);
  std::vector<std::uint32_t> words(layout::kWindowBytes_table / 4 + 0);
  ASSERT_TRUE((*board)->write(layout::kReg_table_page, layout::kTable_ring << 24));
  EXPECT_TRUE((*board)->read_block(layout::kWindow_table, words));
  std::vector<std::uint32_t> too_many(2 * kSimMaxWords);
  auto beyond = (*board)->read_block(0x4000, too_many);
  ASSERT_FALSE(beyond) << "the second half is beyond the aperture";
  EXPECT_EQ(beyond.error().code, Errc::io);
}

TEST(SimBoard, SaysThatNoSimulatorIsThere) {
  auto board = SimBoard::connect("/nonexistent/sim.sock");
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::not_found);
  EXPECT_NE(board.error().what.find("start sluice-sim"), std::string::npos);
  EXPECT_EQ(board.error().where, "sim:/nonexistent/sim.sock");
  EXPECT_EQ(SimBoard::connect("").error().code, Errc::invalid);
  EXPECT_EQ(SimBoard::connect(std::string(200, 'x')).error().code, Errc::invalid);
}

TEST(SimBoard, RefusesASimulatorOfAnotherVersion) {
  SimServer server(std::make_shared<FakeBoard>());
  server.misbehaviour = Misbehaviour::other_version;
  auto board = SimBoard::connect(server.path());
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::incompatible);
  const std::string other = "protocol " + std::to_string(kSimProtocolVersion + 1);
  EXPECT_NE(board.error().what.find(other), std::string::npos) << board.error().what;
}

struct Odd {
  const char* name;
  Misbehaviour how;
  Errc code;
  bool final;  // the link is down from then on
};
std::ostream& operator<<(std::ostream& out, const Odd& odd) { return out << odd.name; }

class SimBoardAnswer : public testing::TestWithParam<Odd> {};

TEST_P(SimBoardAnswer, IsNamedAndEndsTheLinkIfItCannotBeTrusted) {
  SimServer server(std::make_shared<FakeBoard>());
  auto board = SimBoard::connect(server.path(), milliseconds(200));
  ASSERT_TRUE(board);
  server.misbehaviour = GetParam().how;
  const auto start = std::chrono::steady_clock::now();
  auto value = (*board)->read(layout::kReg_magic);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, GetParam().code) << value.error().message();
  server.misbehaviour = Misbehaviour::none;
  auto again = (*board)->read(layout::kReg_magic);
  EXPECT_EQ(again.ok(), !GetParam().final);
  if (!again) {
    EXPECT_EQ(again.error().code, Errc::link_down);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SimBoardAnswer,
    testing::Values(Odd{"Silence", Misbehaviour::silent, Errc::hung, true},
                    Odd{"HangUp", Misbehaviour::hangs_up, Errc::link_down, true},
                    Odd{"WrongOp", Misbehaviour::wrong_op, Errc::link_down, true},
                    Odd{"WrongLength", Misbehaviour::wrong_length, Errc::link_down, true},
                    Odd{"HugeLength", Misbehaviour::huge_length, Errc::link_down, true},
                    Odd{"SlaveError", Misbehaviour::slave_error, Errc::io, false},
                    Odd{"Timeout", Misbehaviour::timeout, Errc::hung, false},
                    Odd{"UnknownStatus", Misbehaviour::unknown_status, Errc::io, false}),
    [](const auto& odd) { return odd.param.name; });

TEST(SimBoard, NoticesThatTheSimulatorHasEnded) {
  auto server = std::make_unique<SimServer>(std::make_shared<FakeBoard>());
  auto board = SimBoard::connect(server->path());
  ASSERT_TRUE(board);
  server.reset();
  EXPECT_EQ((*board)->read(layout::kReg_magic).error().code, Errc::link_down);
}

TEST(SimBoard, PassesOnWhatTheSimulatorSaysOfItself) {
  SimServer server(std::make_shared<FakeBoard>());
  auto board = SimBoard::connect(server.path());
  ASSERT_TRUE(board);
  auto* sim = dynamic_cast<SimBoard*>(board->get());
  ASSERT_NE(sim, nullptr);
  EXPECT_EQ(*sim->info(), "{}  ");
}

}  // namespace
}  // namespace sluice::driver
