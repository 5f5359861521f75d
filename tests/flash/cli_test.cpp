// `sluice flash` and `sluice board link|reset` as a person or a script meets them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/flash_report.hpp"
#include "support.hpp"

namespace sluice::cli {
namespace {

using flash::FlashReport;
using flash::Outcome;
using flash::Step;

struct Said {
  int status = 0;
  std::string out;
  std::string err;
};

Said sluice(std::vector<std::string> words) {
  words.insert(words.begin(), "sluice");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Said said;
  said.status = run(static_cast<int>(argv.size()), argv.data());
  said.out = testing::internal::GetCapturedStdout();
  said.err = testing::internal::GetCapturedStderr();
  return said;
}

class FlashCommand : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    ::setenv("PATH", folder_.path().c_str(), 1);
    flash::make_f2_image(folder_ / "image", "agfi-0123456789abcdef0", flash::kNewBuild);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  flash::TempFolder folder_;
  std::string path_;
};

TEST_F(FlashCommand, WithoutAwsToolsSaysWhichIsMissingAsTextAndAsJson) {
  const std::vector<std::string> words = {"flash", "f2:0", folder_ / "image", "--lock-dir",
                                          folder_ / "lock"};
  const Said text = sluice(words);
  EXPECT_EQ(text.status, 1);
  EXPECT_NE(text.err.find("fpga-describe-local-image is not on PATH"), std::string::npos);
  EXPECT_NE(text.err.find("f2:0: not touched"), std::string::npos) << text.err;

  auto with_json = words;
  with_json.insert(with_json.end(), {"-o", "json"});
  const Said json = sluice(with_json);
  EXPECT_EQ(json.status, 1);
  const Json report = Json::parse(json.out);
  EXPECT_EQ(report["ok"], false);
  EXPECT_EQ(report["error"]["code"], "not_found");
  EXPECT_EQ(report["outcome"], "unchanged");
  EXPECT_EQ(report["runs"], Json());
  EXPECT_EQ(report["steps"][0]["step"], "lock");
}

TEST_F(FlashCommand, EndsWithAStatusThoughNobodyReadsItsProgress) {
  const pid_t child = ::fork();
  if (child == 0) {
    int ends[2];
    if (::pipe(ends) != 0 || ::dup2(ends[1], STDERR_FILENO) < 0) ::_exit(90);
    ::close(ends[0]);
    ::close(ends[1]);
    std::vector<std::string> words = {"sluice",          "flash",      "f2:0",
                                      folder_ / "image", "--lock-dir", folder_ / "lock"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::_exit(run(static_cast<int>(argv.size()), argv.data()));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "died by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST_F(FlashCommand, RefusesCardsAndImagesThatItCannotUse) {
  EXPECT_NE(sluice({"flash", "pci:0000:3b:00.0", folder_ / "image"}).err.find("f2:SLOT"),
            std::string::npos);
  EXPECT_NE(sluice({"flash", "f2:x", folder_ / "image"}).err.find("f2:SLOT"), std::string::npos);
  EXPECT_NE(sluice({"flash", "xrt:0,image", folder_ / "image"}).err.find("f2:SLOT"),
            std::string::npos);
  EXPECT_NE(sluice({"flash", "f2:0", folder_ / "none"}).err.find("no such image"),
            std::string::npos);
  EXPECT_GT(sluice({"flash", "f2:0"}).status, 1);
}

TEST_F(FlashCommand, OfACardThatDoesNotAnswerResetFails) {
  const Said said = sluice({"board", "reset", "f2:0", "--lock-dir", folder_ / "lock"});
  EXPECT_EQ(said.status, 1);
  EXPECT_NE(said.err.find("not on PATH"), std::string::npos) << said.err;
}

TEST(Output, IsTheCommandsAloneOnceStdoutIsClaimed) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    claim_stdout();
    std::puts("what a library says");
    std::string words[] = {"sluice", "board", "info", "fake", "-o", "json"};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(),
                    words[3].data(), words[4].data(), words[5].data()};
    const int status = run(6, argv);
    std::puts("and as the program ends");
    std::fflush(stdout);
    ::_exit(status);
  }
  ::close(ends[1]);
  std::string out(4096, '\0');
  std::size_t bytes = 0;
  for (ssize_t count = 1; count > 0;
       bytes += static_cast<std::size_t>(std::max<ssize_t>(count, 0))) {
    count = ::read(ends[0], out.data() + bytes, out.size() - bytes);
  }
  ::close(ends[0]);
  out.resize(bytes);
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Json::parse(out)["board"], "fake") << out;
}

