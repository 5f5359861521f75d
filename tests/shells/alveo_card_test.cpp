// The Alveo kernel with the card itself in it: tables loaded from the board's memory through the
// kernel's master, then packets balanced and rewritten as the native packet path says.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "Vsluice_kernel.h"
#include "layout/images.hpp"
#include "layout/registers.hpp"
#include "layout/shell_registers.hpp"
#include "packet_gen/packet_generator.hpp"
#include "packet_gen/run_path.hpp"
#include "streams.hpp"

namespace sluice::shells_test {
namespace {

constexpr std::uint64_t kListAddress = 0x4000'0000'0400;  // above 4 GiB, a multiple of 1,024
constexpr unsigned kBank = 1;                             // a fresh card's shadow

// Register writes, as the card reads them from memory.
class List {
 public:
  void add(std::uint32_t address, std::uint32_t data) {
    entries_.push_back(std::uint64_t{data} << 32 | address);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  std::uint64_t at(std::uint64_t byte) const {
    const std::uint64_t index = (byte - kListAddress) / 8;
    return index < entries_.size() ? entries_[index] : 0;
  }

  // Every entry of a table that is not zero.
  template <layout::TableId id, class Record>
  void add_table(const Record* entries, std::size_t count) {
    // Entries that share a word are written together.
    constexpr std::size_t kUnit = sizeof(Record) < 4 ? 4 / sizeof(Record) : 1;
    constexpr std::size_t kWords = kUnit * sizeof(Record) / 4;
    for (std::size_t i = 0; i + kUnit <= count; i += kUnit) {
      std::uint32_t words[kWords];
      std::memcpy(words, entries + i, sizeof words);
      if (std::all_of(words, words + kWords, [](std::uint32_t word) { return word == 0; }))
        continue;
      add(layout::kReg_table_page,
          static_cast<std::uint32_t>(id) << 24 | static_cast<std::uint32_t>(i));
      for (std::uint32_t word = 0; word < kWords; ++word) {
        add(layout::kWindow_table + 4 * word, words[word]);
      }
    }
  }

 private:
  std::vector<std::uint64_t> entries_;
};

List list_of(const packet_gen::Tables& tables) {
  List list;
  const auto banked = [&list]<layout::TableId id>(const auto& both) {
    const std::size_t entries = std::size(both) / 2;
    list.add_table<id>(both + kBank * entries, entries);
  };
  list.add_table<layout::kTable_config>(&tables.config[kBank], 1);
  banked.operator()<layout::kTable_service_keys0>(tables.service_keys0);
  banked.operator()<layout::kTable_service_keys1>(tables.service_keys1);
  banked.operator()<layout::kTable_return_keys0>(tables.return_keys0);
  banked.operator()<layout::kTable_return_keys1>(tables.return_keys1);
  banked.operator()<layout::kTable_vips0>(tables.vips0);
  banked.operator()<layout::kTable_vips1>(tables.vips1);
  banked.operator()<layout::kTable_services>(tables.services);
  banked.operator()<layout::kTable_backends>(tables.backends);
  list.add_table<layout::kTable_ring>(tables.ring, std::size(tables.ring));
  return list;
}

class Card {
 public:
  explicit Card(const List& list) : list_(list) {
    dut_.ap_rst_n = 0;
    run(30);
    dut_.ap_rst_n = 1;
    run(30);
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) cycle();
  }

  std::uint32_t read(std::uint16_t address) {
    dut_.s_axi_control_araddr = address;
    dut_.s_axi_control_arvalid = 1;
    dut_.s_axi_control_rready = 1;
    bool taken = false;
    for (unsigned i = 0; i < 1000; ++i) {
      dut_.eval();
      taken = dut_.s_axi_control_arready != 0;
      const bool done = dut_.s_axi_control_rvalid != 0;
      const std::uint32_t data = dut_.s_axi_control_rdata;
      cycle();
      if (taken) dut_.s_axi_control_arvalid = 0;
      if (done) return data;
    }
    ADD_FAILURE() << "a read hangs";
    return 0;
  }

