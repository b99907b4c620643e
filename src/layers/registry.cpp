#include "layers/registry.h"

#include <map>

namespace heddle {
namespace {

/// Made at its first use: registrations happen while the program starts, in any order.
std::map<std::string, LayerFactory, std::less<>>& factories() {
  static std::map<std::string, LayerFactory, std::less<>> map;
  return map;
}

}  // namespace

bool register_layer_factory(const char* class_name, LayerFactory factory) {
  return factories().emplace(class_name, factory).second;
}

LayerPtr make_layer(const std::string& class_name, const Config& options) {
  const auto found = factories().find(class_name);
  if (found == factories().end()) {
    std::string known;
    for (const auto& entry : factories()) known += (known.empty() ? "" : ", ") + entry.first;
    throw ValueError(text("Unknown layer: ", class_name, ". Known layers: ", known));
  }
  const Config* name = options.find("name");
  const std::string* given = name == nullptr ? nullptr : name->as_text();
  Options reader(options, given == nullptr ? text(class_name, " layer")
                                           : text(class_name, " layer '", *given, "'"));
  LayerPtr layer = found->second(reader);
  reader.finish();
  return layer;
}

}  // namespace heddle
