// The TCP checker against real sockets in a namespace of its own.
#include "health/tcp_checker.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <vector>

#include "net/tap.hpp"
#include "own_network.hpp"

namespace sluice::health {
namespace {

using base::Ipv4;

base::Fd listen_on(Ipv4 address, std::uint16_t port) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in self{};
  self.sin_family = AF_INET;
  self.sin_addr.s_addr = htonl(address.value);
  self.sin_port = htons(port);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&self), sizeof self), 0);
  EXPECT_EQ(::listen(fd.get(), 4096), 0);
  return fd;
}

class TcpCheckerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::enter_own_network();
    auto made = TcpChecker::create(
        [this](TcpChecker::Id id, const State& state) { changes_.emplace_back(id, state); });
    ASSERT_TRUE(made.ok());
    checker_.emplace(std::move(*made));
  }

  Check check(Ipv4 address, std::uint16_t port) const {
    Check result;
    result.address = address;
    result.port = port;
    result.interval = Millis(50);
    result.timeout = Millis(30);
    return result;
  }

  // Runs the checker in real time until `done` or two seconds.
  template <class Done>
  bool run_until(const Done& done) {
    const TimePoint end = Clock::now() + std::chrono::seconds(2);
    while (!done()) {
      const TimePoint now = Clock::now();
      if (now > end) return false;
      pollfd wait{checker_->fd(), POLLIN, 0};
      ::poll(&wait, 1, 1);
      checker_->run(Clock::now());
    }
    return true;
  }

  std::optional<TcpChecker> checker_;
  std::vector<std::pair<TcpChecker::Id, State>> changes_;
  const Ipv4 loopback_{0x7f000001};
};

TEST_F(TcpCheckerTest, a_listening_backend_stays_up) {
  const base::Fd listener = listen_on(loopback_, 8080);
  checker_->set(1, check(loopback_, 8080), true, Clock::now());
  ASSERT_TRUE(run_until([&] { return checker_->state(1)->last == Outcome::accepted; }));
  EXPECT_TRUE(changes_.empty());
  EXPECT_GT(checker_->state(1)->mean_response.count(), 0);
  EXPECT_LE(checker_->state(1)->mean_response, checker_->state(1)->last_duration + Millis(1));
}

TEST_F(TcpCheckerTest, a_refusing_backend_goes_down_and_says_so) {
  checker_->set(7, check(loopback_, 8081), true, Clock::now());
  ASSERT_TRUE(run_until([&] { return !changes_.empty(); }));
  EXPECT_EQ(changes_[0].first, 7u);
  EXPECT_FALSE(changes_[0].second.up);
  EXPECT_EQ(changes_[0].second.last, Outcome::refused);
  EXPECT_EQ(changes_[0].second.mean_response.count(), 0) << "a refusal is no response";
}

TEST_F(TcpCheckerTest, a_backend_comes_back_when_it_listens_again) {
  checker_->set(7, check(loopback_, 8081), false, Clock::now());
  ASSERT_TRUE(run_until([&] { return checker_->state(7)->last == Outcome::refused; }));
  EXPECT_TRUE(changes_.empty());
  const base::Fd listener = listen_on(loopback_, 8081);
  ASSERT_TRUE(run_until([&] { return !changes_.empty(); }));
  EXPECT_TRUE(changes_[0].second.up);
  EXPECT_EQ(changes_[0].second.last, Outcome::accepted);
}

TEST_F(TcpCheckerTest, a_black_hole_times_out) {
  auto tap = net::Tap::open("sl-hole");  // nobody answers behind it
  ASSERT_TRUE(tap.ok()) << tap.error().message();
  test::run("ip addr add 10.9.0.1/24 dev sl-hole && ip link set sl-hole up");
  test::run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev sl-hole nud permanent");
  Check hole = check(Ipv4{0x0a090002}, 80);
  hole.source = Ipv4{0x0a090001};
  hole.device = "sl-hole";
  checker_->set(3, hole, true, Clock::now());
  ASSERT_TRUE(run_until([&] { return !changes_.empty(); }));
  EXPECT_EQ(changes_[0].second.last, Outcome::timeout);
  EXPECT_GE(changes_[0].second.last_duration, Millis(30));
}

TEST_F(TcpCheckerTest, a_backend_that_does_not_answer_arp_is_unreachable) {
  auto tap = net::Tap::open("sl-hole");
  ASSERT_TRUE(tap.ok()) << tap.error().message();
  test::run("ip addr add 10.9.0.1/24 dev sl-hole && ip link set sl-hole up");
  test::run("echo 20 > /proc/sys/net/ipv4/neigh/sl-hole/retrans_time_ms");
  Check nobody = check(Ipv4{0x0a090002}, 80);
  nobody.interval = nobody.timeout = Millis(1000);
  nobody.fall = 1;
  checker_->set(3, nobody, true, Clock::now() - Millis(1000));
  ASSERT_TRUE(run_until([&] { return !changes_.empty(); }));
  EXPECT_EQ(changes_[0].second.last, Outcome::unreachable);
}

