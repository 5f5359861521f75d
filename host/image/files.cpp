#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/fd.hpp"

namespace sluice::image {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

base::Error system_error(const std::string& path, const char* what) {
  return {errno == ENOENT ? base::Errc::not_found : base::Errc::io,
          std::string(what) + ": " + std::strerror(errno), path};
}

// A name beside `path` that goes away with this object unless it was renamed.
class Temporary {
 public:
  explicit Temporary(const std::string& path) : path_(path + ".XXXXXX") {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (made_) ::unlink(path_.c_str());
  }

  base::Result<void> write(const std::string& bytes) {
    const base::Fd fd(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd) return system_error(path_, "create");
    made_ = true;
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error(path_, "write");
      done += static_cast<std::size_t>(count);
    }
    if (::fchmod(fd.get(), kFileMode) != 0) return system_error(path_, "chmod");
    if (::fsync(fd.get()) != 0) return system_error(path_, "fsync");
    return {};
  }

  base::Result<void> rename_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) return system_error(path, "rename");
    made_ = false;
    return {};
  }

 private:
  std::string path_;
  bool made_ = false;
};

// A second name of the file that is about to be replaced, so that it can come back.
class Backup {
 public:
  explicit Backup(const std::string& path)
      : path_(path), kept_(path + ".old." + std::to_string(::getpid())) {}
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;
  ~Backup() {
    if (exists_) ::unlink(kept_.c_str());
  }

  base::Result<void> make() {
    if (::link(path_.c_str(), kept_.c_str()) == 0) {
      exists_ = true;
    } else if (errno != ENOENT) {
      return system_error(kept_, "link");
    }
    return {};
  }

  void restore() {
    if (!exists_) {
      ::unlink(path_.c_str());
    } else if (::rename(kept_.c_str(), path_.c_str()) == 0) {
      exists_ = false;
    }
  }

 private:
  std::string path_;
  std::string kept_;
  bool exists_ = false;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

base::Result<void> sync_folder(const std::string& path) {
  const base::Fd fd(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_error(folder_of(path), "fsync");
  return {};
}

// Said of the name that the user gave, before there are temporary ones.
base::Result<void> check_place(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (path.empty()) return base::Error{base::Errc::invalid, "an image needs a name", ""};
  if (fs::is_directory(path, error)) {
    return base::Error{base::Errc::invalid, "is a folder; name a file in it", path};
  }
  if (!fs::is_directory(folder_of(path), error)) {
    return base::Error{base::Errc::not_found, "no such folder; make it first", folder_of(path)};
  }
  return {};
}

}  // namespace

base::Result<void> check_regular(const std::string& path) {
  struct stat present{};
  if (::stat(path.c_str(), &present) != 0 || S_ISREG(present.st_mode)) return {};
  return base::Error{base::Errc::bad_image, "is no file but a folder, a pipe or a device", path};
}

base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  if (auto regular = check_regular(path); !regular) return regular.error();  // a pipe would hang
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(path, "open");
  std::string bytes;
  std::vector<char> buffer(kChunkBytes);
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, "read");
    if (count == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (bytes.size() > max_bytes) {
      return base::Error{base::Errc::exhausted,
                         "longer than " + std::to_string(max_bytes) + " bytes; is it another file?",
                         path};
    }
  }
}

base::Result<void> write_one(const NewFile& file) {
  if (auto checked = check_place(file.path); !checked) return checked;
  Temporary temporary(file.path);
  if (auto done = temporary.write(file.bytes); !done) return done;
  if (auto done = temporary.rename_to(file.path); !done) return done;
  return sync_folder(file.path);
}

base::Result<void> write_both(const NewFile& first, const NewFile& second) {
  if (auto checked = check_place(first.path); !checked) return checked;
  Temporary new_first(first.path);
  Temporary new_second(second.path);
  Backup old_first(first.path);
  if (auto done = new_first.write(first.bytes); !done) return done;
  if (auto done = new_second.write(second.bytes); !done) return done;
  if (auto done = old_first.make(); !done) return done;
  if (auto done = new_first.rename_to(first.path); !done) return done;
  if (auto done = new_second.rename_to(second.path); !done) {
    old_first.restore();
    return done;
  }
  return sync_folder(first.path);
}

}  // namespace sluice::image
