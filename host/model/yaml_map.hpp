// Typed access to one mapping of the YAML text, with a problem for all that is not as it should be.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "raw_config.hpp"

namespace sluice::model {

Place place_of(const YAML::Node& node);

// "word 'x' is not known; did you mean 'y'?" helper: the candidate nearest to `word`, if one is
// near enough to be a slip of the pen.
std::optional<std::string> nearest(const std::string& word,
                                   const std::vector<std::string>& candidates);

class YamlMap {
 public:
  // `what` names the mapping in messages: "a service". Reports a node that is no mapping, unknown
  // keys and double keys.
  YamlMap(const YAML::Node& node, std::string what, std::vector<std::string> keys,
          Problems& problems);

  Place place() const { return place_; }
  bool is_map() const { return is_map_; }
  const YAML::Node* find(const std::string& key) const;
  // Reports the key's absence; `example` shows what to write.
  void require(const std::string& key, const std::string& example);

  Field<std::string> text(const std::string& key) const;
  Field<std::string> name(const std::string& key) const;
  Field<unsigned> number(const std::string& key, unsigned min, unsigned max) const;
  Field<std::chrono::milliseconds> duration(const std::string& key) const;
  // A time of whole seconds.
  Field<std::chrono::seconds> seconds(const std::string& key, std::chrono::seconds min,
                                      std::chrono::seconds max) const;
  // '1%' to '99%'; nothing: 'off'.
  Field<std::optional<unsigned>> percent_or_off(const std::string& key) const;
  Field<bool> flag(const std::string& key) const;           // true or false
  Field<base::Ipv4> address(const std::string& key) const;  // unicast
  Field<base::Ipv4Prefix> prefix(const std::string& key) const;
  Field<base::Mac> mac(const std::string& key) const;  // one card's: not zero, not a group

  // `aliases` are other words for some of the values; no message names them.
  template <class T>
  Field<T> choice(const std::string& key, const std::vector<T>& values,
                  const std::map<std::string, T>& aliases = {}) const {
    Field<T> field;
    const auto word = scalar(key, field);
    if (!word) return field;
    if (const auto alias = aliases.find(*word); alias != aliases.end()) {
      field.value = alias->second;
      field.good = true;
      return field;
    }
    std::vector<std::string> names;
    for (const T value : values) {
      names.emplace_back(model::name(value));
      if (*word != names.back()) continue;
      field.value = value;
      field.good = true;
      return field;
    }
    report_choice(key, *word, names, field.place);
    return field;
  }

  // Calls `each` for every element of the list at `key`; reports what is no list.
  void list(const std::string& key, const std::function<void(const YAML::Node&)>& each) const;

 private:
  // The scalar at `key`, with field.place and field.given set; reports what is no scalar.
  template <class T>
  std::optional<std::string> scalar(const std::string& key, Field<T>& field) const {
    field.place = place_;
    const YAML::Node* node = find(key);
    if (node == nullptr) return std::nullopt;
    field.given = true;
    field.place = place_of(*node);
    return scalar_text(key, *node);
  }
  std::optional<std::string> scalar_text(const std::string& key, const YAML::Node& node) const;
  bool has_zeros_in_front(const std::string& key, const std::string& word, Place place) const;
  void report_choice(const std::string& key, const std::string& word,
                     const std::vector<std::string>& names, Place place) const;
  void bad(const std::string& key, const std::string& word, Place place,
           const std::string& hint) const;

  Place place_;
  bool is_map_ = false;
  std::string what_;
  std::map<std::string, YAML::Node> values_;
  Problems& problems_;
};

}  // namespace sluice::model
