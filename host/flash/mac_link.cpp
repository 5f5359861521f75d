#include "flash/mac_link.hpp"

#include <thread>

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// PG203, "Configuration and Status Register Map" and "Core Bring Up Sequence".
constexpr std::uint32_t kReset = 0x0004;
constexpr std::uint32_t kConfigTx = 0x000c;
constexpr std::uint32_t kConfigRx = 0x0014;
constexpr std::uint32_t kRxStatus = 0x0204;
constexpr std::uint32_t kFecCorrection = 0x1000;
constexpr std::uint32_t kFecEnable = 0x107c;

constexpr std::uint32_t kResetBoth = 0xc0000000;  // transmit 31, receive 30
constexpr std::uint32_t kEnable = 1;              // of kConfigTx and kConfigRx
constexpr std::uint32_t kSendRemoteFault = 0x10;  // of kConfigTx
constexpr std::uint32_t kFecBoth = 3;             // receive 0, transmit 1
constexpr std::uint32_t kFecCorrectAll = 7;       // correction, indication, IEEE indication

constexpr std::uint32_t kStatus = 1u << 0;
constexpr std::uint32_t kAligned = 1u << 1;
constexpr std::uint32_t kHighBitErrors = 1u << 4;
constexpr std::uint32_t kRemoteFault = 1u << 5;
constexpr std::uint32_t kLocalFault = 1u << 6;

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::chrono::milliseconds kPoll{100};

}  // namespace

std::string MacLink::text() const {
  std::string text = aligned ? "aligned" : "not aligned";
  if (high_bit_errors) text += ", high bit error rate";
  if (remote_fault) text += ", remote fault";
  if (local_fault) text += ", local fault";
  if (!transmits) text += ", transmits nothing";
  return text + (rs_fec ? ", RS-FEC on" : ", RS-FEC off");
}

std::string MacLink::advice() const {
  if (up) return "";
  const std::string again = "; then `sluice board link CARD --up`";
  if (!rs_fec && fec == Fec::on) {
    return "this MAC has no RS-FEC, which 100GBASE-SR4/CR4 need: build the image with a MAC that "
           "has it, or switch FEC off at the other side and use --up --no-fec";
  }
  if (!rs_fec && fec == Fec::as_found) {
    return "RS-FEC is off here, and 100GBASE-SR4/CR4 need it: `sluice board link CARD --up`, or "
           "with --no-fec too if the other side has none";
  }
  if (high_bit_errors) return "the signal is bad: clean or change the cable or the transceiver";
  if (local_fault || !aligned) {
    return std::string(
               "nothing usable is received: check cable and transceiver, and that the "
               "other side is set to 100G ") +
           (rs_fec ? "with" : "without") + " RS-FEC and without auto-negotiation" + again;
  }
  if (remote_fault) {
    return "the other side receives nothing usable: check its receive fibre, its RS-FEC and that "
           "its auto-negotiation is off" +
           again;
  }
  return "the transmitter was not switched on after the receiver: `sluice board link CARD --up`";
}

Result<MacLink> read_link(MacRegisters& mac) {
  // The status is latched: the first read tells of the past.
  if (auto stale = mac.read(kRxStatus); !stale) return stale.error();
  const auto status = mac.read(kRxStatus);
  if (!status) return status.error();
  const auto fec = mac.read(kFecEnable);
  if (!fec) return fec.error();
  const auto config_tx = mac.read(kConfigTx);
  if (!config_tx) return config_tx.error();
  if (*status == kAllOnes) {
    return Error{Errc::link_down,
                 "the MAC answers 0xffffffff: the card is gone from the bus, or the image has no "
                 "MAC there; load the card's image again",
                 mac.name()};
  }
  MacLink link;
  link.mac = mac.name();
  link.rx_status = *status;
  link.aligned = (*status & kAligned) != 0;
  link.high_bit_errors = (*status & kHighBitErrors) != 0;
  link.remote_fault = (*status & kRemoteFault) != 0;
  link.local_fault = (*status & kLocalFault) != 0;
  link.transmits = (*config_tx & (kEnable | kSendRemoteFault)) == kEnable;
  link.rs_fec = (*fec & kFecBoth) == kFecBoth;
  link.up = (*status & kStatus) != 0 && link.aligned && !link.high_bit_errors &&
            !link.remote_fault && !link.local_fault && link.transmits;
  return link;
}

Result<MacLink> bring_up(MacRegisters& mac, std::chrono::milliseconds wait, bool rs_fec) {
  const auto before = read_link(mac);
  if (!before || before->up) return before;
  struct Write {
    std::uint32_t offset;
    std::uint32_t value;
  };
  std::vector<Write> writes;
  if (before->rs_fec != rs_fec) {
    // FEC takes effect with the next reset of the two directions.
    writes = {{kFecEnable, rs_fec ? kFecBoth : 0},
              {kFecCorrection, rs_fec ? kFecCorrectAll : 0},
              {kReset, kResetBoth},
              {kReset, 0}};
  }
  // The other side shall send nothing before this one receives.
  writes.push_back({kConfigRx, kEnable});
  writes.push_back({kConfigTx, kSendRemoteFault});
  for (const Write& write : writes) {
    if (auto done = mac.write(write.offset, write.value); !done) return done.error();
  }
  const auto deadline = std::chrono::steady_clock::now() + wait;
  bool transmits = false;
  while (true) {
    auto link = read_link(mac);
    if (!link) return link;
    link->fec = rs_fec ? Fec::on : Fec::off;
    if (link->aligned && !transmits) {
      if (auto done = mac.write(kConfigTx, kEnable); !done) return done.error();
      transmits = true;
      continue;
    }
    if (link->up || std::chrono::steady_clock::now() >= deadline) return link;
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace sluice::flash
