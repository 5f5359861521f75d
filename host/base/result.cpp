#include "base/result.hpp"

namespace sluice::base {

const char* name(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::incompatible:
      return "incompatible";
    case Errc::busy:
      return "busy";
    case Errc::exhausted:
      return "exhausted";
    case Errc::link_down:
      return "link_down";
    case Errc::hung:
      return "hung";
    case Errc::io:
      return "io";
    case Errc::bad_image:
      return "bad_image";
    case Errc::program_failed:
      return "program_failed";
    case Errc::verify_failed:
      return "verify_failed";
  }
  std::abort();
}

}  // namespace sluice::base
