#include "driver/xrt_errors.hpp"

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace sluice::driver {
namespace {

using base::Errc;

struct Cause {
  Errc code;
  const char* what;
};

constexpr Cause kBusy{Errc::busy,
                      "another program holds the card: stop it (a sluiced, a bench, another XRT "
                      "program) and try again"};
constexpr Cause kAbsent{Errc::not_found,
                        "XRT finds no such card: check that its driver (xocl) is bound, and the "
                        "index or PCI address; XILINX_XRT must name XRT's folder"};
constexpr Cause kForbidden{Errc::io, "no permission to use the card: run as root"};
constexpr Cause kTimeout{Errc::hung, "the card's driver got no answer: reset the card"};

// 0: it has none.
int errno_of(const std::exception& thrown) {
  const auto* error = dynamic_cast<const std::system_error*>(&thrown);
  return error == nullptr ? 0 : std::abs(error->code().value());
}

Cause cause_of_load(int number) {
  switch (number) {
    case EINVAL:
      return {
          Errc::bad_image,
          "the image was refused, most likely as it is for another platform (the kernel log then "
          "says 'interface uuids do not match'): use the image of this card's platform"};
    case EOPNOTSUPP:
      return {Errc::bad_image,
              "the image was built for another shell (the kernel log then says 'TimeStamp of ROM "
              "did not match'): use the image of this card's shell"};
    default:
      return {Errc::program_failed,
              "the card could not be given the image: the kernel log says why"};
  }
}

Cause cause_of_ip(int number) {
  if (number == EINVAL || number == 0) {  // 0: XRT itself did not find it
    return {Errc::bad_image, "the image has no block 'sluice_card': use an image of Sluice"};
  }
  return {Errc::program_failed, "the image is loaded, but its block 'sluice_card' does not open"};
}

Cause cause_of_access(int number) {
  if (number == ENODEV || number == ENXIO) {
    return {Errc::link_down, "the card is gone: rescan the bus, load the image again"};
  }
  return {Errc::io, "the access was refused"};
}

Cause cause_of(XrtStep step, int number) {
  if (number == EBUSY) return kBusy;
  if (number == EACCES || number == EPERM) return kForbidden;
  if (number == ETIMEDOUT) return kTimeout;
  if (step == XrtStep::access) return cause_of_access(number);
  if (number == ENODEV || number == ENOENT || number == ENXIO) return kAbsent;
  if (step == XrtStep::open_card) return kAbsent;
  return step == XrtStep::load_image ? cause_of_load(number) : cause_of_ip(number);
}

}  // namespace

base::Error explain_xrt(XrtStep step, const std::exception& thrown, const std::string& where) {
  const Cause cause = cause_of(step, errno_of(thrown));
  return {cause.code, std::string(cause.what) + " (XRT: " + thrown.what() + ")", where};
}

}  // namespace sluice::driver
