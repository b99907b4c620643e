#include "layers/initializers.h"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "layers/names.h"
#include "ops/context.h"
#include "ops/random.h"

/// Formulas and defaults as in TensorFlow.js. In particular a "normal" VarianceScaling is a normal
/// of variance `scale` cut off at two standard deviations, without the factor 1 / 0.8796 by which
/// Keras makes up for the cut.

namespace heddle {
namespace {

/// {className, config}.
Config described(const char* class_name, Config config) {
  Config out;
  out.set("className", class_name);
  out.set("config", config.is_null() ? Config(Config::Object()) : std::move(config));
  return out;
}

/// The option `seed`: with one, an initializer makes the same values each time.
class Seed {
 public:
  explicit Seed(Options& options) {
    if (options.has("seed")) given_ = options.number("seed");
  }

  /// The seed of the random op: whole numbers as they are, others by their bits.
  std::optional<uint64_t> value() const {
    if (!given_) return {};
    const bool whole = *given_ == std::floor(*given_) && std::abs(*given_) < 9e18;
    return whole ? static_cast<uint64_t>(static_cast<int64_t>(*given_))
                 : std::bit_cast<uint64_t>(*given_);
  }
  bool given() const { return given_.has_value(); }
  Config config() const { return given_ ? Config(*given_) : Config(); }

 private:
  std::optional<double> given_;
};

/// First values are made at once even when a layer is built in the middle of a trace.
class Eagerly {
 public:
  Eagerly() : scope_(context().trace, nullptr) {}

 private:
  Scoped<TraceState*> scope_;
};

/// One value everywhere: zeros, ones, constant.
class Constant : public Initializer {
 public:
  Constant(const char* class_name, double value) : class_name_(class_name), value_(value) {}

  Tensor make(const Shape& shape) const override {
    return Tensor::full(shape, static_cast<float>(value_));
  }
  Config config() const override {
    Config options;
    if (class_name_ == std::string_view("Constant")) options.set("value", value_);
    return described(class_name_, options);
  }

 private:
  const char* class_name_;
  double value_;
};

enum class Distribution : uint8_t { kUniform, kNormal, kTruncatedNormal };

/// `a` and `b`: low and high, or mean and standard deviation.
Tensor draw(Distribution distribution, const Shape& shape, double a, double b, const Seed& seed) {
  const Eagerly eagerly;
  const auto x = static_cast<float>(a);
  const auto y = static_cast<float>(b);
  switch (distribution) {
    case Distribution::kUniform:
      return random_uniform(shape, x, y, DType::kFloat32, seed.value());
    case Distribution::kNormal:
      return random_normal(shape, x, y, seed.value());
    default:
      return truncated_normal(shape, x, y, seed.value());
  }
}

/// randomUniform {minval, maxval}, randomNormal and truncatedNormal {mean, stddev}.
class Random : public Initializer {
 public:
  Random(Distribution distribution, Options& options)
      : distribution_(distribution),
        a_(options.number(first_key(), uniform() ? -0.05 : 0)),
        b_(options.number(second_key(), 0.05)),
        seed_(options) {
    if (uniform() && a_ > b_) options.refuse("minval", "at most maxval");
    if (!uniform() && b_ < 0) options.refuse("stddev", "a number of at least 0");
  }

  Tensor make(const Shape& shape) const override {
    return draw(distribution_, shape, a_, b_, seed_);
  }
  Config config() const override {
    Config options;
    options.set(first_key(), a_);
    options.set(second_key(), b_);
    if (seed_.given()) options.set("seed", seed_.config());
    return described(uniform()                                ? "RandomUniform"
                     : distribution_ == Distribution::kNormal ? "RandomNormal"
                                                              : "TruncatedNormal",
                     options);
  }

 private:
  bool uniform() const { return distribution_ == Distribution::kUniform; }
  const char* first_key() const { return uniform() ? "minval" : "mean"; }
  const char* second_key() const { return uniform() ? "maxval" : "stddev"; }

