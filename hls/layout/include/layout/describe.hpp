// The layouts as data, for what walks over them: the generator, the host's tools, tests.
// `layout_hash()` is the number in register layout_hash; a host that finds another one there talks
// to a card with other layouts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "layout/capacity.hpp"
#include "layout/field.hpp"
#include "layout/reasons.hpp"
#include "layout/registers.hpp"
#include "layout/tables.hpp"

namespace sluice {
namespace layout {

struct CapacityInfo {
  const char* name;  // kServices
  uint32_t value;
  const char* doc;
};

struct RegisterInfo {
  uint32_t offset;
  const char* name;
  const char* access;  // ro | rw | wo
  const char* doc;
};

struct WindowInfo {
  uint32_t offset;
  uint32_t bytes;
  const char* name;
  const char* doc;
};

struct RecordInfo {
  const char* name;
  uint32_t stride_bytes;
  const FieldInfo* fields;
  size_t field_count;
};

inline const CapacityInfo* capacities(uint32_t* count) {
  static const CapacityInfo kInfo[] = {
#define SLUICE_CAPACITY_INFO(name, value, doc) {#name, value, doc},
      SLUICE_CAPACITIES(SLUICE_CAPACITY_INFO)
#undef SLUICE_CAPACITY_INFO
  };
  *count = sizeof(kInfo) / sizeof(kInfo[0]);
  return kInfo;
}

inline const RegisterInfo* registers(uint32_t* count) {
  static const RegisterInfo kInfo[] = {
#define SLUICE_REGISTER_INFO(offset, name, access, doc) {offset, #name, #access, doc},
      SLUICE_REGISTERS(SLUICE_REGISTER_INFO)
#undef SLUICE_REGISTER_INFO
  };
  *count = sizeof(kInfo) / sizeof(kInfo[0]);
  return kInfo;
}

inline const WindowInfo* windows(uint32_t* count) {
  static const WindowInfo kInfo[] = {
#define SLUICE_WINDOW_INFO(offset, bytes, name, doc) {offset, bytes, #name, doc},
      SLUICE_WINDOWS(SLUICE_WINDOW_INFO)
#undef SLUICE_WINDOW_INFO
  };
  *count = sizeof(kInfo) / sizeof(kInfo[0]);
  return kInfo;
}

template <typename Record>
RecordInfo record_info(const char* name) {
  RecordInfo info = {name, sizeof(Record), nullptr, 0};
  info.fields = fields_of(static_cast<const Record*>(nullptr), &info.field_count);
  return info;
}

// The record of a table; a record without fields if there is no such table.
inline RecordInfo record_of_table(uint8_t table_id) {
  switch (table_id) {
#define SLUICE_RECORD_CASE(id, name, Record, entries, kind, doc) \
  case id:                                                       \
    return record_info<Record>(#Record);
    SLUICE_TABLES(SLUICE_RECORD_CASE)
#undef SLUICE_RECORD_CASE
    default:
      return RecordInfo{"", 0, nullptr, 0};
  }
}

inline const char* table_kind_name(TableKind kind) {
  switch (kind) {
    case TableKind::banked:
      return "banked";
    case TableKind::direct:
      return "direct";
    case TableKind::live:
      return "live";
    case TableKind::level:
      return "level";
    default:
      return "counter";
  }
}

inline const char* reason_kind_name(ReasonKind kind) {
  return kind == ReasonKind::drop ? "drop" : "punt";
}

// FNV-1a, 32 bits.
class LayoutHasher {
 public:
  void text(const char* text) {
    for (; *text != '\0'; ++text) byte(static_cast<uint8_t>(*text));
    byte(0);
  }
  void number(uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<uint8_t>(value >> shift));
  }
  uint32_t value() const { return value_; }

 private:
  void byte(uint8_t value) { value_ = (value_ ^ value) * 16777619u; }
  uint32_t value_ = 2166136261u;
};

inline void hash_tables(LayoutHasher* hasher) {
  uint32_t count = 0;
  const TableInfo* table = tables(&count);
  for (const TableInfo* end = table + count; table != end; ++table) {
    hasher->number(table->id);
    hasher->text(table->name);
    hasher->text(table->record);
    hasher->number(table->entries);
    hasher->number(table->stride_bytes);
    hasher->text(table_kind_name(table->kind));
    const RecordInfo record = record_of_table(table->id);
    for (size_t i = 0; i < record.field_count; ++i) {
      hasher->text(record.fields[i].name);
      hasher->number(record.fields[i].offset_bits);
      hasher->number(record.fields[i].bits);
    }
  }
}

// Covers every name, number and offset that host and card must agree on, and no prose.
inline uint32_t layout_hash() {
  LayoutHasher hasher;
  hasher.number(kAbiVersion);
  uint32_t count = 0;
  const CapacityInfo* capacity = capacities(&count);
  for (const CapacityInfo* end = capacity + count; capacity != end; ++capacity) {
    hasher.text(capacity->name);
    hasher.number(capacity->value);
  }
  const RegisterInfo* entry = registers(&count);
  for (const RegisterInfo* end = entry + count; entry != end; ++entry) {
    hasher.number(entry->offset);
    hasher.text(entry->name);
    hasher.text(entry->access);
  }
  const WindowInfo* window = windows(&count);
  for (const WindowInfo* end = window + count; window != end; ++window) {
    hasher.number(window->offset);
    hasher.number(window->bytes);
    hasher.text(window->name);
  }
  const ReasonInfo* reason = reasons(&count);
  for (const ReasonInfo* end = reason + count; reason != end; ++reason) {
    hasher.number(reason->code);
    hasher.text(reason->name);
    hasher.text(reason_kind_name(reason->kind));
  }
  hash_tables(&hasher);
  return hasher.value();
}

}  // namespace layout
}  // namespace sluice
