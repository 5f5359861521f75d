#include "flash/xrt_links.hpp"

namespace sluice::flash {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// The image that the card runs, which XRT needs to find the MACs in it. XRT would load any other.
Result<image::Image> running_image(XrtLayer& layer, const LinksRequest& request) {
  const auto identity = layer.identify();
  if (!identity) return identity.error();
  const std::string card = "xrt:" + identity->address;
  if (identity->image_uuid.is_zero()) {
    return Error{Errc::not_found, "the card has no image: `sluice flash " + card + " IMAGE`", card};
  }
  std::string path = request.image;
  if (path.empty()) {
    const auto good = load_last_good(request.state_folder, card);
    if (!good) {
      return Error{Errc::not_found,
                   "the card was not flashed from here, so its image is not known: name its file "
                   "with --image",
                   card};
    }
    path = good->path;
  }
  auto image = image::read_image(path);
  if (image && image->manifest.image_uuid != identity->image_uuid) {
    return Error{Errc::bad_image,
                 "the card runs image " + identity->image_uuid.to_string() +
                     ", this is another: name the file of the one it runs with --image",
                 path};
  }
  return image;
}

}  // namespace

Result<std::vector<MacLink>> xrt_links(XrtLayer& layer, const LinksRequest& request) {
  const auto identity = layer.identify();
  if (!identity) return identity.error();
  const auto lock = driver::CardLock::share(request.lock_folder, identity->address);
  if (!lock) return lock.error();
  const auto image = running_image(layer, request);
  if (!image) return image.error();
  const auto macs = layer.open_macs(*image);
  if (!macs) return macs.error();
  std::vector<MacLink> links;
  for (const auto& mac : *macs) {
    const auto link = request.up ? bring_up(*mac, request.wait, request.rs_fec) : read_link(*mac);
    if (!link) return link.error();
    links.push_back(*link);
  }
  return links;
}

}  // namespace sluice::flash
