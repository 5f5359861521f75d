// XRT itself. Not run on hardware; under XRT's hardware emulation there are no MACs and no reset.
#include <xrt/xrt_device.h>
#include <xrt/xrt_uuid.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>
#if __has_include(<xrt/xrt_ip.h>)
#include <xrt/xrt_ip.h>
#else
#include <experimental/xrt_ip.h>
#endif

#include "driver/xrt_board.hpp"
#include "driver/xrt_errors.hpp"
#include "flash/command.hpp"
#include "flash/xrt_programmer.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::chrono::milliseconds kResetTimeout{120'000};
constexpr std::chrono::milliseconds kBackTimeout{60'000};
constexpr std::chrono::milliseconds kBackPoll{1'000};

image::Uuid uuid_of(const xrt::uuid& from) {
  image::Uuid uuid;
  std::memcpy(uuid.bytes.data(), from.get(), uuid.bytes.size());
  return uuid;
}

// What XRT does not tell of every kind of card.
template <class Ask>
auto ask_or(Ask ask, decltype(ask()) otherwise) {
  try {
    return ask();
  } catch (const std::exception&) {
    return otherwise;
  }
}

class XrtMac : public MacRegisters {
 public:
  XrtMac(std::string name, const xrt::device& device, const xrt::uuid& image)
      : name_(std::move(name)), ip_(device, image, name_) {}

  Result<std::uint32_t> read(std::uint32_t offset) override {
    try {
      return ip_.read_register(offset);
    } catch (const std::exception& thrown) {
      return driver::explain_xrt(driver::XrtStep::access, thrown, name_);
    }
  }

  Result<void> write(std::uint32_t offset, std::uint32_t value) override {
    try {
      ip_.write_register(offset, value);
      return {};
    } catch (const std::exception& thrown) {
      return driver::explain_xrt(driver::XrtStep::access, thrown, name_);
    }
  }

  std::string name() const override { return name_; }

 private:
  std::string name_;
  xrt::ip ip_;
};

class GenuineXrt : public XrtLayer {
 public:
  explicit GenuineXrt(std::string card) : card_(std::move(card)) {}

  Result<XrtIdentity> identify() override {
    namespace info = xrt::info;
    try {
      // A device that stays open would hold the card's context while the image changes.
      const xrt::device device(card_);
      XrtIdentity identity;
      identity.address = ask_or([&] { return device.get_info<info::device::bdf>(); }, card_);
      identity.platform =
          ask_or([&] { return device.get_info<info::device::name>(); }, std::string());
      identity.interface_uuid = ask_or(
          [&] { return uuid_of(device.get_info<info::device::interface_uuid>()); }, image::Uuid());
      // XRT itself decides by this variable whether it talks to cards.
      identity.emulated = std::getenv("XCL_EMULATION_MODE") != nullptr;
      identity.offline = ask_or([&] { return device.get_info<info::device::offline>(); }, false);
      identity.image_uuid =
          ask_or([&] { return uuid_of(device.get_xclbin_uuid()); }, image::Uuid());
      return identity;
    } catch (const std::exception& thrown) {
      return driver::explain_xrt(driver::XrtStep::open_card, thrown, "xrt:" + card_);
    }
  }

  Result<std::unique_ptr<driver::Board>> load(const std::string& image_path) override {
    constexpr bool kAcceptMissedTiming = true;  // who called has decided
    return driver::open_xrt_board(card_ + "," + image_path, kAcceptMissedTiming);
  }

  Result<Macs> open_macs(const image::Image& image) override {
    driver::XrtStep step = driver::XrtStep::open_card;
    try {
      Macs macs;
      std::vector<std::string> names;
      for (const image::Ip& ip : image.xclbin.ips) {
        if (ip.name.starts_with("cmac_")) names.push_back(ip.name.substr(0, ip.name.find(':')));
      }
      if (names.empty()) return macs;
      const xrt::device device(card_);
      step = driver::XrtStep::load_image;
      const xrt::uuid uuid = xrt::device(device).load_xclbin(image.path);
      step = driver::XrtStep::open_ip;
      for (const std::string& name : names) {
        macs.push_back(std::make_unique<XrtMac>(name, device, uuid));
      }
      return macs;
    } catch (const std::exception& thrown) {
      return driver::explain_xrt(step, thrown, "xrt:" + card_);
    }
  }

  Result<void> can_reset() override {
    const auto tool = reset_tool();
    return tool ? Result<void>() : tool.error();
  }

  Result<void> reset() override {
    const auto tool = reset_tool();
    if (!tool) return tool.error();
    const auto identity = identify();
    if (!identity) return identity.error();
    const auto result =
        run_command({*tool, "reset", "--device", identity->address, "--force"}, {kResetTimeout});
    if (!result) return result.error();
    if (result->status != 0) {
      return Error{Errc::program_failed,
                   "the reset failed: " + result->out.substr(0, 200) + result->err.substr(0, 200),
                   "xrt:" + card_};
    }
    return wait_until_back();
  }

 private:
  // xbutil is what xrt-smi was called before, and in some packages a wrapper that does nothing.
  Result<std::string> reset_tool() const {
    for (const char* name : {"xrt-smi", "xbutil"}) {
      if (auto tool = find_program(name)) return tool;
    }
    return Error{Errc::not_found, "neither xrt-smi nor xbutil is on PATH: source XRT's setup.sh",
                 "xrt:" + card_};
  }

  // The tools of some packages end with 0 whatever happened, so the card is asked.
  Result<void> wait_until_back() {
    const auto deadline = std::chrono::steady_clock::now() + kBackTimeout;
    while (true) {
      const auto identity = identify();
      if (identity && !identity->offline && identity->image_uuid.is_zero()) return {};
      if (std::chrono::steady_clock::now() >= deadline) {
        if (!identity) return identity.error();
        return Error{Errc::program_failed,
                     identity->offline ? "the card does not come back: power-cycle the machine"
                                       : "the card still has its image: the reset did nothing",
                     "xrt:" + card_};
      }
      std::this_thread::sleep_for(kBackPoll);
    }
  }

  std::string card_;
};

}  // namespace

Result<std::unique_ptr<XrtLayer>> open_xrt_layer(const std::string& card) {
  return std::unique_ptr<XrtLayer>(std::make_unique<GenuineXrt>(card));
}

}  // namespace sluice::flash