  void write(std::uint16_t address, std::uint32_t data) {
    dut_.s_axi_control_awaddr = address;
    dut_.s_axi_control_wdata = data;
    dut_.s_axi_control_wstrb = 0xf;
    dut_.s_axi_control_awvalid = 1;
    dut_.s_axi_control_wvalid = 1;
    dut_.s_axi_control_bready = 1;
    for (unsigned i = 0; i < 1000; ++i) {
      dut_.eval();
      const bool address_taken = dut_.s_axi_control_awready != 0;
      const bool data_taken = dut_.s_axi_control_wready != 0;
      const bool done = dut_.s_axi_control_bvalid != 0;
      if (done) {
        EXPECT_EQ(dut_.s_axi_control_bresp, 0) << "register " << address;
      }
      cycle();
      if (address_taken) dut_.s_axi_control_awvalid = 0;
      if (data_taken) dut_.s_axi_control_wvalid = 0;
      if (done) return;
    }
    ADD_FAILURE() << "a write hangs";
  }

  std::array<Source, 2> sources{Source(seed() + 1, 20), Source(seed() + 2, 20)};
  std::array<Sink, 2> sinks{Sink(seed() + 3, 10), Sink(seed() + 4, 10)};

 private:
  struct Pins {
    CData& s_valid;
    CData& s_ready;
    VlWide<16>& s_data;
    QData& s_keep;
    CData& s_last;
    CData& m_valid;
    CData& m_ready;
    VlWide<16>& m_data;
    QData& m_keep;
    CData& m_last;
  };

  void cycle() {
    dut_.eval();
    for (unsigned port = 0; port < 2; ++port) look(pins_[port], port);
    const bool asked = dut_.m_axi_tables_arvalid != 0 && dut_.m_axi_tables_arready != 0;
    const std::uint64_t address = dut_.m_axi_tables_araddr;
    const unsigned beats = dut_.m_axi_tables_arlen + 1u;
    const bool beat_taken = dut_.m_axi_tables_rvalid != 0 && dut_.m_axi_tables_rready != 0;
    dut_.ap_clk = 1;
    dut_.eval();
    dut_.ap_clk = 0;
    for (unsigned port = 0; port < 2; ++port) drive(pins_[port], port);
    if (beat_taken) beats_.pop_front();
    if (asked) {
      for (unsigned i = 0; i < beats; ++i) beats_.push_back(address + 64u * i);
    }
    serve();
  }

  // The memory takes the next request when the last one is answered.
  void serve() {
    dut_.m_axi_tables_arready = beats_.empty() ? 1 : 0;
    dut_.m_axi_tables_rvalid = beats_.empty() ? 0 : 1;
    if (beats_.empty()) return;
    for (unsigned i = 0; i < 8; ++i) {
      const std::uint64_t entry = list_.at(beats_.front() + 8u * i);
      dut_.m_axi_tables_rdata[2 * i] = static_cast<std::uint32_t>(entry);
      dut_.m_axi_tables_rdata[2 * i + 1] = static_cast<std::uint32_t>(entry >> 32);
    }
    dut_.m_axi_tables_rresp = 0;
    dut_.m_axi_tables_rlast = beats_.size() == 1 ? 1 : 0;
  }

  void look(const Pins& pins, unsigned port) {
    if (pins.s_valid != 0) {
      EXPECT_NE(pins.s_ready, 0) << "a MAC does not wait";
      sources[port].taken();
    }
    std::optional<Beat> beat;
    if (pins.m_valid != 0) {
      beat.emplace();
      for (unsigned word = 0; word < 16; ++word) beat->data[word] = pins.m_data[word];
      beat->keep = pins.m_keep;
      beat->last = pins.m_last != 0;
    }
    sinks[port].cycle(beat, pins.m_ready != 0);
  }

  void drive(const Pins& pins, unsigned port) {
    pins.m_ready = sinks[port].ready() ? 1 : 0;
    const std::optional<Beat> beat = sources[port].next();
    pins.s_valid = beat ? 1 : 0;
    if (!beat) return;
    for (unsigned word = 0; word < 16; ++word) pins.s_data[word] = beat->data[word];
    pins.s_keep = beat->keep;
    pins.s_last = beat->last ? 1 : 0;
  }

