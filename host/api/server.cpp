#include "api/server.hpp"

#include <httplib.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/report.hpp"
#include "connection_routes.hpp"
#include "http_status.hpp"

namespace sluice::api {
namespace {

constexpr std::size_t kApiThreads = 4;
constexpr int kReadTimeoutS = 5;
constexpr std::size_t kKeepAliveRequests = 64;
constexpr std::chrono::seconds kLoopTimeout{55};

struct Answer {
  int http_status = 200;
  Json body;
};

Answer failed(const base::Error& error) { return {http_status(error.code), error_report(error)}; }

// Nobody else may bind or connect in the moment between bind and chmod: the umask sees to it.
bool bind_private(httplib::Server& http, const std::string& path) {
  const mode_t before = ::umask(0177);
  const bool bound = http.bind_to_port(path, 80);  // the port is ignored
  ::umask(before);
  return bound && ::chmod(path.c_str(), 0600) == 0;
}

bool somebody_listens(const std::string& path) {
  const base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

class HttpServer : public Server {
 public:
  HttpServer(std::string path, daemon::Daemon& daemon) : path_(std::move(path)), daemon_(daemon) {
    http_.set_address_family(AF_UNIX);
    http_.new_task_queue = [] { return new httplib::ThreadPool(kApiThreads); };
    http_.set_payload_max_length(daemon::kMaxConfigBytes);
    http_.set_read_timeout(kReadTimeoutS);
    http_.set_write_timeout(kReadTimeoutS);
    http_.set_keep_alive_max_count(kKeepAliveRequests);
    http_.set_keep_alive_timeout(kReadTimeoutS);
    http_.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      const auto code = response.status == 404 ? base::Errc::not_found : base::Errc::invalid;
      const char* what = response.status == 404 ? "no such path; see docs/daemon.md"
                                                : "the request is not understood";
      response.set_content(error_report({code, what, ""}).dump(), "application/json");
    });
    add_routes();
  }

  ~HttpServer() override {
    http_.stop();
    if (thread_.joinable()) thread_.join();
    ::unlink(path_.c_str());
  }

  bool bind() { return bind_private(http_, path_); }

  void start() override {
    thread_ = std::thread([this] {
      if (!http_.listen_after_bind()) spdlog::error("API: the socket {} failed", path_);
    });
    while (!http_.is_running()) std::this_thread::yield();  // else stop() would be lost
  }

 private:
  void add_routes() {
    get("/v1/status", [](auto& daemon) { return Answer{200, status_report(daemon)}; });
    get("/v1/config", [](auto& daemon) { return Answer{200, config_report(daemon)}; });
    get("/v1/services", [](auto& daemon) { return Answer{200, services_report(daemon)}; });
    get("/v1/backends", [](auto& daemon) { return Answer{200, backends_report(daemon)}; });
    get("/v1/stats", [](auto& daemon) {
      const auto report = stats_report(daemon);
      return report ? Answer{200, *report} : failed(report.error());
    });
    post("/v1/config/check", [](auto&, const std::string& text, const std::string& file) {
      const auto read = model::read_config(text, file);
      if (!read.config) return Answer{422, problems_report(read.problems)};
      return Answer{200, check_report(*read.config)};
    });
    post("/v1/config/apply", [](auto& daemon, const std::string& text, const std::string& file) {
      const auto outcome = daemon.apply(text, file);
      if (!outcome) return failed(outcome.error());
      if (!outcome->problems.empty()) return Answer{422, problems_report(outcome->problems)};
      return Answer{200, apply_report(daemon, *outcome)};
    });
    add_connection_routes(http_, [this](auto work) {
      return run_on_loop([this, work = std::move(work)] { work(daemon_); });
    });
  }

  template <class Handle>
  void get(const char* path, Handle handle) {
    http_.Get(path, [this, handle](const httplib::Request&, httplib::Response& response) {
      reply(response, on_loop([this, handle] { return handle(daemon_); }));
    });
  }

  // The body is collected here because a chunked one is not bounded by set_payload_max_length.
  template <class Handle>
  void post(const char* path, Handle handle) {
    http_.Post(path, [this, handle](const httplib::Request& request, httplib::Response& response,
                                    const httplib::ContentReader& reader) {
      std::string body;
      const bool complete = reader([&](const char* data, std::size_t bytes) {
        if (body.size() + bytes > daemon::kMaxConfigBytes) return false;
        body.append(data, bytes);
        return true;
      });
      if (!complete) {
        response.status = 413;
        return reply(
            response,
            {413, error_report({base::Errc::exhausted, "a configuration has at most 4 MiB", ""})});
      }
      const std::string file =
          request.has_param("file") ? request.get_param_value("file") : "(request)";
      reply(response, on_loop([this, handle, body, file] { return handle(daemon_, body, file); }));
    });
  }

  Answer on_loop(std::function<Answer()> work) {
    auto answer = std::make_shared<Answer>();
    const auto error = run_on_loop([answer, work = std::move(work)] { *answer = work(); });
    return error ? failed(*error) : *answer;
  }

  // Runs `work` on the daemon's thread and waits for its end. Work that has not begun by then
  // never does: what was answered with a failure must not happen later.
  std::optional<base::Error> run_on_loop(std::function<void()> work) {
    auto promise = std::make_shared<std::promise<void>>();
    auto claimed = std::make_shared<std::atomic_flag>();  // by the loop or by us, who comes first
    std::future<void> future = promise->get_future();
    daemon_.loop().post([promise = std::move(promise), claimed, work = std::move(work)] {
      if (claimed->test_and_set()) return;
      work();
      promise->set_value();
    });
    if (future.wait_for(kLoopTimeout) != std::future_status::ready) {
      if (!claimed->test_and_set()) {
        return base::Error{base::Errc::busy, "the daemon is busy with the card: nothing was done",
                           ""};
      }
      return base::Error{base::Errc::hung,
                         "the daemon is still at it; `sluice status` tells what it came to", ""};
    }
    try {
      future.get();
      return std::nullopt;
    } catch (const std::future_error&) {
      return base::Error{base::Errc::link_down, "the daemon is stopping", ""};
    }
  }

  static void reply(httplib::Response& response, const Answer& answer) {
    response.status = answer.http_status;
    response.set_content(answer.body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n",
                         "application/json");
  }

  std::string path_;
  daemon::Daemon& daemon_;
  httplib::Server http_;
  std::thread thread_;
};

}  // namespace

base::Result<void> Server::check_place(const std::string& socket_path) {
  if (socket_path.empty() || socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return base::Error{base::Errc::invalid, "a socket path has 1 to 107 characters", socket_path};
  }
  struct stat present{};
  if (::lstat(socket_path.c_str(), &present) == 0) {
    if (!S_ISSOCK(present.st_mode)) {
      return base::Error{base::Errc::invalid,
                         "exists and is not a socket; name another path with --socket",
                         socket_path};
    }
    if (somebody_listens(socket_path)) {
      return base::Error{base::Errc::busy, "another sluiced answers here", socket_path};
    }
  }
  return {};
}

base::Result<std::unique_ptr<Server>> Server::bind(const std::string& socket_path,
                                                   daemon::Daemon& daemon) {
  if (auto checked = check_place(socket_path); !checked) return checked.error();
  ::unlink(socket_path.c_str());  // of a daemon that was killed
  auto server = std::make_unique<HttpServer>(socket_path, daemon);
  if (!server->bind()) {
    return base::Error{base::Errc::io, "cannot bind the API's socket; does its folder exist?",
                       socket_path};
  }
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace sluice::api
