// sluiced: the daemon. Options, signals, and the order of set-up; docs/daemon.md is the manual.
#include <linux/capability.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>

#include "api/server.hpp"
#include "api/version.hpp"
#include "base/files.hpp"
#include "base/printable.hpp"
#include "base/privileges.hpp"
#include "daemon/daemon.hpp"
#include "driver/open_board.hpp"

namespace {

using sluice::base::Errc;
using sluice::base::Error;
using sluice::base::Result;
using sluice::daemon::Daemon;

struct Arguments {
  std::string board;
  std::string config;
  std::string socket = sluice::api::kDefaultSocket;
  std::string tap = "sluice0";
  std::string state_dir = "/var/lib/sluice";
  std::string log_level = "info";
};

// What is logged quotes files and requests: none of it may command a terminal or pass for a line of
// its own.
class PrintableText : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    using sluice::base::Lines;
    const std::string_view payload(message.payload.data(), message.payload.size());
    for (const char c : sluice::base::printable(payload, Lines::many)) {
      out.push_back(c);
      if (c == '\n') out.append(std::string_view("    "));
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableText>();
  }
};

void set_up_log(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("sluiced");
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableText>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %*");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

// A check that waits for its answer holds a descriptor, and 1,024 are the usual limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    const char* next = ::geteuid() == 0 ? "" : "; sluiced needs root: use sudo";
    return Error{Errc::io, "cannot make the folder: " + error.message() + next, folder.string()};
  }
  return {};
}

// SIGTERM and SIGINT stop, SIGHUP reloads. Only this thread takes signals, so all of them arrive
// here.
Result<sluice::base::Fd> watch_signals(Daemon& daemon) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  sluice::base::Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  const int raw = fd.get();
  auto watched = daemon.loop().watch(raw, [&daemon, raw] {
    signalfd_siginfo info;
    while (::read(raw, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo == SIGHUP) {
        daemon.reload();
      } else {
        spdlog::info("stopping on signal {}; the card goes on forwarding", info.ssi_signo);
        daemon.loop().stop();
      }
    }
  });
  if (!watched) return watched.error();
  return fd;
}

// A reload that is asked for while the daemon starts must not end it: it waits for watch_signals.
void hold_reloads() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

Result<void> run(const Arguments& arguments) {
  // Nothing is touched for a mistake in a name.
  if (auto checked = sluice::driver::check_board_name(arguments.board); !checked) return checked;
  if (auto checked = sluice::api::Server::check_place(arguments.socket); !checked) return checked;
  hold_reloads();
  ::umask(0077);  // the state holds the hash keys: whoever knows them can aim at one backend
  if (auto done = make_folder(arguments.state_dir); !done) return done;
  // From here on by its real path: a link on the way could be changed.
  const auto state_dir = sluice::base::private_folder(arguments.state_dir);
  if (!state_dir) return state_dir.error();
  const auto socket_folder = std::filesystem::path(arguments.socket).parent_path();
  if (!socket_folder.empty()) {
    if (auto done = make_folder(socket_folder); !done) return done;
  }
  raise_descriptor_limit();
  const std::string config =
      std::filesystem::absolute(arguments.config).lexically_normal().string();
  sluice::daemon::Options options;
  options.open_board = [&arguments] { return sluice::driver::open_board(arguments.board); };
  options.config_file = config;
  options.tap_name = arguments.tap;
  options.state_dir = *state_dir;
  options.before_card = [&arguments](Daemon& starting) -> Result<std::shared_ptr<void>> {
    auto server = sluice::api::Server::bind(arguments.socket, starting);
    if (!server) return server.error();
    if (auto kept = sluice::base::keep_capabilities(1u << CAP_NET_ADMIN); !kept) {
      return kept.error();
    }
    (*server)->start();
    return std::shared_ptr<void>(std::move(*server));
  };
  auto daemon = Daemon::start(std::move(options));
  if (!daemon) return daemon.error();
  const auto signals = watch_signals(**daemon);
  if (!signals) return signals.error();
  spdlog::info("ready: API at {}", arguments.socket);
  return (*daemon)->run();
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--board", arguments.board, sluice::driver::kBoardNames)->required();
  app.add_option("--config", arguments.config, "configuration, read at start and on SIGHUP (YAML)")
      ->required();
  app.add_option("--socket", arguments.socket, "Unix socket of the API")->capture_default_str();
  app.add_option("--tap", arguments.tap, "network device for the host's own stack")
      ->capture_default_str();
  app.add_option("--state-dir", arguments.state_dir, "what must survive a restart")
      ->capture_default_str();
  app.add_option("--log-level", arguments.log_level, "least level that is logged")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.set_version_flag("--version", std::string("sluiced ") + sluice::api::kVersion);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The Sluice daemon: owns a card's tables, checks backends, serves the API.");
  Arguments arguments;
  add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  set_up_log(arguments.log_level);
  const auto done = run(arguments);
  if (done) return 0;
  spdlog::critical("{}", done.error().message());
  return 1;
}
