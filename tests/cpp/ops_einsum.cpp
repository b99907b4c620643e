#include "ops/einsum.h"

#include <map>

#include "gradient_check.h"
#include "ops/elementwise.h"
#include "ops/normalization.h"
#include "ops/shape_ops.h"

namespace heddle::test {
namespace {

/// einsum by its definition: a sum over all values of all letters. `equation` has an arrow and no
/// dots.
std::vector<float> summed(const std::string& equation, const Tensors& operands) {
  const size_t arrow = equation.find("->");
  std::vector<std::string> parts(1);
  for (char c : equation.substr(0, arrow)) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const std::string result = equation.substr(arrow + 2);
  std::map<char, int> sizes, index;
  std::string letters = result;
  for (size_t i = 0; i < parts.size(); ++i) {
    for (size_t a = 0; a < parts[i].size(); ++a) {
      const char c = parts[i][a];
      sizes[c] = operands[i].shape()[static_cast<int>(a)];
      if (letters.find(c) == std::string::npos) letters += c;
    }
  }
  const auto place = [&](const std::string& axes) {
    int64_t at = 0;
    for (char c : axes) at = at * sizes[c] + index[c];
    return static_cast<size_t>(at);
  };
  int64_t size = 1, all = 1;
  for (char c : result) size *= sizes[c];
  for (char c : letters) all *= sizes[c];
  std::vector<double> totals(static_cast<size_t>(size));
  for (int64_t i = 0; i < all; ++i) {
    int64_t rest = i;
    for (char c : letters) {
      index[c] = static_cast<int>(rest % sizes[c]);
      rest /= sizes[c];
    }
    double product = 1;
    for (size_t o = 0; o < operands.size(); ++o) product *= operands[o].data()[place(parts[o])];
    totals[place(result)] += product;
  }
  return {totals.begin(), totals.end()};
}

TEST(Einsum, ValuesAndGradients) {
  Random random;
  const std::map<char, int> sizes = {{'a', 2}, {'b', 3}, {'c', 2}, {'d', 1}, {'e', 4}, {'z', 0}};
  for (const std::string equation :
       {"ab,bc->ac",    "ab,cb->ac",      "ba,bc->ac",   "ab,ab->ab",    "ab,ab->",
        "ab,b->a",      "a,b->ab",        "ab->ba",      "ab->a",        "ab->",
        "eab,ebc->eac", "aebc,adec->bad", "abc,cd->abd", "ab,bc,ce->ae", "ab,cb,eb->ace",
        "abe,be->eab",  "abc,e->ba",      "ab,,b->a",    "az,zb->ab",    "ze,eb->zb",
        "a->a"}) {
    SCOPED_TRACE(equation);
    Tensors operands;
    Shape shape;
    for (char c : equation.substr(0, equation.find("->")) + ",") {
      if (c == ',') {
        operands.push_back(random.uniform(shape, -1, 1));
        shape = {};
      } else {
        shape.push_back(sizes.at(c));
      }
    }
    Shape out;
    for (char c : equation.substr(equation.find("->") + 2)) out.push_back(sizes.at(c));
    expect_values(einsum(equation, operands), out, summed(equation, operands), 2e-6);
    check_gradient([&](const Tensors& t) { return square(einsum(equation, t)); }, operands);
  }
}

TEST(Einsum, DotsAndImpliedResults) {
  Random random;
  const Tensor a = random.uniform({2, 3, 4});
  const Tensor b = random.uniform({4, 5});
  expect_values(einsum("...x,xy->...y", Tensors{a, b}), {2, 3, 5}, summed("abx,xy->aby", {a, b}),
                2e-6);
  expect_values(einsum("ij, jk", Tensors{random.uniform({0, 2}), random.uniform({2, 3})}), {0, 3},
                {});
  expect_values(einsum("ba", Tensors{b}), {5, 4}, values_of(transpose(b)));
  expect_values(einsum("xa...,ax...->...", Tensors{a, transpose(a, {1, 0, 2})}), {4},
                summed("xac,axc->c", {a, transpose(a, {1, 0, 2})}), 2e-6);
  // Axes without names broadcast.
  const Tensor one = random.uniform({1, 4, 5});
  const Tensor stretched = broadcast_to(one, {2, 4, 5});
  expect_values(einsum("...ij,...jk->...ik", Tensors{a, one}), {2, 3, 5},
                summed("nij,njk->nik", {a, stretched}), 2e-6);
  expect_values(einsum("...ij,jk", Tensors{a, b}), {2, 3, 5}, summed("nij,jk->nik", {a, b}), 2e-6);
  check_gradient([](const Tensors& t) { return einsum("...ij,...jk->...ik", t); },
                 {random.uniform({2, 2, 2}), random.uniform({1, 2, 3})});
  EXPECT_EQ(einsum("i->i", Tensors{cast(Tensor::full({2}, 1), DType::kInt32)}).dtype(),
            DType::kFloat32);
}

TEST(Einsum, Misuse) {
  const Tensor x = Tensor::full({2, 3}, 1);
  expect_value_error([&] { einsum("ij,jk->ik", Tensors{x, x}); },
                     "[einsum] ij,jk->ik: 'j' is 3 and 2");
  expect_value_error([&] { einsum("ij,ik->ijk", Tensors{x, Tensor::full({3, 2}, 1)}); },
                     "[einsum] ij,ik->ijk: 'i' is 2 and 3");
  expect_value_error([&] { einsum("ij->i", Tensors{x, x}); }, "more operands than lists");
  expect_value_error([&] { einsum("ij,jk->i", Tensors{x}); }, "fewer operands than lists");
  expect_value_error([&] { einsum("", Tensors{}); }, "fewer operands than lists");
  expect_value_error([&] { einsum("ijk->i", Tensors{x}); }, "do not fit an operand's rank");
  expect_value_error([&] { einsum("ii->i", Tensors{x}); }, "a letter occurs twice");
  expect_value_error([&] { einsum("ij->ik", Tensors{x}); }, "a letter is in the result only");
  expect_value_error([&] { einsum("i1->i", Tensors{x}); }, "only letters");
  expect_value_error([&] { einsum("ij->i,j", Tensors{x}); }, "fewer operands than lists");
  expect_value_error([&] { einsum("ijk...->i", Tensors{x}); }, "do not fit an operand's rank");
}

TEST(Normalization, BatchNorm) {
  const std::vector<float> values = {2, 100, 4, 400};
  const std::vector<float> means = {1, 200}, variances = {4, 10000}, offsets = {5, 6},
                           scales = {10, 20};
  const auto t = [](const std::vector<float>& v) { return Tensor::from({2}, v); };
  expect_values(
      batch_norm(Tensor::from({2, 2}, values), t(means), t(variances), t(offsets), t(scales), 0),
      {2, 2}, {10, -14, 20, 46}, 1e-5);
  expect_values(batch_norm(Tensor::from({2, 2}, values), t(means), t(variances), {}, {}, 0), {2, 2},
                {0.5f, -1, 1.5f, 2}, 1e-5);
  Random random;
  check_gradient([](const Tensors& x) { return batch_norm(x[0], x[1], x[2], x[3], x[4], 0.01f); },
                 {random.uniform({2, 2, 2}), random.uniform({2}), random.uniform({2}, 0.7, 2),
                  random.uniform({2}), random.uniform({2})});
  expect_value_error(
      [&] {
        batch_norm(Tensor::full({2}, 1), Tensor::full({2, 2}, 1), Tensor::full({2}, 1), {}, {});
      },
      "[batchNorm]");
}

}  // namespace
}  // namespace heddle::test