  Distribution distribution_;
  double a_;
  double b_;
  Seed seed_;
};

struct Fans {
  double in = 1;
  double out = 1;
};

/// How many inputs each output of a kernel sums, and how many outputs each input goes into:
/// [in, out], or for a convolution [..., in, out] with each times the cells of the window.
Fans fans(const Shape& shape) {
  if (shape.rank() < 2 || shape.rank() > 5) {
    const double root = std::sqrt(static_cast<double>(shape.size()));
    return {root, root};
  }
  const auto window = static_cast<double>(shape.slice(0, -2).size());
  return {shape[-2] * window, shape[-1] * window};
}

/// Keeps the variance of what flows through a layer: the variance of the values is `scale` over the
/// number of inputs (fanIn: He et al. 2015, LeCun et al. 1998), outputs (fanOut) or their mean
/// (fanAvg: Glorot & Bengio 2010).
class VarianceScaling : public Initializer {
 public:
  explicit VarianceScaling(Options& options)
      : scale_(options.number("scale", 1)),
        mode_(options.choice("mode", {"fanIn", "fanOut", "fanAvg"}, "fanIn")),
        distribution_(
            options.choice("distribution", {"normal", "uniform", "truncatedNormal"}, "normal")),
        seed_(options) {
    if (scale_ < 0) options.refuse("scale", "a number of at least 0");
  }
  VarianceScaling(double scale, const char* mode, const char* distribution, Options& options)
      : scale_(scale), mode_(mode), distribution_(distribution), seed_(options) {}

  Tensor make(const Shape& shape) const override {
    const Fans fan = fans(shape);
    const double count = mode_ == "fanIn"    ? fan.in
                         : mode_ == "fanOut" ? fan.out
                                             : (fan.in + fan.out) / 2;
    const double variance = scale_ / std::max(1.0, count);
    if (distribution_ == "uniform") {
      const double limit = std::sqrt(3 * variance);
      return draw(Distribution::kUniform, shape, -limit, limit, seed_);
    }
    return draw(Distribution::kTruncatedNormal, shape, 0, std::sqrt(variance), seed_);
  }
  Config config() const override {
    Config options;
    options.set("scale", scale_);
    options.set("mode", mode_);
    options.set("distribution", distribution_);
    options.set("seed", seed_.config());
    return described("VarianceScaling", options);
  }

 private:
  double scale_;
  std::string mode_;
  std::string distribution_;
  Seed seed_;
};

/// A random matrix with orthonormal columns (or rows, whichever are fewer) times `gain`, uniform
/// over all of them (Saxe et al. 2014). All dimensions but the last are taken as one.
class Orthogonal : public Initializer {
 public:
  explicit Orthogonal(Options& options) : gain_(options.number("gain", 1)), seed_(options) {}

  Tensor make(const Shape& shape) const override {
    if (shape.rank() < 2) {
      fail<ValueError>("[orthogonal initializer] needs a shape of at least 2 dimensions, got {}",
                       shape);
    }
    const int columns = shape[-1];
    const int rows = static_cast<int>(shape.slice(0, -1).size());
    const int length = std::max(rows, columns);
    const int count = std::min(rows, columns);
    const Tensor normal = draw(Distribution::kNormal, {count, length}, 0, 1, seed_);
    Eigen::Map<Eigen::MatrixXf> q(normal.data(), length, count);  // one vector per column
    orthonormalize(q);

    Tensor out = Tensor::empty(shape, DType::kFloat32);
    using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<RowMajor> result(out.data(), rows, columns);
    const auto gain = static_cast<float>(gain_);
    if (rows >= columns) {
      result = gain * q;
    } else {
      result = gain * q.transpose();
    }
    return out;
  }
  Config config() const override {
    Config options;
    options.set("gain", gain_);
    if (seed_.given()) options.set("seed", seed_.config());
    return described("Orthogonal", options);
  }

 private:
  /// The Q of the QR decomposition whose R has a positive diagonal, which makes Q unique and, for a
  /// normal matrix, uniform. By Gram-Schmidt, each vector twice: enough for orthogonality to
  /// rounding (Giraud et al. 2005), in a fraction of the code of a Householder decomposition.
  static void orthonormalize(Eigen::Map<Eigen::MatrixXf>& q) {
    for (Eigen::Index j = 0; j < q.cols(); ++j) {
      for (int pass = 0; pass < 2; ++pass) {
        for (Eigen::Index i = 0; i < j; ++i) q.col(j) -= q.col(i).dot(q.col(j)) * q.col(i);
      }
      q.col(j) /= q.col(j).norm();
    }
  }

