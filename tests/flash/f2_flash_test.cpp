// Flashing an F2 card; f2_fault_test.cpp has the failures of each step.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

#include "driver/open_board.hpp"
#include "driver/pci_board.hpp"
#include "f2_support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
namespace fs = std::filesystem;

TEST_F(F2Flash, GivesTheCardTheNewImageByTheseCalls) {
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  EXPECT_EQ(report.previous_id, kOldImage);
  EXPECT_EQ(report.runs, kNewImage);
  EXPECT_EQ(slot(), kNewImage);
  EXPECT_EQ(build(), kNewBuild);
  EXPECT_EQ(
      calls(),
      std::string("fpga-describe-local-image -S 0 -H\n"
                  "fpga-describe-local-image -S 0 -H\n") +
          "aws ec2 describe-fpga-images --filters Name=fpga-image-global-id,Values=" + kNewImage +
          " --output json\n"
          "fpga-clear-local-image -S 0\n"
          "fpga-load-local-image -S 0 -I " +
          kNewImage + "\nfpga-describe-local-image -S 0 -R -H\n");
  EXPECT_EQ(text_of(device() + "/config")[4], 6) << "decodes addresses, bus master";
  EXPECT_EQ(load_last_good(request_.state_folder, "f2:0")->image_id, kNewImage);
}

TEST_F(F2Flash, ADryRunTouchesNothing) {
  request_.dry_run = true;
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::planned) << text_of(report);
  EXPECT_EQ(calls().find("clear"), std::string::npos);
  EXPECT_EQ(calls().find("load-local-image -"), std::string::npos);
  EXPECT_EQ(calls().find(" -R"), std::string::npos);
  EXPECT_FALSE(fs::exists(request_.lock_folder));
  EXPECT_FALSE(fs::exists(request_.state_folder));
  EXPECT_EQ(report.plan[3], std::string("fpga-load-local-image -S 0 -I ") + kNewImage);
  EXPECT_EQ(report.plan[report.plan.size() - 2], "no link to bring up: the image has no MAC");
}

TEST_F(F2Flash, AFileOfThePreviousImageIsRefusedForItIsNotNeeded) {
  request_.previous = "old.json";
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->code, Errc::invalid);
  EXPECT_EQ(report.steps.back().step, Step::preflight);
}

// Stores do not reach the registers of the new build.
class StoresLost : public driver::Board {
 public:
  explicit StoresLost(std::unique_ptr<driver::Board> board) : board_(std::move(board)) {}
  base::Result<std::uint32_t> read(std::uint32_t offset) override { return board_->read(offset); }
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    const auto build = board_->read(layout::kReg_build_id);
    if (build && *build == kNewBuild) return {};
    return board_->write(offset, value);
  }
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override {
    return board_->read_block(offset, words);
  }
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override {
    return board_->write_block(offset, words);
  }
  std::string name() const override { return board_->name(); }

 private:
  std::unique_ptr<driver::Board> board_;
};

TEST_F(F2Flash, AScratchRegisterThatKeepsNothingBringsTheOldImageBack) {
  options_.open_registers =
      [&](const std::string& address) -> base::Result<std::unique_ptr<driver::Board>> {
    auto board = driver::PciBoard::open({address, 0, 0}, options_.sysfs_devices);
    if (!board) return board.error();
    return std::unique_ptr<driver::Board>(std::make_unique<StoresLost>(std::move(*board)));
  };
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  EXPECT_EQ(report.error->code, Errc::verify_failed);
  EXPECT_NE(report.error->message().find("scratch"), std::string::npos);
  EXPECT_EQ(report.runs, kOldImage);
  EXPECT_EQ(build(), kOldBuild);
}

TEST_F(F2Flash, AnAwsThatHangsIsANote) {
  options_.aws_timeout = std::chrono::milliseconds(500);
  fail("aws", 1, kHang);
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("killed"), std::string::npos);
}

TEST(F2Ids, AreThoseOfTheImage) {
  const std::string source = text_of(SLUICE_F2_IDS);
  EXPECT_NE(source.find(fmt::format("32'h{:04x}_{:04x}", kF2Device, kF2Vendor)), std::string::npos)
      << source;
}

TEST_F(F2Flash, ASlotThatWasEmptyIsEmptyAgainAfterAFailure) {
  run_nothing();
  fail(kL, 1, kDeadBits);
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::rolled_back) << text_of(report);
  EXPECT_EQ(report.runs, "");
  EXPECT_EQ(slot(), "none");
}

