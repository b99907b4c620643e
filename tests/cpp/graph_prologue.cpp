#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "graph/program.h"
#include "ops/conv2d.h"
#include "ops/conv_nd.h"
#include "ops/depthwise_conv2d.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/normalization.h"
#include "ops/optimizer_ops.h"
#include "ops/random.h"
#include "ops/read_variable.h"
#include "ops/shape_ops.h"
#include "training/program_cache.h"

namespace heddle {
namespace {

using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

VariablePtr variable(const Shape& shape, uint64_t seed) {
  return std::make_shared<Variable>(random_normal(shape, 0, 1, seed), "v", true);
}

Graph trace(const Function& f, const std::vector<Tensor>& inputs) {
  Trace trace;
  std::vector<Tensor> traced;
  for (const Tensor& input : inputs) traced.push_back(trace.input(input.spec()));
  return trace.finish(f(traced));
}

std::vector<float> values(const Tensor& t) { return {t.data(), t.data() + t.size()}; }

void expect_near(const Tensor& got, const Tensor& expected, const Program& program) {
  ASSERT_EQ(got.shape(), expected.shape());
  for (int64_t i = 0; i < got.size(); ++i) {
    const float want = expected.data()[i];
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(got.data()[i])) << i;
    } else {
      EXPECT_NEAR(got.data()[i], want, 1e-4 * (1 + std::abs(want))) << i << program.describe();
    }
  }
}

/// The four Variables of a normalisation of [channels].
struct Norm {
  explicit Norm(int channels)
      : mean(variable({channels}, 11)),
        var(std::make_shared<Variable>(random_uniform({channels}, 0.5F, 2, DType::kFloat32, 12),
                                       "variance", false)),
        beta(variable({channels}, 13)),
        gamma(variable({channels}, 14)) {}
  Tensor operator()(const Tensor& x) const {
    return batch_norm(x, read(mean), read(var), read(beta), read(gamma));
  }
  VariablePtr mean, var, beta, gamma;
};

/// The Program gives what the eager run gives, also after `changed` has got other values, and its
/// runs have so many steps.
void expect_folded(const Function& f, const Tensor& x, int steps,
                   const std::vector<VariablePtr>& changed) {
  Program program(trace(f, {x}));
  EXPECT_EQ(program.num_steps(), steps) << program.describe();
  for (int round = 0; round < 3; ++round) {
    for (int run = 0; run < 2; ++run) {
      program.run(std::vector{x});
      expect_near(program.copy_output(0), f({x})[0], program);
    }
    for (const VariablePtr& v : changed) v->assign(add_constant(v->value(), 0.25));
    if (round == 1) program.release();
  }
}

TEST(Prologue, RunsWhenAVariableHasChanged) {
  const VariablePtr w = variable({4, 3}, 1);
  const VariablePtr scale = variable({4, 1}, 2);
  const Function f = [&](const std::vector<Tensor>& in) {
    return std::vector{matmul(in[0], tanh(mul(read(w), read(scale))))};
  };
  const Tensor x = random_normal({2, 4}, 0, 1, 3);
  Program program(trace(f, {x}));
  EXPECT_EQ(program.num_steps(), 1);
  EXPECT_EQ(program.num_prologue_steps(), 1);
  EXPECT_EQ(program.kept_bytes(), 0U);
  expect_folded(f, x, 1, {w});
  expect_folded(f, x, 1, {scale});
  program.run(std::vector{x});
  EXPECT_EQ(program.kept_bytes(), 4U * 3 * 4);
  program.release();
  EXPECT_EQ(program.kept_bytes(), 0U);
}

/// Whether the weights are packed once, for one product of [rows, k] x [k, n] or of its transpose.
void expect_packed(int rows, int n, int k, bool turned, int prologue_steps) {
  SCOPED_TRACE(text("{} x {} x {}, {}", rows, n, k, turned));
  const VariablePtr w = variable(turned ? Shape{n, k} : Shape{k, n}, 1);
  const VariablePtr bias = variable({n}, 2);
  const Function f = [&](const std::vector<Tensor>& in) {
    return std::vector{relu(add(matmul(in[0], read(w), false, turned), read(bias)))};
  };
  const Tensor x = random_normal({rows, k}, 0, 1, 3);
  EXPECT_EQ(Program(trace(f, {x})).num_prologue_steps(), prologue_steps);
  EXPECT_EQ(Program(trace(f, {x}), true).num_prologue_steps(), 0);  // low memory
  expect_folded(f, x, 1, {w, bias});
}

