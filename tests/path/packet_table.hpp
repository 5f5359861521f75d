// The behaviour of the packet path as rows: description, packet in, verdict, packet out.
#pragma once

#include <cstdint>
#include <span>

#include "layout/reasons.hpp"
#include "packet_gen/frame.hpp"

namespace sluice::path_test {

using Edit = void (*)(packet_gen::FrameSpec&);

// `in` edits the packet of from_client(). A packet that leaves is described by what `out` changes
// in the fields of the one that came in, and is built anew, with checksums over all its bytes.
struct Row {
  const char* description;
  Edit in;
  uint8_t reason;  // layout::Reason; 0: forwarded
  Edit out;        // what the card must change; null when dropped or punted
};

std::span<const Row> forwarded_rows();
std::span<const Row> refused_rows();

}  // namespace sluice::path_test
