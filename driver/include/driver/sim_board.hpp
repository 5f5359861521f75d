// The simulated card behind its Unix socket.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "driver/board.hpp"
#include "driver/sim_protocol.hpp"

namespace sluice::driver {

// Several programs may look at a simulated card, but only one may write: what the card keeps for
// that (table_page, list_*, the list in its memory) is not kept apart by who wrote it.
//
// A torn or timed-out link stays down (the card on the other side may be another one by now): open
// a new board.
class SimBoard : public Board {
 public:
  // Errors: not_found (no socket, nobody listens), incompatible (another protocol version), hung.
  static base::Result<std::unique_ptr<SimBoard>> connect(
      const std::string& socket_path,
      std::chrono::milliseconds timeout = std::chrono::milliseconds(5000));

  base::Result<std::uint32_t> read(std::uint32_t offset) override;
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override;
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override;
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override;
  base::Result<void> write_table(std::uint32_t page, std::span<const std::uint32_t> words) override;
  base::Result<void> write_each(std::span<const RegisterWrite> writes) override;
  base::Result<std::uint32_t> list_writes() override;
  std::string name() const override { return "sim:" + path_; }

  // The board's own memory: what a card behind a PCIe or XRT link has in HBM.
  base::Result<void> write_memory(std::uint64_t address, std::span<const std::uint32_t> words);
  base::Result<void> read_memory(std::uint64_t address, std::span<std::uint32_t> words);

  // Makes the card this board's as long as it is open: what others write is refused. `busy` names
  // who has it.
  base::Result<void> own();

  // JSON text that the simulator says about itself.
  base::Result<std::string> info();

 private:
  SimBoard(base::Fd fd, std::string path, std::chrono::milliseconds timeout);

  using Bytes = std::vector<std::uint8_t>;
  // Sends one request, returns the reply's payload, which must have `reply_bytes` (or any, if -1).
  base::Result<Bytes> call(SimOp op, const Bytes& payload, std::int64_t reply_bytes);
  base::Result<void> send_all(const Bytes& bytes, std::chrono::steady_clock::time_point deadline);
  base::Result<void> receive_all(std::span<std::uint8_t> bytes,
                                 std::chrono::steady_clock::time_point deadline);
  base::Error tear(base::Errc code, const std::string& what);

  base::Fd fd_;
  std::string path_;
  std::chrono::milliseconds timeout_;
  std::optional<std::uint32_t> longest_list_;  // not known before the first use
};

}  // namespace sluice::driver
