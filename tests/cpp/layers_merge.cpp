#include "layers_testing.h"

namespace heddle {
namespace {

using test::apply_one;
using test::expect_round_trip;
using test::expect_value_error;
using test::expect_values;
using test::input;
using test::layer;
using test::run_one;
using test::tensor;

std::string shape_of(const LayerPtr& merge, const std::vector<Shape>& examples) {
  std::vector<SymbolicTensor> inputs;
  for (const Shape& example : examples) inputs.push_back(input(example));
  return to_string(apply_one(merge, inputs).shape);
}

TEST(Add, SumsItsInputs) {
  expect_values(run_one(layer("Add"), {tensor({1, 2}, {1, 2}), tensor({1, 2}, {10, 20}),
                                       tensor({1, 2}, {100, 200})}),
                {1, 2}, {111, 222});
  EXPECT_EQ(shape_of(layer("Add"), {{3, 2}, {3, 2}, {3, 2}}), "[null,3,2]");
  expect_round_trip(layer("Add", {{"name", "it"}}), R"({"name":"it","trainable":true})");
}

TEST(Add, BroadcastsExamples) {
  EXPECT_EQ(shape_of(layer("Add"), {{3, 2}, {2}}), "[null,3,2]");
  EXPECT_EQ(shape_of(layer("Add"), {{1, 2}, {3, 1}}), "[null,3,2]");
  EXPECT_EQ(shape_of(layer("Add"), {{kUnknown, 2}, {3, 2}}), "[null,null,2]");
  // The batch stays the batch: [2, 2] joins [2, 3, 2] as [2, 1, 2].
  expect_values(run_one(layer("Add"), {Tensor::full({2, 3, 2}, 0), tensor({2, 2}, {1, 2, 3, 4})}),
                {2, 3, 2}, {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4});
}

TEST(Add, RefusesWhatDoesNotFit) {
  expect_value_error([] { shape_of(layer("Add", {{"name", "it"}}), {{3}, {4}}); },
                     "'it' (Add) needs inputs whose shapes agree or broadcast, got [null,3], "
                     "[null,4]");
  expect_value_error([] { shape_of(layer("Add"), {{3}}); }, "at least 2 inputs, got 1");
  expect_value_error(
      [] { run_one(layer("Add"), {Tensor::full({2, 3}, 0), Tensor::full({4, 3}, 0)}); },
      "[2,3], [4,3]");
}

TEST(Concatenate, JoinsAlongAnAxis) {
  EXPECT_EQ(shape_of(layer("Concatenate"), {{3}, {4}, {2}}), "[null,9]");
  EXPECT_EQ(shape_of(layer("Concatenate", {{"axis", 1}}), {{3, 2}, {5, 2}}), "[null,8,2]");
  EXPECT_EQ(shape_of(layer("Concatenate"), {{kUnknown, 2}, {5, 3}}), "[null,5,5]");
  EXPECT_EQ(shape_of(layer("Concatenate", {{"axis", 1}}), {{kUnknown, 2}, {5, 2}}),
            "[null,null,2]");
  expect_values(
      run_one(layer("Concatenate"), {tensor({2, 1}, {1, 2}), tensor({2, 2}, {3, 4, 5, 6})}), {2, 3},
      {1, 3, 4, 2, 5, 6});
  expect_values(run_one(layer("Concatenate", {{"axis", 0}}),
                        {tensor({1, 2}, {1, 2}), tensor({2, 2}, {3, 4, 5, 6})}),
                {3, 2}, {1, 2, 3, 4, 5, 6});
  expect_round_trip(layer("Concatenate", {{"name", "it"}}),
                    R"({"axis":-1,"name":"it","trainable":true})");
}

TEST(Concatenate, RefusesWhatDoesNotFit) {
  expect_value_error(
      [] { shape_of(layer("Concatenate", {{"name", "it"}}), {{2, 2}, {3, 3}}); },
      "'it' (Concatenate) requires inputs with matching shapes except for the concat "
      "axis -1, got [null,2,2], [null,3,3]");
  expect_value_error([] { shape_of(layer("Concatenate"), {{2, 2}, {2}}); }, "matching shapes");
  expect_value_error([] { shape_of(layer("Concatenate"), {{3}}); }, "at least 2 inputs");
  expect_value_error([] { shape_of(layer("Concatenate", {{"axis", 5}}), {{3}, {3}}); }, "axis");
  expect_value_error([] { layer("Concatenate", {{"axis", 0.5}}); }, "the number of an axis");
}

TEST(Merge, TakesTheWiderType) {
  const SymbolicTensor whole =
      make_input(test::options({{"shape", Config::Array{2}}, {"dtype", "int32"}}));
  EXPECT_EQ(apply_one(layer("Add"), {whole, whole}).dtype, DType::kInt32);
  EXPECT_EQ(apply_one(layer("Add"), {whole, input({2})}).dtype, DType::kFloat32);
  EXPECT_EQ(apply_one(layer("Concatenate"), {whole, input({2})}).dtype, DType::kFloat32);
  expect_values(
      run_one(layer("Concatenate"), {test::int_tensor({1, 1}, {3}), tensor({1, 1}, {0.5})}), {1, 2},
      {3, 0.5});
}

}  // namespace
}  // namespace heddle
