#include "layers/image_options.h"
#include "layers/registry.h"
#include "layers/single_input.h"
#include "ops/pool2d.h"

namespace heddle {
namespace {

/// What a pooling layer makes of each window.
struct PoolingKind {
  const char* class_name;
  Tensor (*apply)(const Tensor& x, const Pool2DOptions& options);
};

constexpr PoolingKind kMaxPooling = {"MaxPooling2D", max_pool};
/// Cells outside the image do not count.
constexpr PoolingKind kAveragePooling = {"AveragePooling2D", avg_pool};

/// The greatest element, or the mean, of each window of an image, for each channel.
///
/// Input: [batch, height, width, channels], or with `dataFormat` "channelsFirst" [batch, channels,
/// height, width]. Output: [batch, out_height, out_width, channels] (or channels first), with out =
/// (in - window) / stride + 1 for padding "valid", ceil(in / stride) for "same".
/// Options and defaults: `poolSize` (2), `strides` (the pool size), `padding` ("valid"),
/// `dataFormat` ("channelsLast").
class Pooling2D : public SingleInputLayer {
 public:
  Pooling2D(const PoolingKind& kind, Options& options)
      : SingleInputLayer(options, kind.class_name),
        kind_(kind),
        pool_size_(options.integers("poolSize", 2, 1, std::vector<int>{2, 2})),
        image_(options, pool_size_) {
    input_spec.rank = 4;
    pool_.window_h = pool_size_[0];
    pool_.window_w = pool_size_[1];
    pool_.stride_h = image_.strides[0];
    pool_.stride_w = image_.strides[1];
    pool_.padding = image_.padding;
    pool_.channels_first = image_.channels_first;
  }

  std::string class_name() const override { return kind_.class_name; }

  Config config() const override {
    Config config;
    config.set("poolSize", Config::Array(pool_size_.begin(), pool_size_.end()));
    config.set("padding", image_.padding_name());
    config.set("strides", image_.strides_config());
    config.set("dataFormat", image_.data_format());
    config.append(Layer::config());
    return config;
  }

  std::vector<DType> output_dtypes(std::span<const DType> /*inputs*/) const override {
    return {DType::kFloat32};
  }

 protected:
  Shape output_shape(const Shape& input) const override {
    return pool2d_shape(input, pool_, name().c_str());
  }

  Tensor call(const Tensor& input, const CallOptions& /*options*/) override {
    return kind_.apply(input, pool_);
  }

 private:
  const PoolingKind& kind_;
  std::vector<int> pool_size_;  // height, width
  ImageOptions image_;
  Pool2DOptions pool_;
};

template <const PoolingKind& kKind>
LayerPtr make_pooling(Options& options) {
  return std::make_shared<Pooling2D>(kKind, options);
}

const bool kMaxRegistered =
    register_layer_factory(kMaxPooling.class_name, make_pooling<kMaxPooling>);
const bool kAverageRegistered =
    register_layer_factory(kAveragePooling.class_name, make_pooling<kAveragePooling>);

}  // namespace
}  // namespace heddle
