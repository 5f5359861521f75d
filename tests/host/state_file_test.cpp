#include "daemon/state_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sluice::daemon {
namespace {

SavedState example() {
  SavedState state;
  state.config_text = "version: 1\n";
  state.config_file = "/etc/sluice/\"odd\" name.yaml";
  state.config_id = 0xfedcba9876543210;
  state.start_file_id = 7;
  const model::ServiceId service{{0x0a090001}, 80, model::Protocol::tcp};
  const model::BackendId backend{service, {0x0a02000b}, 8080};
  state.memory.assignment.services[service] = 1023;
  state.memory.assignment.backends[backend] = 4095;
  state.memory.assignment.next_service = 3;
  state.memory.assignment.next_backend = 9;
  state.memory.health[backend] = {false, "refused"};
  state.memory.panics.insert(service);
  state.memory.since[backend] = WallTime(std::chrono::milliseconds(1234567890123));
  model::BackendConfig& leaving = state.memory.leaving[backend];
  leaving.name = "b1";
  leaving.address = backend.address;
  leaving.port = backend.port;
  leaving.next_hop = {0x0a0200fe};
  leaving.egress_port = 1;
  state.memory.neighbors[{0x0a02000b}] = {0x020000000211};
  state.memory.baselines.services[1023] = {1, 2, 3, 4};
  state.memory.baselines.backends[4095] = {5, 6, 7, std::uint64_t{1} << 55};
  return state;
}

class StateFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("state-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(StateFileTest, times_stay_as_old_as_they_are_when_the_wall_clock_was_set_meanwhile) {
  using std::chrono::milliseconds;
  const SavedState state = example();
  const auto since = state.memory.since.begin()->second;
  const WallAnchor before{"boot-1", milliseconds(5'000)};
  const WallAnchor set_back{"boot-1", milliseconds(5'000 - 3'600'000)};
  const auto loaded = from_json(to_json(state, before), set_back);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->memory.since.begin()->second, since - milliseconds(3'600'000));
  // After a boot only the wall clock tells.
  const WallAnchor booted{"boot-2", milliseconds(77)};
  EXPECT_EQ(from_json(to_json(state, before), booted)->memory.since.begin()->second, since);
}

TEST_F(StateFileTest, what_is_saved_is_loaded) {
  const std::string path = folder_ / "state.json";
  const SavedState state = example();
  ASSERT_TRUE(save(path, state).ok());
  const auto loaded = load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->config_text, state.config_text);
  EXPECT_EQ(loaded->config_file, state.config_file);
  EXPECT_EQ(loaded->config_id, state.config_id);
  EXPECT_EQ(loaded->start_file_id, state.start_file_id);
  EXPECT_EQ(loaded->memory.assignment, state.memory.assignment);
  EXPECT_EQ(loaded->memory.health, state.memory.health);
  EXPECT_EQ(loaded->memory.panics, state.memory.panics);
  EXPECT_EQ(loaded->memory.since, state.memory.since);
  EXPECT_EQ(loaded->memory.neighbors, state.memory.neighbors);
  EXPECT_EQ(loaded->memory.leaving, state.memory.leaving);
  EXPECT_TRUE(layout::same_record(loaded->memory.baselines.backends.at(4095),
                                  state.memory.baselines.backends.at(4095)));
}

TEST_F(StateFileTest, it_is_for_root_alone_and_leaves_no_temporary_file) {
  const std::string path = folder_ / "state.json";
  ASSERT_TRUE(save(path, example()).ok());
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(StateFileTest, a_save_that_fails_keeps_the_old_file) {
  const std::string path = folder_ / "state.json";
  ASSERT_TRUE(save(path, example()).ok());
  std::filesystem::create_directories(path + ".new");  // the temporary file cannot be made
  SavedState other = example();
  other.config_id = 1;
  EXPECT_FALSE(save(path, other).ok());
  EXPECT_EQ(load(path)->config_id, example().config_id);
}

TEST_F(StateFileTest, every_truncation_is_refused) {
  const std::string text = to_json(example());
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    const auto read = from_json(text.substr(0, bytes));
    ASSERT_FALSE(read.ok()) << bytes << " bytes";
    EXPECT_EQ(read.error().code, base::Errc::invalid);
  }
  EXPECT_TRUE(from_json(text).ok());
}

TEST_F(StateFileTest, indexes_beyond_the_card_are_refused) {
  std::string text = to_json(example());
  text.replace(text.find("1023"), 4, "1024");
  EXPECT_FALSE(from_json(text).ok());
}

TEST_F(StateFileTest, a_missing_file_is_not_found_and_a_long_one_is_refused) {
  EXPECT_EQ(load(folder_ / "none").error().code, base::Errc::not_found);
  const std::string path = folder_ / "long";
  std::ofstream(path) << std::string(1001, 'x');
  EXPECT_EQ(read_file(path, 1000).error().code, base::Errc::exhausted);
  EXPECT_EQ(read_file(path, 1001)->size(), 1001u);
}

TEST(TextId, differs_by_one_character_and_is_never_zero) {
  EXPECT_NE(text_id("a"), text_id("b"));
  EXPECT_NE(text_id(""), 0u);
  EXPECT_EQ(text_id("version: 1\n"), text_id("version: 1\n"));
}

}  // namespace
}  // namespace sluice::daemon
