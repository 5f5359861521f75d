// Sources that are no hardware: each says in its first line which message it expects. {HERE} is
// the file and line of the mark HERE; a line with NOTE must be named as the place of inlining.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Result {
  int status;
  std::string output;
};

Result run(const std::string& command) {
  Result r{-1, ""};
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return r;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe))
    r.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return r;
}

class Reject : public testing::TestWithParam<std::string> {};

TEST_P(Reject, SaysWhereWhatAndWhatToWriteInstead) {
  const std::string path = std::string(HLSC_REJECT_DIR) + "/" + GetParam() + ".cpp";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::string line, expected, here, note;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == 1) expected = line.substr(std::string("// EXPECT ").size());
    if (line.find("// HERE") != std::string::npos) here = path + ":" + std::to_string(number) + ":";
    if (line.find("// NOTE") != std::string::npos) note = path + ":" + std::to_string(number) + ":";
  }
  const std::string out = testing::TempDir() + "hlsc_reject_" + GetParam();
  const Result r =
      run(std::string(HLSC_BINARY) + " " + path + " -o " + out + " -- -I " + HLSC_INCLUDE);
  fs::remove_all(out);
  EXPECT_EQ(r.status, 1) << r.output;
  const size_t mark = expected.find("{HERE}");
  if (mark != std::string::npos) {
    ASSERT_FALSE(here.empty());
    EXPECT_EQ(r.output.rfind(here, 0), 0u) << r.output << "\nexpected at " << here;
    const int column = std::atoi(r.output.c_str() + here.size());
    EXPECT_GT(column, 0) << r.output;
    expected = ": error" + expected.substr(mark + std::string("{HERE}: error").size());
  }
  EXPECT_NE(r.output.find(expected), std::string::npos) << r.output << "\nexpected: " << expected;
  EXPECT_NE(r.output.find("; "), std::string::npos) << "says nothing about what to write";
  if (!note.empty()) {
    EXPECT_NE(r.output.find(note), std::string::npos)
        << r.output << "\nexpected a note at " << note;
    EXPECT_NE(r.output.find("note: inlined here"), std::string::npos) << r.output;
  }
}

std::vector<std::string> corpus() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(HLSC_REJECT_DIR)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Corpus, Reject, testing::ValuesIn(corpus()),
                         [](const testing::TestParamInfo<std::string>& name) {
                           return name.param;
                         });

TEST(CommandLine, HelpNamesEveryOptionAndTheSubset) {
  const Result r = run(std::string(HLSC_BINARY) + " --help");
  EXPECT_EQ(r.status, 0);
  for (const char* word : {"-o DIR", "--module", "--target-levels", "--mul-latency",
                           "--max-read-ports", "--max-unroll", "--depfile", "--clang", "--dump-ir",
                           "HLSC_TOP", "HLSC_STABLE", "HLSC_LATENCY", "rejected", "exit status"}) {
    EXPECT_NE(r.output.find(word), std::string::npos) << word;
  }
}

TEST(CommandLine, BadUsageExitsWithTwoAndSaysWhatIsWrong) {
  for (const char* args : {"", "--nonsense x.cpp", "--target-levels 99 x.cpp", "--module 1x x.cpp",
                           "a.cpp b.cpp", "-o"}) {
    const Result r = run(std::string(HLSC_BINARY) + " " + args);
    EXPECT_EQ(r.status, 2) << args;
    EXPECT_NE(r.output.find("hlsc: "), std::string::npos) << args;
  }
}

TEST(CommandLine, ErrorsOfClangPassThroughWithExitOne) {
  const std::string path = testing::TempDir() + "hlsc_syntax_error.cpp";
  std::ofstream(path) << "int main( {\n";
  const Result r = run(std::string(HLSC_BINARY) + " " + path + " -o " + testing::TempDir());
  fs::remove(path);
  EXPECT_EQ(r.status, 1);
  EXPECT_NE(r.output.find("error:"), std::string::npos);
}

}  // namespace
