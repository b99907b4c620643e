#pragma once

#include <functional>
#include <memory>
#include <string>

#include "layers/config.h"
#include "tensor/tensor.h"

namespace heddle {

/// Makes the first values of a Variable.
class Initializer {
 public:
  virtual ~Initializer() = default;
  virtual Tensor make(const Shape& shape) const = 0;
  /// {className, config}, as configurations hold it.
  virtual Config config() const = 0;
};
using InitializerPtr = std::shared_ptr<const Initializer>;

/// From a name ("glorotUniform") or {className, config}; null gives `otherwise`. Throws ValueError
/// that lists the known names.
InitializerPtr make_initializer(const Config& config, const char* otherwise);

}  // namespace heddle
