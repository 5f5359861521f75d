#include "flash/f2_programmer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/fd.hpp"
#include "driver/pci_board.hpp"
#include "flash/command.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr const char* kDescribe = "fpga-describe-local-image";
constexpr const char* kClear = "fpga-clear-local-image";
constexpr const char* kLoad = "fpga-load-local-image";
constexpr std::chrono::milliseconds kBusyPoll{500};

constexpr off_t kCommandRegister = 4;         // of the configuration space
constexpr std::uint8_t kMemoryAndMaster = 6;  // decode memory addresses, be bus master
constexpr std::uint8_t kGone = 0xff;          // no device has all of these bits

std::string first_line(const CommandResult& result) {
  const std::string& text = result.err.empty() ? result.out : result.err;
  return text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
}

class F2Programmer : public Programmer {
 public:
  explicit F2Programmer(F2Options options)
      : options_(std::move(options)), slot_(std::to_string(options_.slot)) {
    if (options_.open_registers) return;
    options_.open_registers = [this](const std::string& address) {
      return driver::PciBoard::open({address, 0, 0}, options_.sysfs_devices);
    };
  }

  std::string card() const override { return "f2:" + slot_; }
  Result<std::string> address() override {
    const auto slot = describe(false);
    if (!slot) return slot.error();
    return slot->address;
  }
  bool needs_file_to_restore() const override { return false; }

  std::vector<std::string> plan(const image::Image& image) const override {
    const std::string on_slot = std::string(" -S ") + slot_;
    return {kClear + on_slot, kLoad + on_slot + " -I " + image.manifest.agfi,
            kDescribe + on_slot + " -R -H, until it says loaded and ok",
            "let the device decode addresses and be bus master"};
  }

  Result<CardState> record() override {
    board_.reset();
    const auto slot = describe(false);
    if (!slot) return slot.error();
    address_ = slot->address;
    CardState state;
    state.image_id = slot->image_id;
    state.card.board = image::Board::f2;
    state.card.platform = slot->shell_version;
    // Somebody may hold the registers, or nothing be behind them: then the id is all there is.
    if (const auto board = registers(); board && !slot->image_id.empty()) {
      const auto identity = read_identity(**board);
      if (identity) state.identity = *identity;
    }
    board_.reset();
    return state;
  }

  Result<void> preflight(const image::Image& image, bool,
                         std::vector<std::string>& notes) override {
    for (const char* tool : {kClear, kLoad}) {
      if (auto found = tool_path(tool); !found) return found.error();
    }
    if (image.manifest.agfi.empty()) {
      return Error{Errc::bad_image, "the image has no AGFI: it is not for AWS F2", image.path};
    }
    if (auto free = check_free(); !free) return free;
    return ask_aws(image.manifest, notes);
  }

  Result<void> reset() override {
    board_.reset();
    if (auto cleared = clear(); !cleared) return cleared;
    const auto slot = describe(true);
    return slot ? Result<void>() : slot.error();
  }

  Result<void> program(const image::Image& image) override {
    if (auto loaded = load(image.manifest.agfi); !loaded || device_is_ours_) return loaded;
    return Error{Errc::verify_failed,
                 image.manifest.agfi + " is loaded, but its device ids are not " +
                     fmt::format("{:04x}:{:04x}", kF2Vendor, kF2Device) +
                     ": the AGFI is no image of Sluice, or of other ids; name the right one in "
                     "the manifest",
                 card()};
  }

  Result<driver::Board*> registers() override {
    if (!board_) {
      auto board = options_.open_registers(address_);
      if (!board) return board.error();
      board_ = std::move(*board);
    }
    return board_.get();
  }

  Result<Macs> macs() override { return Macs(); }  // packets come through the instance's NIC

  Result<void> restore(const CardState& previous, const image::Image*) override {
    return previous.image_id.empty() ? reset() : load(previous.image_id);
  }

 private:
  Result<std::string> tool_path(const char* tool) const {
    auto path = find_program(tool);
    if (path) return path;
    return Error{Errc::not_found,
                 std::string(tool) +
                     " is not on PATH: install AWS's FPGA management tools (aws-fpga, `source "
                     "sdk_setup.sh`) and run as root",
                 card()};
  }

  // One of AWS's tools on this slot; a failure is explained.
  Result<CommandResult> run(const char* tool, std::vector<std::string> words,
                            std::chrono::milliseconds timeout) const {
    const auto path = tool_path(tool);
    if (!path) return path.error();
    std::vector<std::string> argv{*path, "-S", slot_};
    argv.insert(argv.end(), words.begin(), words.end());
    auto result = run_command(argv, {timeout, CommandLimits().output_bytes});
    if (!result) return Error{result.error().code, result.error().message(), card()};
    const int said = aws_error_code(result->out + "\n" + result->err);
    if (result->status == 0 && said == 0) return result;
    return explain_aws(said != 0 ? said : result->status,
                       std::string(tool) + ": " + first_line(*result), card());
  }

  // Waits while AWS is busy with the slot. `rescan` takes the device off the bus and looks again.
  Result<F2Slot> describe(bool rescan) const {
    const auto deadline = Clock::now() + options_.query_timeout;
    while (true) {
      std::vector<std::string> words;
      if (rescan) words.emplace_back("-R");
      words.emplace_back("-H");
      const auto result = run(kDescribe, std::move(words), options_.query_timeout);
      if (!result && result.error().code != Errc::busy) return result.error();
      if (result) {
        auto slot = parse_f2_slot(result->out, options_.slot);
        if (!slot || slot->status != "busy") return slot;
      }
      if (Clock::now() >= deadline) {
        return result ? Error{Errc::hung, "AWS is busy with this slot for too long", card()}
                      : result.error();
      }
      std::this_thread::sleep_for(kBusyPoll);
    }
  }

