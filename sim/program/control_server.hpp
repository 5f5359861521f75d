// The registers of the simulated card on a Unix socket (driver/sim_protocol.hpp).
//
// Nothing here waits: serve() moves bytes, advance() moves one register access forward a clock
// cycle. Clients are served in turn, a whole request each. A client that breaks the framing gets
// `bad_request` and is cut off; one that asks for what cannot be gets `bad_request` and may go on.
// One at a time may own the card: then the others may only read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "driver/sim_protocol.hpp"
#include "sim/sim_card.hpp"

namespace sluice::sim {

class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;

  // Makes the socket with mode 0600; a socket file that nobody listens on is replaced. `info` makes
  // the reply of the info request; `memory` is the board's, and must outlive the server.
  static base::Result<std::unique_ptr<ControlServer>> listen(const std::string& path,
                                                             CardMemory& memory,
                                                             std::function<std::string()> info);
  ~ControlServer();

  int poll_fd() const { return epoll_.get(); }
  // Takes in new clients and their bytes, sends replies as far as sockets take them.
  void serve();

  // A request waits for the card.
  bool wants_card() const { return active_ != 0 || !waiting_.empty(); }
  // Call once a cycle while wants_card(); uses the card's AXI-Lite master when it is free.
  void advance(SimCard& card);

  // Some client has asked for a commit.
  bool commit_seen() const { return commit_seen_; }
  std::size_t clients() const { return clients_.size(); }

 private:
  struct Client {
    base::Fd fd;
    std::vector<std::uint8_t> in;
    std::vector<std::uint8_t> out;
    std::uint32_t interest = 0;
    bool cut_off = false;  // close when `out` is gone
    // The request that waits for the card or is in its registers.
    bool pending = false;
    driver::SimOp op{};
    std::uint32_t address = 0;
    std::uint32_t words = 0;
    std::uint32_t done_words = 0;
    std::vector<std::uint32_t> data;
  };
  using ClientId = std::uint64_t;

  ControlServer(std::string path, base::Fd listener, base::Fd epoll, CardMemory& memory,
                std::function<std::string()> info);
  void accept_clients();
  // False: the client is gone.
  bool receive(Client& client);
  bool flush(Client& client);
  void update_interest(ClientId id, Client& client);
  // Starts on the next request in the buffer if it is complete.
  void parse(ClientId id, Client& client);
  void take_request(ClientId id, Client& client, const driver::SimHeader& header,
                    const std::uint8_t* payload);
  void take_access(ClientId id, Client& client, const driver::SimHeader& header,
                   const std::uint8_t* payload);
  void take_card(ClientId id, Client& client);
  // Nobody, or another client that is still there.
  const Client* other_owner(ClientId id) const;
  void take_memory(Client& client, const driver::SimHeader& header, const std::uint8_t* payload);
  void reply(Client& client, std::uint16_t op, driver::SimStatus status, const void* payload,
             std::size_t bytes);
  void finish_access(Client& client, driver::SimStatus status);
  void settle(ClientId id);

  std::string path_;
  base::Fd listener_;
  base::Fd epoll_;
  CardMemory& memory_;
  std::function<std::string()> info_;
  std::map<ClientId, Client> clients_;
  ClientId next_id_ = 1;
  ClientId owner_ = 0;             // may have gone
  std::vector<ClientId> waiting_;  // pending requests in the order they came
  ClientId active_ = 0;            // whose access is in the AXI-Lite master; 0: none
  bool commit_seen_ = false;
};

}  // namespace sluice::sim
