#pragma once

#include <emscripten/bind.h>

#include "layers/layer.h"

namespace heddle {

/// Models share the handle of layers, which may be any: what models alone can do is for the handles
/// of models.
void bind_models(emscripten::class_<Layer>& layer);

}  // namespace heddle
