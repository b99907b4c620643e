#include "layers/config.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/number_text.h"

namespace heddle {
namespace {

void quote(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void print(std::string& out, const Config& config) {
  if (const bool* flag = config.as_bool()) {
    out += *flag ? "true" : "false";
  } else if (const double* number = config.as_number()) {
    out += number_text(*number);
  } else if (const std::string* value = config.as_text()) {
    quote(out, *value);
  } else if (const Config::Array* array = config.as_array()) {
    out += '[';
    for (const Config& entry : *array) {
      if (&entry != array->data()) out += ',';
      print(out, entry);
    }
    out += ']';
  } else if (const Config::Object* object = config.as_object()) {
    out += '{';
    for (const auto& entry : *object) {
      if (&entry != object->data()) out += ',';
      quote(out, entry.first);
      out += ':';
      print(out, entry.second);
    }
    out += '}';
  } else {
    out += "null";
  }
}

/// The whole number of at least `minimum` that a value is, if it is one.
std::optional<int> whole_number(const Config& value, int minimum) {
  const double* number = value.as_number();
  if (number == nullptr || *number != std::floor(*number) || *number < minimum ||
      *number > std::numeric_limits<int>::max()) {
    return {};
  }
  return static_cast<int>(*number);
}

std::string integer_wanted(int minimum) {
  return minimum == 1 ? "a positive integer" : text("a whole number of at least {}", minimum);
}

}  // namespace

Config::Config() = default;
Config::Config(bool value) : value_(value) {}
Config::Config(int value) : value_(static_cast<double>(value)) {}
Config::Config(double value) : value_(value) {}
Config::Config(const char* value) : value_(std::string(value)) {}
Config::Config(std::string value) : value_(std::move(value)) {}
Config::Config(Array value) : value_(std::move(value)) {}
Config::Config(Object value) : value_(std::move(value)) {}
Config::Config(const Config& other) = default;
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(const Config& other) = default;
Config& Config::operator=(Config&& other) noexcept = default;
Config::~Config() = default;

Config::Config(const Shape& shape) {
  Array dims;
  for (const int dim : shape) dims.push_back(dim == kUnknown ? Config() : Config(dim));
  value_ = std::move(dims);
}

const Config* Config::find(std::string_view key) const {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  const auto found = std::find_if(object->begin(), object->end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == object->end() ? nullptr : &found->second;
}

void Config::set(const char* key, Config&& value) {
  if (is_null()) value_ = Object();
  Object& object = *std::get_if<Object>(&value_);
  const auto found = std::find_if(object.begin(), object.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  if (found == object.end()) {
    object.emplace_back(key, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void Config::set(const char* key, bool value) { set(key, Config(value)); }
void Config::set(const char* key, int value) { set(key, Config(value)); }
void Config::set(const char* key, double value) { set(key, Config(value)); }
void Config::set(const char* key, const char* value) { set(key, Config(value)); }

void Config::append(const Config& object) {
  if (is_null()) value_ = Object();
  if (object.is_null()) return;
  for (const auto& [key, value] : *object.as_object()) set(key.c_str(), value);
}

std::string to_string(const Config& config) {
  std::string out;
  print(out, config);
  return out;
}

Options::Options(const Config& config, std::string owner)
    : config_(config), owner_(std::move(owner)) {
  if (!config.is_null() && config.as_object() == nullptr) {
    fail<ValueError>("[{}] options must be an object, got {}", owner_, to_string(config));
  }
}

bool Options::was_asked(std::string_view key) const {
  return std::find(asked_.begin(), asked_.end(), key) != asked_.end();
}

const Config* Options::lookup(const char* key) {
  if (!was_asked(key)) asked_.emplace_back(key);
  const Config* found = config_.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

bool Options::has(const char* key) { return lookup(key) != nullptr; }

bool Options::flag(const char* key, bool otherwise) {
  const Config* found = lookup(key);
  if (found == nullptr) return otherwise;
  if (found->as_bool() == nullptr) refuse(key, "true or false");
  return *found->as_bool();
}

int Options::integer(const char* key, int minimum, int otherwise) {
  return has(key) ? integer(key, minimum) : otherwise;
}

int Options::integer(const char* key, int minimum) {
  const Config* found = lookup(key);
  const std::optional<int> value = found == nullptr ? std::nullopt : whole_number(*found, minimum);
  if (!value) refuse(key, integer_wanted(minimum));
  return *value;
}

double Options::number(const char* key, double otherwise) {
  return has(key) ? number(key) : otherwise;
}

double Options::number(const char* key) {
  const Config* found = lookup(key);
  if (found == nullptr || found->as_number() == nullptr || !std::isfinite(*found->as_number())) {
    refuse(key, "a number");
  }
  return *found->as_number();
}

std::string Options::text(const char* key, const char* otherwise) {
  return has(key) ? text(key) : otherwise;
}

std::string Options::text(const char* key) {
  const Config* found = lookup(key);
  if (found == nullptr || found->as_text() == nullptr) refuse(key, "a string");
  return *found->as_text();
}

std::string Options::choice(const char* key, std::initializer_list<const char*> words,
                            const char* otherwise) {
  const Config* found = lookup(key);
  if (found == nullptr) return otherwise;
  const std::string* word = found->as_text();
  if (word == nullptr || std::find(words.begin(), words.end(), *word) == words.end()) {
    std::string list;
    for (const char* known : words) {
      list += list.empty() ? "one of '" : "', '";
      list += known;
    }
    refuse(key, list + "'");
  }
  return *word;
}

std::vector<int> Options::integers(const char* key, int count, int minimum,
                                   std::optional<std::vector<int>> otherwise) {
  const Config* found = lookup(key);
  if (found == nullptr && otherwise) return *otherwise;
  std::vector<int> values;
  if (found != nullptr) {
    const Config::Array* array = found->as_array();
    for (int i = 0; i < count; ++i) {
      if (array != nullptr && array->size() != static_cast<size_t>(count)) break;
      const std::optional<int> value =
          whole_number(array == nullptr ? *found : (*array)[i], minimum);
      if (value) values.push_back(*value);
    }
  }
  if (values.size() != static_cast<size_t>(count)) {
    refuse(key, heddle::text("{} or an array of {} of them", integer_wanted(minimum), count));
  }
  return values;
}

std::optional<Shape> Options::shape(const char* key, int minimum) {
  const Config* found = lookup(key);
  if (found == nullptr) return {};
  Shape shape;
  const Config::Array* array = found->as_array();
  bool fits = array != nullptr && array->size() <= kMaxRank;
  for (size_t i = 0; fits && i < array->size(); ++i) {
    const Config& entry = (*array)[i];
    const std::optional<int> dim = entry.is_null() ? kUnknown : whole_number(entry, minimum);
    fits = dim.has_value();
    if (dim) shape.push_back(*dim);
  }
  if (!fits) {
    refuse(key, heddle::text("an array of at most {} dimensions, each null or {}", kMaxRank,
                             integer_wanted(minimum)));
  }
  return shape;
}

const Config& Options::any(const char* key) {
  static const Config kNull;
  const Config* found = lookup(key);
  return found == nullptr ? kNull : *found;
}

void Options::not_yet(const char* key) {
  if (!has(key)) return;
  fail<NotImplementedError>("[{}] option '{}' is not supported. Leave it out", owner_, key);
}

void Options::finish() const {
  const Config::Object* object = config_.as_object();
  if (object == nullptr) return;
  for (const auto& [key, value] : *object) {
    if (value.is_null() || was_asked(key)) continue;
    std::string known;
    for (const std::string& name : asked_) known += (known.empty() ? "" : ", ") + name;
    fail<ValueError>("[{}] there is no option '{}'. There are: {}", owner_, key, known);
  }
}

void Options::refuse(const char* key, const std::string& needed) const {
  const Config* found = config_.find(key);
  const bool given = found != nullptr && !found->is_null();
  fail<ValueError>("[{}] option '{}' must be {}, {}", owner_, key, needed,
                   given ? "got " + to_string(*found) : "but it is missing");
}

}  // namespace heddle
