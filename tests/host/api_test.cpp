// The API of a daemon in this process, in a network namespace of its own, on a fake card.
#include <gtest/gtest.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "api/server.hpp"
#include "fake_card.hpp"
#include "own_network.hpp"

namespace sluice::api {
namespace {

using std::chrono::milliseconds;
using test::kConfigText;
using test::with_change;

constexpr Limits kShort{milliseconds(300), milliseconds(400), milliseconds(1500),
                        milliseconds(300)};

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::enter_own_network();
    spdlog::set_level(spdlog::level::off);
    folder_ = std::filesystem::path(testing::TempDir()) / ("api-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    std::ofstream(folder_ / "config.yaml") << kConfigText;
    auto started = daemon::Daemon::start(
        {[this] { return card_.board(); }, folder_ / "config.yaml", "sluice0", folder_});
    ASSERT_TRUE(started.ok()) << started.error().message();
    daemon_ = std::move(*started);
  }
  void TearDown() override {
    free_loop();
    if (daemon_) daemon_->loop().stop();
    server_.reset();
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(folder_);
  }

  void serve(const Limits& limits) {
    auto server = Server::bind(folder_ / "api.sock", *daemon_, limits);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(*server);
    server_->start();
    thread_ = std::thread([this] { EXPECT_TRUE(daemon_->run().ok()); });
  }

  // From now on, until free_loop(), the daemon's thread does something else.
  void hold_loop() {
    auto held = std::make_shared<std::promise<void>>();
    auto freed = std::make_shared<std::promise<void>>();
    free_ = freed;
    daemon_->loop().post([held, freed] {
      held->set_value();
      freed->get_future().wait();
    });
    held->get_future().wait();
  }
  void free_loop() {
    if (free_) free_->set_value();
    free_.reset();
  }

  base::Fd connect() const {
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_ / "api.sock";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static void send(const base::Fd& fd, const std::string& text) {
    EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  static std::string answer_of(const base::Fd& fd) {
    std::string answer;
    char buffer[4096];
    for (ssize_t count; (count = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(count));
    }
    return answer;
  }
  std::string ask(const std::string& request) const {
    const base::Fd fd = connect();
    send(fd, request);
    return answer_of(fd);
  }
  static std::string get(const std::string& path) { return "GET " + path + " HTTP/1.0\r\n\r\n"; }
  static std::string apply(const std::string& config) {
    return "POST /v1/config/apply HTTP/1.1\r\nContent-Length: " + std::to_string(config.size()) +
           "\r\n\r\n" + config;
  }
  static std::string port_81() { return with_change(kConfigText, "port: 80", "port: 81"); }

  // What the daemon runs, when all that was asked for before has been done or dropped.
  unsigned running_port() {
    auto port = std::make_shared<std::promise<unsigned>>();
    daemon_->loop().post(
        [this, port] { port->set_value(daemon_->tables().config().services[0].port); },
        daemon::Loop::Order::reading);
    return port->get_future().get();
  }

  test::FakeCard card_;
  std::filesystem::path folder_;
  std::unique_ptr<daemon::Daemon> daemon_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<std::promise<void>> free_;
  std::thread thread_;
};

TEST_F(ApiTest, an_apply_whose_client_has_gone_is_never_begun) {
  serve({});
  hold_loop();
  {
    const base::Fd fd = connect();
    send(fd, apply(port_81()));
    std::this_thread::sleep_for(milliseconds(100));  // let it be posted; else it proves less
  }
  free_loop();
  EXPECT_EQ(running_port(), 80);
  EXPECT_EQ(card_.commits(), 1u);
}

TEST_F(ApiTest, an_apply_of_a_client_that_only_has_no_more_to_say_is_done) {
  serve({});
  const base::Fd fd = connect();
  send(fd, apply(port_81()));
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_NE(answer_of(fd).find(" 200 "), std::string::npos);
  EXPECT_EQ(running_port(), 81);
}

TEST_F(ApiTest, an_apply_that_was_answered_with_busy_does_not_happen_later) {
  serve(kShort);
  hold_loop();
  const std::string answer = ask(apply(port_81()));
  EXPECT_NE(answer.find(" 503 "), std::string::npos) << answer;
  EXPECT_NE(answer.find("nothing was done"), std::string::npos) << answer;
  free_loop();
  EXPECT_EQ(running_port(), 80);
}

TEST_F(ApiTest, clients_that_drip_are_cut_off_and_hold_nobody_up) {
  Limits limits;
  limits.read = milliseconds(300);
  serve(limits);
  std::vector<base::Fd> slow;
  for (int i = 0; i < 40; ++i) {  // more than there are threads
    slow.push_back(connect());
    send(slow.back(), "G");
  }
  EXPECT_NE(ask(get("/v1/status")).find(" 200 "), std::string::npos);
  for (const base::Fd& fd : slow) EXPECT_EQ(answer_of(fd), "") << "cut off without an answer";
}

TEST_F(ApiTest, a_body_that_does_not_come_in_time_is_told_so) {
  serve(kShort);
  const std::string answer =
      ask("POST /v1/config/apply HTTP/1.1\r\nContent-Length: 100\r\n\r\nversion: 1\n");
  EXPECT_NE(answer.find(" 408 "), std::string::npos) << answer;
  EXPECT_EQ(running_port(), 80);
}

TEST_F(ApiTest, two_readings_of_the_table_go_on_and_a_third_is_told_to_wait) {
  serve({});
  while (ask(get("/v1/connections/stats")).find("\"in_use\":true") == std::string::npos) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  hold_loop();
  std::vector<base::Fd> readers;
  std::vector<pollfd> waiting;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(connect());
    send(readers.back(), get("/v1/connections"));
    waiting.push_back({readers.back().get(), POLLIN, 0});
  }
  ASSERT_EQ(::poll(waiting.data(), waiting.size(), 10'000), 1) << "one is answered at once";
  free_loop();
  unsigned done = 0, refused = 0;
  for (const base::Fd& reader : readers) {
    const std::string answer = answer_of(reader);
    done += answer.find("{\"done\":") != std::string::npos ? 1 : 0;
    refused += answer.find(" 503 ") != std::string::npos &&
                       answer.find("being read for others") != std::string::npos
                   ? 1
                   : 0;
  }
  EXPECT_EQ(done, 2u);
  EXPECT_EQ(refused, 1u);
  EXPECT_NE(ask(get("/v1/connections")).find("{\"done\":"), std::string::npos) << "a place is free";
}

}  // namespace
}  // namespace sluice::api
