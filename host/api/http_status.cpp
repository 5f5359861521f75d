#include "http_status.hpp"

namespace sluice::api {

int http_status(base::Errc code) {
  switch (code) {
    case base::Errc::invalid:
      return 422;
    case base::Errc::not_found:
      return 404;
    case base::Errc::incompatible:
    case base::Errc::exhausted:
      return 409;
    case base::Errc::busy:
    case base::Errc::link_down:
    case base::Errc::hung:
      return 503;
    case base::Errc::io:
    case base::Errc::bad_image:
    case base::Errc::program_failed:
    case base::Errc::verify_failed:
      return 500;
  }
  return 500;
}

}  // namespace sluice::api
