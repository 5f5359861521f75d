#include "driver/card_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sluice::driver {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::chrono::milliseconds kPoll{50};

// "process 12 (sluiced) uses", from the kernel's list of locks, which is never out of date.
std::string who_has(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return "another program uses";
  char file[64];
  std::snprintf(file, sizeof file, "%02x:%02x:%lu", major(status.st_dev), minor(status.st_dev),
                static_cast<unsigned long>(status.st_ino));
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    std::istringstream words(line);
    std::string number, kind, advisory, mode, pid, where;
    if (!(words >> number >> kind >> advisory >> mode >> pid >> where)) continue;
    if (kind != "FLOCK" || where != file) continue;
    std::string name;
    std::getline(std::ifstream("/proc/" + pid + "/comm"), name);
    return "process " + pid + (name.empty() ? "" : " (" + name + ")") +
           (mode == "WRITE" ? " is changing" : " uses");
  }
  return "another program uses";
}

// Nobody else may take away or replace what is in it.
Result<void> make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(fs::path(folder).parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error{Errc::io,
                 std::string("cannot make the folder for locks: ") + std::strerror(errno) +
                     "; run as root, or name another with SLUICE_LOCK_DIR",
                 folder};
  }
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return Error{Errc::io, std::strerror(errno), folder};
  const bool own = S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
  if (own && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return Error{Errc::io,
               "the folder for locks must be a folder of this user's that nobody else may write "
               "to; run as root, or name another with SLUICE_LOCK_DIR",
               folder};
}

Result<base::Fd> lock(const std::string& folder, const std::string& card, int mode,
                      std::chrono::milliseconds wait) {
  if (auto made = make_folder(folder); !made) return made.error();
  const std::string path = folder + "/" + file_name_of(card) + ".lock";
  base::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Error{Errc::io, std::strerror(errno), path};
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (::flock(fd.get(), mode | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Error{Errc::io, std::strerror(errno), path};
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{
          Errc::busy,
          who_has(fd.get()) + " this card (lock " + path + "): stop it, or wait for its end", card};
    }
    std::this_thread::sleep_for(kPoll);
  }
  return fd;
}

}  // namespace

std::string lock_folder() {
  const char* named = std::getenv("SLUICE_LOCK_DIR");
  return named == nullptr || *named == '\0' ? kLockFolder : named;
}

std::string file_name_of(const std::string& card) {
  std::string name = card;
  std::replace_if(name.begin(), name.end(), [](char c) { return c == ':' || c == '/'; }, '-');
  return name;
}

Result<CardLock> CardLock::take(const std::string& folder, const std::string& card,
                                std::chrono::milliseconds wait) {
  auto fd = lock(folder, card, LOCK_EX, wait);
  if (!fd) return fd.error();
  return CardLock(std::move(*fd));
}

Result<CardLock> CardLock::share(const std::string& folder, const std::string& card) {
  auto fd = lock(folder, card, LOCK_SH, {});
  if (!fd) return fd.error();
  return CardLock(std::move(*fd));
}

}  // namespace sluice::driver
