// A slot of AWS F2 as a test sees it: a stand-in for AWS's tools (aws_tools.sh) checks each call
// and fails where a test says so.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "flash/f2_programmer.hpp"
#include "flash/flash.hpp"
#include "support.hpp"

namespace sluice::flash {

inline constexpr const char* kOldImage = "agfi-00000000000000001";
inline constexpr const char* kNewImage = "agfi-00000000000000002";
inline constexpr const char* kAddress = "0000:34:00.0";
inline constexpr const char* kTools[] = {"fpga-describe-local-image", "fpga-clear-local-image",
                                         "fpga-load-local-image", "aws"};

inline constexpr const char* kD = kTools[0];
inline constexpr const char* kC = kTools[1];
inline constexpr const char* kL = kTools[2];

// Commands for the stand-in. The image that kDeadBits loads answers nothing.
inline constexpr const char* kFail = "say_error 14 fail";
inline constexpr const char* kHang = "sleep 60";
inline constexpr const char* kDeadBits = "cat \"$here/ones\" > \"$here/images/$4\"";

inline std::string registers_of(std::uint32_t build_id) {
  std::string bar(layout::kApertureBytes, '\0');
  const auto put = [&](std::uint32_t offset, std::uint32_t value) {
    std::memcpy(bar.data() + offset, &value, 4);
  };
  put(layout::kReg_magic, layout::kMagic);
  put(layout::kReg_abi_version, layout::kAbiVersion);
  put(layout::kReg_build_id, build_id);
  put(layout::kReg_layout_hash, layout::layout_hash());
  return bar;
}

class F2Flash : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    for (const char* name : {"images", "fail", "pci"})
      std::filesystem::create_directory(folder_ / name);
    std::filesystem::create_directory(device());
    for (const char* tool : kTools) {
      std::filesystem::copy_file(SLUICE_AWS_TOOLS, folder_ / tool);
    }
    write_file(folder_ / "ones", std::string(layout::kApertureBytes, '\xff'));
    write_file(folder_ / "calls", "");
    write_file(folder_ / "images" + "/" + kOldImage, registers_of(kOldBuild));
    write_file(folder_ / "images" + "/" + kNewImage, registers_of(kNewBuild));
    write_file(device() + "/vendor", "0x1d0f\n");
    write_file(device() + "/device", "0xf0a1\n");
    say("{\"FpgaImages\": [{\"State\": {\"Code\": \"available\"}, \"ShellVersion\": "
        "\"0x10212415\"}]}");
    ::setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
    run_old();
    request_.image = make_f2_image(folder_ / "new", kNewImage, kNewBuild);
    request_.lock_folder = folder_ / "lock";
    request_.state_folder = folder_ / "state";
    options_.sysfs_devices = folder_ / "pci";
    // A script is faster than AWS, but the machine may be busy.
    options_.query_timeout = options_.load_timeout = std::chrono::milliseconds(20'000);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  std::string device() const { return folder_ / "pci" + "/" + kAddress; }
  void say(const std::string& json) { write_file(folder_ / "aws.json", json); }
  // `commands` are run in call number `call` of a tool.
  void fail(const std::string& tool, int call, const std::string& commands) {
    write_file(folder_ / "fail" + "/" + tool + "." + std::to_string(call), commands + "\n");
  }

  void run_old() {
    write_file(folder_ / "image", std::string(kOldImage) + "\n");
    write_file(folder_ / "status", "loaded 0 ok 0 0x10212415\n");
    write_file(device() + "/resource0", registers_of(kOldBuild));
    std::string config(64, '\0');
    config.replace(0, 6, std::string("\x0f\x1d\xa1\xf0\x06\x00", 6));
    write_file(device() + "/config", config);
  }
  void run_nothing() {
    write_file(folder_ / "image", "none\n");
    write_file(folder_ / "status", "cleared 1 ok 0 0x10212415\n");
    std::filesystem::copy_file(folder_ / "ones", device() + "/resource0",
                               std::filesystem::copy_options::overwrite_existing);
  }

  FlashReport run() { return flash(*make_f2_programmer(options_), request_); }

  std::string slot() const {
    const std::string text = text_of(folder_ / "image");
    return text.substr(0, text.find('\n'));
  }
  std::uint32_t build() const {
    std::uint32_t value = 0;
    std::memcpy(&value, text_of(device() + "/resource0").data() + layout::kReg_build_id, 4);
    return value;
  }
  std::string calls() const { return text_of(folder_ / "calls"); }

  TempFolder folder_;
  std::string path_;
  F2Options options_;
  FlashRequest request_;
};

}  // namespace sluice::flash
