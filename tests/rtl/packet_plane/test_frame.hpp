// Frames for path_stand_in.sv, and what it makes of them.
#pragma once

#include "beat.hpp"

namespace sluice::rtl_test {

enum class Verdict : std::uint8_t { drop = 0, forward = 1, punt = 2 };

struct FrameSpec {
  Verdict verdict = Verdict::forward;
  std::uint8_t egress_port = 0;
  std::uint8_t reason = 0;
  std::int8_t growth = 0;
  std::uint16_t service = 0;
  std::uint16_t backend = 0;
  std::uint8_t direction = 0;
  std::uint8_t cut_bytes = 0;  // 60 to 152: what leaves of it when it is cut; 0: it is not
  std::uint32_t id = 0;        // in bytes 12 to 15 and, for long frames, in their payload
};

// At least 16 bytes; the bytes after the first 16 are random by id.
Bytes make_frame(const FrameSpec& spec, std::size_t bytes);

// The frame as it leaves when it is forwarded.
Bytes forwarded(const FrameSpec& spec, const Bytes& frame);

}  // namespace sluice::rtl_test
