// Alveo cards through XRT.
#pragma once

#include <memory>
#include <string>

#include "flash/programmer.hpp"

namespace sluice::flash {

struct XrtIdentity {
  std::string address;   // 0000:3b:00.1
  std::string platform;  // VBNV of the shell
  image::Uuid interface_uuid;
  image::Uuid image_uuid;  // zero: no image
  bool offline = false;    // being reset
  bool emulated = false;   // no card: XRT's hardware emulation
};

// What is asked of XRT; tests put a fake in its place.
class XrtLayer {
 public:
  virtual ~XrtLayer() = default;
  virtual base::Result<XrtIdentity> identify() = 0;
  // Has the card load the image unless it runs it, and takes its registers.
  virtual base::Result<std::unique_ptr<driver::Board>> load(const std::string& image_path) = 0;
  // Of an image that is loaded.
  virtual base::Result<Macs> open_macs(const image::Image& image) = 0;
  // Whether the program that resets cards is there; changes nothing.
  virtual base::Result<void> can_reset() = 0;
  virtual base::Result<void> reset() = 0;
};

// `card` is an index or a PCI address. `not_found`: no such card, or a build without XRT.
base::Result<std::unique_ptr<XrtLayer>> open_xrt_layer(const std::string& card);

// `incompatible`, `not_found` as soon as the card cannot be identified.
base::Result<std::unique_ptr<Programmer>> make_xrt_programmer(std::unique_ptr<XrtLayer> layer);

}  // namespace sluice::flash
