// The compiled module `pipeline` alone, with its tables as plain memories.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "packet_gen/tables.hpp"
#include "path/connect.hpp"
#include "path/packet.hpp"

namespace sluice::cosim {

class PipelineModel {
 public:
  PipelineModel();
  ~PipelineModel();

  // The tables that the module reads from the next cycle on; they stay the caller's. Call only
  // while no packet is inside.
  void set_tables(const packet_gen::Tables& tables);

  // Who answers for the connection table; with none, nothing is known of any connection.
  void set_connections(path::Connections* connections) { connections_ = connections; }

  // One clock cycle with a packet or, if `in` is null, a bubble. True: `out` is the result of the
  // packet that entered first of those inside.
  bool step(const path::PacketIn* in, path::PacketOut* out);

 private:
  struct Verilated;
  // A read port: `address` is sampled each cycle, the entry is on the pins `latency` cycles later.
  struct ReadPort {
    const std::uint8_t* entries = nullptr;
    std::size_t entry_bytes = 0;
    std::size_t latency = 0;
    std::function<std::uint32_t()> address;
    void* data = nullptr;
    std::array<std::uint32_t, 4> pending{};  // addresses of past cycles, by cycle modulo 4
  };

  // As packet_path has them.
  static constexpr std::uint64_t kRingCycle = 11;
  static constexpr std::uint64_t kKnownCycle = 18;
  struct Request {
    bool valid = false;
    path::ConnectionRequest request{};
    layout::Service service{};
    std::uint8_t epoch = 0;
  };

  void add_ports();
  void drive_known(const path::Known& known);
  void take_request();
  void reset();

  std::unique_ptr<Verilated> verilated_;
  std::vector<ReadPort> ports_;
  path::Connections* connections_ = nullptr;
  std::array<Request, 32> requests_{};  // by cycle modulo 32
  std::array<path::Known, 32> known_{};
  std::uint64_t cycle_ = 0;
};

}  // namespace sluice::cosim
