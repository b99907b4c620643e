#include "gradient_cases.h"
#include "ops/einsum.h"
#include "ops/linalg.h"
#include "ops/matmul.h"
#include "ops/random.h"

namespace heddle::test {
namespace {

/// Equations of one to three operands. Each letter has a size of its own, at times 0.
GradientCase einsums() {
  return {
      "einsum", [](Draw& draw) {
        static const std::vector<std::vector<std::string>> equations = {
            {"ij,jk->ik", "ij", "jk"},
            {"bij,bkj->bki", "bij", "bkj"},
            {"ij->ji", "ij"},
            {"ijk->j", "ijk"},
            {"ij,ij->", "ij", "ij"},
            {"i,j->ij", "i", "j"},
            {"abc,cbd->da", "abc", "cbd"},
            {"ij,jk,kl->il", "ij", "jk", "kl"},
            {"i,ij,j->", "i", "ij", "j"},
            {"ba,ab", "ba", "ab"},
            {"...i,ij->...j", "xi", "ij"},
            {"...ij,...j->i...", "xij", "xj"},
        };
        const auto& chosen =
            equations[static_cast<size_t>(draw.integer(0, static_cast<int>(equations.size()) - 1))];
        std::vector<int> sizes;
        for (int i = 0; i < 26; ++i) sizes.push_back(draw.size());
        Tensors operands;
        for (size_t i = 1; i < chosen.size(); ++i) {
          Shape shape;
          for (const char letter : chosen[i])
            shape.push_back(sizes[static_cast<size_t>(letter - 'a')]);
          operands.push_back(draw.real(shape, -1, 1));
        }
        const std::string equation = chosen[0];
        return sample([equation](const Tensors& t) { return einsum(equation, t); }, operands);
      }};
}

const std::vector<GradientCase> kProducts = {
    {"matmul",
     [](Draw& draw) {
       const Shape batch = draw.shape(0, 2);
       const bool transpose_a = draw.coin();
       const bool transpose_b = draw.coin();
       const int m = draw.size();
       const int k = draw.size();
       const int n = draw.size();
       Shape a = draw.broadcasting_to(batch);
       Shape b = draw.broadcasting_to(batch);
       a.push_back(transpose_a ? k : m);
       a.push_back(transpose_a ? m : k);
       b.push_back(transpose_b ? n : k);
       b.push_back(transpose_b ? k : n);
       const auto f = [=](const Tensors& t) {
         return matmul(t[0], t[1], transpose_a, transpose_b);
       };
       return sample(f, {draw.real(a, -1, 1), draw.real(b, -1, 1)});
     }},
    einsums(),
    {"dropout",
     [](Draw& draw) {
       const Tensor x = draw.real(draw.shape(0, 3));
       const Shape noise = draw.broadcasting_to(x.shape());
       const auto f = [noise](const Tensors& t) { return dropout(t[0], 0.4F, noise, 7); };
       return sample(f, {x});
     }},
    {"qr",
     [](Draw& draw) {
       Shape shape = draw.shape(0, 1);
       const int rows = draw.integer(1, 3);
       const int columns = draw.integer(1, 3);
       shape.push_back(rows);
       shape.push_back(columns);
       // Near multiples of unit matrices, where no column vanishes.
       Tensor x = draw.real(shape, -0.5, 0.5);
       for (int64_t i = 0; i < x.size(); ++i) {
         const int64_t cell = i % (rows * columns);
         if (cell / columns == cell % columns) x.data()[i] += 2;
       }
       const Function f = [](const Tensors& t) {
         const auto [q, r] = qr(t[0]);
         return Tensors{q, r};
       };
       return sample(f, {x});
     }},
};

class ProductGradients : public GradientCases {};
TEST_P(ProductGradients, AtRandomShapes) { check_case(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Ops, ProductGradients, testing::ValuesIn(kProducts), name_of_case);

}  // namespace
}  // namespace heddle::test
