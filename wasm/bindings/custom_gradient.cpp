#include "ops/custom_gradient.h"

#include <emscripten/bind.h>

#include "conversions.h"

namespace heddle {
namespace {

using emscripten::val;

/// `callback` takes the gradient of the value and a list of what was saved; it returns a list of
/// tensor handles (or null) that are ours to delete.
Tensor custom_gradient_of(const Tensor& value, const val& inputs, const val& saved,
                          const val& callback) {
  return custom_gradient(value, to_tensors(inputs), to_tensors(saved),
                         [callback](const Tensor& dy, std::span<const Tensor> kept) {
                           const val handles = callback(to_val(dy), to_array(kept));
                           std::vector<Tensor> gradients = to_tensors(handles);
                           for (size_t i = 0; i < gradients.size(); ++i) {
                             if (gradients[i].defined()) handles[i].call<void>("delete");
                           }
                           return gradients;
                         });
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_custom_gradient) {
  emscripten::function("customGradient", &custom_gradient_of);
}

}  // namespace heddle
