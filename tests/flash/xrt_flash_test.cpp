// Flashing an Alveo card: a fake in the place of XRT fails at each of its calls in turn.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "driver/fake_board.hpp"
#include "flash/flash.hpp"
#include "flash/xrt_programmer.hpp"
#include "support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// What goes wrong, and in which calls of its kind, counted from 1.
enum class Fault {
  identify,
  load,        // the card keeps what it runs
  load_loses,  // and the card has no image afterwards
  macs,
  reset,
  dead,         // registers of that load answer all ones
  wrong_build,  // registers of that load are of another build
  writes_lost,  // writes to the registers of that load do not arrive
  link_down,    // while that load runs
};
using Faults = std::map<Fault, std::set<int>>;

// The card, which outlives every handle.
struct Card {
  Faults faults;
  XrtIdentity identity{"0000:3b:00.1", "xilinx_u55c_gen3x16_xdma_base_3", kInterface, {}, false};
  std::uint32_t build = 0;  // that runs
  int identifies = 0, loads = 0, mac_opens = 0, resets = 0;
  int open_boards = 0;
  bool has_reset_tool = true;
  std::uint32_t mac_status = 3;
  std::map<std::uint32_t, std::uint32_t> mac_registers;

  std::string runs() const {
    return identity.image_uuid.is_zero() ? "" : identity.image_uuid.to_string();
  }
  bool fails(Fault fault, int call) const {
    const auto found = faults.find(fault);
    return found != faults.end() && found->second.contains(call);
  }
};

class CountedBoard : public driver::FakeBoard {
 public:
  explicit CountedBoard(Card& card) : card_(card) { ++card_.open_boards; }
  ~CountedBoard() override { --card_.open_boards; }
  CountedBoard(const CountedBoard&) = delete;
  CountedBoard& operator=(const CountedBoard&) = delete;

 private:
  Card& card_;
};

class FakeMac : public MacRegisters {
 public:
  explicit FakeMac(Card& card) : card_(card) {}
  Result<std::uint32_t> read(std::uint32_t offset) override {
    if (offset == 0x204) return card_.mac_status;
    return card_.mac_registers[offset];
  }
  Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    card_.mac_registers[offset] = value;
    return {};
  }
  std::string name() const override { return "cmac_0"; }

 private:
  Card& card_;
};

class FakeXrt : public XrtLayer {
 public:
  explicit FakeXrt(Card& card) : card_(card) {}

  Result<XrtIdentity> identify() override {
    if (card_.fails(Fault::identify, ++card_.identifies)) return failure("identify");
    return card_.identity;
  }

  Result<std::unique_ptr<driver::Board>> load(const std::string& path) override {
    const int number = ++card_.loads;
    EXPECT_EQ(card_.open_boards, 0) << "XRT loads nothing while a context is open";
    if (card_.fails(Fault::load, number)) return failure("load");
    if (card_.fails(Fault::load_loses, number)) {
      card_.identity.image_uuid = {};
      return failure("load");
    }
    const auto image = image::read_image(path);
    if (!image) return image.error();
    card_.identity.image_uuid = image->manifest.image_uuid;
    card_.build = image->manifest.build_id;
    auto board = std::make_unique<CountedBoard>(card_);
    board->faults.overrides[layout::kReg_build_id] =
        card_.fails(Fault::wrong_build, number) ? 0xbad : card_.build;
    board->faults.all_ones = card_.fails(Fault::dead, number);
    board->faults.writes_lost = card_.fails(Fault::writes_lost, number);
    card_.mac_status = card_.fails(Fault::link_down, number) ? 0xc0 : 3;
    return std::unique_ptr<driver::Board>(std::move(board));
  }

  Result<Macs> open_macs(const image::Image& image) override {
    if (card_.fails(Fault::macs, ++card_.mac_opens)) return failure("open_macs");
    Macs macs;
    for (const image::Ip& ip : image.xclbin.ips) {
      if (ip.name.starts_with("cmac_")) macs.push_back(std::make_unique<FakeMac>(card_));
    }
    return macs;
  }

  Result<void> can_reset() override {
    if (card_.has_reset_tool) return {};
    return Error{Errc::not_found, "no tool", "fake XRT"};
  }

  Result<void> reset() override {
    if (card_.fails(Fault::reset, ++card_.resets)) return failure("reset");
    card_.identity.image_uuid = {};
    card_.build = 0;
    return {};
  }

 private:
  static Error failure(const std::string& call) {
    return Error{Errc::program_failed, "planned failure of " + call, "fake XRT"};
  }
  Card& card_;
};

