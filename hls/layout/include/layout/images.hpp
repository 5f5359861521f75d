// Every table that a host writes, as it stands in one bank of the card (the ring has one copy).
// The model makes them, the driver brings them to the card, tests hand them to the packet path.
#pragma once

#include <cstring>
#include <vector>

#include "layout/tables.hpp"

namespace sluice {
namespace layout {

// What a table id means to the compiler: Record, kEntries, kKind.
template <TableId id>
struct TableOf;
#define SLUICE_TABLE_OF(id, name, RecordType, entries, kind, doc) \
  template <>                                                     \
  struct TableOf<kTable_##name> {                                 \
    using Record = RecordType;                                    \
    static constexpr uint32_t kEntries = entries;                 \
    static constexpr TableKind kKind = TableKind::kind;           \
  };
SLUICE_TABLES(SLUICE_TABLE_OF)
#undef SLUICE_TABLE_OF

// A member for each banked, direct and live table: `std::vector<Record> name`, all entries there,
// zero.
struct TableImages {
#define SLUICE_IMAGE_banked(name, Record, entries) \
  std::vector<Record> name = std::vector<Record>(entries);
#define SLUICE_IMAGE_direct(name, Record, entries) SLUICE_IMAGE_banked(name, Record, entries)
#define SLUICE_IMAGE_live(name, Record, entries) SLUICE_IMAGE_banked(name, Record, entries)
#define SLUICE_IMAGE_level(name, Record, entries)
#define SLUICE_IMAGE_counter(name, Record, entries)
#define SLUICE_IMAGE(id, name, Record, entries, kind, doc) \
  SLUICE_IMAGE_##kind(name, Record, entries)
  SLUICE_TABLES(SLUICE_IMAGE)
#undef SLUICE_IMAGE
#undef SLUICE_IMAGE_banked
#undef SLUICE_IMAGE_direct
#undef SLUICE_IMAGE_live
#undef SLUICE_IMAGE_level
#undef SLUICE_IMAGE_counter
};

// Calls f.template operator()<id>(a.table, b.table...) for each table of the images.
template <class F, class... Images>
void for_each_table(F&& f, Images&&... images) {
#define SLUICE_EACH_banked(name) f.template operator()<kTable_##name>(images.name...);
#define SLUICE_EACH_direct(name) SLUICE_EACH_banked(name)
#define SLUICE_EACH_live(name) SLUICE_EACH_banked(name)
#define SLUICE_EACH_level(name)
#define SLUICE_EACH_counter(name)
#define SLUICE_EACH(id, name, Record, entries, kind, doc) SLUICE_EACH_##kind(name)
  SLUICE_TABLES(SLUICE_EACH)
#undef SLUICE_EACH
#undef SLUICE_EACH_banked
#undef SLUICE_EACH_direct
#undef SLUICE_EACH_live
#undef SLUICE_EACH_level
#undef SLUICE_EACH_counter
}

// Records have no padding, so equal bytes are equal values.
template <class Record>
bool same_record(const Record& a, const Record& b) {
  return std::memcmp(&a, &b, sizeof(Record)) == 0;
}

}  // namespace layout
}  // namespace sluice
