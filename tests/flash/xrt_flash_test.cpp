// Flashing an Alveo card; xrt_fault_test.cpp has the failures of each call.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <future>
#include <memory>
#include <thread>

#include "flash/xrt_links.hpp"
#include "xrt_support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;

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

TEST_F(XrtFlash, APlanPromisesNoWayBackToAnEmptyCardWithoutAReset) {
  request_.dry_run = true;
  EXPECT_NE(run().plan.back().find("keeps what it runs then"), std::string::npos);
  request_.reset = true;
  EXPECT_EQ(run().plan.back(), "if a step fails: back to a card without image");
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

TEST_F(XrtFlash, AnImageForEmulationIsRefusedByEveryCardAndTakenByTheEmulation) {
  request_.image = make_emulation_image(folder_ / "emu.xclbin", kNewBuild);
  const auto refused = [&] {
    const auto report = run();
    return report.error && report.error->code == Errc::bad_image &&
           report.error->message().find("hardware emulation") != std::string::npos;
  };
  EXPECT_TRUE(refused());
  card_.identity.platform = request_.image.manifest.platform;
  EXPECT_TRUE(refused()) << "it says that it is for the card's platform";
  card_.identity.interface_uuid = image::Uuid();
  EXPECT_TRUE(refused()) << "the card tells no interface";
  card_.identity.platform = "";
  EXPECT_EQ(run().error->code, Errc::incompatible) << "the card tells nothing";
  EXPECT_EQ(card_.loads + card_.resets, 0);
  card_.identity.platform = request_.image.manifest.platform;
  card_.identity.emulated = true;
  request_.dry_run = true;
  EXPECT_EQ(run().outcome, Outcome::planned);
  request_.image = new_;
  EXPECT_EQ(run().error->code, Errc::bad_image) << "a card's image in the emulation";
}

TEST_F(XrtFlash, ACardThatSomebodyElseFlashesIsBusyAndNamesTheProcess) {
  run_old();
  const auto lock = driver::CardLock::take(request_.lock_folder, "0000:3b:00.1", {});
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
    std::optional<std::string> told;  // before a signal can end the program
    request_.on_report = [&](const FlashReport& report) {
      if (arrived == 0) told = report.runs;
    };
    EXPECT_EQ(run().outcome, Outcome::flashed);
    EXPECT_EQ(told, new_id()) << number;
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

TEST_F(XrtFlash, ACallThatNeverComesBackEndsTheProgramWithWhatToDo) {
  run_old();
  card_.load_hangs = true;
  request_.step_bound = std::chrono::milliseconds(1'000);
  request_.on_hung = [](const base::Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(1), "step program has not ended for 1 s.*power-cycle");
}

TEST_F(XrtFlash, TheLinksOfACardAreAskedOfTheImageItRunsAlone) {
  FakeXrt layer(card_);
  LinksRequest request;
  request.state_folder = request_.state_folder;
  request.lock_folder = request_.lock_folder;
  request.wait = std::chrono::milliseconds(0);
  EXPECT_EQ(xrt_links(layer, request).error().code, Errc::not_found) << "no image";
  card_.identity.image_uuid = old_.manifest.image_uuid;
  EXPECT_EQ(xrt_links(layer, request).error().code, Errc::not_found) << "not flashed from here";
  request.image = new_.path;
  EXPECT_EQ(xrt_links(layer, request).error().code, Errc::bad_image);
  EXPECT_EQ(card_.mac_opens, 0);

  run_old();
  request.image.clear();
  auto links = xrt_links(layer, request);
  ASSERT_TRUE(links.ok()) << links.error().message();
  ASSERT_EQ(links->size(), 1u);
  EXPECT_FALSE(links->at(0).up);
  EXPECT_TRUE(card_.mac_registers[0xc] == 0) << "only with `up` anything is written";
  request.up = true;
  links = xrt_links(layer, request);
  ASSERT_TRUE(links.ok());
  EXPECT_TRUE(links->at(0).up);
  EXPECT_TRUE(links->at(0).rs_fec);
  EXPECT_EQ(card_.loads, 0);
  {
    const auto changing = driver::CardLock::take(request_.lock_folder, "0000:3b:00.1", {});
    ASSERT_TRUE(changing.ok());
    EXPECT_EQ(xrt_links(layer, request).error().code, Errc::busy);
  }
  card_.faults[Fault::macs] = {3};
  EXPECT_EQ(xrt_links(layer, request).error().code, Errc::program_failed);
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
