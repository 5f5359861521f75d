// One list of fields makes the C++ struct, the generated SystemVerilog view and the reference page.
//
// A record is declared as an X-macro `LIST(FIELD)` whose rows are
//   FIELD(type, name, bits, "what it holds, with unit and range")
// `bits` is the number of meaningful low bits; the card stores only those. Records are plain
// little-endian C structs without implicit padding, so the image the host writes, the value the
// packet path reads and the vector in SystemVerilog are the same bytes.
//
// C++14: the packet path includes these headers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {
namespace layout {

struct FieldInfo {
  const char* name;
  const char* doc;
  uint32_t offset_bits;   // from bit 0 of the record
  uint32_t storage_bits;  // bits the C++ member occupies
  uint32_t bits;          // meaningful bits, from offset_bits up
};

}  // namespace layout
}  // namespace sluice

#define SLUICE_FIELD_MEMBER(type, name, bits, doc) type name;
#define SLUICE_FIELD_INFO(type, name, bits, doc) \
  {#name, doc, static_cast<uint32_t>(offsetof(Self, name) * 8), sizeof(type) * 8, bits},

// Defines struct `Record` and `record_fields<Record>()` access through Record::fields(count).
#define SLUICE_RECORD(Record, LIST)                                 \
  struct Record {                                                   \
    LIST(SLUICE_FIELD_MEMBER)                                       \
  };                                                                \
  inline const FieldInfo* fields_of(const Record*, size_t* count) { \
    using Self = Record;                                            \
    static const FieldInfo kFields[] = {LIST(SLUICE_FIELD_INFO)};   \
    *count = sizeof(kFields) / sizeof(kFields[0]);                  \
    return kFields;                                                 \
  }
