#pragma once

#include <emscripten/val.h>

#include "layers/config.h"

namespace heddle {

/// From a plain JavaScript value: null, boolean, number, string, array or object. Entries of an
/// object that are undefined count as absent. Throws ValueError for anything else.
Config to_config(const emscripten::val& value);

/// To a plain JavaScript value.
emscripten::val to_val(const Config& config);

}  // namespace heddle
