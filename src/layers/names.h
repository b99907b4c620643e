#pragma once

#include <string>
#include <string_view>

namespace heddle {

/// Whether two names say the same: case and underscores do not count, so that TensorFlow.js's
/// "meanSquaredError", Keras's "mean_squared_error" and its class "MeanSquaredError" are one.
bool same_name(std::string_view a, std::string_view b);

/// The entry of a table whose member `name` says the same as `name`, or null.
template <typename Table>
auto find_named(const Table& table, std::string_view name) -> decltype(&*std::begin(table)) {
  for (const auto& entry : table) {
    if (same_name(entry.name, name)) return &entry;
  }
  return nullptr;
}

/// The names in a table, for messages: "adam, momentum, sgd".
template <typename Table>
std::string list_names(const Table& table) {
  std::string list;
  for (const auto& entry : table) {
    if (!list.empty()) list += ", ";
    list += entry.name;
  }
  return list;
}

}  // namespace heddle
