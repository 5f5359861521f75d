#include "port_spec.hpp"

#include <charconv>
#include <string_view>
#include <utility>

#include "pcap_port.hpp"
#include "tap_port.hpp"

namespace sluice::sim {

namespace {

constexpr std::uint32_t kSmallestGeneratedBytes = 60;

base::Error invalid(const std::string& what, const std::string& where) {
  return {base::Errc::invalid, what, where};
}

template <class Number>
bool parse_number(std::string_view text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_mac(std::string_view text, base::Mac* mac) {
  const auto parsed = base::Mac::parse(text);
  if (parsed) *mac = *parsed;
  return parsed.has_value();
}

bool parse_address(std::string_view text, base::Ipv4* address) {
  const auto parsed = base::Ipv4::parse(text);
  if (parsed) *address = *parsed;
  return parsed.has_value();
}

bool parse_endpoint(std::string_view text, base::Ipv4* address, std::uint16_t* port) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && parse_address(text.substr(0, colon), address) &&
         parse_number(text.substr(colon + 1), port);
}

bool set_generator_key(std::string_view key, std::string_view value, GeneratorOptions* options) {
  if (key == "packets") return parse_number(value, &options->packets);
  if (key == "bytes") {
    return parse_number(value, &options->frame_bytes) &&
           options->frame_bytes >= kSmallestGeneratedBytes &&
           options->frame_bytes <= layout::kMaxFrameBytes;
  }
  if (key == "flows") return parse_number(value, &options->flows) && options->flows > 0;
  if (key == "dst-mac") return parse_mac(value, &options->destination_mac);
  if (key == "src-mac") return parse_mac(value, &options->source_mac);
  if (key == "src") return parse_address(value, &options->source);
  if (key == "dst") {
    return parse_endpoint(value, &options->destination, &options->destination_port);
  }
  if (key == "protocol") {
    options->tcp = value == "tcp";
    return value == "tcp" || value == "udp";
  }
  return false;
}

}  // namespace

base::Result<PortSpec> parse_port_spec(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.find(':');
  if (equals == std::string::npos || colon == std::string::npos || colon < equals) {
    return invalid("write N=tap:DEVICE[@NETNS], N=pcap:IN,OUT or N=gen:KEY=VALUE,...", text);
  }
  PortSpec spec;
  spec.kind = text.substr(equals + 1, colon - equals - 1);
  spec.rest = text.substr(colon + 1);
  if (!parse_number(std::string_view(text).substr(0, equals), &spec.port) ||
      spec.port >= layout::kPorts) {
    return invalid("ports are numbered 0 to " + std::to_string(layout::kPorts - 1), text);
  }
  if (spec.kind != "tap" && spec.kind != "pcap" && spec.kind != "gen") {
    return invalid("'" + spec.kind + "' is not tap, pcap or gen", text);
  }
  return spec;
}

base::Result<GeneratorOptions> parse_generator(const std::string& text) {
  GeneratorOptions options;
  options.source_mac.value = 0x020000000001;
  options.source.value = 0xc6120000;  // 198.18.0.0, the block for benchmarks (RFC 2544)
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find(',', begin);
    if (end == std::string::npos) end = text.size();
    const std::string_view pair = std::string_view(text).substr(begin, end - begin);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos ||
        !set_generator_key(pair.substr(0, equals), pair.substr(equals + 1), &options)) {
      return invalid("'" + std::string(pair) +
                         "': keys are packets=N, bytes=60..9216, flows=N, dst-mac=MAC, "
                         "src-mac=MAC, src=ADDRESS, dst=ADDRESS:PORT, protocol=tcp|udp",
                     "gen:" + text);
    }
    begin = end + 1;
  }
  if (options.destination.is_zero() || options.destination_mac.is_zero()) {
    return invalid("dst=ADDRESS:PORT and dst-mac=MAC are needed", "gen:" + text);
  }
  return options;
}

base::Result<std::unique_ptr<PortAdapter>> open_port(const PortSpec& spec, unsigned mtu_bytes) {
  if (spec.kind == "tap") {
    TapOptions options;
    const std::size_t at = spec.rest.find('@');
    options.device = spec.rest.substr(0, at);
    if (at != std::string::npos) options.netns = spec.rest.substr(at + 1);
    options.mtu_bytes = mtu_bytes;
    return TapPort::open(options);
  }
  if (spec.kind == "pcap") {
    const std::size_t comma = spec.rest.find(',');
    if (comma == std::string::npos) return invalid("write pcap:IN,OUT", "pcap:" + spec.rest);
    return PcapPort::open(spec.rest.substr(0, comma), spec.rest.substr(comma + 1));
  }
  auto options = parse_generator(spec.rest);
  if (!options) return options.error();
  return std::unique_ptr<PortAdapter>(std::make_unique<GeneratorPort>(*options));
}

}  // namespace sluice::sim
