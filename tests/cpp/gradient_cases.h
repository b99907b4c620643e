#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gradient_check.h"

/// Gradients of ops at random shapes: a family of ops is a table of cases, each of which draws
/// shapes, options and values from a fixed seed.

namespace heddle::test {

/// The random choices of one check. In every fourth round some dimension is empty.
class Draw {
 public:
  Draw(uint32_t seed, int round)
      : random_(seed * 1000 + static_cast<uint32_t>(round)), empty_(round % 4 == 3) {}

  Random& values() { return random_; }
  bool coin() { return random_.integer(0, 1) == 1; }
  int integer(int low, int high) { return random_.integer(low, high); }

  /// The size of a dimension: up to `high`, or 0 in a round with empty dimensions.
  int size(int high = 3) {
    return empty_ && random_.integer(0, 2) == 0 ? 0 : random_.integer(1, high);
  }

  /// A shape of a rank, of 24 elements at most; in some rounds one dimension is empty.
  Shape shape(int rank) {
    Shape out;
    int64_t elements = 1;
    for (int i = 0; i < rank; ++i) {
      int dim = random_.integer(1, 4);
      while (elements * dim > kMostElements) --dim;
      elements *= dim;
      out.push_back(dim);
    }
    if (empty_ && rank > 0) out[random_.integer(0, rank - 1)] = 0;
    return out;
  }

  /// A shape of a rank between two.
  Shape shape(int low, int high) { return shape(random_.integer(low, high)); }

  /// A shape that broadcasts to `shape`: some dimensions are 1, some in front are not there.
  Shape broadcasting_to(const Shape& shape) {
    Shape out;
    for (int i = random_.integer(0, shape.rank()); i < shape.rank(); ++i) {
      out.push_back(random_.integer(0, 2) == 0 ? 1 : shape[i]);
    }
    return out;
  }

  /// An axis, counted from the front or from the end.
  int axis(int rank) { return random_.integer(-rank, rank - 1); }

  /// Some axes in any order, counted from the front or from the end; none is all.
  std::vector<int> axes(int rank) {
    std::vector<int> out;
    for (int i = 0; i < rank; ++i) {
      if (coin()) out.insert(coin() ? out.begin() : out.end(), coin() ? i : i - rank);
    }
    return out;
  }

  /// Values in [low, high].
  Tensor real(const Shape& shape, double low = -2, double high = 2) {
    return random_.uniform(shape, low, high);
  }

 private:
  static constexpr int64_t kMostElements = 24;

  Random random_;
  bool empty_;
};

/// One function at one point.
struct Sample {
  Function f;
  Tensors inputs;
};

template <typename F>
Sample sample(F f, Tensors inputs) {
  return {as_function(f), std::move(inputs)};
}

struct GradientCase {
  const char* name;
  std::function<Sample(Draw&)> draw;
};

inline std::ostream& operator<<(std::ostream& out, const GradientCase& c) { return out << c.name; }

inline constexpr int kRounds = 12;

/// First and second derivatives of a case, run at once and compiled, at several random shapes.
inline void check_case(const GradientCase& c) {
  uint32_t seed = 1;
  for (const char* letter = c.name; *letter != 0; ++letter) {
    seed = seed * 31 + static_cast<uint32_t>(*letter);
  }
  for (int round = 0; round < kRounds; ++round) {
    Draw draw(seed, round);
    const Sample drawn = c.draw(draw);
    std::string shapes;
    for (const Tensor& input : drawn.inputs) shapes += " " + to_string(input.shape());
    SCOPED_TRACE(std::string(c.name) + ", round " + std::to_string(round) + ", of" + shapes);
    check_gradient(drawn.f, drawn.inputs);
    if (testing::Test::HasFailure()) return;
  }
}

/// The tests of one table have the names of its cases.
inline std::string name_of_case(const testing::TestParamInfo<GradientCase>& info) {
  return info.param.name;
}

class GradientCases : public testing::TestWithParam<GradientCase> {};

}  // namespace heddle::test
