#include "daemon/connection_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "driver/connections.hpp"

namespace sluice::daemon {
namespace {

using Json = nlohmann::json;

constexpr char kFormat[] = "sluice-connections";
constexpr int kVersion = 1;
constexpr std::size_t kColumns = 11;

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

template <class T = std::uint16_t>
std::optional<T> number(const Json& value, std::uint64_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) return std::nullopt;
  return static_cast<T>(value.get<std::uint64_t>());
}

std::optional<base::Ipv4> address(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  return base::Ipv4::parse(value.get_ref<const std::string&>());
}

std::optional<model::Protocol> protocol(const Json& value) {
  if (value == "tcp") return model::Protocol::tcp;
  if (value == "udp") return model::Protocol::udp;
  return std::nullopt;
}

std::optional<std::uint8_t> state(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  return driver::parse_connection_state(value.get_ref<const std::string&>());
}

std::optional<SavedConnection> connection(const Json& row) {
  if (!row.is_array() || row.size() != kColumns) return std::nullopt;
  constexpr std::uint64_t kMost = 0xffff;
  const auto service_protocol = protocol(row[0]);
  const auto vip = address(row[1]), client = address(row[3]), backend = address(row[5]);
  const auto port = number(row[2], kMost), client_port = number(row[4], kMost);
  const auto backend_port = number(row[6], kMost);
  const auto entry_state = state(row[7]);
  const auto left = number<std::uint32_t>(row[8], driver::kMostEpochsLeft);
  const auto backend_reference = number(row[9], kMost), client_reference = number(row[10], kMost);
  if (!service_protocol || !vip || !client || !backend || !port || !client_port || !backend_port ||
      !entry_state || !left || !backend_reference || !client_reference) {
    return std::nullopt;
  }
  SavedConnection result;
  result.backend = {{*vip, *port, *service_protocol}, *backend, *backend_port};
  result.client = *client;
  result.client_port = *client_port;
  result.state = *entry_state;
  result.seconds_left = *left;
  result.backend_reference = *backend_reference;
  result.client_reference = *client_reference;
  return result;
}

std::string head_line() { return Json{{"format", kFormat}, {"version", kVersion}}.dump(); }

std::string end_line(std::uint64_t count, std::uint64_t checksum) {
  return fmt::format(R"({{"connections":{},"fnv1a":"{:016x}"}})", count, checksum);
}

// Lines one by one; what is left of a text that ends without a line's end is no line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::optional<std::string_view> next() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    return line;
  }
  bool at_end() const { return at_ == text_.size(); }
  std::size_t number() const { return number_; }  // of the last line
  // What lies before the last line.
  std::string_view before(std::string_view line) const {
    return text_.substr(0, at_ - line.size() - 1);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

base::Error wrong(const std::string& file, std::size_t line, const std::string& what) {
  return {base::Errc::invalid, what, fmt::format("{}:{}", file, line)};
}

base::Result<void> check_head(Lines& lines, const std::string& file) {
  const auto line = lines.next();
  const Json head =
      line && line->size() <= kMaxConnectionLineBytes ? Json::parse(*line, nullptr, false) : Json();
  if (!head.is_object() || head.value("format", Json()) != kFormat) {
    return wrong(file, 1, "no file of connections; `sluice conn save FILE` writes one");
  }
  if (head.value("version", Json()) != kVersion) {
    return wrong(file, 1, "this program reads version 1 of the format only");
  }
  return {};
}

}  // namespace

std::string connection_line(const SavedConnection& c) {
  const model::ServiceId& service = c.backend.service;
  return fmt::format(R"(["{}","{}",{},"{}",{},"{}",{},"{}",{},{},{}])",
                     service.protocol == model::Protocol::tcp ? "tcp" : "udp",
                     service.vip.to_string(), service.port, c.client.to_string(), c.client_port,
                     c.backend.address.to_string(), c.backend.port,
                     driver::connection_state_name(c.state), c.seconds_left, c.backend_reference,
                     c.client_reference);
}

ConnectionFileWriter::ConnectionFileWriter() : text_(head_line() + "\n") {}

void ConnectionFileWriter::add_line(std::string_view line) {
  text_ += line;
  text_ += '\n';
  ++count_;
}

std::string ConnectionFileWriter::finish() && {
  text_ += end_line(count_, fnv1a(text_)) + "\n";
  return std::move(text_);
}

base::Result<std::vector<SavedConnection>> read_connections(std::string_view text,
                                                            const std::string& file) {
  Lines lines(text);
  if (auto good = check_head(lines, file); !good) return good.error();
  std::vector<SavedConnection> result;
  while (const auto line = lines.next()) {
    if (line->size() > kMaxConnectionLineBytes) {
      return wrong(file, lines.number(), "too long a line");
    }
    if (line->starts_with('{')) {
      if (*line != end_line(result.size(), fnv1a(lines.before(*line))) || !lines.at_end()) {
        return wrong(file, lines.number(),
                     "count or checksum do not fit: the file was changed or is damaged");
      }
      return result;
    }
    const auto row = connection(Json::parse(*line, nullptr, false));
    if (!row) return wrong(file, lines.number(), "this line is no connection");
    if (result.size() == kMaxSavedConnections) {
      return wrong(file, lines.number(), "more connections than a card holds");
    }
    result.push_back(*row);
  }
  return wrong(file, lines.number() + 1, "the end is missing: the file was cut");
}

}  // namespace sluice::daemon
