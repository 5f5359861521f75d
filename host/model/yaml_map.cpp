#include "yaml_map.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::model {
namespace {

constexpr std::size_t kMaxShownBytes = 40;
constexpr std::size_t kMaxNameBytes = 63;

// Words from the text, made fit to be shown: short, without control characters.
std::string shown(const std::string& word) {
  std::string result;
  for (const char c : word.substr(0, kMaxShownBytes)) {
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return word.size() > kMaxShownBytes ? result + "..." : result;
}

// Insertions, removals, changes and swaps of neighbours that make `a` of `b`.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({change, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : separator) + word;
  return result;
}

}  // namespace

Place place_of(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  if (mark.is_null()) return {};
  return {static_cast<unsigned>(mark.line) + 1, static_cast<unsigned>(mark.column) + 1};
}

std::optional<std::string> nearest(const std::string& word,
                                   const std::vector<std::string>& candidates) {
  if (word.size() > kMaxShownBytes) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

YamlMap::YamlMap(const YAML::Node& node, std::string what, std::vector<std::string> keys,
                 Problems& problems)
    : place_(place_of(node)), what_(std::move(what)), problems_(problems) {
  if (!node.IsMap()) {
    problems_.add(place_, what_ + " must be a mapping",
                  "write keys and values, of: " + joined(keys, ", "));
    return;
  }
  is_map_ = true;
  for (const auto& entry : node) {
    const Place place = place_of(entry.first);
    if (!entry.first.IsScalar()) {
      problems_.add(place, "a key in " + what_ + " is not a word",
                    "write one of: " + joined(keys, ", "));
      continue;
    }
    const std::string& key = entry.first.Scalar();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      const auto meant = nearest(key, keys);
      problems_.add(place, "unknown key '" + shown(key) + "' in " + what_,
                    meant ? "did you mean '" + *meant + "'?" : "known: " + joined(keys, ", "));
      continue;
    }
    if (!values_.emplace(key, entry.second).second) {
      problems_.add(place, "key '" + key + "' is given twice in " + what_, "keep one of them");
    }
  }
}

const YAML::Node* YamlMap::find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

void YamlMap::require(const std::string& key, const std::string& example) {
  if (!is_map_ || find(key) != nullptr) return;
  problems_.add(place_, what_ + " has no '" + key + "'", "add '" + key + ": " + example + "'");
}

std::optional<std::string> YamlMap::scalar_text(const std::string& key,
                                                const YAML::Node& node) const {
  if (node.IsScalar()) return node.Scalar();
  const char* found = node.IsNull() ? "empty" : node.IsMap() ? "a mapping" : "a list";
  problems_.add(place_of(node), "'" + key + "' is " + found,
                "write one value after '" + key + ":'");
  return std::nullopt;
}

void YamlMap::bad(const std::string& key, const std::string& word, Place place,
                  const std::string& hint) const {
  problems_.add(place, "'" + shown(word) + "' cannot be '" + key + "' of " + what_, hint);
}

void YamlMap::report_choice(const std::string& key, const std::string& word,
                            const std::vector<std::string>& names, Place place) const {
  const auto meant = nearest(word, names);
  bad(key, word, place,
      meant ? "did you mean '" + *meant + "'?" : "write one of: " + joined(names, ", "));
}

Field<std::string> YamlMap::text(const std::string& key) const {
  Field<std::string> field;
  if (auto word = scalar(key, field)) {
    field.value = *word;
    field.good = true;
  }
  return field;
}

Field<std::string> YamlMap::name(const std::string& key) const {
  Field<std::string> field = text(key);
  if (!field.good) return field;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  if (field.value.empty() || field.value.size() > kMaxNameBytes || field.value[0] == '-' ||
      !std::all_of(field.value.begin(), field.value.end(), plain)) {
    field.good = false;
    bad(key, field.value, field.place,
        "write 1 to 63 of A-Z a-z 0-9 _ . -, not beginning with '-'");
  }
  return field;
}

// 010 is eight to one reader of YAML and ten to another; a person's guess is as good.
bool YamlMap::has_zeros_in_front(const std::string& key, const std::string& word,
                                 Place place) const {
  const auto digit = [&](std::size_t i) {
    return i < word.size() && word[i] >= '0' && word[i] <= '9';
  };
  if (!digit(1) || word[0] != '0') return false;
  std::size_t first = 0;
  while (word[first] == '0' && digit(first + 1)) ++first;
  bad(key, word, place, "write it without zeros in front: '" + shown(word.substr(first)) + "'");
  return true;
}

Field<unsigned> YamlMap::number(const std::string& key, unsigned min, unsigned max) const {
  Field<unsigned> field;
  const auto word = scalar(key, field);
  if (!word || has_zeros_in_front(key, *word, field.place)) return field;
  const char* end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data(), end, field.value);
  if (error == std::errc{} && stop == end && field.value >= min && field.value <= max) {
    field.good = true;
  } else {
    bad(key, *word, field.place,
        "write a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return field;
}

Field<std::chrono::milliseconds> YamlMap::duration(const std::string& key) const {
  constexpr unsigned kMaxMs = 3600 * 1000;
  Field<std::chrono::milliseconds> field;
  const auto word = scalar(key, field);
  if (!word || has_zeros_in_front(key, *word, field.place)) return field;
  unsigned count = 0;
  const char* end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data(), end, count);
  const std::string unit(stop, end);
  const unsigned scale = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60000 : 0;
  if (error == std::errc{} && scale != 0 && count >= 1 && count <= kMaxMs / scale) {
    field.value = std::chrono::milliseconds(count * scale);
    field.good = true;
  } else if (error == std::errc{} && unit.empty()) {
    bad(key, *word, field.place,
        "write the unit too: '" + shown(*word) + "ms' or '" + shown(*word) + "s'");
  } else {
    bad(key, *word, field.place, "write a time such as '500ms', '2s' or '1m', at most 60m");
  }
  return field;
}

