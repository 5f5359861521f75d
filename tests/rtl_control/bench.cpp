#include "bench.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace sluice::test {

using layout::TableKind;

std::uint64_t seed() {
  static const std::uint64_t kSeed = [] {
    const char* text = std::getenv("SLUICE_SEED");
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const std::uint64_t chosen =
        text != nullptr ? std::strtoull(text, nullptr, 0) : static_cast<std::uint64_t>(now);
    std::printf("SLUICE_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    // What a model finds in registers that nothing sets.
    Verilated::defaultContextp()->randReset(2);
    Verilated::defaultContextp()->randSeed(static_cast<int>(chosen % 0x7fffffff) + 1);
    return chosen;
  }();
  return kSeed;
}

Bench::Bench() : random_(seed()), pins_(std::make_unique<Vcontrol_plane>()) {
  // Inputs begin at random like registers: none may ask for anything.
  pins_->tick_i = 0;
  pins_->axil_awvalid_i = 0;
  pins_->axil_wvalid_i = 0;
  pins_->axil_arvalid_i = 0;
  pins_->axil_bready_i = 1;
  pins_->axil_rready_i = 1;
  pins_->axi_arready_i = 0;
  pins_->axi_rvalid_i = 0;
  pins_->axi_rresp_i = 0;
  pins_->axi_rlast_i = 0;
  pins_->old_epoch_busy_i = 0;
  pins_->flow_event_i = 0;
  pins_->reason_event_i = 0;
  pins_->asked_lost_i = 0;
  for (int word = 0; word < 3; ++word) pins_->port_event_i[word] = 0;
  pins_->punt_valid_i = 0;
  pins_->inject_ready_i = 0;
  pins_->in_flight_i = 0;
  pins_->idle_i = 1;
  pins_->conn_write_ack_i = 0;
  pins_->conn_read_ack_i = 0;
  pins_->conn_read_data_i = 0;
  for (int word = 0; word < 5; ++word) pins_->sched_words_i[word] = 0;
  pins_->rst_i = 1;
  step(8);
  pins_->rst_i = 0;
  step(2);
}

void Bench::step(int cycles) {
  for (int i = 0; i < cycles; ++i) {
    if (drive) drive();
    pins_->clk_i = 0;
    pins_->eval();
    if (sample) sample();
    const bool wrote = pins_->conn_write_o != 0;
    const bool asked = pins_->conn_read_o != 0;
    answer_for_scheduler();
    pins_->clk_i = 1;
    pins_->eval();
    answer_for_connections(wrote, asked);
    ++cycle_;
  }
}

// rtl/conn_regs.sv has a test of its own: here its registers keep what is written, no more.
void Bench::answer_for_connections(bool wrote, bool asked) {
  const auto access = [](std::uint32_t address) {
    std::uint32_t count = 0;
    const layout::RegisterInfo* entry = layout::registers(&count);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (entry[i].offset == address) return std::string(entry[i].access);
    }
    return std::string();
  };
  const std::string written = access(0x100u | pins_->conn_write_offset_o << 2);
  const std::string read = access(0x100u | pins_->conn_read_offset_o << 2);
  if (wrote && written == "rw")
    conn_registers_[pins_->conn_write_offset_o] = pins_->conn_write_data_o;
  pins_->conn_read_data_i = asked ? conn_registers_[pins_->conn_read_offset_o] : 0;
  pins_->conn_write_ack_i = wrote;
  pins_->conn_write_error_i = written != "rw" && written != "wo";
  pins_->conn_read_ack_i = asked;
  pins_->conn_read_error_i = !pins_->conn_read_window_o && read != "ro" && read != "rw";
}

// Its tables alike: memories of the bits that have a meaning.
void Bench::answer_for_scheduler() {
  constexpr std::uint64_t kMeant[] = {0x0fff0fff, 0x03ff3f010003ffff, 0xfffff, 0x1fffff, 0x1fffff};
  for (std::size_t table = 0; table < sched_tables_.size(); ++table) {
    if ((pins_->sched_select_o >> table & 1) == 0) continue;
    const std::uint32_t entry = pins_->sched_entry_o / (table == 0 ? 2u : 1u);
    std::uint64_t& record = sched_tables_[table][entry];
    if (pins_->sched_write_o) record = pins_->sched_record_o & kMeant[table];
    if (pins_->sched_read_o) {
      pins_->sched_words_i[table] = static_cast<std::uint32_t>(record >> 32 * pins_->sched_word_o);
    }
  }
}

bool Bench::wait_for(const std::function<bool()>& done) {
  for (int i = 0; i < 300'000; ++i) {
    if (done()) return true;
    step();
  }
  ADD_FAILURE() << "the control plane hangs";
  return false;
}

bool Bench::write(std::uint32_t address, std::uint32_t value, std::uint32_t strobes) {
  pins_->axil_awaddr_i = static_cast<std::uint16_t>(address);
  pins_->axil_wdata_i = value;
  pins_->axil_wstrb_i = static_cast<std::uint8_t>(strobes);
  pins_->axil_awvalid_i = 1;
  pins_->axil_wvalid_i = 1;
  step();  // nothing is outstanding, so both are ready
  pins_->axil_awvalid_i = 0;
  pins_->axil_wvalid_i = 0;
  if (!wait_for([this] { return pins_->axil_bvalid_o != 0; })) return false;
  const bool good = pins_->axil_bresp_o == 0;
  step();
  return good;
}

std::optional<std::uint32_t> Bench::try_read(std::uint32_t address) {
  pins_->axil_araddr_i = static_cast<std::uint16_t>(address);
  pins_->axil_arvalid_i = 1;
  step();
  pins_->axil_arvalid_i = 0;
  if (!wait_for([this] { return pins_->axil_rvalid_o != 0; })) return std::nullopt;
  std::optional<std::uint32_t> value;
  if (pins_->axil_rresp_o == 0) value = pins_->axil_rdata_o;
  step();
  return value;
}

