// The device process of XRT's emulation without XRT: MACs, memory, a card that is gone, and
// whatever else may arrive on its socket.
#include "bridge.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "emulated_card.hpp"
#include "framing.hpp"
#include "hw_emu.pb.h"
#include "mac_registers.hpp"

namespace sluice::sim::xrt {
namespace {

std::mt19937_64 seeded() {
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("seed %llu (SLUICE_SEED=%llu replays)\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed));
  return std::mt19937_64(seed);
}

std::string random_bytes(std::mt19937_64& rng, std::size_t most) {
  std::string bytes(rng() % (most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng());
  return bytes;
}

TEST(MacRegisters, TellTheStatusOfBeforeOnTheFirstRead) {
  MacRegisters mac;
  EXPECT_EQ(mac.read(MacRegisters::kRxStatus), 0xc0u);
  EXPECT_EQ(mac.read(MacRegisters::kRxStatus), 0x3u);
  mac.set_rx_status(0x40);
  EXPECT_EQ(mac.read(MacRegisters::kRxStatus), 0x3u);
  EXPECT_EQ(mac.read(MacRegisters::kRxStatus), 0x40u);
  mac.write(0x107c, 3);
  EXPECT_EQ(mac.read(0x107c), 3u);
  EXPECT_EQ(mac.read(MacRegisters::kApertureBytes), 0u);
}

Reply read_register(EmulatedCard& card, std::uint64_t address, std::uint32_t size_bytes) {
  RegisterRead request;
  request.set_address(address);
  request.set_size_bytes(size_bytes);
  Reply reply;
  EXPECT_TRUE(reply.ParseFromString(card.serve(Call::register_read, request.SerializeAsString())));
  return reply;
}

CardOptions no_simulator() {
  CardOptions options;
  options.sim_socket = "/tmp/sl-xrt-no-such-socket";
  return options;
}

TEST(EmulatedCard, ReadsAllOnesOnceTheSimulatorIsGone) {
  EmulatedCard card(no_simulator());
  card.begin_session();
  EXPECT_EQ(read_register(card, kCardBase, 4).data(), "\xff\xff\xff\xff");
  EXPECT_EQ(read_register(card, kMacBase + kMacStrideBytes + 0x204, 4).data(),
            std::string("\xc0\0\0\0", 4))
      << "a MAC is not behind the simulator";
  EXPECT_EQ(read_register(card, kCardBase, 1u << 30).value(), 0u);
}

TEST(EmulatedCard, TakesWritesToMemoryWithoutAWordOnceTheSimulatorIsGone) {
  EmulatedCard card(no_simulator());
  card.begin_session();
  HostToDevice write;
  write.set_address(4096);
  write.set_data("12345");
  Reply reply;
  ASSERT_TRUE(reply.ParseFromString(card.serve(Call::host_to_device, write.SerializeAsString())));
  EXPECT_EQ(reply.value(), 5u);
  DeviceToHost read;
  read.set_address(4096);
  read.set_size_bytes(5);
  ASSERT_TRUE(reply.ParseFromString(card.serve(Call::device_to_host, read.SerializeAsString())));
  EXPECT_EQ(reply.data(), "\xff\xff\xff\xff\xff");
}

TEST(EmulatedCard, AnswersWhateverThePayloadIs) {
  EmulatedCard card(no_simulator());
  std::mt19937_64 rng = seeded();
  for (int i = 0; i < 20000; ++i) {
    const auto call = static_cast<Call>(rng() % 24);
    EXPECT_LT(card.serve(call, random_bytes(rng, 60)).size(), std::size_t{1} << 20);
  }
}

// A bridge that serves in a thread until the end of the test.
class ServedBridge {
 public:
  ServedBridge() : card_(no_simulator()), bridge_(path_, card_) {
    EXPECT_TRUE(bridge_.listen());
    thread_ = std::thread([this] {
      while (!stop_) bridge_.serve(std::chrono::milliseconds(5));
    });
  }
  ~ServedBridge() {
    stop_ = true;
    thread_.join();
  }
  const std::string& path() const { return path_; }

  base::Fd connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    for (int i = 0; i < 400; ++i) {
      base::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return fd;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }

 private:
  std::string path_ = "/tmp/sl-xrt-bridge-" + std::to_string(getpid()) + ".sock";
  EmulatedCard card_;
  Bridge bridge_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void send_all(const base::Fd& fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // the bridge may have hung up
    sent += static_cast<std::size_t>(n);
  }
}

std::string receive(const base::Fd& fd, std::size_t bytes) {
  std::string got(bytes, '\0');
  got.resize(static_cast<std::size_t>(
      std::max<ssize_t>(0, recv(fd.get(), got.data(), bytes, MSG_WAITALL))));
  return got;
}

// A call to set up, and its acknowledgement.
void expect_service(const ServedBridge& bridge) {
  const base::Fd fd = bridge.connect();
  ASSERT_TRUE(fd) << "nobody listens";
  send_all(fd, frame_request(Call::set_environment, std::string(70000, 'x')));
  EXPECT_EQ(receive(fd, 11), frame_reply("\x08\x01"));
  send_all(fd, frame_request(Call::close, ""));
  EXPECT_EQ(receive(fd, 11), frame_reply("\x08\x01"));
  EXPECT_EQ(receive(fd, 1), "") << "a session ends with its close";
}

TEST(Bridge, ServesOneHostAfterTheOther) {
  const ServedBridge bridge;
  for (int i = 0; i < 5; ++i) expect_service(bridge);
}

TEST(Bridge, ListensAgainWhenXrtHasRemovedItsSocket) {
  const ServedBridge bridge;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(unlink(bridge.path().c_str()), 0);
    expect_service(bridge);
  }
}

TEST(Bridge, HangsUpOnWhatIsNoRequestAndServesTheNext) {
  const ServedBridge bridge;
  std::mt19937_64 rng = seeded();
  for (int i = 0; i < 200; ++i) {
    const base::Fd fd = bridge.connect();
    ASSERT_TRUE(fd);
    std::string bytes = random_bytes(rng, 200);
    if (rng() % 2 == 0 && bytes.size() >= kRequestHeaderBytes) {
      bytes[0] = 0x09;  // a header with a length and a call of chance
      bytes[9] = 0x15;
    }
    send_all(fd, bytes);
  }
  const base::Fd idle = bridge.connect();  // half a request holds nobody up
  send_all(idle, frame_request(Call::set_environment, "").substr(0, 7));
  expect_service(bridge);
}

TEST(Bridge, TakesNoMoreSessionsThanItsLimit) {
  const ServedBridge bridge;
  std::vector<base::Fd> sessions;
  for (std::size_t i = 0; i < Bridge::kMaxSessions; ++i) {
    sessions.push_back(bridge.connect());
    send_all(sessions.back(), frame_request(Call::set_environment, ""));
    ASSERT_EQ(receive(sessions.back(), 11).size(), 11u);
  }
  const base::Fd one_more = bridge.connect();
  EXPECT_EQ(receive(one_more, 1), "") << "hung up at once";
  sessions.clear();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  expect_service(bridge);
}

}  // namespace
}  // namespace sluice::sim::xrt
