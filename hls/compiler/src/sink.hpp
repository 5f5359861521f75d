// Moves nodes to later stages where that saves register bits.
#pragma once

#include "schedule.hpp"

namespace hlsc {

// No path becomes deeper: a node follows into a consumer's stage only if both came from one stage.
void sink_nodes(const Design& design, Schedule* schedule);

}  // namespace hlsc
