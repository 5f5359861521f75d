// An Alveo card as a test sees it: a fake in the place of XRT fails where a test says so.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <thread>

#include "driver/fake_board.hpp"
#include "flash/flash.hpp"
#include "flash/xrt_programmer.hpp"
#include "support.hpp"

namespace sluice::flash {

// What goes wrong, and in which calls of its kind, counted from 1.
enum class Fault {
  identify,
  load,        // the card keeps what it runs
  load_loses,  // and the card has no image afterwards
  macs,
  reset,
  dead,         // registers of that load answer all ones
  wrong_build,  // registers of that load are of another build
  writes_lost,  // writes to the registers of that load do not arrive
  link_down,    // while that load runs
  mac_dies,     // the MACs of that opening answer nothing once something was written to them
};
using Faults = std::map<Fault, std::set<int>>;

// The card, which outlives every handle.
struct Card {
  Faults faults;
  XrtIdentity identity{"0000:3b:00.1", "xilinx_u55c_gen3x16_xdma_base_3", kInterface, {}, false};
  std::uint32_t build = 0;  // that runs
  int identifies = 0, loads = 0, mac_opens = 0, resets = 0;
  int open_boards = 0;
  bool has_reset_tool = true;
  bool load_hangs = false;
  std::uint32_t mac_status = 3;
  std::map<std::uint32_t, std::uint32_t> mac_registers;

  std::string runs() const {
    return identity.image_uuid.is_zero() ? "" : identity.image_uuid.to_string();
  }
  bool fails(Fault fault, int call) const {
    const auto found = faults.find(fault);
    return found != faults.end() && found->second.contains(call);
  }
};

class CountedBoard : public driver::FakeBoard {
 public:
  explicit CountedBoard(Card& card) : card_(card) { ++card_.open_boards; }
  ~CountedBoard() override { --card_.open_boards; }
  CountedBoard(const CountedBoard&) = delete;
  CountedBoard& operator=(const CountedBoard&) = delete;

 private:
  Card& card_;
};

class FakeMac : public MacRegisters {
 public:
  FakeMac(Card& card, bool dies) : card_(card), dies_(dies) {}
  base::Result<std::uint32_t> read(std::uint32_t offset) override {
    if (dies_ && written_) return base::Error{base::Errc::hung, "planned silence", name()};
    if (offset == 0x204) return card_.mac_status;
    return card_.mac_registers[offset];
  }
  base::Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    written_ = true;
    card_.mac_registers[offset] = value;
    return {};
  }
  std::string name() const override { return "cmac_0"; }

 private:
  Card& card_;
  bool dies_;
  bool written_ = false;
};

class FakeXrt : public XrtLayer {
 public:
  explicit FakeXrt(Card& card) : card_(card) {}

  base::Result<XrtIdentity> identify() override {
    if (card_.fails(Fault::identify, ++card_.identifies)) return failure("identify");
    return card_.identity;
  }

  base::Result<std::unique_ptr<driver::Board>> load(const std::string& path) override {
    const int number = ++card_.loads;
    EXPECT_EQ(card_.open_boards, 0) << "XRT loads nothing while a context is open";
    if (card_.load_hangs) std::this_thread::sleep_for(std::chrono::minutes(1));
    if (card_.fails(Fault::load, number)) return failure("load");
    if (card_.fails(Fault::load_loses, number)) {
      card_.identity.image_uuid = {};
      return failure("load");
    }
    const auto image = image::read_image(path);
    if (!image) return image.error();
    card_.identity.image_uuid = image->manifest.image_uuid;
    card_.build = image->manifest.build_id;
    auto board = std::make_unique<CountedBoard>(card_);
    board->faults.overrides[layout::kReg_build_id] =
        card_.fails(Fault::wrong_build, number) ? 0xbad : card_.build;
    board->faults.all_ones = card_.fails(Fault::dead, number);
    board->faults.writes_lost = card_.fails(Fault::writes_lost, number);
    card_.mac_status = card_.fails(Fault::link_down, number) ? 0xc0 : 3;
    return std::unique_ptr<driver::Board>(std::move(board));
  }

  base::Result<Macs> open_macs(const image::Image& image) override {
    if (card_.fails(Fault::macs, ++card_.mac_opens)) return failure("open_macs");
    Macs macs;
    for (const image::Ip& ip : image.xclbin.ips) {
      if (!ip.name.starts_with("cmac_")) continue;
      macs.push_back(
          std::make_unique<FakeMac>(card_, card_.fails(Fault::mac_dies, card_.mac_opens)));
    }
    return macs;
  }

  base::Result<void> can_reset() override {
    if (card_.has_reset_tool) return {};
    return base::Error{base::Errc::not_found, "no tool", "fake XRT"};
  }

  base::Result<void> reset() override {
    if (card_.fails(Fault::reset, ++card_.resets)) return failure("reset");
    card_.identity.image_uuid = {};
    card_.build = 0;
    return {};
  }

 private:
  static base::Error failure(const std::string& call) {
    return base::Error{base::Errc::program_failed, "planned failure of " + call, "fake XRT"};
  }
  Card& card_;
};

class XrtFlash : public testing::Test {
 protected:
  void SetUp() override {
    old_ = make_u55c_image(folder_ / "old.xclbin", kOldBuild);
    new_ = make_u55c_image(folder_ / "new.xclbin", kNewBuild);
    request_.image = new_;
    request_.lock_folder = folder_ / "lock";
    request_.state_folder = folder_ / "state";
    request_.link_wait = std::chrono::milliseconds(0);
    request_.lock_wait = std::chrono::milliseconds(0);
  }

  // The card runs the old image, which was flashed from here.
  void run_old() {
    card_.identity.image_uuid = old_.manifest.image_uuid;
    card_.build = kOldBuild;
    ASSERT_TRUE(save_last_good(request_.state_folder, "xrt:0000:3b:00.1", old_).ok());
  }

  FlashReport run() {
    auto programmer = make_xrt_programmer(std::make_unique<FakeXrt>(card_));
    EXPECT_TRUE(programmer.ok());
    return flash(**programmer, request_);
  }

  std::string old_id() const { return old_.manifest.image_uuid.to_string(); }
  std::string new_id() const { return new_.manifest.image_uuid.to_string(); }

  TempFolder folder_;
  image::Image old_, new_;
  Card card_;
  FlashRequest request_;
};

}  // namespace sluice::flash