class XrtFlash : public testing::Test {
 protected:
  void SetUp() override {
    old_ = make_u55c_image(folder_ / "old.xclbin", kOldBuild);
    new_ = make_u55c_image(folder_ / "new.xclbin", kNewBuild);
    request_.image = new_;
    request_.lock_folder = folder_ / "lock";
    request_.state_folder = folder_ / "state";
    request_.link_wait = std::chrono::milliseconds(0);
    request_.lock_wait = std::chrono::milliseconds(0);
  }

  // The card runs the old image, which was flashed from here.
  void run_old() {
    card_.identity.image_uuid = old_.manifest.image_uuid;
    card_.build = kOldBuild;
    ASSERT_TRUE(save_last_good(request_.state_folder, "xrt:0000:3b:00.1", old_).ok());
  }

  FlashReport run() {
    auto programmer = make_xrt_programmer(std::make_unique<FakeXrt>(card_));
    EXPECT_TRUE(programmer.ok());
    return flash(**programmer, request_);
  }

  std::string old_id() const { return old_.manifest.image_uuid.to_string(); }
  std::string new_id() const { return new_.manifest.image_uuid.to_string(); }

  TempFolder folder_;
  image::Image old_, new_;
  Card card_;
  FlashRequest request_;
};

TEST_F(XrtFlash, GivesTheCardTheNewImageAndRemembersIt) {
  run_old();
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  EXPECT_EQ(report.previous_id, old_id());
  EXPECT_EQ(report.runs, new_id());
  EXPECT_EQ(card_.build, kNewBuild);
  ASSERT_EQ(report.links.size(), 1u);
  EXPECT_TRUE(report.links[0].up);
  EXPECT_EQ(card_.resets, 0);
  EXPECT_EQ(card_.open_boards, 0) << "the programmer gives the card up as it goes";
  const auto good = load_last_good(request_.state_folder, "xrt:0000:3b:00.1");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->image_id, new_id());
}

TEST_F(XrtFlash, GoesBackToTheCopyWhenTheOldFileWasOverwritten) {
  run_old();
  make_u55c_image(folder_ / "old.xclbin", 0x77);
  card_.faults[Fault::dead] = {1};
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  EXPECT_EQ(card_.build, kOldBuild);
}

struct FaultCase {
  const char* name;
  Faults faults;
  Outcome outcome;
  std::uint32_t build;  // that the card runs in the end
  const char* error;    // part of why
  bool reset = false;
};

std::ostream& operator<<(std::ostream& out, const FaultCase& fault) { return out << fault.name; }

class XrtFault : public XrtFlash, public testing::WithParamInterface<FaultCase> {};

TEST_P(XrtFault, EndsInTheNewImageOrTheOldOneAndSaysWhich) {
  const FaultCase& fault = GetParam();
  run_old();
  request_.reset = fault.reset;
  auto programmer = make_xrt_programmer(std::make_unique<FakeXrt>(card_));
  ASSERT_TRUE(programmer.ok());
  card_.identifies = 0;
  card_.faults = fault.faults;
  const auto report = flash(**programmer, request_);
  EXPECT_EQ(report.outcome, fault.outcome) << text_of(report);
  ASSERT_TRUE(report.error) << text_of(report);
  EXPECT_NE(report.error->message().find(fault.error), std::string::npos) << text_of(report);
  EXPECT_EQ(card_.build, fault.build);
  if (fault.outcome == Outcome::unverified) {
    const bool answers = !card_.fails(Fault::identify, card_.identifies);
    EXPECT_EQ(report.runs, answers ? std::optional(card_.runs()) : std::nullopt);
    EXPECT_TRUE(report.way_back);
    EXPECT_NE(report.next_step.find("sluice board reset xrt:0000:3b:00.1"), std::string::npos);
  } else {
    const bool known = report.steps.back().step != Step::record;
    EXPECT_EQ(report.runs, known ? std::optional(old_id()) : std::nullopt);
    EXPECT_EQ(card_.identity.image_uuid, old_.manifest.image_uuid);
    EXPECT_FALSE(report.way_back);
  }
  // Whatever happened, the way back is still the old image.
  EXPECT_EQ(load_last_good(request_.state_folder, "xrt:0000:3b:00.1")->image_id, old_id());
}