TEST(Prologue, PacksWeightsOnce) {
  expect_packed(49, 96, 80, false, 1);
  expect_packed(49, 96, 80, true, 1);
  expect_packed(50, 83, 700, false, 1);   // two blocks of k, and a rest of columns
  expect_packed(16, 96, 80, false, 0);    // few rows: weights are used as they lie
  expect_packed(1000, 96, 80, false, 0);  // many: packing does not show
  expect_packed(70, 10, 2048, false, 0);  // packed, they would take more than half as much again
  expect_packed(70, 16, 2048, false, 1);  // packed although it has few columns
}

TEST(Prologue, PacksWeightsOfAConvolutionOnceForAllItsCalls) {
  const VariablePtr w = variable({1, 1, 40, 96}, 1);
  const Function f = [&](const std::vector<Tensor>& in) {
    const Tensor a = relu(conv2d(in[0], read(w)));
    const Tensor b = tanh(conv2d(mul_constant(in[0], -1), read(w)));
    return std::vector{sub(a, b)};
  };
  const Tensor x = random_normal({2, 6, 6, 40}, 0, 1, 3);
  Program program(trace(f, {x}));
  EXPECT_EQ(program.num_prologue_steps(), 1);
  program.run(std::vector{x});
  EXPECT_EQ(program.kept_bytes(), 40U * 96 * 4);
  expect_folded(f, x, program.num_steps(), {w});
}

TEST(Prologue, WeightsThatTheProgramTrainsAreNotPackedOnce) {
  const VariablePtr w = variable({80, 96}, 1);
  const Function f = [&](const std::vector<Tensor>& in) {
    const Tensor y = matmul(in[0], read(w));
    assign(w, add_constant(read(w), 1));
    return std::vector{y};
  };
  EXPECT_EQ(Program(trace(f, {random_normal({49, 80}, 0, 1, 3)})).num_prologue_steps(), 0);
}

TEST(Prologue, SeesWhatOtherProgramsAssign) {
  const VariablePtr w = variable({3}, 1);
  const Function doubled = [&](const std::vector<Tensor>& in) {
    return std::vector{mul(in[0], exp(read(w)))};
  };
  const Function train = [&](const std::vector<Tensor>& in) {
    assign(w, sgd_update(read(w), in[0], Tensor::scalar(0.5F)));
    return std::vector<Tensor>{};
  };
  const Tensor x = random_normal({3}, 0, 1, 2);
  Program use(trace(doubled, {x}));
  Program step(trace(train, {x}));
  for (int i = 0; i < 3; ++i) {
    use.run(std::vector{x});
    expect_near(use.copy_output(0), doubled({x})[0], use);
    step.run(std::vector{x});
  }
}

TEST(Prologue, LeavesWhatTheProgramAssignsAndWhatIsRandom) {
  const VariablePtr w = variable({3}, 1);
  const VariablePtr frozen = variable({3}, 2);
  const Function f = [&](const std::vector<Tensor>& in) {
    const Tensor grown = mul_constant(read(w), 2);
    assign(w, grown);
    const Tensor noise = random_normal({3}, 0, 1);
    return std::vector{mul(in[0], grown), mul(exp(read(frozen)), noise)};
  };
  const Tensor x = Tensor::full({3}, 1);
  Program program(trace(f, {x}));
  EXPECT_EQ(program.num_prologue_steps(), 1);
  const std::vector<float> start = values(w->value());
  std::vector<float> noise;
  for (int run = 1; run <= 3; ++run) {
    program.run(std::vector{x});
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(program.copy_output(0).data()[i], std::ldexp(start[i], run));
    }
    EXPECT_NE(values(program.copy_output(1)), noise);
    noise = values(program.copy_output(1));
  }
}

