#include <emscripten/bind.h>

#include "conversions.h"
#include "ops/linalg.h"

namespace heddle {
namespace {

/// [q, r].
emscripten::val qr_of(const Tensor& x, bool full) {
  const auto [q, r] = qr(x, full);
  return to_array(std::vector{q, r});
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_ops_linalg) { emscripten::function("qr", &qr_of); }

}  // namespace heddle
