// A card behind a PCIe BAR that this program maps: AWS F2, OpenNIC, any shell that puts the
// aperture into a BAR.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "driver/board.hpp"
#include "driver/pci_sysfs.hpp"

namespace sluice::driver {

struct PciBarSpec {
  std::string card;                // PCI address, or a path with a '/' in it
  unsigned bar = 0;                // of an address
  std::uint64_t offset_bytes = 0;  // of the aperture within the BAR
};

// "CARD[,bar=N][,offset=BYTES]", BYTES decimal or 0x....
base::Result<PciBarSpec> parse_pci_bar(const std::string& text);

// Every access is a volatile one of 32 bits. Stores are posted; `write` and `write_block` end with
// one read of register `refused`, which a PCIe bridge answers only after them: PCIe itself carries
// no refusal. Another count than before is `io`; it is not told which of a block's writes was
// refused. A register that the card refuses to read is all ones, so what the layouts tell
// beforehand is refused here (driver/aperture.hpp).
//
// All ones from register `refused`, or a mapping that vanished, is `link_down` and final: open a
// new board. A BAR cannot time out: an access that the bus never answers holds the CPU.
class PciBoard : public Board {
 public:
  // `sysfs_devices`: the folder with a folder for each address. Errors: invalid, not_found, io (no
  // permission), incompatible (too small a BAR), busy (held by another program), link_down (off the
  // bus, or does not decode addresses). Reads no register.
  static base::Result<std::unique_ptr<Board>> open(const PciBarSpec& spec,
                                                   const std::string& sysfs_devices = kPciDevices);
  ~PciBoard() override;
  PciBoard(const PciBoard&) = delete;
  PciBoard& operator=(const PciBoard&) = delete;

  base::Result<std::uint32_t> read(std::uint32_t offset) override;
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override;
  base::Result<void> read_block(std::uint32_t offset, std::span<std::uint32_t> words) override;
  base::Result<void> write_block(std::uint32_t offset,
                                 std::span<const std::uint32_t> words) override;
  base::Result<std::uint32_t> read_shell(std::uint32_t offset) override;
  std::string name() const override { return name_; }

 private:
  explicit PciBoard(std::string name) : name_(std::move(name)) {}

  base::Result<void> map(std::uint64_t offset_bytes);
  base::Result<void> load(std::uint32_t offset, std::span<std::uint32_t> words);
  // What register `refused` counts, if the card is still there.
  base::Result<std::uint32_t> count_refused();
  base::Error lost(const std::string& what);

  std::string name_;
  std::string path_;    // the mapped file
  std::string advice_;  // the next step when the card is gone
  base::Fd fd_;         // holds the lock
  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  volatile std::uint32_t* registers_ = nullptr;
  std::uint64_t register_bytes_ =
      0;  // the aperture, and the shell's behind it if the BAR is larger
  std::optional<std::uint32_t> refused_;  // not known before the first write
  bool lost_ = false;
};

}  // namespace sluice::driver