TEST_F(F2Flash, WaitsWhileAwsIsBusy) {
  fail(kD, 1, "say_error 3 busy");
  fail(kD, 2,
       "echo 'busy 2 ok 0 0x10212415' > $here/keep; read -r s < $here/status; "
       "cp $here/status $here/was; cp $here/keep $here/status; show; "
       "cp $here/was $here/status; exit 0");
  EXPECT_EQ(run().outcome, Outcome::flashed);
}

TEST_F(F2Flash, AwsThatStaysBusyEndsInBusyInTime) {
  options_.query_timeout = std::chrono::milliseconds(1'000);
  for (int call = 1; call < 9; ++call) fail(kD, call, "say_error 3 busy");
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unchanged);
  EXPECT_EQ(report.error->code, Errc::busy) << text_of(report);
}

TEST_F(F2Flash, AMissingToolIsNamedBeforeAnythingIsTouched) {
  for (const char* tool : {kD, kC, kL}) {
    fs::rename(folder_ / tool, folder_ / "away");
    const auto report = run();
    EXPECT_EQ(report.outcome, Outcome::unchanged);
    EXPECT_EQ(report.error->code, Errc::not_found);
    EXPECT_NE(report.error->message().find(tool), std::string::npos);
    EXPECT_EQ(slot(), kOldImage);
    fs::rename(folder_ / "away", folder_ / tool);
  }
}

TEST_F(F2Flash, ACardThatADaemonHoldsIsBusy) {
  const auto held = driver::PciBoard::open({kAddress, 0, 0}, options_.sysfs_devices);
  ASSERT_TRUE(held.ok());
  const auto report = run();
  EXPECT_EQ(report.outcome, Outcome::unchanged);
  EXPECT_EQ(report.error->code, Errc::busy) << text_of(report);
  EXPECT_EQ(calls().find("clear"), std::string::npos);
}

TEST_F(F2Flash, ACardThatAProgramUsesIsNotChangedAndOneThatIsChangedNotUsed) {
  ::setenv("SLUICE_LOCK_DIR", request_.lock_folder.c_str(), 1);
  request_.lock_wait = std::chrono::milliseconds(0);
  const std::string name = "pci:" + device() + "/resource0";
  {
    const auto used = driver::open_board(name);
    ASSERT_TRUE(used.ok()) << used.error().message();
    const auto report = run();
    EXPECT_EQ(report.outcome, Outcome::unchanged);
    EXPECT_EQ(report.steps.back().step, Step::lock);
    EXPECT_EQ(report.error->code, Errc::busy) << text_of(report);
    EXPECT_NE(report.error->message().find("process " + std::to_string(::getpid())),
              std::string::npos)
        << text_of(report);
    EXPECT_EQ(calls().find("clear"), std::string::npos);
  }
  std::vector<Errc> seen;
  request_.on_end = [&](const StepReport&) {
    const auto board = driver::open_board(name);
    seen.push_back(board ? Errc::invalid : board.error().code);
  };
  EXPECT_EQ(run().outcome, Outcome::flashed);
  EXPECT_EQ(seen, std::vector<Errc>(seen.size(), Errc::busy));
  EXPECT_TRUE(driver::open_board(name).ok());
  ::unsetenv("SLUICE_LOCK_DIR");
}

TEST_F(F2Flash, ADeviceThatAKernelDriverHasIsBusyAndTheMessageSaysHowToFreeIt) {
  fs::create_directory(folder_ / "vfio-pci");
  fs::create_symlink(folder_ / "vfio-pci", device() + "/driver");
  const auto report = run();
  EXPECT_EQ(report.error->code, Errc::busy);
  EXPECT_NE(report.error->message().find("vfio-pci"), std::string::npos);
  EXPECT_NE(report.error->message().find("driver/unbind"), std::string::npos);
}