TEST_F(TcpCheckerTest, a_missing_route_is_this_hosts_trouble) {
  checker_->set(3, check(Ipv4{0xc0000201}, 80), true, Clock::now());
  ASSERT_TRUE(run_until([&] { return checker_->state(3)->last == Outcome::local; }));
  EXPECT_TRUE(changes_.empty());
}

// A black hole for the tests below.
class SilentBackendTest : public TcpCheckerTest {
 protected:
  void SetUp() override {
    TcpCheckerTest::SetUp();
    auto tap = net::Tap::open("sl-hole");
    ASSERT_TRUE(tap.ok()) << tap.error().message();
    tap_.emplace(std::move(*tap));
    test::run("ip addr add 10.9.0.1/24 dev sl-hole && ip link set sl-hole up");
    test::run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev sl-hole nud permanent");
    Check silent = check(Ipv4{0x0a090002}, 80);
    silent.fall = 2;
    checker_->set(3, silent, true, start_);
    checker_->run(start_ + Millis(50));  // it begins here at the latest
    ASSERT_EQ(checker_->in_progress(), 1u);
  }

  std::optional<net::Tap> tap_;
  const TimePoint start_ = Clock::now();
};

TEST_F(SilentBackendTest, silence_waits_until_it_is_known_that_no_answer_is_on_its_way) {
  checker_->run({start_ + Millis(500), start_ + Millis(60)});
  EXPECT_EQ(checker_->state(3)->last, Outcome::none);
  checker_->run({start_ + Millis(500), start_ + Millis(500)});
  EXPECT_EQ(checker_->state(3)->last, Outcome::timeout);
}

TEST_F(SilentBackendTest, silence_while_frames_were_lost_counts_neither_way) {
  checker_->doubt(3);
  checker_->run(start_ + Millis(200));
  EXPECT_EQ(checker_->state(3)->last, Outcome::lost);
  EXPECT_EQ(checker_->state(3)->streak, 0u);
  for (int ms = 300; ms < 1000; ms += 50) checker_->run(start_ + Millis(ms));
  EXPECT_EQ(checker_->state(3)->last, Outcome::timeout);
  EXPECT_FALSE(checker_->state(3)->up);
}

TEST_F(SilentBackendTest, beginning_anew_gives_up_what_runs_and_forgets_what_was_seen) {
  checker_->run(start_ + Millis(200));  // the first failure
  checker_->run(start_ + Millis(300));
  ASSERT_EQ(checker_->state(3)->streak, 1u);
  ASSERT_EQ(checker_->in_progress(), 1u);
  checker_->begin_anew(3, true, start_ + Millis(300));
  EXPECT_EQ(checker_->in_progress(), 0u);
  EXPECT_EQ(checker_->state(3)->streak, 0u);
  EXPECT_TRUE(checker_->state(3)->up);
  checker_->begin_anew(3, false, start_ + Millis(300));
  EXPECT_FALSE(checker_->state(3)->up);
  ASSERT_TRUE(checker_->next_deadline().has_value());
  EXPECT_GE(*checker_->next_deadline(), start_ + Millis(300));
}

TEST_F(SilentBackendTest, a_check_that_is_held_does_nothing_until_it_begins_anew) {
  checker_->hold(3);
  EXPECT_EQ(checker_->in_progress(), 0u);
  EXPECT_FALSE(checker_->next_deadline().has_value());
  checker_->run(start_ + Millis(5000));
  EXPECT_EQ(checker_->state(3)->last, Outcome::none);
  checker_->begin_anew(3, true, start_ + Millis(5000));
  EXPECT_TRUE(checker_->next_deadline().has_value());
}

// What the backend's side reads from the connection of a check.
class CheckCloseTest : public TcpCheckerTest {
 protected:
  std::string ends_with(Close close) {
    const base::Fd listener = listen_on(loopback_, 8080);
    Check wanted = check(loopback_, 8080);
    wanted.close = close;
    checker_->set(1, wanted, true, Clock::now());
    if (!run_until([&] { return checker_->state(1)->last == Outcome::accepted; })) return "nothing";
    const base::Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char byte = 0;
    const ssize_t count = ::recv(accepted.get(), &byte, 1, 0);
    return count == 0 ? "end" : errno == ECONNRESET ? "reset" : "something else";
  }
};

TEST_F(CheckCloseTest, a_check_ends_in_order_unless_told_otherwise) {
  EXPECT_EQ(Check{}.close, Close::fin);
  EXPECT_EQ(ends_with(Close::fin), "end");
}

