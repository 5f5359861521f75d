#include "base/files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::base {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("files-" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "own");
    fs::permissions(folder_ / "own", fs::perms::owner_all);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
};

TEST_F(Files, a_file_is_replaced_whole_and_is_for_its_owner_alone) {
  const fs::path path = folder_ / "own/state";
  for (const Durable durable : {Durable::yes, Durable::no}) {
    ASSERT_TRUE(replace_file(path, "old", durable).ok());
    ASSERT_TRUE(replace_file(path, "new content", durable).ok());
    EXPECT_EQ(content(path), "new content");
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_FALSE(fs::exists(path.string() + ".new"));
  }
}

TEST_F(Files, a_link_in_the_place_of_the_new_file_is_not_followed) {
  const fs::path path = folder_ / "own/state";
  std::ofstream(folder_ / "victim") << "precious";
  fs::create_symlink(folder_ / "victim", path.string() + ".new");
  ASSERT_TRUE(replace_file(path, "new", Durable::yes).ok());
  EXPECT_EQ(content(folder_ / "victim"), "precious");
  EXPECT_EQ(content(path), "new");
  // A link in the file's own place is replaced, as rename does.
  fs::create_symlink(folder_ / "victim", folder_ / "own/linked");
  ASSERT_TRUE(replace_file(folder_ / "own/linked", "new", Durable::yes).ok());
  EXPECT_EQ(content(folder_ / "victim"), "precious");
}

TEST_F(Files, a_file_without_room_leaves_the_old_one_and_no_part_of_the_new) {
  const fs::path path = folder_ / "own/state";
  ASSERT_TRUE(replace_file(path, "old", Durable::yes).ok());
  // A limit on files stands for a full disk: the write is cut in the same way.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto done = replace_file(path, std::string(5000, 'x'), Durable::yes);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Errc::exhausted);
  EXPECT_EQ(content(path), "old");
  EXPECT_FALSE(fs::exists(path.string() + ".new"));
}

TEST_F(Files, a_folder_of_another_user_or_that_others_may_write_to_is_refused) {
  ASSERT_TRUE(private_folder(folder_ / "own").ok());
  fs::permissions(folder_ / "own", fs::perms::owner_all | fs::perms::group_write);
  auto checked = private_folder(folder_ / "own");
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find("chmod go-w"), std::string::npos);
  fs::permissions(folder_ / "own", fs::perms::owner_all);
  ASSERT_EQ(::chown((folder_ / "own").c_str(), 12345, 12345), 0) << "run the tests as root";
  checked = private_folder(folder_ / "own");
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message().find("another user (uid 12345)"), std::string::npos);
}

TEST_F(Files, a_folder_within_another_users_is_refused_and_a_sticky_one_is_passed) {
  fs::create_directories(folder_ / "other/root");
  ASSERT_EQ(::chown((folder_ / "other").c_str(), 12345, 12345), 0) << "run the tests as root";
  const auto checked = private_folder(folder_ / "other/root");
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().where, fs::canonical(folder_ / "other").string());
  fs::create_directories(folder_ / "sticky/root");
  ASSERT_EQ(::chmod((folder_ / "sticky").c_str(), 01777), 0);
  EXPECT_TRUE(private_folder(folder_ / "sticky/root").ok());
  EXPECT_FALSE(private_folder(folder_ / "sticky").ok());
}

TEST_F(Files, a_link_to_a_folder_is_judged_by_where_it_leads) {
  fs::create_symlink(folder_ / "own", folder_ / "link");
  const auto real = private_folder(folder_ / "link");
  ASSERT_TRUE(real.ok());
  EXPECT_EQ(*real, fs::canonical(folder_ / "own").string());
}

}  // namespace
}  // namespace sluice::base
