#pragma once

#include <memory>
#include <string>

#include "layers/layer.h"

namespace heddle {

/// Makes a layer from its options.
using LayerFactory = LayerPtr (*)(Options& options);

/// Registers a class at program start. The one line that a new layer needs, in its own file:
///   const bool registered = register_layer<Dense>("Dense");
bool register_layer_factory(const char* class_name, LayerFactory factory);

template <typename L>
bool register_layer(const char* class_name) {
  return register_layer_factory(
      class_name, [](Options& options) -> LayerPtr { return std::make_shared<L>(options); });
}

/// Makes a layer of a registered class. Throws ValueError when the class is not known (listing
/// those that are), or when an option is wrong or unknown.
LayerPtr make_layer(const std::string& class_name, const Config& options);

}  // namespace heddle