INSTANTIATE_TEST_SUITE_P(
    Steps, XrtFault,
    testing::Values(
        FaultCase{"Record", {{Fault::identify, {1}}}, Outcome::unchanged, kOldBuild, "identify"},
        FaultCase{"Preflight", {{Fault::identify, {2}}}, Outcome::unchanged, kOldBuild, "identify"},
        FaultCase{"Reset", {{Fault::reset, {1}}}, Outcome::rolled_back, kOldBuild, "reset", true},
        FaultCase{"LoadRefused", {{Fault::load, {1}}}, Outcome::unchanged, kOldBuild, "load"},
        FaultCase{"LoadLosesTheImage",
                  {{Fault::load_loses, {1}}},
                  Outcome::rolled_back,
                  kOldBuild,
                  "load"},
        FaultCase{
            "LoadAfterReset", {{Fault::load, {1}}}, Outcome::rolled_back, kOldBuild, "load", true},
        FaultCase{
            "VerifyAllOnes", {{Fault::dead, {1}}}, Outcome::rolled_back, kOldBuild, "0xffffffff"},
        FaultCase{"VerifyBuild",
                  {{Fault::wrong_build, {1}}},
                  Outcome::rolled_back,
                  kOldBuild,
                  "build_id"},
        FaultCase{"VerifyScratch",
                  {{Fault::writes_lost, {1}}},
                  Outcome::rolled_back,
                  kOldBuild,
                  "scratch"},
        FaultCase{"Macs", {{Fault::macs, {1}}}, Outcome::rolled_back, kOldBuild, "open_macs"},
        FaultCase{
            "Link", {{Fault::link_down, {1}}}, Outcome::rolled_back, kOldBuild, "local fault"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    TheWayBack, XrtFault,
    testing::Values(
        FaultCase{"Load",
                  {{Fault::load, {2}}, {Fault::dead, {1}}},
                  Outcome::unverified,
                  kNewBuild,
                  "0xffffffff"},
        FaultCase{
            "LoadLoses", {{Fault::load_loses, {1, 2}}}, Outcome::unverified, kOldBuild, "load"},
        FaultCase{
            "VerifyAllOnes", {{Fault::dead, {1, 2}}}, Outcome::unverified, kOldBuild, "0xffffffff"},
        FaultCase{"VerifyBuild",
                  {{Fault::wrong_build, {1, 2}}},
                  Outcome::unverified,
                  kOldBuild,
                  "build_id"},
        FaultCase{"Record",
                  {{Fault::identify, {3}}, {Fault::dead, {1}}},
                  Outcome::unverified,
                  kOldBuild,
                  "0xffffffff"},
        FaultCase{"RecordForGood",
                  {{Fault::identify, {3, 4}}, {Fault::dead, {1}}},
                  Outcome::unverified,
                  kOldBuild,
                  "0xffffffff"}),
    [](const auto& test) { return test.param.name; });

TEST_F(XrtFlash, ALinkOfTheOldImageThatStaysDownIsToldAndNoFailureOfTheWayBack) {
  run_old();
  card_.faults[Fault::dead] = {1};
  card_.faults[Fault::macs] = {1};
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("links of the old image"), std::string::npos);
}

TEST_F(XrtFlash, ALinkThatStaysDownIsANoteIfItIsNotNeeded) {
  run_old();
  card_.faults[Fault::link_down] = {1};
  request_.need_link = false;
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("cable"), std::string::npos);
}

TEST_F(XrtFlash, AnImageWhoseFileIsNotKnownIsNotPutAtRiskUnasked) {
  card_.identity.image_uuid = old_.manifest.image_uuid;
  auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unchanged);
  EXPECT_EQ(card_.loads, 0);
  EXPECT_NE(report.error->message().find("--previous FILE"), std::string::npos);

  request_.previous = new_.path;  // not what it runs
  report = run();
  EXPECT_EQ(card_.loads, 0);
  EXPECT_NE(report.error->message().find("is another image"), std::string::npos);

  request_.previous = old_.path;
  card_.faults[Fault::dead] = {1};
  report = run();
  EXPECT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  EXPECT_EQ(card_.build, kOldBuild);
}

TEST_F(XrtFlash, WithoutAWayBackAFailureSaysWhatTheCardRunsUnverified) {
  card_.identity.image_uuid = old_.manifest.image_uuid;
  card_.build = kOldBuild;
  request_.accept_no_way_back = true;
  card_.faults[Fault::dead] = {1};
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unverified) << text_of(report);
  EXPECT_EQ(report.runs, new_id());
  EXPECT_EQ(report.way_back->code, Errc::not_found);
}

TEST_F(XrtFlash, ACardWithoutImageIsResetOnlyIfAsked) {
  card_.faults[Fault::dead] = {1};
  auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unverified) << text_of(report);
  EXPECT_EQ(card_.resets, 0);
  EXPECT_EQ(report.runs, new_id());
  EXPECT_NE(report.way_back->message().find("not asked for"), std::string::npos);

  card_.faults[Fault::dead] = {2};
  card_.identity.image_uuid = {};
  request_.reset = true;
  report = run();
  EXPECT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  EXPECT_EQ(card_.resets, 2);
  EXPECT_EQ(report.runs, "");
}

