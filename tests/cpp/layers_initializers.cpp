#include "layers/initializers.h"

#include <cmath>

#include "graph/trace.h"
#include "layers_testing.h"

namespace heddle {
namespace {

using test::expect_value_error;
using test::options;
using test::values_of;

InitializerPtr named(const std::string& name, const Config::Object& entries = {}) {
  return make_initializer(options({{"className", name}, {"config", entries}}), "zeros");
}

struct Statistics {
  double mean = 0;
  double deviation = 0;
  double least = 0;
  double greatest = 0;
};

Statistics statistics(const Tensor& tensor) {
  Statistics s;
  const std::vector<float> values = values_of(tensor);
  for (const float v : values) s.mean += v;
  s.mean /= static_cast<double>(values.size());
  for (const float v : values) s.deviation += (v - s.mean) * (v - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(values.size()));
  s.least = *std::min_element(values.begin(), values.end());
  s.greatest = *std::max_element(values.begin(), values.end());
  return s;
}

/// The standard deviation of a normal that is cut off at two standard deviations.
constexpr double kTruncated = 0.8796256610342398;

struct ScalingCase {
  const char* name;
  Config::Object entries;
  double variance_dense;  // for [300, 500]
  bool uniform;
};

/// 150,000 draws: the deviation of their mean is 0.0026 of theirs, that of their deviation less.
/// Allowed are five of those.
void expect_scaled(const ScalingCase& c, const Shape& shape, double variance) {
  SCOPED_TRACE(text("{} of shape {}", c.name, shape));
  Config::Object entries = c.entries;
  entries.emplace_back("seed", 7);
  const Statistics s = statistics(named(c.name, entries)->make(shape));
  const double scale = std::sqrt(variance);
  const double deviation = c.uniform ? scale : kTruncated * scale;
  const double bound = c.uniform ? std::sqrt(3.0) * scale : 2 * scale;
  const double n = static_cast<double>(shape.size());
  EXPECT_NEAR(s.mean, 0, 5 * deviation / std::sqrt(n));
  EXPECT_NEAR(s.deviation / deviation, 1, 5 / std::sqrt(n));
  EXPECT_LE(s.greatest, bound * 1.00001);
  EXPECT_GE(s.least, -bound * 1.00001);
  EXPECT_NEAR(s.greatest / bound, 1, 0.01);
  EXPECT_NEAR(s.least / bound, -1, 0.01);
}

TEST(Initializers, VarianceScalingSpreadsByTheFans) {
  const ScalingCase cases[] = {
      {"glorotUniform", {}, 1 / 400.0, true},
      {"glorotNormal", {}, 1 / 400.0, false},
      {"heUniform", {}, 2 / 300.0, true},
      {"heNormal", {}, 2 / 300.0, false},
      {"leCunUniform", {}, 1 / 300.0, true},
      {"leCunNormal", {}, 1 / 300.0, false},
      {"varianceScaling",
       {{"scale", 0.5}, {"mode", "fanOut"}, {"distribution", "uniform"}},
       0.5 / 500,
       true},
      {"varianceScaling", {}, 1 / 300.0, false},
  };
  for (const ScalingCase& c : cases) expect_scaled(c, {300, 500}, c.variance_dense);
  // A convolution's fans count the cells of its window.
  expect_scaled(cases[0], {3, 3, 64, 128}, 2.0 / (9 * 64 + 9 * 128));
  expect_scaled(cases[3], {3, 3, 64, 128}, 2.0 / (9 * 64));
}

TEST(Initializers, RandomOnesKeepTheirParameters) {
  const Statistics uniform = statistics(
      named("randomUniform", {{"minval", -0.2}, {"maxval", 0.6}, {"seed", 3}})->make({300, 500}));
  EXPECT_NEAR(uniform.mean, 0.2, 5 * 0.8 / std::sqrt(12.0 * 150000));
  EXPECT_GE(uniform.least, -0.2f);
  EXPECT_LT(uniform.greatest, 0.6f);
  EXPECT_NEAR(uniform.greatest, 0.6, 0.001);

  const Statistics normal = statistics(
      named("randomNormal", {{"mean", 0.3}, {"stddev", 0.2}, {"seed", 3}})->make({300, 500}));
  EXPECT_NEAR(normal.mean, 0.3, 5 * 0.2 / std::sqrt(150000.0));
  EXPECT_NEAR(normal.deviation, 0.2, 0.002);
  EXPECT_GT(normal.greatest, 0.3 + 3 * 0.2);  // not cut

  const Statistics cut = statistics(
      named("truncatedNormal", {{"mean", 0.1}, {"stddev", 0.5}, {"seed", 3}})->make({300, 500}));
  EXPECT_NEAR(cut.deviation, kTruncated * 0.5, 0.005);
  EXPECT_LE(cut.greatest, 1.1001);
  EXPECT_GE(cut.least, -0.9001);

  const Statistics defaults = statistics(named("randomUniform")->make({300, 500}));
  EXPECT_NEAR(defaults.greatest, 0.05, 0.001);
  EXPECT_NEAR(statistics(named("randomNormal")->make({300, 500})).deviation, 0.05, 0.001);
}

TEST(Initializers, SeedsRepeat) {
  for (const char* name : {"glorotNormal", "heUniform", "randomNormal", "randomUniform",
                           "truncatedNormal", "orthogonal"}) {
    SCOPED_TRACE(name);
    const auto values = [&](double seed) {
      return values_of(named(name, {{"seed", seed}})->make({20, 30}));
    };
    EXPECT_EQ(values(3), values(3));
    EXPECT_NE(values(3), values(4));
    EXPECT_EQ(values(0.25), values(0.25));
    EXPECT_NE(values(0.25), values(0.75));
    EXPECT_EQ(values(-1), values(-1));
    // Without a seed each making is another.
    const InitializerPtr fresh = named(name);
    EXPECT_NE(values_of(fresh->make({20, 30})), values_of(fresh->make({20, 30})));
  }
}

TEST(Initializers, FixedValues) {
  for (const float v : values_of(named("zeros")->make({3, 4}))) EXPECT_EQ(v, 0);
  for (const float v : values_of(named("ones")->make({3, 4}))) EXPECT_EQ(v, 1);
  for (const float v : values_of(named("constant", {{"value", -2.5}})->make({3, 4}))) {
    EXPECT_EQ(v, -2.5f);
  }
  test::expect_values(named("identity", {{"gain", 2}})->make({3, 3}), {3, 3},
                      {2, 0, 0, 0, 2, 0, 0, 0, 2});
  expect_value_error([] { named("identity")->make({2, 3}); },
                     "needs the shape of a square matrix, got [2,3]");
  expect_value_error([] { named("constant"); }, "option 'value' must be a number");
}

TEST(Initializers, OrthogonalColumnsOrRows) {
  struct Case {
    Shape shape;
    double gain;
  };
  const Case cases[] = {{{40, 20}, 1}, {{20, 40}, 1},       {{64, 64}, 2},
                        {{1, 5}, 1},   {{3, 3, 4, 8}, 0.5}, {{200, 200}, 1}};
  for (const auto& [shape, gain] : cases) {
    SCOPED_TRACE(to_string(shape));
    const Tensor q = named("orthogonal", {{"gain", gain}, {"seed", 11}})->make(shape);
    EXPECT_EQ(to_string(q.shape()), to_string(shape));
    const int cols = shape[-1];
    const int rows = static_cast<int>(shape.slice(0, -1).size());
    const bool tall = rows >= cols;
    const int count = tall ? cols : rows;
    const int length = tall ? rows : cols;
    const auto element = [&](int vector, int k) {
      return static_cast<double>(q.data()[tall ? k * cols + vector : vector * cols + k]);
    };
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j <= i; ++j) {
        double dot = 0;
        for (int k = 0; k < length; ++k) dot += element(i, k) * element(j, k);
        EXPECT_NEAR(dot, i == j ? gain * gain : 0, 2e-6 * std::max(1.0, gain * gain));
      }
    }
  }
  // Uniform over all orthogonal matrices: the mean of the trace is 0 and of its square 1.
  double trace_sum = 0;
  double square_sum = 0;
  constexpr int kCount = 4000;
  for (int i = 0; i < kCount; ++i) {
    const Tensor q = named("orthogonal", {{"seed", i}})->make({4, 4});
    const float* v = q.data();
    const double trace = v[0] + v[5] + v[10] + v[15];
    trace_sum += trace;
    square_sum += trace * trace;
  }
  EXPECT_NEAR(trace_sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(square_sum / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  expect_value_error([] { named("orthogonal")->make({7}); }, "at least 2 dimensions, got [7]");
}

TEST(Initializers, NamesAndConfigurations) {
  const auto config = [](const Config& given) {
    return to_string(make_initializer(given, "glorotNormal")->config());
  };
  const std::string glorot_normal =
      R"({"className":"VarianceScaling","config":{"scale":1,"mode":"fanAvg","distribution":"normal","seed":null}})";
  EXPECT_EQ(config(Config()), glorot_normal);
  EXPECT_EQ(config("glorotNormal"), glorot_normal);
  EXPECT_EQ(config("GlorotNormal"), glorot_normal);
  EXPECT_EQ(config("glorot_normal"), glorot_normal);
  EXPECT_EQ(config(options({{"className", "GlorotNormal"}})), glorot_normal);
  EXPECT_EQ(config("zeros"), R"({"className":"Zeros","config":{}})");
  EXPECT_EQ(config("orthogonal"), R"({"className":"Orthogonal","config":{"gain":1}})");
  EXPECT_EQ(
      config(options({{"className", "RandomUniform"},
                      {"config", options({{"minval", -0.5}, {"maxval", 0.5}, {"seed", 5}})}})),
      R"({"className":"RandomUniform","config":{"minval":-0.5,"maxval":0.5,"seed":5}})");
  for (const char* name :
       {"glorotUniform", "heNormal", "heUniform", "leCunNormal", "leCunUniform", "ones",
        "randomNormal", "truncatedNormal", "varianceScaling", "orthogonal", "identity"}) {
    const Config first = make_initializer(name, "zeros")->config();
    EXPECT_EQ(config(first), to_string(first)) << name;
  }
}

TEST(Initializers, Errors) {
  expect_value_error([] { make_initializer("foo", "zeros"); },
                     "Unknown initializer: foo. Known initializers: constant, glorotNormal");
  expect_value_error([] { make_initializer(3, "zeros"); }, "must be a name or {className, config}");
  expect_value_error([] { named("zeros", {{"value", 1}}); }, "there is no option 'value'");
  expect_value_error([] { named("varianceScaling", {{"mode", "fan"}}); },
                     "one of 'fanIn', 'fanOut', 'fanAvg', got \"fan\"");
  expect_value_error([] { named("randomUniform", {{"minval", 2}, {"maxval", 1}}); },
                     "at most maxval");
}

TEST(Initializers, WorkInTheMiddleOfATrace) {
  const Trace trace;
  const Tensor values = named("glorotUniform", {{"seed", 1}})->make({2, 2});
  EXPECT_FALSE(values.traced());
  EXPECT_FALSE(named("orthogonal")->make({2, 2}).traced());
}

}  // namespace
}  // namespace heddle
