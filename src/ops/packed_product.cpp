#include "ops/packed_product.h"

namespace heddle {
namespace {

/// The right operand of a product, in the order in which products read it.
class PackMatrix : public Op {
 public:
  PackMatrix(int n, int k, bool turned) : n_(n), k_(k), turned_(turned) {}

  const char* name() const override { return "packMatrix"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> /*inputs*/) const override {
    return {{{static_cast<int>(kernels::packed_matrix_size(n_, k_))}, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const kernels::MatrixRef b = turned_ ? kernels::MatrixRef{inputs[0].f32(), 1, k_}
                                         : kernels::MatrixRef{inputs[0].f32(), n_, 1};
    kernels::pack_matrix(n_, k_, b, outputs[0].f32());
  }

  std::string key() const override { return key_of(n_, k_, turned_); }

 private:
  int n_;
  int k_;
  bool turned_;
};

/// Inputs [x, packed matrix, bias?, accumulator?].
class Product : public FusedOp {
 public:
  Product(int rows, int n, int k, const Shape& out, const FusedEpilogue& fused)
      : FusedOp(fused), rows_(rows), n_(n), k_(k), out_(out) {}

  const char* name() const override { return "packedProduct"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    fused_.check(inputs, out_, name());
    return {{out_, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    kernels::gemm_packed(rows_, n_, k_, {inputs[0].f32(), k_, 1}, inputs[1].f32(), outputs[0].f32(),
                         n_, fused_.prepare(inputs, outputs[0]));
  }

 private:
  OpPtr with(const FusedEpilogue& fused) const override {
    return std::make_shared<Product>(rows_, n_, k_, out_, fused);
  }

  int rows_;
  int n_;
  int k_;
  Shape out_;
};

}  // namespace

PreparedOp packed_product(int rows, int n, int k, bool turned, const Shape& out,
                          const FusedEpilogue& fused) {
  if (!kernels::packing_shows(rows, n, k)) return {};
  return {std::make_shared<PackMatrix>(n, k, turned),
          std::make_shared<Product>(rows, n, k, out, fused)};
}

}  // namespace heddle