TEST_F(XrtFlash, AResetWithoutItsToolIsRefusedBeforeAnythingIsTouched) {
  run_old();
  card_.has_reset_tool = false;
  request_.reset = true;
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unchanged) << text_of(report);
  EXPECT_EQ(report.error->code, Errc::not_found);
  EXPECT_EQ(report.steps.back().step, Step::preflight);
  EXPECT_EQ(card_.resets + card_.loads, 0);
  request_.reset = false;
  EXPECT_EQ(run().outcome, Outcome::flashed) << "nobody asked for a reset";
}

TEST_F(XrtFlash, ADryRunTouchesNothingAndTellsEachStep) {
  run_old();
  request_.dry_run = true;
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::planned) << text_of(report);
  EXPECT_EQ(card_.loads + card_.resets + card_.mac_opens, 0);
  EXPECT_FALSE(std::filesystem::exists(request_.lock_folder));
  EXPECT_EQ(report.plan.back(), "if a step fails: back to image " + old_id() + ", verified");
  EXPECT_EQ(report.plan.size(), 7u);
}

TEST_F(XrtFlash, AnImageForAnotherCardIsRefusedBeforeAnythingIsTouched) {
  run_old();
  card_.identity.interface_uuid = image::Uuid();
  EXPECT_EQ(run().error->code, Errc::incompatible);
  card_.identity.interface_uuid.bytes[0] = 1;
  EXPECT_EQ(run().error->code, Errc::bad_image);
  request_.image = make_f2_image(folder_ / "f2", "agfi-0123456789abcdef0", kNewBuild);
  card_.identity.interface_uuid = kInterface;
  card_.identity.platform = "";
  EXPECT_EQ(run().error->code, Errc::bad_image);
  request_.image = new_;
  request_.image.manifest.timing_met = false;
  EXPECT_EQ(run().error->code, Errc::bad_image);
  EXPECT_EQ(card_.loads, 0);
  request_.accept_missed_timing = true;
  EXPECT_EQ(run().outcome, Outcome::flashed);
}

TEST_F(XrtFlash, ACardThatSomebodyElseFlashesIsBusyAndNamesTheProcess) {
  run_old();
  const auto lock = CardLock::take(request_.lock_folder, "xrt:0000:3b:00.1", {});
  ASSERT_TRUE(lock.ok());
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unchanged);
  EXPECT_EQ(report.error->code, Errc::busy);
  EXPECT_NE(report.error->message().find("process " + std::to_string(::getpid())),
            std::string::npos);
  EXPECT_EQ(card_.loads, 0);
}

TEST_F(XrtFlash, ACardThatIsBeingResetIsBusy) {
  run_old();
  card_.identity.offline = true;
  EXPECT_EQ(run().error->code, Errc::busy);
}

volatile std::sig_atomic_t arrived;

TEST_F(XrtFlash, SignalsWaitUntilTheCardIsInOneImage) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
    run_old();
    arrived = 0;
    bool arrived_in_between = false;
    std::signal(number, [](int) { arrived = 1; });
    // Any thread that does not block a signal may get it.
    std::promise<void> done;
    std::thread other([&] { done.get_future().wait(); });
    request_.on_end = [&](const StepReport& step) {
      if (step.step == Step::program) {
        ::raise(number);
        ::kill(::getpid(), number);
      }
      arrived_in_between = arrived_in_between || arrived != 0;
    };
    EXPECT_EQ(run().outcome, Outcome::flashed);
    done.set_value();
    other.join();
    std::signal(number, SIG_DFL);
    EXPECT_FALSE(arrived_in_between) << number;
    EXPECT_EQ(arrived, 1) << number;
  }
}

TEST_F(XrtFlash, AReaderOfTheProgressThatGoesAwayStopsNothing) {
  run_old();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  base::Fd read_end(ends[0]);
  const base::Fd write_end(ends[1]);
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  int refused = 0;
  request_.on_end = [&](const StepReport& step) {
    if (step.step == Step::program) read_end.reset();
    if (::write(write_end.get(), ".", 1) != 1 && errno == EPIPE) ++refused;
  };
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  EXPECT_EQ(refused, 3) << "program, verify, link";
}

TEST_F(XrtFlash, AStateFolderThatCannotBeWrittenIsANote) {
  run_old();
  request_.previous = old_.path;
  write_file(folder_ / "file", "");
  request_.state_folder = folder_ / "file";
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("could not be kept"), std::string::npos);
}

}  // namespace
}  // namespace sluice::flash