  Result<void> clear() const {
    const auto done = run(kClear, {}, options_.load_timeout);
    return done ? Result<void>() : done.error();
  }

  Result<void> load(const std::string& agfi) {
    board_.reset();
    if (auto cleared = clear(); !cleared) return cleared;
    if (const auto done = run(kLoad, {"-I", agfi}, options_.load_timeout); !done) {
      return done.error();
    }
    const auto slot = describe(true);
    if (!slot) return slot.error();
    if (slot->error != 0) {
      return explain_aws(slot->error, "status " + slot->status + ", " + slot->error_name, card());
    }
    if (slot->status != "loaded" || slot->image_id != agfi) {
      return Error{Errc::program_failed,
                   "the slot is " + slot->status + " with " +
                       (slot->image_id.empty() ? "no image" : slot->image_id) + " instead of " +
                       agfi + ": try again",
                   card()};
    }
    address_ = slot->address;
    device_is_ours_ = slot->vendor == kF2Vendor && slot->device == kF2Device;
    return enable_device();
  }

  // After a load the device neither decodes addresses nor may it write to the host's memory.
  Result<void> enable_device() const {
    const std::string path = options_.sysfs_devices + "/" + address_ + "/config";
    const auto failed = [&](const std::string& why) {
      return Error{Errc::program_failed,
                   "the image is loaded, but its device cannot be switched on: " + why +
                       "; echo 1 > /sys/bus/pci/rescan",
                   path};
    };
    const base::Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return failed(std::strerror(errno));
    std::uint8_t command = 0;
    const ssize_t count = ::pread(fd.get(), &command, 1, kCommandRegister);
    if (count < 0) return failed(std::strerror(errno));
    if (count == 0) return failed("its configuration space is empty");
    if (command == kGone) return failed("its configuration space answers all ones");
    command |= kMemoryAndMaster;
    if (::pwrite(fd.get(), &command, 1, kCommandRegister) == 1) return {};
    return failed(std::strerror(errno));
  }

  Result<void> check_free() {
    const auto device = driver::read_pci_device(options_.sysfs_devices + "/" + address_);
    if (!device) return Error{device.error().code, device.error().what, card()};
    if (!device->kernel_driver.empty()) {
      return Error{Errc::busy,
                   "kernel driver " + device->kernel_driver + " has " + address_ +
                       ": stop what uses it (DPDK), then echo " + address_ + " > " +
                       options_.sysfs_devices + "/" + address_ + "/driver/unbind",
                   card()};
    }
    const auto board = registers();
    board_.reset();
    // A cleared slot does not answer, and that is no reason not to load an image.
    if (!board && board.error().code == Errc::busy) return board.error();
    return {};
  }

  // Whether AWS would load the image. Not every instance may ask; then the load itself will tell.
  Result<void> ask_aws(const image::Manifest& manifest, std::vector<std::string>& notes) const {
    const auto unknown = [&](const std::string& why) {
      notes.push_back("the image's state at AWS is not known: " + why);
      return Result<void>();
    };
    const auto aws = find_program("aws");
    if (!aws) return unknown("aws is not on PATH");
    const auto result =
        run_command({*aws, "ec2", "describe-fpga-images", "--filters",
                     "Name=fpga-image-global-id,Values=" + manifest.agfi, "--output", "json"},
                    {options_.aws_timeout, CommandLimits().output_bytes});
    if (!result) return unknown(result.error().message());
    if (result->status != 0) return unknown("aws: " + first_line(*result));
    const auto json = nlohmann::json::parse(result->out, nullptr, false);
    if (!json.is_object() || !json.contains("FpgaImages") || !json["FpgaImages"].is_array()) {
      return unknown("aws printed something else than expected");
    }
    if (json["FpgaImages"].empty()) {
      return explain_aws(5, "describe-fpga-images lists no " + manifest.agfi, card());
    }
    const auto& image = json["FpgaImages"][0];
    const std::string state = image.value("/State/Code"_json_pointer, std::string());
    if (state != "available") {
      return Error{Errc::bad_image,
                   manifest.agfi + " is " + state + " at AWS" +
                       (state == "pending" ? ": it is still being made, wait for `available`"
                                           : ": make it again with `aws ec2 create-fpga-image`"),
                   card()};
    }
    const std::string shell = image.value("/ShellVersion"_json_pointer, manifest.platform);
    if (shell != manifest.platform) {
      return Error{Errc::bad_image,
                   "AWS says that " + manifest.agfi + " is for shell " + shell +
                       ", its manifest says " + manifest.platform +
                       ": write the manifest again (`sluice image pack`)",
                   card()};
    }
    return {};
  }

  F2Options options_;
  std::string slot_;
  std::string address_;
  bool device_is_ours_ = false;  // by the ids of the image loaded last
  std::unique_ptr<driver::Board> board_;
};

}  // namespace

std::unique_ptr<Programmer> make_f2_programmer(F2Options options) {
  return std::make_unique<F2Programmer>(std::move(options));
}

}  // namespace sluice::flash
