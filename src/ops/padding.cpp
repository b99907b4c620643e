#include "ops/padding.h"

#include <algorithm>

#include "tensor/error.h"

namespace heddle {

WindowAxis place_windows(int input, int window, int stride, int dilation, Padding padding,
                         int before, int after, const char* where) {
  if (window < 1 || stride < 1 || dilation < 1) {
    fail<ValueError>("[{}] window, stride and dilation must be 1 or more, got {}, {} and {}", where,
                     window, stride, dilation);
  }
  if (padding == Padding::kExplicit && (before < 0 || after < 0)) {
    fail<ValueError>("[{}] padding must not be negative, got {} and {}", where, before, after);
  }
  const int64_t extent = static_cast<int64_t>(window - 1) * dilation + 1;
  if (padding == Padding::kCausal) {
    before = static_cast<int>(extent - 1);
    after = 0;
    padding = Padding::kExplicit;
  }
  WindowAxis axis;
  if (padding == Padding::kExplicit) axis.pad_before = before;
  if (input == kUnknown) {
    axis.out = kUnknown;
    return axis;
  }
  if (padding == Padding::kSame) {
    axis.out = input / stride + (input % stride != 0 ? 1 : 0);
    const int64_t lacking = static_cast<int64_t>(axis.out - 1) * stride + extent - input;
    axis.pad_before = static_cast<int>(std::max<int64_t>(lacking, 0) / 2);
    return axis;
  }
  const int64_t padded =
      static_cast<int64_t>(input) + (padding == Padding::kExplicit ? int64_t{before} + after : 0);
  if (padded < extent) {
    fail<ValueError>(
        "[{}] a window over {} cells does not fit into {}. Use a smaller window, a larger input or "
        "padding 'same'",
        where, extent, padded);
  }
  axis.out = static_cast<int>((padded - extent) / stride + 1);
  return axis;
}

}  // namespace heddle