Field<std::chrono::seconds> YamlMap::seconds(const std::string& key, std::chrono::seconds min,
                                             std::chrono::seconds max) const {
  Field<std::chrono::seconds> field;
  const auto word = scalar(key, field);
  if (!word || has_zeros_in_front(key, *word, field.place)) return field;
  unsigned count = 0;
  const char* end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data(), end, count);
  const std::string unit(stop, end);
  const std::uint64_t scale = unit == "s" ? 1 : unit == "m" ? 60 : 0;
  field.value = std::chrono::seconds(count * scale);
  field.good = error == std::errc{} && scale != 0 && field.value >= min && field.value <= max;
  if (field.good) return field;
  if (error == std::errc{} && unit.empty()) {
    bad(key, *word, field.place,
        "write the unit too: '" + shown(*word) + "s' or '" + shown(*word) + "m'");
    return field;
  }
  bad(key, *word, field.place,
      "write whole seconds or minutes, from '" + std::to_string(min.count()) + "s' to '" +
          std::to_string(max.count()) + "s'");
  return field;
}

Field<std::optional<unsigned>> YamlMap::percent_or_off(const std::string& key) const {
  Field<std::optional<unsigned>> field;
  const auto word = scalar(key, field);
  if (!word) return field;
  unsigned percent = 0;
  const char* end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data(), end, percent);
  const bool number = error == std::errc{} && (*word)[0] != '0';
  if (*word == "off") {
    field.good = true;
  } else if (number && std::string_view(stop, end) == "%" && percent >= 1 && percent <= 99) {
    field.value = percent;
    field.good = true;
  } else if (number && stop == end) {
    bad(key, *word, field.place, "write the unit too: '" + shown(*word) + "%'");
  } else {
    bad(key, *word, field.place, "write a share from '1%' to '99%', or 'off'");
  }
  return field;
}

Field<bool> YamlMap::flag(const std::string& key) const {
  Field<bool> field;
  const auto word = scalar(key, field);
  if (!word) return field;
  field.value = *word == "true";
  field.good = field.value || *word == "false";
  if (!field.good) bad(key, *word, field.place, "write true or false");
  return field;
}

Field<base::Ipv4> YamlMap::address(const std::string& key) const {
  Field<base::Ipv4> field;
  const auto word = scalar(key, field);
  if (!word) return field;
  const auto address = base::Ipv4::parse(*word);
  if (!address) {
    bad(key, *word, field.place,
        word->find('/') != std::string::npos ? "write the address alone, without '/'"
                                             : "write an IPv4 address such as '10.0.0.1'");
    return field;
  }
  const unsigned first = address->value >> 24;
  if (first == 0 || first == 127 || first >= 224) {
    bad(key, *word, field.place, "write the address of one host, not 0/8, 127/8 or 224/3");
    return field;
  }
  field.value = *address;
  field.good = true;
  return field;
}

Field<base::Ipv4Prefix> YamlMap::prefix(const std::string& key) const {
  Field<base::Ipv4Prefix> field;
  const auto word = scalar(key, field);
  if (!word) return field;
  const auto prefix = base::Ipv4Prefix::parse(*word);
  if (!prefix) {
    bad(key, *word, field.place,
        base::Ipv4::parse(*word) ? "add the length of the network: '" + *word + "/24'"
                                 : "write an address with its network's length, as '10.0.0.1/24'");
    return field;
  }
  const unsigned first = prefix->address.value >> 24;
  const bool host = prefix->length >= 31 || (prefix->address != prefix->network() &&
                                             prefix->address != prefix->broadcast());
  if (first == 0 || first == 127 || first >= 224 || !host || prefix->length < 8) {
    bad(key, *word, field.place,
        "write the address of one host with a length of 8 to 32, as '10.0.0.1/24'");
    return field;
  }
  field.value = *prefix;
  field.good = true;
  return field;
}

Field<base::Mac> YamlMap::mac(const std::string& key) const {
  Field<base::Mac> field;
  const auto word = scalar(key, field);
  if (!word) return field;
  const auto mac = base::Mac::parse(*word);
  if (!mac) {
    bad(key, *word, field.place, "write six bytes such as '02:00:00:00:00:01'");
  } else if (mac->is_zero() || mac->is_group()) {
    bad(key, *word, field.place, "write the MAC of one interface: not zero, first byte even");
  } else {
    field.value = *mac;
    field.good = true;
  }
  return field;
}

void YamlMap::list(const std::string& key,
                   const std::function<void(const YAML::Node&)>& each) const {
  const YAML::Node* node = find(key);
  if (node == nullptr) return;
  if (!node->IsSequence()) {
    problems_.add(place_of(*node), "'" + key + "' of " + what_ + " must be a list",
                  "begin each element with '- ', or write '[]' for none");
    return;
  }
  for (const auto& element : *node) each(element);
}

}  // namespace sluice::model
