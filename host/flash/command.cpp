#include "flash/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <thread>

#include "base/fd.hpp"

extern char** environ;

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kReapPoll{5};

struct Pipe {
  base::Fd read_end;
  base::Fd write_end;
};

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{Errc::io, std::strerror(errno), "pipe"};
  return Pipe{base::Fd(ends[0]), base::Fd(ends[1])};
}

// Kills the process group and reaps its leader unless `wait` did.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (reaped_) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Exit status, or nothing at the deadline.
  std::optional<int> wait(Clock::time_point deadline) {
    while (true) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        reaped_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      if (Clock::now() >= deadline) return std::nullopt;
      std::this_thread::sleep_for(kReapPoll);
    }
  }

 private:
  pid_t pid_;
  bool reaped_ = false;
};

base::Result<pid_t> spawn(const std::vector<std::string>& argv, const Pipe& out, const Pipe& err) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);  // this program may hold signals back
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &pipe);  // or ignore it
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error{Errc::io, std::strerror(failed), argv[0]};
  return pid;
}

// Reads what is there; closes `fd` at its end. False: more than `limit` bytes.
bool take(base::Fd& fd, std::string& text, std::size_t limit) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) {
    fd.reset();
    return true;
  }
  text.append(buffer.data(), static_cast<std::size_t>(count));
  return text.size() <= limit;
}

base::Result<void> collect(Pipe& out, Pipe& err, const CommandLimits& limits,
                           Clock::time_point deadline, const std::string& program,
                           CommandResult& result) {
  while (out.read_end || err.read_end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd fds[] = {{out.read_end.get(), POLLIN, 0}, {err.read_end.get(), POLLIN, 0}};
    const int ready = left.count() <= 0 ? 0 : ::poll(fds, 2, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      return Error{
          Errc::hung,
          "no end within " + std::to_string(limits.timeout.count()) + " ms, so it was killed",
          program};
    }
    const bool fits =
        (fds[0].revents == 0 || take(out.read_end, result.out, limits.output_bytes)) &&
        (fds[1].revents == 0 || take(err.read_end, result.err, limits.output_bytes));
    if (!fits) {
      return Error{
          Errc::io,
          "printed more than " + std::to_string(limits.output_bytes) + " bytes, so it was killed",
          program};
    }
  }
  return {};
}

}  // namespace

base::Result<std::string> find_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string path = rest.substr(0, colon) + "/" + name;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
    if (path.front() == '/' && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return Error{Errc::not_found, "not on PATH", name};
}

base::Result<CommandResult> run_command(const std::vector<std::string>& argv,
                                        const CommandLimits& limits) {
  const auto deadline = Clock::now() + limits.timeout;
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();
  const auto pid = spawn(argv, *out, *err);
  if (!pid) return pid.error();
  Child child(*pid);
  out->write_end.reset();
  err->write_end.reset();
  CommandResult result;
  if (auto read = collect(*out, *err, limits, deadline, argv[0], result); !read) {
    return read.error();
  }
  const auto status = child.wait(deadline);
  if (!status) return Error{Errc::hung, "closed its output but did not end", argv[0]};
  result.status = *status;
  return result;
}

}  // namespace sluice::flash