  const List& list_;
  Vsluice_kernel dut_;
  std::array<Pins, 2> pins_{
      Pins{dut_.S_AXIS_0_tvalid, dut_.S_AXIS_0_tready, dut_.S_AXIS_0_tdata, dut_.S_AXIS_0_tkeep,
           dut_.S_AXIS_0_tlast, dut_.M_AXIS_0_tvalid, dut_.M_AXIS_0_tready, dut_.M_AXIS_0_tdata,
           dut_.M_AXIS_0_tkeep, dut_.M_AXIS_0_tlast},
      Pins{dut_.S_AXIS_1_tvalid, dut_.S_AXIS_1_tready, dut_.S_AXIS_1_tdata, dut_.S_AXIS_1_tkeep,
           dut_.S_AXIS_1_tlast, dut_.M_AXIS_1_tvalid, dut_.M_AXIS_1_tready, dut_.M_AXIS_1_tdata,
           dut_.M_AXIS_1_tkeep, dut_.M_AXIS_1_tlast}};
  std::deque<std::uint64_t> beats_;  // addresses still to be read
};

TEST(AlveoCard, LoadsItsTablesFromMemoryAndBalancesPackets) {
  const auto tables = packet_gen::make_tables(
      seed(), {.services = 6, .max_backends = 3, .max_ring_slots = 13, .faults = false});
  const List list = list_of(tables->images);
  Card card(list);
  ASSERT_EQ(card.read(layout::kReg_magic), layout::kMagic);
  ASSERT_EQ(card.read(layout::kReg_clock_khz), 300'000u);
  ASSERT_EQ(card.read(layout::kShellReg_shell_kind), 1u);

  card.write(layout::kReg_list_addr_lo, static_cast<std::uint32_t>(kListAddress));
  card.write(layout::kReg_list_addr_hi, static_cast<std::uint32_t>(kListAddress >> 32));
  card.write(layout::kReg_list_writes, list.size());
  card.write(layout::kReg_control, layout::kControlList);
  card.run(20 * list.size());
  ASSERT_EQ(card.read(layout::kReg_list_done), list.size());
  card.write(layout::kReg_control, layout::kControlCommit);
  card.run(100);
  ASSERT_EQ(card.read(layout::kReg_status) & (layout::kStatusListFailed | layout::kStatusLiveBank),
            layout::kStatusLiveBank);

  packet_gen::PacketGenerator generator(
      seed(), *tables, {.max_frame_bytes = 1500, .only_forwarded = true, .fixed_epoch = kBank});
  std::array<std::array<std::vector<Frame>, 2>, 2> expected;  // [egress][ingress]
  packet_gen::Packet packet;
  std::size_t changed = 0;
  for (unsigned i = 0; i < 60; ++i) {
    generator.next(packet);
    const path::PacketOut out = packet_gen::run_path(
        tables->images, packet_gen::packet_in(packet.bytes, packet.port, kBank));
    ASSERT_EQ(out.verdict, path::kVerdictForward);
    Frame frame;
    packet_gen::splice(packet.bytes, out, frame.bytes);
    changed += frame.bytes != packet.bytes ? 1 : 0;
    expected[out.egress_port][packet.port].push_back(std::move(frame));
    card.sources[packet.port].push({packet.bytes, false});
  }
  EXPECT_GT(changed, 50u) << "packets are rewritten";
  card.run(6000);
  for (unsigned egress = 0; egress < 2; ++egress) {
    EXPECT_EQ(card.sinks[egress].error, "");
    std::array<std::size_t, 2> at{};
    for (const Frame& frame : card.sinks[egress].frames) {
      const auto next = [&](unsigned port) {
        return at[port] < expected[egress][port].size() &&
               expected[egress][port][at[port]] == frame;
      };
      ASSERT_TRUE(next(0) || next(1)) << "port " << egress << " sent a frame that nobody expects";
      ++at[next(0) ? 0 : 1];
    }
    for (unsigned port = 0; port < 2; ++port) {
      EXPECT_EQ(at[port], expected[egress][port].size()) << "from " << port << " to " << egress;
    }
  }
  EXPECT_EQ(card.read(layout::kReg_in_flight), 0u);
  EXPECT_EQ(card.read(layout::kShellReg_tx_lost_0) + card.read(layout::kShellReg_tx_lost_1), 0u);
}

}  // namespace
}  // namespace sluice::shells_test