TEST_F(F2Flash, AnImageThatAwsDoesNotHaveAvailableIsRefused) {
  const auto refused = [&](const std::string& json, const std::string& why) {
    say(json);
    const auto report = run();
    EXPECT_EQ(report.outcome, Outcome::unchanged);
    ASSERT_TRUE(report.error) << json;
    EXPECT_EQ(report.error->code, Errc::bad_image);
    EXPECT_NE(report.error->message().find(why), std::string::npos) << report.error->message();
  };
  refused("{\"FpgaImages\": []}", "lists no");
  refused("{\"FpgaImages\": [{\"State\": {\"Code\": \"pending\"}}]}", "wait for");
  refused("{\"FpgaImages\": [{\"State\": {\"Code\": \"failed\"}}]}", "create-fpga-image");
  refused(
      "{\"FpgaImages\": [{\"State\": {\"Code\": \"available\"}, \"ShellVersion\": "
      "\"0x99999999\"}]}",
      "0x99999999");
  EXPECT_EQ(calls().find("clear"), std::string::npos);
}

TEST_F(F2Flash, AnInstanceThatMayNotAskAwsFlashesAllTheSame) {
  for (const char* commands : {"echo 'no credentials' >&2; exit 253", "echo '[1]'; exit 0",
                               "echo nonsense; exit 0", "echo '{\"FpgaImages\": 3}'; exit 0"}) {
    run_old();
    write_file(folder_ / "calls", "");
    fail("aws", 1, commands);
    const auto report = run();
    ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_NE(report.notes[0].find("not known"), std::string::npos);
  }
}

TEST_F(F2Flash, AnImageForAnotherShellIsRefused) {
  request_.image.manifest.platform = "0x99999999";
  EXPECT_EQ(run().error->code, Errc::bad_image);
  EXPECT_EQ(calls().find("clear"), std::string::npos);
}

TEST(F2Output, EveryFieldOfTheSlotIsChecked) {
  const std::string device = "AFIDEVICE 0 0x1d0f 0xf000 0000:34:00.0\n";
  const auto good = parse_f2_slot("AFI 0 none cleared 1 ok 0 0x10212415\n" + device, 0);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->image_id, "");
  EXPECT_EQ(good->status, "cleared");
  EXPECT_EQ(good->shell_version, "0x10212415");
  EXPECT_EQ(good->address, kAddress);
  EXPECT_EQ(good->vendor, 0x1d0f);
  EXPECT_EQ(good->device, 0xf000);
  for (const char* line :
       {"AFI 1 none cleared 1 ok 0 0x10212415", "AFI 0 afi-1 cleared 1 ok 0 0x10212415",
        "AFI 0 none cleared x ok 0 0x10212415", "AFI 0 none cleared 1 ok x 0x10212415",
        "AFI 0 none cleared 1 ok 0 10212415", "AFI 0 none cleared 1 ok 0", "AFI",
        "AFI 0 none cleared 1 ok 0 0x10212415\nAFI 0 none cleared 1 ok 0 0x10212415", ""}) {
    EXPECT_FALSE(parse_f2_slot(std::string(line) + "\n" + device, 0).ok()) << line;
  }
  const std::string image = "AFI 0 none cleared 1 ok 0 0x10212415\n";
  for (const char* line :
       {"", "AFIDEVICE 0 unknown unknown unknown", "AFIDEVICE 0 0x1d0f 0xf000 34:00",
        "AFIDEVICE 0 0x1d0f f000 0000:34:00.0", "AFIDEVICE 0 0x1d0x 0xf000 0000:34:00.0",
        "AFIDEVICE 0 0x1d0f 0xf000"}) {
    EXPECT_FALSE(parse_f2_slot(image + line, 0).ok()) << line;
  }
  EXPECT_FALSE(parse_f2_slot(image + device + device, 0).ok());
}

TEST(F2Output, ErrorCodesAreFoundWhereTheToolPutsThem) {
  EXPECT_EQ(aws_error_code("2026 Error: (16) shell-version"), 16);
  EXPECT_EQ(aws_error_code("all is well"), 0);
  EXPECT_EQ(aws_error_code("Error: ("), 0);
  EXPECT_EQ(aws_error_code("Error: (x)"), 0);
  EXPECT_EQ(explain_aws(3, "busy", "f2:0").code, Errc::busy);
  EXPECT_EQ(explain_aws(5, "x", "f2:0").code, Errc::bad_image);
  EXPECT_EQ(explain_aws(16, "x", "f2:0").code, Errc::bad_image);
  EXPECT_EQ(explain_aws(17, "x", "f2:0").code, Errc::program_failed);
  EXPECT_EQ(explain_aws(12, "x", "f2:0").code, Errc::program_failed);
}

}  // namespace
}  // namespace sluice::flash