  double gain_;
  Seed seed_;
};

/// `gain` on the diagonal of a square matrix, else 0.
class Identity : public Initializer {
 public:
  explicit Identity(Options& options) : gain_(options.number("gain", 1)) {}

  Tensor make(const Shape& shape) const override {
    if (shape.rank() != 2 || shape[0] != shape[1]) {
      fail<ValueError>("[identity initializer] needs the shape of a square matrix, got {}", shape);
    }
    Tensor out = Tensor::full(shape, 0);
    for (int i = 0; i < shape[0]; ++i) {
      out.data()[static_cast<int64_t>(i) * (shape[0] + 1)] = static_cast<float>(gain_);
    }
    return out;
  }
  Config config() const override {
    Config options;
    options.set("gain", gain_);
    return described("Identity", options);
  }

 private:
  double gain_;
};

template <const char* kMode, const char* kDistribution, int kScale>
InitializerPtr make_scaling(Options& options) {
  return std::make_shared<VarianceScaling>(kScale, kMode, kDistribution, options);
}

template <Distribution kDistribution>
InitializerPtr make_random(Options& options) {
  return std::make_shared<Random>(kDistribution, options);
}

template <typename I>
InitializerPtr make_of(Options& options) {
  return std::make_shared<I>(options);
}

InitializerPtr make_zeros(Options& /*options*/) { return std::make_shared<Constant>("Zeros", 0); }
InitializerPtr make_ones(Options& /*options*/) { return std::make_shared<Constant>("Ones", 1); }
InitializerPtr make_constant(Options& options) {
  return std::make_shared<Constant>("Constant", options.number("value"));
}

constexpr char kFanIn[] = "fanIn";
constexpr char kFanAvg[] = "fanAvg";
constexpr char kNormal[] = "normal";
constexpr char kUniform[] = "uniform";

struct Entry {
  const char* name;
  InitializerPtr (*make)(Options& options);
};

/// A new initializer is a class above and a line here.
constexpr Entry kInitializers[] = {
    {"constant", make_constant},
    {"glorotNormal", make_scaling<kFanAvg, kNormal, 1>},
    {"glorotUniform", make_scaling<kFanAvg, kUniform, 1>},
    {"heNormal", make_scaling<kFanIn, kNormal, 2>},
    {"heUniform", make_scaling<kFanIn, kUniform, 2>},
    {"identity", make_of<Identity>},
    {"leCunNormal", make_scaling<kFanIn, kNormal, 1>},
    {"leCunUniform", make_scaling<kFanIn, kUniform, 1>},
    {"ones", make_ones},
    {"orthogonal", make_of<Orthogonal>},
    {"randomNormal", make_random<Distribution::kNormal>},
    {"randomUniform", make_random<Distribution::kUniform>},
    {"truncatedNormal", make_random<Distribution::kTruncatedNormal>},
    {"varianceScaling", make_of<VarianceScaling>},
    {"zeros", make_zeros},
};

InitializerPtr make_named(const std::string& name, const Config& config) {
  const Entry* entry = find_named(kInitializers, name);
  if (entry == nullptr) {
    fail<ValueError>("Unknown initializer: {}. Known initializers: {}", name,
                     list_names(kInitializers));
  }
  Options options(config, text("{} initializer", entry->name));
  InitializerPtr initializer = entry->make(options);
  options.finish();
  return initializer;
}

}  // namespace

InitializerPtr make_initializer(const Config& config, const char* otherwise) {
  static const Config kNoOptions;
  if (config.is_null()) return make_named(otherwise, kNoOptions);
  if (const std::string* name = config.as_text()) return make_named(*name, kNoOptions);
  const Config* class_name = config.find("className");
  if (class_name == nullptr || class_name->as_text() == nullptr) {
    fail<ValueError>(
        "An initializer must be a name or {className, config}, got {}. Known initializers: {}",
        to_string(config), list_names(kInitializers));
  }
  const Config* options = config.find("config");
  return make_named(*class_name->as_text(), options == nullptr ? kNoOptions : *options);
}

}  // namespace heddle
