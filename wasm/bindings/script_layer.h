#pragma once

#include <emscripten/val.h>

#include <string>

#include "layers/layer.h"

namespace heddle {

/// A layer whose class is written in JavaScript. `hooks` is an object of functions that the package
/// makes for each such layer (wasm/js/layers/hooks.ts); they are called while the layer graph is
/// drawn and while Programs are traced, and never while a Program runs.
class ScriptLayer : public Layer {
 public:
  ScriptLayer(Options& options, std::string class_name, const emscripten::val& hooks);

  std::string class_name() const override { return class_name_; }
  Config config() const override;
  bool supports_masking() const override;
  void check_inputs(std::span<const Shape> inputs) const override;
  void build(std::span<const Shape> inputs) override;
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
  std::vector<Shape> call_output_shapes(int index, std::span<const Shape> inputs) const override;
  std::vector<DType> output_dtypes(std::span<const DType> inputs) const override;
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override;
  std::vector<Tensor> output_masks(std::span<const Tensor> inputs,
                                   const CallOptions& options) override;
  std::vector<LayerPtr> sublayers() const override;

 private:
  std::string class_name_;
  emscripten::val hooks_;
};

/// A tensor that JavaScript has made for us: a handle that is ours to delete. Null is none.
Tensor take_tensor(const emscripten::val& handle);

}  // namespace heddle