/// Outputs and assignments may be kept values, whole or reshaped; a broadcast is not worth keeping.
TEST(Prologue, ResultsThatDependOnVariablesAlone) {
  const VariablePtr w = variable({2, 3}, 1);
  const VariablePtr copy = variable({3, 2}, 2);
  const Function f = [&](const std::vector<Tensor>&) {
    const Tensor e = exp(read(w));
    assign(copy, reshape(e, {3, 2}));
    return std::vector{e, reshape(e, {6}), read(w), broadcast_to(e, {1000, 2, 3})};
  };
  Program program(trace(f, {}));
  for (int run = 0; run < 2; ++run) {
    program.run({});
    const std::vector<float> expected = values(exp(w->value()));
    EXPECT_EQ(values(program.copy_output(0)), expected);
    EXPECT_EQ(values(program.copy_output(1)), expected);
    EXPECT_EQ(values(program.copy_output(2)), values(w->value()));
    EXPECT_EQ(program.copy_output(3).data()[5999], expected[5]);
    EXPECT_EQ(values(copy->value()), expected);
    w->assign(random_normal({2, 3}, 0, 1, 5));
  }
  EXPECT_EQ(program.kept_bytes(), 48U);  // e, and the copy of w
}

TEST(Prologue, CacheKeepsTheMemoryOfTheProgramsUsedLast) {
  const VariablePtr w = variable({4, 3}, 1);
  ProgramCache cache;
  std::vector<Program*> programs;
  for (int batch = 1; batch <= 4; ++batch) {
    const Tensor x = random_normal({batch, 4}, 0, 1, 3);
    const Function f = [&](const std::vector<Tensor>& in) {
      return std::vector{matmul(in[0], exp(read(w)))};
    };
    programs.push_back(cache.add(trace(f, {x})));
    programs.back()->run(std::vector{x});
  }
  EXPECT_EQ(programs[0]->kept_bytes(), 0U);
  EXPECT_GT(programs[3]->kept_bytes(), 0U);
  const Tensor x = random_normal({1, 4}, 0, 1, 3);
  ASSERT_EQ(cache.find(std::vector{x}), programs[0]);
  programs[0]->run(std::vector{x});
  expect_near(programs[0]->copy_output(0), matmul(x, exp(w->value())), *programs[0]);
  EXPECT_EQ(programs[2]->kept_bytes(), 0U);
}

TEST(Fold, BatchNormAfterConvolution) {
  const VariablePtr filter = variable({3, 3, 2, 5}, 1);
  const VariablePtr bias = variable({5}, 2);
  const Norm norm(5);
  const Tensor x = random_normal({2, 7, 6, 2}, 0, 1, 3);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        return std::vector{relu6(norm(conv2d(in[0], read(filter))))};
      },
      x, 1, {filter, norm.mean, norm.var, norm.beta, norm.gamma});
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        return std::vector{norm(add(conv2d(in[0], read(filter)), read(bias)))};
      },
      x, 1, {filter, bias, norm.gamma});
  // With a residual sum after it.
  const VariablePtr square = variable({1, 1, 2, 2}, 4);
  const Norm two(2);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        const Tensor y = relu(two(conv2d(in[0], read(square))));
        return std::vector{add(y, two(conv2d(y, read(square))))};
      },
      x, 2, {square, two.mean});
}

TEST(Fold, BatchNormAfterOtherProducts) {
  const Norm norm(4);
  const VariablePtr window = variable({3, 2, 4, 1}, 1);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        return std::vector{norm(depthwise_conv2d(in[0], read(window)))};
      },
      random_normal({1, 5, 5, 4}, 0, 1, 2), 1, {window, norm.var});
  const VariablePtr kernel = variable({3, 4}, 3);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        return std::vector{sigmoid(norm(matmul(in[0], read(kernel))))};
      },
      random_normal({5, 3}, 0, 1, 4), 1, {kernel, norm.gamma});
  // conv1d is a convolution of images of height 1, reshaped.
  const VariablePtr line = variable({2, 3, 4}, 5);
  expect_folded(
      [&](const std::vector<Tensor>& in) { return std::vector{norm(conv1d(in[0], read(line)))}; },
      random_normal({2, 6, 3}, 0, 1, 6), 1, {line, norm.beta});
}

TEST(Fold, ScalesInShapesThatBroadcast) {
  const VariablePtr kernel = variable({3, 4}, 1);
  const VariablePtr scale = variable({1, 4}, 2);
  const VariablePtr again = variable({4}, 3);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        return std::vector{mul(read(again), mul(matmul(in[0], read(kernel)), read(scale)))};
      },
      random_normal({5, 3}, 0, 1, 4), 1, {kernel, scale, again});
}

