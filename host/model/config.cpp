#include "model/config.hpp"

#include <algorithm>

namespace sluice::model {

const char* name(Protocol protocol) { return protocol == Protocol::tcp ? "tcp" : "udp"; }

const char* name(Mode mode) {
  switch (mode) {
    case Mode::dnat:
      return "dnat";
    case Mode::dsr:
      return "dsr";
    case Mode::ipip:
      return "ipip";
  }
  std::abort();
}

const char* name(Scheduler) { return "maglev"; }

const char* name(HashKind kind) { return kind == HashKind::tuple ? "tuple" : "source"; }

const char* name(CheckType type) { return type == CheckType::none ? "none" : "tcp"; }

const ServiceConfig* Config::find_service(const std::string& service_name) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const auto& s) { return s.name == service_name; });
  return found == services.end() ? nullptr : &*found;
}

}  // namespace sluice::model
