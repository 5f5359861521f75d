// What a restarted daemon must know and the card cannot tell, as one JSON file.
//
// Written whole and atomically (temporary file, fsync, rename) after every change, so that a crash
// leaves the old or the new one. docs/daemon.md describes it.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/tables.hpp"

namespace sluice::daemon {

struct SavedState {
  std::string config_text;          // the running configuration
  std::string config_file;          // where it came from
  std::uint64_t config_id = 0;      // of config_text; the card bears it too
  std::uint64_t start_file_id = 0;  // of --config FILE when it was last read
  TablesMemory memory;
};

inline constexpr std::size_t kMaxStateBytes = 64u << 20;

// Times in it are by `anchor`, and are brought to it when they are read.
std::string to_json(const SavedState& state, const WallAnchor& anchor = wall_anchor());
// invalid: not this format, truncated or out of range.
base::Result<SavedState> from_json(const std::string& text,
                                   const WallAnchor& anchor = wall_anchor());

base::Result<void> save(const std::string& path, const SavedState& state);
// not_found: there is none.
base::Result<SavedState> load(const std::string& path);

// A whole file of at most `max_bytes`; not_found, exhausted or io.
base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// FNV-1a, never 0: the identity of a configuration's text.
std::uint64_t text_id(const std::string& text);

}  // namespace sluice::daemon
