#include "config_conversion.h"

#include <string>
#include <utility>

#include "tensor/error.h"

namespace heddle {

using emscripten::val;

Config to_config(const val& value) {
  if (value.isNull() || value.isUndefined()) return {};
  if (value.isTrue() || value.isFalse()) return {value.isTrue()};
  if (value.isNumber()) return {value.as<double>()};
  if (value.isString()) return {value.as<std::string>()};
  if (value.isArray()) {
    Config::Array array;
    const int length = value["length"].as<int>();
    for (int i = 0; i < length; ++i) array.push_back(to_config(value[i]));
    return {std::move(array)};
  }
  const auto type = value.typeOf().as<std::string>();
  if (type != "object") {
    fail<ValueError>(
        "An option must be a boolean, a number, a string, a list or an object, got a {}", type);
  }
  Config::Object object;
  const val keys = val::global("Object").call<val>("keys", value);
  const int length = keys["length"].as<int>();
  for (int i = 0; i < length; ++i) {
    const val entry = value[keys[i]];
    if (!entry.isUndefined()) object.emplace_back(keys[i].as<std::string>(), to_config(entry));
  }
  return {std::move(object)};
}

val to_val(const Config& config) {
  if (const bool* flag = config.as_bool()) return val(*flag);
  if (const double* number = config.as_number()) return val(*number);
  if (const std::string* string = config.as_text()) return val(*string);
  if (const Config::Array* array = config.as_array()) {
    val out = val::array();
    for (const Config& item : *array) out.call<void>("push", to_val(item));
    return out;
  }
  if (const Config::Object* object = config.as_object()) {
    val out = val::object();
    for (const auto& [key, item] : *object) out.set(key, to_val(item));
    return out;
  }
  return val::null();
}

}  // namespace heddle