TEST_F(CheckCloseTest, a_check_can_end_with_a_reset) {
  EXPECT_EQ(ends_with(Close::reset), "reset");
}

TEST_F(TcpCheckerTest, an_answer_counts_though_frames_were_lost) {
  const base::Fd listener = listen_on(loopback_, 8080);
  const TimePoint start = Clock::now();
  checker_->set(1, check(loopback_, 8080), false, start);
  checker_->run(start + Millis(50));
  checker_->doubt(1);
  checker_->run(start + Millis(60));
  EXPECT_EQ(checker_->state(1)->last, Outcome::accepted);
  EXPECT_EQ(checker_->state(1)->streak, 1u);
}

TEST_F(TcpCheckerTest, trouble_of_this_host_takes_nobody_down) {
  Check wrong = check(loopback_, 8080);
  wrong.source = Ipv4{0x0a000001};  // not an address of this host
  checker_->set(3, wrong, true, Clock::now());
  ASSERT_TRUE(run_until([&] { return checker_->state(3)->last == Outcome::local; }));
  EXPECT_TRUE(checker_->state(3)->up);
  EXPECT_TRUE(changes_.empty());
}

// The clock is the caller's: a second of a stalled caller must not turn an accepted connection
// into a timeout.
TEST_F(TcpCheckerTest, an_answer_taken_late_still_counts) {
  const base::Fd listener = listen_on(loopback_, 8080);
  const TimePoint start = Clock::now();
  checker_->set(1, check(loopback_, 8080), true, start);
  checker_->run(start + Millis(50));  // the first connect starts here at the latest
  checker_->run(start + std::chrono::seconds(10));
  EXPECT_TRUE(changes_.empty());
  EXPECT_EQ(checker_->state(1)->last, Outcome::accepted);
}

TEST_F(TcpCheckerTest, checks_of_one_interval_do_not_start_at_once) {
  const base::Fd listener = listen_on(loopback_, 8080);
  const TimePoint start = Clock::now();
  Check slow = check(loopback_, 8080);
  slow.interval = Millis(1000);
  for (TcpChecker::Id id = 0; id < 1000; ++id) checker_->set(id, slow, true, start);
  std::size_t most = 0;
  for (int tenth = 1; tenth <= 10; ++tenth) {
    std::size_t before = 0, after = 0;
    for (TcpChecker::Id id = 0; id < 1000; ++id)
      before += checker_->state(id)->last != Outcome::none;
    checker_->run(start + Millis(100 * tenth));
    checker_->run(start + Millis(100 * tenth));  // takes the answers
    for (TcpChecker::Id id = 0; id < 1000; ++id)
      after += checker_->state(id)->last != Outcome::none;
    most = std::max(most, after - before);
  }
  EXPECT_LT(most, 200u);
  EXPECT_GT(most, 50u);
}

TEST_F(TcpCheckerTest, a_removed_check_stops_and_closes_its_socket) {
  checker_->set(1, check(loopback_, 8080), true, Clock::now());
  checker_->run(Clock::now() + Millis(50));
  checker_->remove(1);
  EXPECT_EQ(checker_->size(), 0u);
  EXPECT_EQ(checker_->in_progress(), 0u);
  EXPECT_FALSE(checker_->next_deadline().has_value());
}

TEST_F(TcpCheckerTest, a_shorter_interval_does_not_wait_for_the_end_of_the_old_one) {
  Check slow = check(loopback_, 8080);
  slow.interval = std::chrono::hours(1);
  const TimePoint now = Clock::now();
  checker_->set(1, slow, true, now);
  ASSERT_GT(*checker_->next_deadline() - now, std::chrono::minutes(1));
  checker_->set(1, check(loopback_, 8080), true, now);
  EXPECT_LE(*checker_->next_deadline() - now, Millis(50));
  const auto soon = checker_->next_deadline();
  checker_->set(1, slow, true, now);
  EXPECT_EQ(checker_->next_deadline(), soon) << "a longer one begins after the next check";
}

TEST_F(TcpCheckerTest, changed_parameters_keep_what_is_known) {
  const base::Fd listener = listen_on(loopback_, 8080);
  checker_->set(1, check(loopback_, 8080), true, Clock::now());
  ASSERT_TRUE(run_until([&] { return checker_->state(1)->last == Outcome::accepted; }));
  Check changed = check(loopback_, 8082);  // refuses
  changed.fall = 2;
  checker_->set(1, changed, false, Clock::now());
  EXPECT_TRUE(checker_->state(1)->up);
  ASSERT_TRUE(run_until([&] { return !changes_.empty(); }));
  EXPECT_FALSE(changes_[0].second.up);
}

}  // namespace
}  // namespace sluice::health
