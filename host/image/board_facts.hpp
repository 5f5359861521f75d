// What an image needs to know of a board with xclbins.
#pragma once

#include "image/manifest.hpp"
#include "image/xclbin.hpp"

namespace sluice::image {

struct BoardFacts {
  const char* fpga_device;  // family:part:package:speed:temperature, as v++ writes it
  const char* part;         // what a bitstream for it names as its part begins so; null: any
  Memory table_bank;        // where the master m_axi_tables reads
};

// A programmer's error for boards that have no xclbins.
const BoardFacts& facts_of(Board board);

}  // namespace sluice::image
