#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/fd.hpp"

namespace sluice::base {
namespace {

namespace fs = std::filesystem;

Error system_error(const std::string& path, const char* what) {
  const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return {errno == ENOENT ? Errc::not_found
          : full          ? Errc::exhausted
                          : Errc::io,
          std::string(what) + ": " + std::strerror(errno), path};
}

Result<void> check_folder(const fs::path& folder, bool last) {
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) return system_error(folder, "cannot look at it");
  if (!S_ISDIR(status.st_mode)) return Error{Errc::io, "is not a folder", folder};
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return Error{Errc::io,
                 "belongs to another user (uid " + std::to_string(status.st_uid) +
                     "), who could replace what is kept there; name a folder of root's",
                 folder};
  }
  const bool writable = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (writable && (last || (status.st_mode & S_ISVTX) == 0)) {
    return Error{Errc::io,
                 "others may write to it and could replace what is kept there; chmod go-w it, or "
                 "name another folder",
                 folder};
  }
  return {};
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, "write");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Without it a power failure may bring the old name back.
Result<void> sync_folder_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error(folder, "fsync");
  return {};
}

}  // namespace

Result<std::string> private_folder(const std::string& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return Error{Errc::io, error.message(), folder};
  fs::path at;
  for (const fs::path& part : real) {
    at /= part;
    if (auto good = check_folder(at, at == real); !good) return good.error();
  }
  return real.string();
}

Result<void> replace_file(const std::string& path, std::string_view bytes, Durable durable) {
  const std::string fresh = path + ".new";
  // What a killed program left, or what somebody put there. A link is removed, not followed.
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return system_error(fresh, "unlink");
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Fd fd(::open(fresh.c_str(), kFlags, 0600));
  if (!fd) return system_error(fresh, "open");
  auto done = write_all(fd.get(), bytes, fresh);
  if (done && durable == Durable::yes && ::fsync(fd.get()) != 0) {
    done = system_error(fresh, "fsync");
  }
  if (done && ::rename(fresh.c_str(), path.c_str()) != 0) done = system_error(path, "rename");
  if (!done) {
    ::unlink(fresh.c_str());
    return done;
  }
  return durable == Durable::yes ? sync_folder_of(path) : Result<void>{};
}

}  // namespace sluice::base
