// Flashing an F2 card: a stand-in for AWS's tools (aws_tools.sh) checks each call and fails at each
// step in turn.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <cstdlib>
#include <cstring>

#include "base/fd.hpp"
#include "driver/pci_board.hpp"
#include "flash/f2_programmer.hpp"
#include "flash/flash.hpp"
#include "support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
namespace fs = std::filesystem;

constexpr const char* kOldImage = "agfi-00000000000000001";
constexpr const char* kNewImage = "agfi-00000000000000002";
constexpr const char* kAddress = "0000:34:00.0";
constexpr const char* kTools[] = {"fpga-describe-local-image", "fpga-clear-local-image",
                                  "fpga-load-local-image", "aws"};

std::string registers_of(std::uint32_t build_id) {
  std::string bar(layout::kApertureBytes, '\0');
  const auto put = [&](std::uint32_t offset, std::uint32_t value) {
    std::memcpy(bar.data() + offset, &value, 4);
  };
  put(layout::kReg_magic, layout::kMagic);
  put(layout::kReg_abi_version, layout::kAbiVersion);
  put(layout::kReg_build_id, build_id);
  put(layout::kReg_layout_hash, layout::layout_hash());
  return bar;
}

class F2Flash : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    for (const char* name : {"images", "fail", "pci"}) fs::create_directory(folder_ / name);
    fs::create_directory(device());
    for (const char* tool : kTools) {
      fs::copy_file(SLUICE_AWS_TOOLS, folder_ / tool);
    }
    write_file(folder_ / "ones", std::string(layout::kApertureBytes, '\xff'));
    write_file(folder_ / "calls", "");
    write_file(folder_ / "images" + "/" + kOldImage, registers_of(kOldBuild));
    write_file(folder_ / "images" + "/" + kNewImage, registers_of(kNewBuild));
    write_file(device() + "/vendor", "0x1d0f\n");
    write_file(device() + "/device", "0xf000\n");
    say("{\"FpgaImages\": [{\"State\": {\"Code\": \"available\"}, \"ShellVersion\": "
        "\"0x10212415\"}]}");
    ::setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
    run_old();
    request_.image = make_f2_image(folder_ / "new", kNewImage, kNewBuild);
    request_.lock_folder = folder_ / "lock";
    request_.state_folder = folder_ / "state";
    options_.sysfs_devices = folder_ / "pci";
    // A script is faster than AWS, but the machine may be busy.
    options_.query_timeout = options_.load_timeout = std::chrono::milliseconds(20'000);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  std::string device() const { return folder_ / "pci" + "/" + kAddress; }
  void say(const std::string& json) { write_file(folder_ / "aws.json", json); }
  // `commands` are run in call number `call` of a tool.
  void fail(const std::string& tool, int call, const std::string& commands) {
    write_file(folder_ / "fail" + "/" + tool + "." + std::to_string(call), commands + "\n");
  }

  void run_old() {
    write_file(folder_ / "image", std::string(kOldImage) + "\n");
    write_file(folder_ / "status", "loaded 0 ok 0 0x10212415\n");
    write_file(device() + "/resource0", registers_of(kOldBuild));
    std::string config(64, '\0');
    config.replace(0, 6, std::string("\x0f\x1d\x00\xf0\x06\x00", 6));
    write_file(device() + "/config", config);
  }
  void run_nothing() {
    write_file(folder_ / "image", "none\n");
    write_file(folder_ / "status", "cleared 1 ok 0 0x10212415\n");
    fs::copy_file(folder_ / "ones", device() + "/resource0", fs::copy_options::overwrite_existing);
  }

  FlashReport run() { return flash(*make_f2_programmer(options_), request_); }

  std::string slot() const {
    const std::string text = text_of(folder_ / "image");
    return text.substr(0, text.find('\n'));
  }
  std::uint32_t build() const {
    std::uint32_t value = 0;
    std::memcpy(&value, text_of(device() + "/resource0").data() + layout::kReg_build_id, 4);
    return value;
  }
  std::string calls() const { return text_of(folder_ / "calls"); }

  TempFolder folder_;
  std::string path_;
  F2Options options_;
  FlashRequest request_;
};