TEST(Fold, LeavesAloneWhatItMust) {
  const VariablePtr kernel = variable({3, 4}, 1);
  const VariablePtr transposed = variable({4, 3}, 2);
  const VariablePtr rows = variable({5, 1}, 3);
  const Norm norm(4);
  const Tensor x = random_normal({5, 3}, 0, 1, 4);
  const auto check = [&](const Function& f) {
    Program program(trace(f, {x}));
    program.run(std::vector{x});
    const std::vector<Tensor> expected = f({x});
    for (size_t i = 0; i < expected.size(); ++i) {
      expect_near(program.copy_output(static_cast<int>(i)), expected[i], program);
    }
  };
  // The product is an output too.
  check([&](const std::vector<Tensor>& in) {
    const Tensor y = matmul(in[0], read(kernel));
    return std::vector{y, norm(y)};
  });
  // The rows of the weights are the columns of the product.
  check([&](const std::vector<Tensor>& in) {
    return std::vector{norm(matmul(in[0], read(transposed), false, true))};
  });
  // A scale for each row.
  check([&](const std::vector<Tensor>& in) {
    return std::vector{mul(matmul(in[0], read(kernel)), read(rows))};
  });
  // Scales that the input decides, and a constant minus the product.
  check([&](const std::vector<Tensor>& in) {
    const Tensor y = matmul(in[0], read(kernel));
    return std::vector{mul(sub(read(norm.mean), y), slice(y, {0, 0}, {1, 4}))};
  });
  // Added values with more rows than the product.
  check([&](const std::vector<Tensor>& in) {
    return std::vector{add(mul(matmul(in[0], read(kernel)), read(norm.gamma)),
                           broadcast_to(read(norm.beta), {2, 5, 4}))};
  });
}

/// Shifts alone stay, also where other products are folded after them.
TEST(Fold, ShiftsWithoutAScale) {
  const VariablePtr kernel = variable({4, 4}, 1);
  const VariablePtr more = variable({1, 4}, 2);
  const Norm norm(4);
  expect_folded(
      [&](const std::vector<Tensor>& in) {
        Tensor y = add(sub(matmul(in[0], read(kernel)), read(norm.mean)), read(more));
        y = sub(y, read(norm.beta));
        return std::vector{norm(matmul(relu(y), read(kernel)))};
      },
      random_normal({5, 4}, 0, 1, 4), 3, {kernel, more, norm.mean});
}

TEST(Fold, NaNAndInfinityComeThrough) {
  const VariablePtr kernel = variable({2, 3}, 1);
  const Norm norm(3);
  const Function f = [&](const std::vector<Tensor>& in) {
    return std::vector{norm(matmul(in[0], read(kernel)))};
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::from({2, 2}, std::vector<float>{nan, 1, 2, 3});
  Program program(trace(f, {x}));
  program.run(std::vector{x});
  expect_near(program.copy_output(0), f({x})[0], program);
}

/// In a step that trains something else, a frozen convolution is folded too; one that is trained
/// is not.
TEST(Fold, OnlyWhatTheProgramDoesNotAssign) {
  const Norm norm(4);
  const VariablePtr frozen = variable({3, 4}, 1);
  const VariablePtr trained = variable({4, 4}, 2);
  const Function f = [&](const std::vector<Tensor>& in) {
    const Tensor h = relu(norm(matmul(in[0], read(frozen))));
    const Tensor y = norm(matmul(h, read(trained)));
    assign(trained, sgd_update(read(trained), matmul(h, y, true, false), Tensor::scalar(0.1F)));
    return std::vector{y};
  };
  const Tensor x = random_normal({5, 3}, 0, 1, 4);
  Program program(trace(f, {x}));
  EXPECT_EQ(program.describe().find("fused"), program.describe().rfind("fused"))
      << program.describe();
  for (int step = 0; step < 2; ++step) {
    const Tensor h = relu(norm(matmul(x, frozen->value())));
    const Tensor y = norm(matmul(h, trained->value()));
    program.run(std::vector{x});
    expect_near(program.copy_output(0), y, program);
  }
}

}  // namespace
}  // namespace heddle