TEST(LinkCommand, SaysThatABoardHasNoMac) {
  const Said said = sluice({"board", "link", "f2:0"});
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "");
  EXPECT_NE(said.err.find("sluice board info"), std::string::npos) << said.err;
  EXPECT_NE(sluice({"board", "link", "xrt:0,card.xclbin"}).err.find("--image"), std::string::npos);
  EXPECT_EQ(sluice({"board", "link", "nonsense"}).status, 1);
  EXPECT_GT(sluice({"board", "link", "xrt:0", "--no-fec"}).status, 1) << "only with --up";
}

TEST(LinkReport, NamesEachMacItsStateAndWhatToDo) {
  flash::MacLink up;
  up.mac = "cmac_0";
  up.up = up.aligned = up.transmits = up.rs_fec = true;
  flash::MacLink down;
  down.mac = "cmac_1";
  down.local_fault = down.transmits = down.rs_fec = true;
  const std::string text = render_links("xrt:0", {up, down});
  EXPECT_NE(text.find("cmac_0  up    aligned, RS-FEC on\n"), std::string::npos) << text;
  EXPECT_NE(text.find("cmac_1  down  not aligned, local fault, RS-FEC on\n"), std::string::npos);
  EXPECT_NE(text.find("cmac_1: nothing usable is received"), std::string::npos);
  const Json json = link_report("xrt:0", {up, down});
  EXPECT_EQ(json["up"], false);
  EXPECT_EQ(json["links"][1]["local_fault"], true);
}

TEST(FlashReportText, SaysWhatTheCardEndsIn) {
  FlashReport report;
  report.card = "f2:0";
  report.image_id = "agfi-2";
  report.previous_id = "agfi-1";
  const auto says = [&](Outcome outcome, const std::string& text) {
    report.outcome = outcome;
    EXPECT_NE(render_flash(report).find(text), std::string::npos) << render_flash(report);
  };
  says(Outcome::unchanged, "could not be read");
  report.runs = "agfi-1";
  says(Outcome::unchanged, "runs image agfi-1 as before");
  says(Outcome::rolled_back, "runs the old image again: image agfi-1");
  report.runs = "agfi-2";
  says(Outcome::flashed, "runs the new image agfi-2");
  report.runs.reset();
  report.error = base::Error{base::Errc::link_down, "gone", "f2:0"};
  report.way_back = base::Error{base::Errc::program_failed, "no", "f2:0"};
  report.next_step = "reset";
  says(Outcome::unverified, "way back failed: f2:0: no\nf2:0: WHAT IT RUNS IS NOT KNOWN");
  report.steps = {{Step::verify, false, {}, ""}, {Step::roll_back, false, {}, ""}};
  report.runs = "agfi-2";
  says(Outcome::unverified, "f2:0: runs image agfi-2, UNVERIFIED: failed at verify");
  report.runs = "agfi-1";
  says(Outcome::unverified, "f2:0: runs image agfi-1, UNVERIFIED: failed at roll_back");
  report.runs = "";
  says(Outcome::unverified, "f2:0: runs no image, UNVERIFIED: failed at roll_back");
  report.runs.reset();
  const Json json = flash_report(report);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["outcome"], "unverified");
  EXPECT_EQ(json["error"]["code"], "link_down");
  EXPECT_EQ(json["way_back_error"]["code"], "program_failed");
  EXPECT_EQ(json["runs"], Json());
}

TEST(FlashReportText, NumbersThePlan) {
  FlashReport report;
  report.outcome = Outcome::planned;
  report.card = "f2:0";
  report.plan = {"lock", "clear"};
  EXPECT_EQ(render_flash(report), "1. lock\n2. clear\nf2:0: nothing was touched\n");
}

}  // namespace
}  // namespace sluice::cli