TEST_F(F2Flash, GivesTheCardTheNewImageByTheseCalls) {
  const auto report = run();
  ASSERT_EQ(report.outcome, Outcome::flashed) << text_of(report);
  EXPECT_EQ(report.previous_id, kOldImage);
  EXPECT_EQ(report.runs, kNewImage);
  EXPECT_EQ(slot(), kNewImage);
  EXPECT_EQ(build(), kNewBuild);
  EXPECT_EQ(
      calls(),
      std::string("fpga-describe-local-image -S 0 -H\n") +
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
}

struct Failure {
  const char* tool;
  int call;
  const char* commands;
};
struct F2Fault {
  const char* name;
  std::vector<Failure> failures;
  Outcome outcome;
  Errc code;
  const char* error;    // part of why
  bool answers = true;  // AWS's tool, when asked in the end what the slot holds
};

const char* const kFail = "say_error 14 fail";
const char* const kHang = "sleep 60";
const char* const kFlood = "yes";
const char* const kGarbage = "echo 'AFI 0 agfi-1 loaded zero ok 0 0x10212415'; exit 0";
// The image that is loaded is of another build, or answers nothing.
const char* const kWrongBits =
    "cp \"$here/images/$4\" \"$here/keep\"; "
    "dd if=/dev/zero of=\"$here/images/$4\" bs=4 seek=2 count=1 conv=notrunc status=none";
const char* const kDeadBits = "cat \"$here/ones\" > \"$here/images/$4\"";
const char* const kNoBits = ": > \"$here/images/$4\"";

std::ostream& operator<<(std::ostream& out, const F2Fault& fault) { return out << fault.name; }

class F2Faulty : public F2Flash, public testing::WithParamInterface<F2Fault> {};

TEST_P(F2Faulty, EndsInTheNewImageOrTheOldOneAndSaysWhich) {
  const F2Fault& fault = GetParam();
  for (const Failure& failure : fault.failures) {
    fail(failure.tool, failure.call, failure.commands);
    if (failure.commands == kHang) {
      // Long enough for the calls that do not hang.
      options_.query_timeout = options_.load_timeout = std::chrono::milliseconds(4'000);
    }
  }
  const auto report = run();
  EXPECT_EQ(report.outcome, fault.outcome) << text_of(report);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->code, fault.code) << text_of(report);
  EXPECT_NE(report.error->message().find(fault.error), std::string::npos) << text_of(report);
  if (fault.outcome == Outcome::unverified) {
    const std::string held = slot() == "none" ? "" : slot();
    EXPECT_EQ(report.runs, fault.answers ? std::optional(held) : std::nullopt) << text_of(report);
    EXPECT_TRUE(report.way_back);
    EXPECT_NE(report.next_step.find("sluice board reset f2:0"), std::string::npos);
    EXPECT_NE(report.next_step.find(kOldImage), std::string::npos);
  } else {
    const bool known = report.steps.back().step != Step::record;
    EXPECT_EQ(report.runs, known ? std::optional<std::string>(kOldImage) : std::nullopt);
    EXPECT_EQ(slot(), kOldImage);
    EXPECT_EQ(build(), kOldBuild);
  }
}

const char* const kD = kTools[0];
const char* const kC = kTools[1];
const char* const kL = kTools[2];
INSTANTIATE_TEST_SUITE_P(
    Steps, F2Faulty,
    testing::Values(
        F2Fault{"Record", {{kD, 1, kFail}}, Outcome::unchanged, Errc::program_failed, "14"},
        F2Fault{"RecordGarbage",
                {{kD, 1, kGarbage}},
                Outcome::unchanged,
                Errc::incompatible,
                "something else than expected"},
        F2Fault{"RecordNothing",
                {{kD, 1, "exit 0"}},
                Outcome::unchanged,
                Errc::incompatible,
                "something else than expected"},
        F2Fault{"RecordHangs", {{kD, 1, kHang}}, Outcome::unchanged, Errc::hung, "killed"},
        F2Fault{"RecordFloods", {{kD, 1, kFlood}}, Outcome::unchanged, Errc::io, "killed"},
        F2Fault{"Clear", {{kC, 1, kFail}}, Outcome::unchanged, Errc::program_failed, "14"},
        F2Fault{"ClearBusy",
                {{kC, 1, "say_error 3 busy"}},
                Outcome::unchanged,
                Errc::busy,
                "try again"},
        F2Fault{
            "ClearDies", {{kC, 1, "kill -9 $$"}}, Outcome::unchanged, Errc::program_failed, "137"},
        F2Fault{"LoadForbidden",
                {{kL, 1, "say_error 5 invalid-afi-id"}},
                Outcome::rolled_back,
                Errc::bad_image,
                "share"},
        F2Fault{"LoadForAnotherShell",
                {{kL, 1, "say_error 16 shell-mismatch"}},
                Outcome::rolled_back,
                Errc::bad_image,
                "another shell"},
        F2Fault{"LoadPower",
                {{kL, 1, "say_error 17 power-violation"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "power"},
        F2Fault{"LoadHangs", {{kL, 1, kHang}}, Outcome::rolled_back, Errc::hung, "killed"},
        F2Fault{"DescribeAfterLoad",
                {{kD, 2, kFail}},
                Outcome::rolled_back,
                Errc::program_failed,
                "14"},
        F2Fault{"LoadFailedState",
                {{kD, 2, "echo 'load-failed 7 power-violation 17 0x10212415' > $here/status"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "power"},
        F2Fault{"AnotherImageLoaded",
                {{kD, 2, "echo agfi-0badbadbad0badbad > $here/image"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "instead of"},
        F2Fault{"DeviceGone",
                {{kD, 2, "mv $device $here/gone"}, {kC, 2, "mv $here/gone $device"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "cannot be switched on"},
        F2Fault{"VerifyAllOnes",
                {{kL, 1, kDeadBits}},
                Outcome::rolled_back,
                Errc::link_down,
                "0xffffffff"},
        F2Fault{"VerifyBuild",
                {{kL, 1, kWrongBits}},
                Outcome::rolled_back,
                Errc::verify_failed,
                "build_id"},
        F2Fault{"VerifySmallBar",
                {{kL, 1, kNoBits}},
                Outcome::rolled_back,
                Errc::incompatible,
                "too small a BAR"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(TheWayBack, F2Faulty,
                         testing::Values(F2Fault{"Clear",
                                                 {{kL, 1, kFail}, {kC, 2, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"Load",
                                                 {{kL, 1, kDeadBits},
                                                  {kL, 2, "say_error 5 invalid-afi-id"}},
                                                 Outcome::unverified,
                                                 Errc::link_down,
                                                 "0xffffffff"},
                                         F2Fault{"Describe",
                                                 {{kL, 1, kFail}, {kD, 3, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"DescribeForGood",
                                                 {{kL, 1, kFail}, {kD, 3, kFail}, {kD, 4, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14",
                                                 false},
                                         F2Fault{"OldImageDead",
                                                 {{kL, 1, kFail}, {kL, 2, kDeadBits}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"OldImageOfAnotherBuild",
                                                 {{kL, 1, kFail}, {kL, 2, kWrongBits}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"}),
                         [](const auto& test) { return test.param.name; });

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
  for (const char* line :
       {"AFI 1 none cleared 1 ok 0 0x10212415", "AFI 0 afi-1 cleared 1 ok 0 0x10212415",
        "AFI 0 none cleared x ok 0 0x10212415", "AFI 0 none cleared 1 ok x 0x10212415",
        "AFI 0 none cleared 1 ok 0 10212415", "AFI 0 none cleared 1 ok 0", "AFI",
        "AFI 0 none cleared 1 ok 0 0x10212415\nAFI 0 none cleared 1 ok 0 0x10212415", ""}) {
    EXPECT_FALSE(parse_f2_slot(std::string(line) + "\n" + device, 0).ok()) << line;
  }
  const std::string image = "AFI 0 none cleared 1 ok 0 0x10212415\n";
  for (const char* line : {"", "AFIDEVICE 0 unknown unknown unknown",
                           "AFIDEVICE 0 0x1d0f 0xf000 34:00", "AFIDEVICE 0 0x1d0f 0xf000"}) {
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
