#include "api/server.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/report.hpp"
#include "connection_routes.hpp"
#include "exchange.hpp"
#include "http_status.hpp"
#include "request.hpp"

namespace sluice::api {
namespace {

// More than the two long readings and one long change that may go on, and than slow clients are.
constexpr std::size_t kApiThreads = 16;

constexpr std::chrono::milliseconds kLookEvery{300};

using Order = daemon::Loop::Order;

struct Answer {
  int http_status = 200;
  Json body;
};

Answer failed(const base::Error& error) { return {http_status(error.code), error_report(error)}; }

Answer answer_of(const base::Result<Json>& report) {
  return report ? Answer{200, *report} : failed(report.error());
}

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
  HttpServer(std::string path, daemon::Daemon& daemon, const Limits& limits)
      : path_(std::move(path)), daemon_(daemon), http_(kApiThreads, limits) {
    http_.set_address_family(AF_UNIX);
    http_.set_payload_max_length(daemon::kMaxConfigBytes);
    http_.set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (response.body.empty()) explain(request, response);
    });
    http_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          refuse(response, {base::Errc::io, "the request failed within sluiced", ""});
        });
    add_routes();
  }

  ~HttpServer() override {
    http_.stop();
    if (thread_.joinable()) thread_.join();
    ::unlink(path_.c_str());
  }

  bool bind() { return bind_private(http_, path_); }

  // Its threads leave all signals to the one that waits for them.
  void start() override {
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] {
      if (!http_.listen_after_bind()) spdlog::error("API: the socket {} failed", path_);
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    while (!http_.is_running()) std::this_thread::yield();  // else stop() would be lost
  }

 private:
  // What httplib refused by itself.
  void explain(const httplib::Request& request, httplib::Response& response) const {
    constexpr int kNotFound = 404, kWrongMethod = 405;
    if (response.status != kNotFound) {
      return answer(response, response.status,
                    error_report({base::Errc::invalid, "the request is not understood", ""}));
    }
    const bool known = std::find(paths_.begin(), paths_.end(), request.path) != paths_.end();
    answer(response, known ? kWrongMethod : kNotFound,
           known ? error_report({base::Errc::invalid,
                                 "not by " + request.method + "; see docs/daemon.md", ""})
                 : error_report({base::Errc::not_found, "no such path; see docs/daemon.md", ""}));
  }

  void add_routes() {
    add_status();
    get("/v1/config", [](auto& daemon) { return Answer{200, config_report(daemon)}; });
    get("/v1/services", [](auto& daemon) { return Answer{200, services_report(daemon)}; });
    get("/v1/backends", [](auto& daemon) { return Answer{200, backends_report(daemon)}; });
    get("/v1/stats", [](auto& daemon) { return answer_of(stats_report(daemon)); });
    get("/v1/card", [](auto& daemon) { return answer_of(card_report(daemon)); });
    post("/v1/config/check", Order::normal,
         [](auto&, const std::string& text, const std::string& file) {
           const auto read = model::read_config(text, file);
           if (!read.config) return Answer{422, problems_report(read.problems)};
           return Answer{200, check_report(*read.config)};
         });
    post("/v1/config/apply", Order::change,
         [](auto& daemon, const std::string& text, const std::string& file) {
           const auto outcome = daemon.apply(text, file);
           if (!outcome) return failed(outcome.error());
           if (!outcome->problems.empty()) return Answer{422, problems_report(outcome->problems)};
           return Answer{200, apply_report(daemon, *outcome)};
         });
    const auto more = add_connection_routes(http_, [this](Order order, auto work) {
      return run_on_loop(order, [this, work = std::move(work)] { work(daemon_); });
    });
    paths_.insert(paths_.end(), more.begin(), more.end());
  }

  // Also while the daemon's thread reads tables back.
  void add_status() {
    http_.Get("/v1/status", [this](const httplib::Request& request, httplib::Response& response) {
      if (auto good = check_parameters(request, {}); !good) return refuse(response, good.error());
      Answer what;
      auto percent = daemon_.reading_back_pct();
      if (!percent) {
        what = on_loop(Order::normal, [this] { return Answer{200, status_report(daemon_)}; });
        if (what.http_status != 200) percent = daemon_.reading_back_pct();
      }
      if (percent) what = {200, reading_back_report(daemon_, *percent)};
      reply(response, what);
    });
    paths_.push_back("/v1/status");
  }

  template <class Handle>
  void get(const char* path, Handle handle) {
    http_.Get(path, [this, handle](const httplib::Request& request, httplib::Response& response) {
      if (auto good = check_parameters(request, {}); !good) return refuse(response, good.error());
      reply(response, on_loop(Order::normal, [this, handle] { return handle(daemon_); }));
    });
    paths_.push_back(path);
  }

  // The body is a configuration, and parameter `file` its name.
  template <class Handle>
  void post(const char* path, Order order, Handle handle) {
    http_.Post(path,
               [this, order, handle](const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& reader) {
                 if (auto good = check_parameters(request, {"file"}); !good) {
                   return refuse(response, good.error());
                 }
                 const auto body = read_body(request, response, reader, daemon::kMaxConfigBytes);
                 if (!body) return;
                 const std::string file =
                     request.has_param("file") ? request.get_param_value("file") : "(request)";
                 reply(response, on_loop(order, [this, handle, body = *body, file] {
                         return handle(daemon_, body, file);
                       }));
               });
    paths_.push_back(path);
  }

  Answer on_loop(Order order, std::function<Answer()> work) {
    auto answer = std::make_shared<Answer>();
    const auto error = run_on_loop(order, [answer, work = std::move(work)] { *answer = work(); });
    return error ? failed(*error) : *answer;
  }

  // Runs `work` on the daemon's thread and waits for its end. Work that has not begun in time, or
  // whose client has gone, never does: what was answered with a failure must not happen later.
  std::optional<base::Error> run_on_loop(Order order, std::function<void()> work) {
    Exchange& exchange = Exchange::current();
    const Limits& limits = exchange.limits();
    const TimePoint start = exchange.begun() ? SteadyClock::now() : exchange.accepted();
    auto promise = std::make_shared<std::promise<bool>>();
    auto claimed = std::make_shared<std::atomic_flag>();  // by the loop or by us, who comes first
    std::future<bool> future = promise->get_future();
    daemon_.loop().post(
        [promise = std::move(promise), claimed, work = std::move(work),
         socket = exchange.shared_socket(), begin_by = start + limits.begin] {
          if (claimed->test_and_set()) return;
          const bool wanted = SteadyClock::now() < begin_by && !Exchange::gone(*socket);
          if (wanted) work();
          promise->set_value(wanted);
        },
        order);
    const auto not_begun = [] {
      return base::Error{base::Errc::busy,
                         "the daemon is busy with the card: nothing was done; try again", ""};
    };
    while (!wait(future, std::min(SteadyClock::now() + kLookEvery, start + limits.begin))) {
      const auto percent = daemon_.reading_back_pct();
      if (!percent && SteadyClock::now() < start + limits.begin) continue;
      if (claimed->test_and_set()) break;
      if (!percent) return not_begun();
      return base::Error{base::Errc::busy,
                         "the daemon reads the card's tables back (" + std::to_string(*percent) +
                             " %): nothing was done; try again",
                         ""};
    }
    if (!wait(future, start + limits.answer)) {
      return base::Error{base::Errc::hung,
                         "the daemon is still at it; `sluice status` tells what it came to", ""};
    }
    try {
      if (!future.get()) return not_begun();
      exchange.note_begun();
      return std::nullopt;
    } catch (const std::future_error&) {
      return base::Error{base::Errc::link_down, "the daemon is stopping", ""};
    }
  }

  static bool wait(const std::future<bool>& future, TimePoint end) {
    return future.wait_until(end) == std::future_status::ready;
  }

  static void reply(httplib::Response& response, const Answer& what) {
    answer(response, what.http_status, what.body);
  }

  std::string path_;
  daemon::Daemon& daemon_;
  ExchangeServer http_;
  std::vector<std::string> paths_;
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
                                                   daemon::Daemon& daemon, const Limits& limits) {
  if (auto checked = check_place(socket_path); !checked) return checked.error();
  ::unlink(socket_path.c_str());  // of a daemon that was killed
  auto server = std::make_unique<HttpServer>(socket_path, daemon, limits);
  if (!server->bind()) {
    return base::Error{base::Errc::io, "cannot bind the API's socket; does its folder exist?",
                       socket_path};
  }
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace sluice::api
