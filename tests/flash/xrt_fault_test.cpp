// Flashing an Alveo card: each call of XRT fails in turn.
#include "xrt_support.hpp"

namespace sluice::flash {
namespace {

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
        FaultCase{"MacDiesInMidBringUp",
                  {{Fault::link_down, {1}}, {Fault::mac_dies, {1}}},
                  Outcome::rolled_back,
                  kOldBuild,
                  "planned silence"},
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

}  // namespace
}  // namespace sluice::flash
