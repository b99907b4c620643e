#include "ops/matmul.h"

#include "ops/elementwise.h"
#include "ops/packed_product.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using kernels::MatrixRef;

/// All dimensions but the last two.
Shape batch_of(const Shape& shape) { return shape.slice(0, shape.rank() - 2); }

/// Where the matrix of an operand begins, counted in matrices, for product number `index` of
/// `batch`. The operand's batch broadcasts to `batch`.
int64_t matrix_index(int64_t index, const Shape& batch, const Shape& operand_batch) {
  int64_t place = 0;
  int64_t stride = 1;
  for (int back = 1; back <= operand_batch.rank(); ++back) {
    const int64_t i = index % batch[-back];
    index /= batch[-back];
    if (operand_batch[-back] != 1) place += i * stride;
    stride *= operand_batch[-back];
  }
  return place;
}

class MatMul : public FusedOp {
 public:
  MatMul(bool transpose_a, bool transpose_b, const FusedEpilogue& fused = {})
      : FusedOp(fused), transpose_a_(transpose_a), transpose_b_(transpose_b) {}

  const char* name() const override { return "matMul"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    if (a.rank() < 2 || b.rank() < 2) {
      fail<ValueError>("[matMul] both operands must have rank 2 or more: got {} x {}", a, b);
    }
    const int inner_a = transpose_a_ ? a[-2] : a[-1];
    const int inner_b = transpose_b_ ? b[-1] : b[-2];
    if (inner_a != inner_b) {
      fail<ValueError>("[matMul] inner dimensions must agree: got {}{} x {}{} ({} and {})", a,
                       transpose_a_ ? " transposed" : "", b, transpose_b_ ? " transposed" : "",
                       inner_a, inner_b);
    }
    Shape out = broadcast(batch_of(a), batch_of(b), name());
    out.push_back(transpose_a_ ? a[-1] : a[-2]);
    out.push_back(transpose_b_ ? b[-2] : b[-1]);
    fused_.check(inputs, out, name());
    return {{out, DType::kFloat32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    const View& out = outputs[0];
    const kernels::Epilogue epilogue = fused_.prepare(inputs, out);
    if (out.size() == 0) return;
    const int m = out.shape()[-2];
    const int n = out.shape()[-1];
    const int k = inputs[0].shape()[transpose_a_ ? -2 : -1];
    const MatrixRef a = transpose_a_ ? MatrixRef{inputs[0].f32(), 1, m}  //
                                     : MatrixRef{inputs[0].f32(), k, 1};
    const MatrixRef b = transpose_b_ ? MatrixRef{inputs[1].f32(), 1, k}  //
                                     : MatrixRef{inputs[1].f32(), n, 1};
    const ptrdiff_t a_size = static_cast<ptrdiff_t>(m) * k;
    const ptrdiff_t b_size = static_cast<ptrdiff_t>(k) * n;
    const ptrdiff_t c_size = static_cast<ptrdiff_t>(m) * n;

    const Shape batch = batch_of(out.shape());
    const Shape batch_a = batch_of(inputs[0].shape());
    const Shape batch_b = batch_of(inputs[1].shape());
    const auto count = static_cast<int>(batch.size());
    if (batch_b.size() == 1 && batch_a.size() == count && !transpose_a_) {
      // One matrix b for all: the batch is nothing but more rows of a.
      kernels::gemm(count * m, n, k, a, b, out.f32(), n, epilogue);
      return;
    }
    const bool regular_a = batch_a.size() == count || batch_a.size() == 1;
    const bool regular_b = batch_b.size() == count || batch_b.size() == 1;
    if (regular_a && regular_b) {
      kernels::gemm_batched(count, m, n, k, a, batch_a.size() == count ? a_size : 0, b,
                            batch_b.size() == count ? b_size : 0, out.f32(), n, c_size, epilogue);
      return;
    }
    for (int i = 0; i < count; ++i) {
      MatrixRef a_i = a;
      MatrixRef b_i = b;
      a_i.data += matrix_index(i, batch, batch_a) * a_size;
      b_i.data += matrix_index(i, batch, batch_b) * b_size;
      kernels::gemm(m, n, k, a_i, b_i, out.f32() + i * c_size, n, epilogue);
    }
  }

  // With A and B the operands as they are multiplied (transposed where the flags say so),
  // C = A B gives dA = dC Bᵀ and dB = Aᵀ dC.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& a = request.input(0);
    const Tensor& b = request.input(1);
    const Tensor& dc = request.grad();
    std::vector<Tensor> gradients(2);
    if (request.wants(0)) {
      const Tensor da =
          transpose_a_ ? matmul(b, dc, transpose_b_, true) : matmul(dc, b, false, !transpose_b_);
      gradients[0] = sum_to(da, a.shape());
    }
    if (request.wants(1)) gradients[1] = gradient_b(a, b, dc);
    return gradients;
  }

  PreparedOp prepared(std::span<const TensorSpec> inputs) const override {
    const Shape& b = inputs[1].shape;
    if (transpose_a_ || batch_of(b).size() != 1) return {};
    const Shape out = infer(inputs)[0].shape;
    const int n = out[-1];
    const int k = inputs[0].shape[-1];
    const auto rows = static_cast<int>(out.slice(0, -1).size());
    // A batch of b broadcasts to that of a only where it is 1 itself.
    if (inputs[0].shape.size() != static_cast<int64_t>(rows) * k) return {};
    return packed_product(rows, n, k, transpose_b_, out, fused_);
  }

  bool linear_in_columns() const override { return !transpose_b_; }
  std::string key() const override { return key_of(transpose_a_, transpose_b_, fused_); }

 private:
  Tensor gradient_b(const Tensor& a, const Tensor& b, const Tensor& dc) const {
    if (batch_of(b.shape()).size() == 1 && a.shape().rank() > 2 && !transpose_a_) {
      // One b for a whole batch: with the batch as more rows, one product gives the sum as well.
      const Shape batch = batch_of(a.shape());
      const auto rows = static_cast<int>(batch.size() * a.shape()[-2]);
      const Tensor flat_a = reshape(a, {rows, a.shape()[-1]});
      const Tensor flat_dc = reshape(dc, {rows, dc.shape()[-1]});
      const Tensor db = transpose_b_ ? matmul(flat_dc, flat_a, true, false)
                                     : matmul(flat_a, flat_dc, true, false);
      return reshape(db, b.shape());
    }
    const Tensor db =
        transpose_b_ ? matmul(dc, a, true, transpose_a_) : matmul(a, dc, !transpose_a_, false);
    return sum_to(db, b.shape());
  }

  OpPtr with(const FusedEpilogue& fused) const override {
    return std::make_shared<MatMul>(transpose_a_, transpose_b_, fused);
  }

  bool transpose_a_;
  bool transpose_b_;
};

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  return apply(std::make_shared<MatMul>(transpose_a, transpose_b),
               {cast(a, DType::kFloat32), cast(b, DType::kFloat32)});
}

}  // namespace heddle
