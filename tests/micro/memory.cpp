#include <string>

#include "kernels/elementwise.h"
#include "kernels/optimizers.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "values.h"
#include "workloads.h"

namespace heddle::micro {
namespace {

using kernels::Chain;
using kernels::ChainPlan;
using kernels::Code;
using kernels::Reduction;

constexpr int kRows = 64;
constexpr int kCols = 512;
constexpr int kSize = kRows * kCols;
constexpr double kBytes = 4.0 * kSize;

/// A chain over `inputs` arrays of one shape, compiled beforehand.
Workload chain(const std::string& name, int inputs,
               std::initializer_list<kernels::ChainStep> steps) {
  Chain chain;
  chain.num_inputs = inputs;
  for (const kernels::ChainStep& step : steps) chain.steps[chain.num_steps++] = step;
  chain.num_outputs = 1;
  chain.outputs[0].value = static_cast<uint8_t>(inputs + chain.num_steps - 1);
  const int dims[] = {kRows, kCols};
  const int strides[] = {kCols, 1};
  std::vector<const int*> all_strides(static_cast<size_t>(inputs), strides);
  const ChainPlan plan = plan_chain(chain, 2, dims, all_strides.data());
  std::vector<Values> values;
  for (int i = 0; i < inputs; ++i) values.push_back(random_values(kSize, 0.1f, 2));
  const Values out = random_values(kSize);
  return {name, (inputs + 1) * kBytes, "B", [=] {
            const void* sources[kernels::kMaxChainInputs] = {};
            for (size_t i = 0; i < values.size(); ++i) sources[i] = values[i]->data();
            void* target = out->data();
            run_chain(plan, sources, &target);
          }};
}

Workload unary(const std::string& name, Code code) { return chain(name, 1, {{code, {0}}}); }

Workload reduction(const std::string& name, Reduction kind, bool rows, bool cols) {
  const Values x = random_values(kSize);
  const Values y = random_values(kSize);
  return {name, kBytes, "B", [=] {
            const int dims[] = {kRows, kCols};
            const bool reduced[] = {rows, cols};
            kernels::reduce(kind, DType::kFloat32, 2, dims, reduced, x->data(), y->data());
          }};
}

}  // namespace

std::vector<Workload> memory_workloads() {
  std::vector<Workload> list;
  list.push_back(chain("add", 2, {{Code::kAdd, {0, 1}}}));
  list.push_back(chain("multiply, add, relu", 3,
                       {{Code::kMul, {0, 1}}, {Code::kAdd, {3, 2}}, {Code::kRelu, {4}}}));
  list.push_back(unary("exp", Code::kExp));
  list.push_back(unary("log", Code::kLog));
  list.push_back(unary("tanh", Code::kTanh));
  list.push_back(unary("sigmoid", Code::kSigmoid));
  list.push_back(unary("erf", Code::kErf));
  list.push_back(unary("sqrt", Code::kSqrt));
  list.push_back(reduction("sum of all", Reduction::kSum, true, true));
  list.push_back(reduction("sum of rows", Reduction::kSum, true, false));
  list.push_back(reduction("sum of columns", Reduction::kSum, false, true));
  list.push_back(reduction("maximum of columns", Reduction::kMax, false, true));

  const Values x = random_values(kSize);
  const Values y = random_values(kSize);
  const Values z = random_values(kSize);
  const Values w = random_values(kSize, 0, 1);
  list.push_back(
      {"softmax", 2 * kBytes, "B", [=] { kernels::softmax(kRows, kCols, x->data(), y->data()); }});
  list.push_back({"softmax backward", 3 * kBytes, "B", [=] {
                    kernels::softmax_backward(kRows, kCols, w->data(), x->data(), y->data());
                  }});
  list.push_back(
      {"sgd", 3 * kBytes, "B", [=] { kernels::sgd_update(kSize, 1e-6f, x->data(), z->data()); }});
  list.push_back({"adam", 7 * kBytes, "B", [=] {
                    kernels::AdamStep step;
                    step.learning_rate = 1e-6f;
                    kernels::adam_update(kSize, step, x->data(), y->data(), w->data(), z->data());
                  }});
  return list;
}

}  // namespace heddle::micro
