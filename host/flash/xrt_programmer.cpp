#include "flash/xrt_programmer.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

class XrtProgrammer : public Programmer {
 public:
  XrtProgrammer(std::unique_ptr<XrtLayer> layer, std::string address)
      : layer_(std::move(layer)), address_(std::move(address)), card_("xrt:" + address_) {}

  std::string card() const override { return card_; }
  Result<std::string> address() override { return address_; }
  bool needs_file_to_restore() const override { return true; }

  std::vector<std::string> plan(const image::Image& image) const override {
    return {"XRT loads " + image.path + " (nothing if the card runs it already)",
            "open its registers for this program alone"};
  }

  Result<CardState> record() override {
    release();
    const auto identity = layer_->identify();
    if (!identity) return identity.error();
    if (identity->offline) {
      return Error{Errc::busy, "the card is being reset: try again in a minute", card_};
    }
    CardState state;
    if (!identity->image_uuid.is_zero()) state.image_id = identity->image_uuid.to_string();
    state.card.platform = identity->platform;
    if (identity->emulated) {
      state.card.board = image::Board::emu;
    } else {
      state.card.interface_uuid = identity->interface_uuid;
    }
    return state;
  }

  Result<void> preflight(const image::Image& image, bool with_reset,
                         std::vector<std::string>&) override {
    if (image.manifest.board == image::Board::f2) {
      return Error{Errc::bad_image, "the image is for AWS F2: name an xclbin", image.path};
    }
    const auto identity = layer_->identify();
    if (!identity) return identity.error();
    if (!identity->emulated && identity->interface_uuid.is_zero()) {
      return Error{Errc::incompatible,
                   "the card tells no interface UUID, so whether the image fits is not known; on "
                   "a card of two stages (U250) load the shell partition first: `xbmgmt program "
                   "--shell`; see `xbmgmt examine`",
                   card_};
    }
    return with_reset ? layer_->can_reset() : Result<void>();
  }

  Result<void> reset() override {
    release();
    return layer_->reset();
  }

  Result<void> program(const image::Image& image) override {
    release();
    auto board = layer_->load(image.path);
    if (!board) return board.error();
    board_ = std::move(*board);
    image_ = image;
    return {};
  }

  Result<driver::Board*> registers() override {
    if (board_) return board_.get();
    return Error{Errc::program_failed, "no image was loaded", card_};
  }

  Result<Macs> macs() override {
    release();  // one handle at a time is what every XRT can do
    return layer_->open_macs(image_);
  }

  Result<void> restore(const CardState&, const image::Image* file) override {
    release();
    return program(*file);
  }

 private:
  // Contexts on the card; XRT loads no image while there is one.
  void release() { board_.reset(); }

  std::unique_ptr<XrtLayer> layer_;
  std::string address_;
  std::string card_;
  std::unique_ptr<driver::Board> board_;
  image::Image image_;
};

}  // namespace

Result<std::unique_ptr<Programmer>> make_xrt_programmer(std::unique_ptr<XrtLayer> layer) {
  const auto identity = layer->identify();
  if (!identity) return identity.error();
  return std::unique_ptr<Programmer>(
      std::make_unique<XrtProgrammer>(std::move(layer), identity->address));
}

}  // namespace sluice::flash
