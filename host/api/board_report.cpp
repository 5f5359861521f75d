#include "api/board_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sluice::api {

Json shell_report(const driver::ShellStatus& shell) {
  return {{"shell_kind", shell.kind},
          {"tx_full", shell.tx_full},
          {"rx_lost", shell.rx_lost},
          {"tx_lost", shell.tx_lost}};
}

Json board_info_report(const driver::DeviceInfo& info, const driver::DeviceStatus& now,
                       const std::optional<driver::ShellStatus>& shell) {
  Json report{{"board", info.board},
              {"abi", fmt::format("{}.{}", info.abi_version >> 16, info.abi_version & 0xffff)},
              {"build_id", fmt::format("{:08x}", info.build_id)},
              {"layout_hash", fmt::format("{:08x}", info.layout_hash)},
              {"ports", info.ports},
              {"services", info.services},
              {"backends", info.backends},
              {"ring_slots", info.ring_slots},
              {"clock_khz", info.clock_khz},
              {"live_bank", now.live_bank},
              {"commits", now.commits},
              {"idle", now.idle},
              {"in_flight", now.in_flight},
              {"punt_waiting", now.punt_waiting},
              {"punt_asked_lost", now.punt_asked_lost},
              {"inject_free", now.inject_free},
              {"cycles", now.cycles},
              {"config_id", fmt::format("{:016x}", now.config_id)}};
  if (shell) report.update(shell_report(*shell));
  return report;
}

}  // namespace sluice::api
