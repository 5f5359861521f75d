// Flashing an F2 card: each step fails in turn.
#include "f2_support.hpp"

namespace sluice::flash {
namespace {

using base::Errc;

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
  bool reset = false;   // as with --reset
  bool answers = true;  // AWS's tool, when asked in the end what the slot holds
};

const char* const kFlood = "yes";
const char* const kGarbage = "echo 'AFI 0 agfi-1 loaded zero ok 0 0x10212415'; exit 0";
// The image that is loaded is of another build, or answers nothing.
const char* const kWrongBits =
    "cp \"$here/images/$4\" \"$here/keep\"; "
    "dd if=/dev/zero of=\"$here/images/$4\" bs=4 seek=2 count=1 conv=notrunc status=none";
const char* const kNoBits = ": > \"$here/images/$4\"";

std::ostream& operator<<(std::ostream& out, const F2Fault& fault) { return out << fault.name; }

class F2Faulty : public F2Flash, public testing::WithParamInterface<F2Fault> {};

TEST_P(F2Faulty, EndsInTheNewImageOrTheOldOneAndSaysWhich) {
  const F2Fault& fault = GetParam();
  request_.reset = fault.reset;
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
    const Step last = report.steps.back().step;
    const bool known = last != Step::lock && last != Step::record;
    EXPECT_EQ(report.runs, known ? std::optional<std::string>(kOldImage) : std::nullopt);
    EXPECT_EQ(slot(), kOldImage);
    EXPECT_EQ(build(), kOldBuild);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Steps, F2Faulty,
    testing::Values(
        F2Fault{"Address", {{kD, 1, kFail}}, Outcome::unchanged, Errc::program_failed, "14"},
        F2Fault{"AddressGarbage",
                {{kD, 1, kGarbage}},
                Outcome::unchanged,
                Errc::incompatible,
                "something else than expected"},
        F2Fault{"Record", {{kD, 2, kFail}}, Outcome::unchanged, Errc::program_failed, "14"},
        F2Fault{"RecordGarbage",
                {{kD, 2, kGarbage}},
                Outcome::unchanged,
                Errc::incompatible,
                "something else than expected"},
        F2Fault{"RecordNothing",
                {{kD, 2, "exit 0"}},
                Outcome::unchanged,
                Errc::incompatible,
                "something else than expected"},
        F2Fault{"RecordHangs", {{kD, 2, kHang}}, Outcome::unchanged, Errc::hung, "killed"},
        F2Fault{"RecordFloods", {{kD, 2, kFlood}}, Outcome::unchanged, Errc::io, "killed"},
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
                {{kD, 3, kFail}},
                Outcome::rolled_back,
                Errc::program_failed,
                "14"},
        F2Fault{"LoadFailedState",
                {{kD, 3, "echo 'load-failed 7 power-violation 17 0x10212415' > $here/status"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "power"},
        F2Fault{"AnotherImageLoaded",
                {{kD, 3, "echo agfi-0badbadbad0badbad > $here/image"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "instead of"},
        F2Fault{"DeviceGone",
                {{kD, 3, "mv $device $here/gone"}, {kC, 2, "mv $here/gone $device"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "cannot be switched on"},
        F2Fault{"DeviceWithoutConfiguration",
                {{kD, 3, "rm -f $here/loaded; : > $device/config"},
                 {kC, 2, "printf %64s > $device/config"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "configuration space is empty"},
        F2Fault{"DeviceOffTheBus",
                {{kD, 3, "rm -f $here/loaded; cp $here/ones $device/config"},
                 {kC, 2, "printf %64s > $device/config"}},
                Outcome::rolled_back,
                Errc::program_failed,
                "all ones"},
        F2Fault{"DeviceOfAnotherImage",
                {{kD, 3, "echo 0xf001 > $here/ids"}},
                Outcome::rolled_back,
                Errc::verify_failed,
                "1d0f:f0a1"},
        F2Fault{"Reset", {{kC, 1, kFail}}, Outcome::rolled_back, Errc::program_failed, "14", true},
        F2Fault{"DescribeAfterReset",
                {{kD, 3, kFail}},
                Outcome::rolled_back,
                Errc::program_failed,
                "14",
                true},
        F2Fault{"ClearAfterReset",
                {{kC, 2, kFail}},
                Outcome::rolled_back,
                Errc::program_failed,
                "14",
                true},
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
                                                 {{kL, 1, kFail}, {kD, 4, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"DescribeForGood",
                                                 {{kL, 1, kFail}, {kD, 4, kFail}, {kD, 5, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14",
                                                 false,
                                                 false},
                                         F2Fault{"OldImageDead",
                                                 {{kL, 1, kFail}, {kL, 2, kDeadBits}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"OldImageWithoutRegisters",
                                                 {{kL, 1, kFail}, {kL, 2, kNoBits}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"DeviceGone",
                                                 {{kL, 1, kFail}, {kD, 4, "mv $device $here/gone"}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"},
                                         F2Fault{"Reset",
                                                 {{kC, 1, kFail}, {kC, 2, kFail}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14",
                                                 true},
                                         F2Fault{"OldImageOfAnotherBuild",
                                                 {{kL, 1, kFail}, {kL, 2, kWrongBits}},
                                                 Outcome::unverified,
                                                 Errc::program_failed,
                                                 "14"}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace sluice::flash
