#include "test_frame.hpp"

#include "packet_gen/random.hpp"

namespace sluice::rtl_test {
namespace {

constexpr std::size_t kWindowBytes = 128;

}  // namespace

Bytes make_frame(const FrameSpec& spec, std::size_t bytes) {
  Bytes frame(std::max<std::size_t>(bytes, 16));
  packet_gen::Random random(spec.id);
  for (std::uint8_t& byte : frame) byte = random.byte();
  frame[0] = static_cast<std::uint8_t>(spec.verdict);
  frame[1] = spec.egress_port;
  frame[2] = spec.reason;
  frame[3] = static_cast<std::uint8_t>(spec.growth);
  std::memcpy(&frame[4], &spec.service, 2);
  std::memcpy(&frame[6], &spec.backend, 2);
  frame[8] = spec.direction;
  frame[9] = spec.cut_bytes;
  std::memcpy(&frame[12], &spec.id, 4);
  return frame;
}

Bytes forwarded(const FrameSpec& spec, const Bytes& frame) {
  Bytes leaves = frame;
  if (spec.cut_bytes != 0) {
    leaves.resize(std::min(leaves.size(), kWindowBytes));
    leaves.resize(spec.cut_bytes, 0);
    return leaves;
  }
  if (spec.growth > 0) leaves.insert(leaves.begin(), static_cast<std::size_t>(spec.growth), 0xa5);
  if (spec.growth < 0) leaves.erase(leaves.begin(), leaves.begin() - spec.growth);
  if (leaves.size() < 60) leaves.resize(60, 0);
  return leaves;
}

}  // namespace sluice::rtl_test
