#include "flash/card_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;

constexpr std::chrono::milliseconds kPoll{50};

std::string holder(int fd) {
  std::array<char, 32> text{};
  const ssize_t count = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  pid.erase(std::find(pid.begin(), pid.end(), '\n'), pid.end());
  return pid.empty() ? "another program" : "process " + pid;
}

}  // namespace

std::string file_name_of(const std::string& card) {
  std::string name = card;
  std::replace_if(name.begin(), name.end(), [](char c) { return c == ':' || c == '/'; }, '-');
  return name;
}

base::Result<CardLock> CardLock::take(const std::string& folder, const std::string& card,
                                      std::chrono::milliseconds wait) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{Errc::io, "cannot make the folder: " + error.message(), folder};
  const std::string path = folder + "/" + file_name_of(card) + ".lock";
  base::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return Error{Errc::io, std::string(std::strerror(errno)) + "; run as root", path};
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Error{Errc::io, std::strerror(errno), path};
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error{
          Errc::busy,
          holder(fd.get()) + " is changing this card (lock " + path + "); wait for it, or stop it",
          card};
    }
    std::this_thread::sleep_for(kPoll);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  const bool written =
      ::ftruncate(fd.get(), 0) == 0 &&
      ::pwrite(fd.get(), pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  if (!written) return Error{Errc::io, std::strerror(errno), path};
  return CardLock(std::move(fd));
}

}  // namespace sluice::flash
