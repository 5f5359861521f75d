// The seam between `flash` and the ways to give a card an image: XRT, AWS's tools, a fake in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/board.hpp"
#include "flash/mac_link.hpp"
#include "image/image.hpp"

namespace sluice::flash {

// What a card's registers say of the image it runs.
struct Identity {
  std::uint32_t magic = 0;
  std::uint32_t abi_version = 0;
  std::uint32_t build_id = 0;
  bool operator==(const Identity&) const = default;
};

struct CardState {
  std::string image_id;              // image UUID or AGFI; empty: the card has no image
  std::optional<Identity> identity;  // where it could be read without taking the card
  image::Card card;                  // what images are compared with

  // As far as `before` knew what the card ran.
  bool runs_the_same_as(const CardState& before) const {
    return image_id == before.image_id && (!before.identity || identity == before.identity);
  }
};

// Every call that goes to AWS's tools is bounded; XRT's driver may keep one for ever, which the
// watchdog of `flash` ends. After an error of a call that changes the card (`reset`, `program`,
// `restore`), what the card runs is unknown until `record` says.
class Programmer {
 public:
  virtual ~Programmer() = default;

  virtual std::string card() const = 0;  // "f2:0", "xrt:0000:3b:00.1"
  // On the PCI bus: what all programs call the card by in its lock.
  virtual base::Result<std::string> address() = 0;
  // What `program` would do with this image, one step a line.
  virtual std::vector<std::string> plan(const image::Image& image) const = 0;
  // Restoring takes the image's file, not only its id.
  virtual bool needs_file_to_restore() const = 0;

  // What the card runs now. Gives up registers that are held; changes nothing.
  virtual base::Result<CardState> record() = 0;
  // Everything that can be known before: tools, free card, an image that may be loaded, and with
  // `with_reset` what a reset takes. Changes nothing. What could not be asked is added to `notes`.
  virtual base::Result<void> preflight(const image::Image& image, bool with_reset,
                                       std::vector<std::string>& notes) = 0;
  // The card has no image afterwards. Only when asked.
  virtual base::Result<void> reset() = 0;
  virtual base::Result<void> program(const image::Image& image) = 0;
  // Of the image that was programmed or restored last; held until `record`, `macs` or the
  // next change.
  virtual base::Result<driver::Board*> registers() = 0;
  // The MACs of the image programmed last; none: the card has no MAC that can be reached.
  virtual base::Result<Macs> macs() = 0;
  // Back to what `record` said; `file` is that image if needs_file_to_restore, or null if there was
  // none.
  virtual base::Result<void> restore(const CardState& previous, const image::Image* file) = 0;
};

// magic, ABI, build id and layouts as the manifest says, then the scratch register takes what is
// written (and gets back what it held). verify_failed names what differs; link_down: all ones.
base::Result<void> verify_card(driver::Board& board, const image::Manifest& manifest);

// The identity, whatever it is.
base::Result<Identity> read_identity(driver::Board& board);

}  // namespace sluice::flash