std::uint32_t Bench::read(std::uint32_t address) {
  const std::optional<std::uint32_t> value = try_read(address);
  EXPECT_TRUE(value.has_value()) << "SLVERR at 0x" << std::hex << address;
  return value.value_or(0);
}

void Bench::page(std::uint8_t table, std::uint32_t entry, bool live) {
  const std::uint32_t bank = live ? 1u << 23 : 0u;
  EXPECT_TRUE(write(layout::kReg_table_page, std::uint32_t{table} << 24 | bank | entry));
}

bool Bench::write_entry(std::uint8_t table, std::uint32_t entry, const Words& words) {
  page(table, entry);
  bool good = true;
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    good &= write(layout::kWindow_table + 4 * i, words[i]);
  }
  return good;
}

Words Bench::read_entry(std::uint8_t table, std::uint32_t entry, bool live) {
  page(table, entry, live);
  Words words(std::max(1u, table_info(table).stride_bytes / 4));
  for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = read(layout::kWindow_table + 4 * i);
  return words;
}

void Bench::commit() {
  EXPECT_TRUE(write(layout::kReg_control, layout::kControlCommit));
  wait_for([this] { return (read(layout::kReg_status) & layout::kStatusCommitBusy) == 0; });
}

void Bench::snapshot() {
  EXPECT_TRUE(write(layout::kReg_control, layout::kControlSnapshot));
  wait_for([this] { return (read(layout::kReg_status) & layout::kStatusSnapshotBusy) == 0; });
}

constexpr unsigned kVipAddressBits = 12;

void Bench::set_address(std::uint8_t table, std::uint32_t address) {
  const auto wide = static_cast<std::uint16_t>(address);
  switch (table) {
    case layout::kTable_config:
      pins_->config_addr_i = static_cast<std::uint8_t>(address);
      break;
    case layout::kTable_service_keys0:
      pins_->service_keys0_addr_i = wide;
      break;
    case layout::kTable_service_keys1:
      pins_->service_keys1_addr_i = wide;
      break;
    case layout::kTable_return_keys0:
      pins_->return_keys0_addr_i = wide;
      break;
    case layout::kTable_return_keys1:
      pins_->return_keys1_addr_i = wide;
      break;
    case layout::kTable_services:
      pins_->services_addr_i = wide;
      break;
    case layout::kTable_vips0:
      pins_->vips0_addr_i = address << kVipAddressBits | address;  // of both read ports
      break;
    case layout::kTable_vips1:
      pins_->vips1_addr_i = address << kVipAddressBits | address;
      break;
    case layout::kTable_ring:
      pins_->ring_addr_i = address;
      break;
    default:
      pins_->backends_addr_i = wide;
  }
}

namespace {

template <typename Wide>
Words words_of(const Wide& wide, std::size_t count) {
  Words words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = wide[i];
  return words;
}

// Of a table with two read ports, which both got the same address.
template <typename Wide>
Words words_of_both(const Wide& wide) {
  const Words words = words_of(wide, 4);
  EXPECT_EQ(words[0], words[2]);
  EXPECT_EQ(words[1], words[3]);
  return {words[0], words[1]};
}

}  // namespace

Words Bench::data(std::uint8_t table) {
  switch (table) {
    case layout::kTable_config:
      return words_of(pins_->config_data_o, 32);
    case layout::kTable_service_keys0:
      return words_of(pins_->service_keys0_data_o, 4);
    case layout::kTable_service_keys1:
      return words_of(pins_->service_keys1_data_o, 4);
    case layout::kTable_return_keys0:
      return words_of(pins_->return_keys0_data_o, 4);
    case layout::kTable_return_keys1:
      return words_of(pins_->return_keys1_data_o, 4);
    case layout::kTable_services:
      return words_of(pins_->services_data_o, 16);
    case layout::kTable_vips0:
      return words_of_both(pins_->vips0_data_o);
    case layout::kTable_vips1:
      return words_of_both(pins_->vips1_data_o);
    case layout::kTable_ring:
      return {pins_->ring_data_o & 0xffff};
    default:
      return words_of(pins_->backends_data_o, 4);
  }
}

std::vector<layout::TableInfo> table_list() {
  std::uint32_t count = 0;
  const layout::TableInfo* first = layout::tables(&count);
  return {first, first + count};
}

const layout::TableInfo& table_info(std::uint8_t table) {
  std::uint32_t count = 0;
  const layout::TableInfo* info = layout::tables(&count);
  while (info->id != table) ++info;
  return *info;
}

int table_latency(std::uint8_t table) {
  if (table == layout::kTable_config) return 1;
  return table == layout::kTable_ring ? 3 : 2;
}

Words random_record(Bench& bench, std::uint8_t table, Words* noise) {
  const layout::RecordInfo record = layout::record_of_table(table);
  const std::size_t count = std::max(1u, record.stride_bytes / 4);
  Words mask(count, 0);
  for (std::size_t i = 0; i < record.field_count; ++i) {
    const layout::FieldInfo& field = record.fields[i];
    for (std::uint32_t bit = field.offset_bits; bit < field.offset_bits + field.bits; ++bit) {
      mask[bit / 32] |= 1u << bit % 32;
    }
  }
  if (table == layout::kTable_ring) mask[0] = 0xffffffff;  // two slots a word
  Words words(count);
  if (noise != nullptr) noise->resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = static_cast<std::uint32_t>(bench.random()());
    words[i] = bits & mask[i];
    if (noise != nullptr) (*noise)[i] = bits;
  }
  return words;
}

}  // namespace sluice::test
