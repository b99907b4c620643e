#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// Makes one row of each example.
///
/// Input: [batch, a, b, ...]. Output: [batch, a * b * ...].
/// Option: `dataFormat`: "channelsFirst" puts the channels last before flattening.
/// Throws ValueError when a dimension other than the batch is unknown.
class Flatten : public SingleInputLayer {
 public:
  explicit Flatten(Options& options)
      : SingleInputLayer(options, "Flatten"),
        data_format_(options.choice("dataFormat", {"channelsFirst", "channelsLast"}, "")) {
    input_spec.min_rank = 3;
  }

  std::string class_name() const override { return "Flatten"; }

  Config config() const override {
    Config config;
    if (!data_format_.empty()) config.set("dataFormat", data_format_);
    config.append(Layer::config());
    return config;
  }

 protected:
  Shape output_shape(const Shape& input) const override {
    const Shape example = input.slice(1);
    if (!example.known()) {
      fail<ValueError>(
          "Layer '{}' (Flatten) needs to know all dimensions of its input but the batch, got {}. "
          "Give the first layer a complete `inputShape`",
          name(), input);
    }
    return {input[0], static_cast<int>(example.size())};
  }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    Tensor x = input;
    if (data_format_ == "channelsFirst") {
      std::vector<int> order{0};
      for (int axis = 2; axis < x.shape().rank(); ++axis) order.push_back(axis);
      order.push_back(1);
      x = transpose(x, order);
    }
    return reshape(x, output_shape(input.shape()));
  }

 private:
  std::string data_format_;
};

const bool kRegistered = register_layer<Flatten>("Flatten");

}  // namespace
}  // namespace heddle
