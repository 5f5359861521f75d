// File: header, banked tables (live, and shadow if it is known) as they are in memory, runs of
// known ring slots {first, count, slots} up to one with count 0, the same of turns and of shares,
// FNV-1a of all that.
#include "table_memory.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

#include "base/files.hpp"
#include "layout/describe.hpp"

namespace sluice::driver {
namespace {

using base::Errc;
using base::Error;
using Bytes = std::vector<char>;

constexpr char kFormat[8] = {'S', 'L', 'U', 'I', 'T', 'A', 'B', '3'};

struct Header {
  char format[8];
  std::uint32_t layout_hash;
  std::uint32_t token;
  std::uint32_t commits;
  std::uint32_t live_bank;
  std::uint32_t shadow_known;
};

struct Run {
  std::uint32_t first;
  std::uint32_t count;
};

std::uint64_t checksum(const char* bytes, std::size_t count) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < count; ++i) {
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3;
  }
  return hash;
}

void put(Bytes& out, const void* from, std::size_t bytes) {
  const auto* at = static_cast<const char*>(from);
  out.insert(out.end(), at, at + bytes);
}

class Reader {
 public:
  Reader(const char* at, std::size_t bytes) : at_(at), left_(bytes) {}
  bool take(void* to, std::size_t bytes) {
    if (bytes > left_) return false;
    std::memcpy(to, at_, bytes);
    at_ += bytes;
    left_ -= bytes;
    return true;
  }
  std::size_t left() const { return left_; }

 private:
  const char* at_;
  std::size_t left_;
};

template <layout::TableId id, class Record>
void put_runs(Bytes& out, const Mirror& shadow, const std::vector<Record>& entries) {
  const auto& known = shadow.known[id];
  for (auto first = known.begin();;) {
    first = std::find(first, known.end(), true);
    const auto end = std::find(first, known.end(), false);
    const Run run{static_cast<std::uint32_t>(first - known.begin()),
                  static_cast<std::uint32_t>(end - first)};
    put(out, &run, sizeof run);
    if (run.count == 0) return;
    put(out, entries.data() + run.first, run.count * sizeof(Record));
    first = end;
  }
}

template <layout::TableId id, class Record>
bool take_runs(Reader& in, Mirror& shadow, std::vector<Record>& held, std::vector<Record>& live) {
  for (Run run{}; in.take(&run, sizeof run);) {
    if (run.count == 0) return true;
    if (run.first > held.size() || run.count > held.size() - run.first) return false;
    Record* entries = held.data() + run.first;
    if (!in.take(entries, run.count * sizeof(Record))) return false;
    std::copy_n(entries, run.count, live.data() + run.first);
    shadow.learn(id, run.first, run.count);
  }
  return false;
}

bool take_all_runs(Reader& in, TableMemory& memory) {
  Mirror& shadow = memory.shadow;
  layout::TableImages& live = memory.live;
  return take_runs<layout::kTable_ring>(in, shadow, shadow.images.ring, live.ring) &&
         take_runs<layout::kTable_turns>(in, shadow, shadow.images.turns, live.turns) &&
         take_runs<layout::kTable_shares>(in, shadow, shadow.images.shares, live.shares);
}

// Banked tables of both images, through `each(pointer, bytes)`.
template <class Images, class Each>
void each_banked(Images& live, Images& shadow, bool shadow_known, Each each) {
  layout::for_each_table(
      [&]<layout::TableId id>(auto& a, auto& b) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked) return;
        each(a.data(), std::span(a).size_bytes());
        if (shadow_known) each(b.data(), std::span(b).size_bytes());
      },
      live, shadow);
}

bool take_tables(Reader& in, bool shadow_known, TableMemory& memory) {
  bool whole = true;
  each_banked(memory.live, memory.shadow.images, shadow_known,
              [&](void* to, std::size_t bytes) { whole = whole && in.take(to, bytes); });
  layout::for_each_table(
      [&]<layout::TableId id>(const auto& table) {
        if (layout::TableOf<id>::kKind != layout::TableKind::banked || !shadow_known) return;
        memory.shadow.learn(id, 0, static_cast<std::uint32_t>(table.size()));
      },
      memory.live);
  return whole && take_all_runs(in, memory) && in.left() == 0;
}

}  // namespace

base::Result<void> save(const std::string& path, const TableMemory& memory) {
  Bytes out;
  Header header{};
  std::memcpy(header.format, kFormat, sizeof kFormat);
  header.layout_hash = layout::layout_hash();
  header.token = memory.token;
  header.commits = memory.commits;
  header.live_bank = memory.live_bank;
  header.shadow_known = memory.shadow.knows_all_banked() ? 1 : 0;
  put(out, &header, sizeof header);
  each_banked(memory.live, memory.shadow.images, header.shadow_known != 0,
              [&out](const void* from, std::size_t bytes) { put(out, from, bytes); });
  const Mirror& shadow = memory.shadow;
  put_runs<layout::kTable_ring>(out, shadow, shadow.images.ring);
  put_runs<layout::kTable_turns>(out, shadow, shadow.images.turns);
  put_runs<layout::kTable_shares>(out, shadow, shadow.images.shares);
  const std::uint64_t sum = checksum(out.data(), out.size());
  put(out, &sum, sizeof sum);
  // What a power failure damages is not believed: see the sum.
  const auto saved = base::replace_file(path, {out.data(), out.size()}, base::Durable::no);
  if (saved) return {};
  return Error{
      Errc::io,
      "cannot be written (" + saved.error().what + "); a restart will have to read the tables back",
      path};
}

base::Result<TableMemory> load_table_memory(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::not_found, "no such file", path};
  const Bytes in((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Error damaged{Errc::invalid, "not a memory of a card's tables, or damaged", path};
  std::uint64_t sum = 0;
  if (in.size() < sizeof(Header) + sizeof sum) return damaged;
  const std::size_t content = in.size() - sizeof sum;
  std::memcpy(&sum, in.data() + content, sizeof sum);
  if (sum != checksum(in.data(), content)) return damaged;
  Reader reader(in.data(), content);
  Header header{};
  reader.take(&header, sizeof header);
  if (std::memcmp(header.format, kFormat, sizeof kFormat) != 0 ||
      header.layout_hash != layout::layout_hash() || header.live_bank > 1 ||
      header.shadow_known > 1 || header.token == 0) {
    return damaged;
  }
  TableMemory memory;
  memory.token = header.token;
  memory.commits = header.commits;
  memory.live_bank = header.live_bank;
  if (!take_tables(reader, header.shadow_known != 0, memory)) return damaged;
  return memory;
}

}  // namespace sluice::driver
