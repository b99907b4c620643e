#pragma once

#include "kernels/gemm.h"

namespace heddle::kernels {

/// The product of one row: c[0, n) = epilogue(a·b) with a [1, k] and b [k, n]: b is streamed once,
/// as it lies. Returns false, having done nothing, if b lies so that this is no use (neither stride
/// is 1).
bool gemv(int n, int k, MatrixRef a, MatrixRef b, float* c, const Epilogue& epilogue);

}  // namespace heddle::kernels
