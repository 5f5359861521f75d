// Every fault planted into the packet path is caught: a path with a fault on one side, the compiled
// module on the other.
#include <gtest/gtest.h>

#include <string>

#include "pipeline_cosim.hpp"
#include "replay.hpp"

namespace {
int g_fault = 0;
}  // namespace
extern "C" int planted_fault() { return g_fault; }

namespace sluice {

namespace path {
// The copy with planted faults; its functions are renamed when it is compiled.
void mutant_pipeline(const PacketIn& in, const Configs& config, const ServiceKeys& service_keys0,
                     const ServiceKeys& service_keys1, const ReturnKeys& return_keys0,
                     const ReturnKeys& return_keys1, const Services& services, const Vips& vips0,
                     const Vips& vips1, const Ring& ring, const Backends& backends, PacketOut& out);
}  // namespace path

namespace cosim {
namespace {

path::PacketOut run_mutant(const packet_gen::Tables& tables, const path::PacketIn& in) {
  path::PacketOut out{};
  path::mutant_pipeline(in, tables.config, tables.service_keys0, tables.service_keys1,
                        tables.return_keys0, tables.return_keys1, tables.services, tables.vips0,
                        tables.vips1, tables.ring, tables.backends, out);
  return out;
}

PipelineOutcome short_run(std::uint64_t seed, int fault) {
  PipelineModel model;
  PipelineRun run;
  run.seed = seed;
  run.packets = 10'000;
  g_fault = fault;
  const PipelineOutcome outcome = compare_pipeline(model, run, run_mutant);
  g_fault = 0;
  return outcome;
}

TEST(MutationPipeline, agrees_without_a_fault) {
  const std::uint64_t seed = announced_seed(9001);
  EXPECT_EQ(short_run(seed, 0).difference, "") << replay(seed, "mutation_pipeline_test");
}

class PlantedInKernel : public testing::TestWithParam<int> {};

TEST_P(PlantedInKernel, is_caught) {
  const std::uint64_t seed = announced_seed(9002);
  const PipelineOutcome outcome = short_run(seed, GetParam());
  EXPECT_NE(outcome.difference, "") << "fault " << GetParam() << " of plant_faults.py goes unseen"
                                    << replay(seed, "mutation_pipeline_test");
  std::cout << outcome.difference.substr(0, outcome.difference.find('\n')) << "\n";
}

INSTANTIATE_TEST_SUITE_P(Fault, PlantedInKernel,
                         testing::Values(1, 2, 3, 4, 5, 15, 16, 17, 18, 19));

}  // namespace
}  // namespace cosim
}  // namespace sluice
