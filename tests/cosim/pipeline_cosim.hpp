// The native packet path and the compiled one, packet by packet, bit by bit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "packet_gen/packet_generator.hpp"
#include "packet_gen/run_path.hpp"
#include "pipeline_model.hpp"

namespace sluice::cosim {

using NativePath =
    std::function<path::PacketOut(const packet_gen::Tables& tables, const path::PacketIn& in)>;

struct PipelineRun {
  std::uint64_t seed = 1;
  std::uint64_t packets = 0;
  std::uint32_t bubble_permille = 0;
  packet_gen::TableOptions tables;
  packet_gen::GeneratorOptions generator;
};

// Text of the first difference, or empty. `kinds_seen` (by packet_gen::Kind) and `reasons_seen` (by
// layout::Reason) count what was compared.
struct PipelineOutcome {
  std::string difference;
  std::uint64_t compared = 0;
  std::uint64_t answered = 0;  // clients that got a RST
  std::array<std::uint64_t, static_cast<std::size_t>(packet_gen::Kind::count)> kinds_seen{};
  std::array<std::uint64_t, layout::kReasons> reasons_seen{};
};

PipelineOutcome compare_pipeline(PipelineModel& model, const PipelineRun& run,
                                 const NativePath& native);

}  // namespace sluice::cosim
