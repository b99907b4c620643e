#include "layers/registry.h"

#include <vector>

#include "layers/names.h"

namespace heddle {
namespace {

struct Entry {
  const char* name;
  LayerFactory make;
};

/// Made at its first use: registrations happen while the program starts, in any order.
std::vector<Entry>& factories() {
  static std::vector<Entry> entries;
  return entries;
}

}  // namespace

bool register_layer_factory(const char* class_name, LayerFactory factory) {
  factories().push_back({class_name, factory});
  return true;
}

LayerPtr make_layer(const std::string& class_name, const Config& options) {
  const Entry* entry = nullptr;
  for (const Entry& known : factories()) {
    if (known.name == class_name) entry = &known;
  }
  if (entry == nullptr) {
    fail<ValueError>("Unknown layer: {}. Known layers: {}", class_name, list_names(factories()));
  }
  const Config* name = options.find("name");
  const std::string* given = name == nullptr ? nullptr : name->as_text();
  Options reader(options, given == nullptr ? text("{} layer", class_name)
                                           : text("{} layer '{}'", class_name, *given));
  LayerPtr layer = entry->make(reader);
  reader.finish();
  return layer;
}

}  // namespace heddle
