// The control socket: good clients get registers, malformed ones are cut off, others do not notice.
#include "control_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace sluice::sim {
namespace {

using driver::SimHeader;
using driver::SimOp;
using driver::SimStatus;

struct Reply {
  SimHeader header{};
  std::vector<std::uint8_t> payload;
  std::uint32_t word(std::size_t i) const {
    std::uint32_t value;
    std::memcpy(&value, payload.data() + 4 * i, 4);
    return value;
  }
  SimStatus status() const { return static_cast<SimStatus>(header.status); }
};

// Server and clients in one thread: pump() lets the server work until it has nothing left to do.
class ControlServerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("sl-control-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    auto server =
        ControlServer::listen(path(), card_.memory(), [] { return std::string("{\"cycles\":1}"); });
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }
  void TearDown() override {
    EXPECT_FALSE(card_.failed()) << card_.error();
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path())) << "the socket is left behind";
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return folder_ / "control.sock"; }

  base::Fd connect() {
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  void pump() {
    for (int turn = 0; turn < 8; ++turn) {
      server_->serve();
      while (server_->wants_card()) {
        card_.step();
        server_->advance(card_);
      }
    }
  }

  static void send_bytes(const base::Fd& fd, const void* bytes, std::size_t count) {
    ASSERT_EQ(::send(fd.get(), bytes, count, MSG_NOSIGNAL), static_cast<ssize_t>(count));
  }

  static std::vector<std::uint8_t> request(SimOp op, const std::vector<std::uint32_t>& words) {
    const SimHeader header{static_cast<std::uint32_t>(4 * words.size()),
                           static_cast<std::uint16_t>(op), 0};
    std::vector<std::uint8_t> bytes(sizeof header + 4 * words.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    if (!words.empty()) std::memcpy(bytes.data() + sizeof header, words.data(), 4 * words.size());
    return bytes;
  }

  // False: nothing there.
  static bool receive(const base::Fd& fd, Reply* reply) {
    if (::recv(fd.get(), &reply->header, sizeof reply->header, 0) != sizeof reply->header) {
      return false;
    }
    reply->payload.resize(reply->header.payload_bytes);
    if (reply->payload.empty()) return true;
    return ::recv(fd.get(), reply->payload.data(), reply->payload.size(), 0) ==
           static_cast<ssize_t>(reply->payload.size());
  }

  Reply call(const base::Fd& fd, SimOp op, const std::vector<std::uint32_t>& words) {
    const auto bytes = request(op, words);
    send_bytes(fd, bytes.data(), bytes.size());
    pump();
    Reply reply;
    EXPECT_TRUE(receive(fd, &reply)) << "no reply";
    return reply;
  }

  static bool closed(const base::Fd& fd) {
    char byte;
    return ::recv(fd.get(), &byte, 1, 0) == 0;
  }

  std::filesystem::path folder_;
  SimCard card_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, makes_its_socket_for_its_owner_only) {
  struct stat status;
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ControlServerTest, refuses_a_path_where_another_card_listens) {
  const auto second = ControlServer::listen(path(), card_.memory(), [] { return std::string(); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::busy);
}

TEST_F(ControlServerTest, does_not_replace_a_file_that_is_no_socket) {
  const std::string file = folder_ / "precious";
  ASSERT_EQ(::close(::creat(file.c_str(), 0600)), 0);
  EXPECT_FALSE(ControlServer::listen(file, card_.memory(), [] { return std::string(); }));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(ControlServerTest, replaces_the_socket_of_a_card_that_is_gone) {
  const std::string stale = folder_ / "stale.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  stale.copy(address.sun_path, sizeof address.sun_path - 1);
  {
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(ControlServer::listen(stale, card_.memory(), [] { return std::string(); }));
}

TEST_F(ControlServerTest, greets_a_client_of_its_version) {
  const base::Fd client = connect();
  const Reply reply = call(client, SimOp::hello, {driver::kSimProtocolVersion});
  EXPECT_EQ(reply.status(), SimStatus::ok);
  EXPECT_EQ(reply.word(0), driver::kSimProtocolVersion);
}

TEST_F(ControlServerTest, tells_a_client_of_another_version_its_own_and_cuts_it_off) {
  const base::Fd client = connect();
  const Reply reply = call(client, SimOp::hello, {driver::kSimProtocolVersion + 1});
  EXPECT_EQ(reply.status(), SimStatus::bad_request);
  EXPECT_EQ(reply.word(0), driver::kSimProtocolVersion);
  EXPECT_TRUE(closed(client));
}

TEST_F(ControlServerTest, reads_and_writes_registers) {
  const base::Fd client = connect();
  const Reply magic = call(client, SimOp::read, {layout::kReg_magic, 1});
  EXPECT_EQ(magic.status(), SimStatus::ok);
  ASSERT_EQ(magic.payload.size(), 4u);
  EXPECT_EQ(magic.word(0), layout::kMagic);
  EXPECT_EQ(call(client, SimOp::write, {layout::kReg_scratch, 1, 0xcafe}).status(), SimStatus::ok);
  EXPECT_EQ(call(client, SimOp::read, {layout::kReg_scratch, 1}).word(0), 0xcafeu);
}

TEST_F(ControlServerTest, passes_on_that_the_card_refused) {
  const base::Fd client = connect();
  const Reply reply = call(client, SimOp::write, {layout::kReg_magic, 1, 1});
  EXPECT_EQ(reply.status(), SimStatus::slave_error);
  EXPECT_TRUE(reply.payload.empty());
}

TEST_F(ControlServerTest, says_how_it_is) {
  const base::Fd client = connect();
  const Reply reply = call(client, SimOp::info, {});
  EXPECT_EQ(reply.status(), SimStatus::ok);
  EXPECT_EQ(std::string(reply.payload.begin(), reply.payload.end()), "{\"cycles\":1}");
}

TEST_F(ControlServerTest, keeps_what_is_written_to_the_boards_memory) {
  const base::Fd client = connect();
  // Across a page, far up: nothing is said of where a board's memory lies.
  const std::vector<std::uint32_t> place = {0xfffffff8, 0x20};
  EXPECT_EQ(call(client, SimOp::memory_write, {place[0], place[1], 1, 2, 3, 4}).status(),
            SimStatus::ok);
  const Reply back = call(client, SimOp::memory_read, {place[0], place[1], 5});
  ASSERT_EQ(back.status(), SimStatus::ok);
  ASSERT_EQ(back.payload.size(), 20u);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(back.word(i), i + 1);
  EXPECT_EQ(back.word(4), 0u) << "never written";
  for (const std::vector<std::uint32_t>& bad : {std::vector<std::uint32_t>{0, 0},
                                                {0, 0, 0},
                                                {0, 0, driver::kSimMaxWords + 1},
                                                {0, 0, 1, 1},
                                                {0xfffffffc, 0xffffffff, 2}}) {
    EXPECT_EQ(call(client, SimOp::memory_read, bad).status(), SimStatus::bad_request);
  }
  EXPECT_EQ(call(client, SimOp::memory_write, {0, 0}).status(), SimStatus::bad_request);
  EXPECT_EQ(call(client, SimOp::memory_write, {0xfffffffc, 0xffffffff, 1, 2}).status(),
            SimStatus::bad_request);
}

TEST_F(ControlServerTest, notices_a_commit) {
  const base::Fd client = connect();
  EXPECT_FALSE(server_->commit_seen());
  call(client, SimOp::write, {layout::kReg_control, 1, layout::kControlSnapshot});
  EXPECT_FALSE(server_->commit_seen());
  call(client, SimOp::write, {layout::kReg_control, 1, layout::kControlCommit});
  EXPECT_TRUE(server_->commit_seen());
}

TEST_F(ControlServerTest, refuses_what_cannot_be_and_goes_on) {
  const base::Fd client = connect();
  const std::vector<std::vector<std::uint32_t>> bad = {
      {},                               // no address
      {layout::kReg_magic},             // no count
      {layout::kReg_magic, 0},          // nothing
      {layout::kReg_magic, 1, 5},       // a read with data
      {2, 1},                           // misaligned
      {layout::kApertureBytes, 1},      // beyond the aperture
      {layout::kApertureBytes - 4, 2},  // partly beyond
      {0xfffffffc, 2},                  // wraps
      {0, driver::kSimMaxWords + 1},    // too many
      {0, 0x40000001},                  // as bytes it would wrap
  };
  for (const auto& words : bad) {
    EXPECT_EQ(call(client, SimOp::read, words).status(), SimStatus::bad_request);
  }
  EXPECT_EQ(call(client, SimOp::write, {layout::kReg_scratch, 2, 1}).status(),
            SimStatus::bad_request);
  EXPECT_EQ(call(client, static_cast<SimOp>(77), {}).status(), SimStatus::bad_request);
  EXPECT_EQ(call(client, SimOp::info, {1}).status(), SimStatus::bad_request);
  EXPECT_EQ(call(client, SimOp::read, {layout::kReg_magic, 1}).word(0), layout::kMagic);
}

TEST_F(ControlServerTest, cuts_off_a_client_whose_framing_is_broken) {
  const base::Fd client = connect();
  const base::Fd other = connect();
  const SimHeader header{0x7fffffff, static_cast<std::uint16_t>(SimOp::read), 0};
  send_bytes(client, &header, sizeof header);
  pump();
  Reply reply;
  ASSERT_TRUE(receive(client, &reply));
  EXPECT_EQ(reply.status(), SimStatus::bad_request);
  EXPECT_TRUE(closed(client));
  EXPECT_EQ(server_->clients(), 1u);
  EXPECT_EQ(call(other, SimOp::read, {layout::kReg_magic, 1}).word(0), layout::kMagic);
}

TEST_F(ControlServerTest, waits_for_the_rest_of_a_request) {
  const base::Fd client = connect();
  const auto bytes = request(SimOp::read, {layout::kReg_magic, 1});
  for (const std::uint8_t byte : bytes) {
    Reply reply;
    EXPECT_FALSE(receive(client, &reply));
    send_bytes(client, &byte, 1);
    pump();
  }
  Reply reply;
  ASSERT_TRUE(receive(client, &reply));
  EXPECT_EQ(reply.word(0), layout::kMagic);
}

TEST_F(ControlServerTest, answers_every_request_that_was_sent_ahead) {
  const base::Fd client = connect();
  constexpr int kRequests = 2000;  // together more than the server buffers
  const auto bytes = request(SimOp::read, {layout::kReg_magic, 1});
  std::vector<std::uint8_t> all;
  for (int i = 0; i < kRequests; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
  send_bytes(client, all.data(), all.size());
  int replies = 0;
  for (int turn = 0; turn < 100; ++turn) {
    pump();
    Reply reply;
    while (receive(client, &reply)) replies += reply.word(0) == layout::kMagic ? 1 : 0;
  }
  EXPECT_EQ(replies, kRequests);
}

TEST_F(ControlServerTest, serves_several_clients_a_whole_request_each) {
  const base::Fd first = connect();
  const base::Fd second = connect();
  const auto bytes = request(SimOp::read, {layout::kReg_magic, 8});
  send_bytes(first, bytes.data(), bytes.size());
  send_bytes(second, bytes.data(), bytes.size());
  pump();
  for (const base::Fd* client : {&first, &second}) {
    Reply reply;
    ASSERT_TRUE(receive(*client, &reply));
    ASSERT_EQ(reply.payload.size(), 32u);
    EXPECT_EQ(reply.word(0), layout::kMagic);
  }
}

TEST_F(ControlServerTest, outlives_a_client_that_leaves_in_the_middle_of_its_request) {
  base::Fd client = connect();
  const auto bytes = request(SimOp::read, {layout::kWindow_table, 4096});
  send_bytes(client, bytes.data(), bytes.size());
  server_->serve();
  for (int i = 0; i < 100; ++i) {
    card_.step();
    server_->advance(card_);
  }
  client.reset();
  pump();
  EXPECT_EQ(server_->clients(), 0u);
  const base::Fd next = connect();
  EXPECT_EQ(call(next, SimOp::read, {layout::kReg_magic, 1}).word(0), layout::kMagic);
}

TEST_F(ControlServerTest, gives_the_card_to_one_client_and_tells_others_who_has_it) {
  const base::Fd owner = connect();
  const base::Fd other = connect();
  EXPECT_TRUE(call(owner, SimOp::own, {}).payload.empty());
  EXPECT_TRUE(call(owner, SimOp::own, {}).payload.empty()) << "it has it already";
  const Reply refused = call(other, SimOp::own, {});
  EXPECT_EQ(refused.status(), SimStatus::ok);
  const std::string who(refused.payload.begin(), refused.payload.end());
  EXPECT_NE(who.find("process " + std::to_string(::getpid()) + " ("), std::string::npos) << who;
}

TEST_F(ControlServerTest, lets_others_read_while_one_owns_the_card_and_refuses_what_they_write) {
  const base::Fd owner = connect();
  const base::Fd other = connect();
  EXPECT_EQ(call(other, SimOp::write, {layout::kReg_scratch, 1, 7}).status(), SimStatus::ok);
  call(owner, SimOp::own, {});
  EXPECT_EQ(call(other, SimOp::write, {layout::kReg_scratch, 1, 8}).status(), SimStatus::not_owner);
  EXPECT_EQ(call(other, SimOp::memory_write, {0, 0, 8}).status(), SimStatus::not_owner);
  EXPECT_EQ(call(other, SimOp::read, {layout::kReg_scratch, 1}).word(0), 7u);
  EXPECT_EQ(call(owner, SimOp::write, {layout::kReg_scratch, 1, 9}).status(), SimStatus::ok);
}

TEST_F(ControlServerTest, gives_the_card_of_a_client_that_has_gone_to_the_next) {
  base::Fd owner = connect();
  const base::Fd other = connect();
  call(owner, SimOp::own, {});
  ASSERT_FALSE(call(other, SimOp::own, {}).payload.empty());
  // Its end and the next request come at once.
  owner.reset();
  EXPECT_TRUE(call(other, SimOp::own, {}).payload.empty());
  EXPECT_EQ(call(other, SimOp::write, {layout::kReg_scratch, 1, 9}).status(), SimStatus::ok);
}

TEST_F(ControlServerTest, closes_clients_beyond_its_bound) {
  std::vector<base::Fd> clients;
  for (std::size_t i = 0; i < ControlServer::kMaxClients; ++i) clients.push_back(connect());
  pump();
  EXPECT_EQ(server_->clients(), ControlServer::kMaxClients);
  const base::Fd extra = connect();
  pump();
  EXPECT_TRUE(closed(extra));
  EXPECT_EQ(call(clients.back(), SimOp::read, {layout::kReg_magic, 1}).word(0), layout::kMagic);
}

}  // namespace
}  // namespace sluice::sim
