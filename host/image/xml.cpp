#include "xml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::image {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
    {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<XmlElement> document() {
    XmlElement root;
    if (!skip_to_element() || !element(root, 1)) return error();
    if (skip_to_element()) fail("a second element behind the root");
    if (!problem_.empty()) return error();
    return root;
  }

 private:
  base::Error error() const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n');
    return {base::Errc::bad_image, problem_.empty() ? "no element" : problem_,
            "line " + std::to_string(line)};
  }

  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }

  bool next_is(std::string_view word) const { return text_.substr(at_).starts_with(word); }

  bool skip_behind(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) return fail("'" + std::string(end) + "' is missing");
    at_ = found + end.size();
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  // Text, comments and instructions up to a tag. False: none is left, or an error.
  bool skip_to_element() {
    while (true) {
      at_ = std::min(text_.find('<', at_), text_.size());
      if (at_ == text_.size()) return false;
      if (next_is("<!--")) {
        if (!skip_behind("-->")) return false;
      } else if (next_is("<![CDATA[")) {
        if (!skip_behind("]]>")) return false;
      } else if (next_is("<?")) {
        if (!skip_behind("?>")) return false;
      } else if (next_is("<!")) {
        return fail("a document type is not allowed");
      } else {
        return true;
      }
    }
  }

  std::string read_name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  // At '<' of a start tag; leaves behind the end tag.
  bool element(XmlElement& out, unsigned depth) {
    if (depth > kMaxXmlDepth) return fail("elements are nested too deeply");
    if (++elements_ > kMaxXmlElements) return fail("too many elements");
    ++at_;
    out.name = read_name();
    if (out.name.empty()) return fail("a tag without a name");
    bool empty = false;
    if (!read_attributes(out, empty)) return false;
    return empty || read_children(out, depth);
  }

  bool read_children(XmlElement& out, unsigned depth) {
    while (skip_to_element()) {
      if (next_is("</")) {
        at_ += 2;
        if (read_name() != out.name) return fail("</" + out.name + "> is expected");
        skip_blanks();
        if (!next_is(">")) return fail("'>' is expected");
        ++at_;
        return true;
      }
      XmlElement child;
      if (!element(child, depth + 1)) return false;
      out.children.push_back(std::move(child));
    }
    return fail("<" + out.name + "> is not closed");
  }

  bool read_attributes(XmlElement& out, bool& empty) {
    while (true) {
      skip_blanks();
      empty = next_is("/>");
      if (empty || next_is(">")) {
        at_ += empty ? 2 : 1;
        return true;
      }
      const std::string key = read_name();
      if (key.empty()) return fail("an attribute, '/>' or '>' is expected");
      skip_blanks();
      if (!next_is("=")) return fail("'=' is expected behind " + key);
      ++at_;
      skip_blanks();
      auto value = read_value();
      if (!value) return fail("a quoted value is expected for " + key);
      if (!out.attributes.emplace(key, std::move(*value)).second) {
        return fail("attribute " + key + " is there twice");
      }
    }
  }

  std::optional<std::string> read_value() {
    if (!next_is("\"") && !next_is("'")) return std::nullopt;
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view raw = text_.substr(at_ + 1, end - at_ - 1);
    if (raw.find('<') != std::string_view::npos) return std::nullopt;
    at_ = end + 1;
    return decode(raw);
  }

  // Entities that are not XML's own stay as they are written.
  static std::string decode(std::string_view raw) {
    std::string value;
    while (!raw.empty()) {
      bool known = false;
      for (const auto& [entity, character] : kEntities) {
        const std::size_t size = entity.size() + 2;
        if (raw.front() != '&' || raw.size() < size || raw[size - 1] != ';' ||
            raw.substr(1, entity.size()) != entity) {
          continue;
        }
        value += character;
        raw.remove_prefix(size);
        known = true;
        break;
      }
      if (known) continue;
      value += raw.front();
      raw.remove_prefix(1);
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
  std::string problem_;
};

void collect(const XmlElement& from, std::string_view element,
             std::vector<const XmlElement*>& found) {
  for (const XmlElement& child : from.children) {
    if (child.name == element) found.push_back(&child);
    collect(child, element, found);
  }
}

}  // namespace

std::string XmlElement::attribute(std::string_view key) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? "" : found->second;
}

std::vector<const XmlElement*> XmlElement::find_all(std::string_view element) const {
  std::vector<const XmlElement*> found;
  collect(*this, element, found);
  return found;
}

base::Result<XmlElement> parse_xml(std::string_view text) {
  if (text.size() > kMaxXmlBytes) {
    return base::Error{base::Errc::bad_image,
                       "longer than " + std::to_string(kMaxXmlBytes) + " bytes", ""};
  }
  return Parser(text).document();
}

std::string escape_xml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto entity = std::find_if(kEntities.begin(), kEntities.end(),
                                     [c](const auto& row) { return row.second == c; });
    if (entity == kEntities.end()) {
      result += c;
    } else {
      result.append("&").append(entity->first).append(";");
    }
  }
  return result;
}

}  // namespace sluice::image
