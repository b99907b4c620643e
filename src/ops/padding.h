#pragma once

#include <cstdint>

#include "tensor/shape.h"

namespace heddle {

/// How a sliding window meets the border of an image.
enum class Padding : uint8_t {
  kValid,     // only windows that lie within the image
  kSame,      // ceil(input / stride) windows; what the border lacks is shared, the end gets more
  kExplicit,  // the cells that Pads states
  kCausal,    // all in front, so that no window sees what comes after it
};

/// Cells around an image, for Padding::kExplicit.
struct Pads {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;

  bool operator==(const Pads&) const = default;
};

/// The windows along one axis of an image.
struct WindowAxis {
  int out = 0;         // number of windows; kUnknown for an input of unknown size
  int pad_before = 0;  // cells before the image
};

/// Places windows of `window` cells, `dilation` apart, every `stride` cells along an axis of
/// `input` cells (or kUnknown). `before` and `after` count for kExplicit only. Throws ValueError
/// that names `where` when no window fits or a number is not positive.
WindowAxis place_windows(int input, int window, int stride, int dilation, Padding padding,
                         int before, int after, const char* where);

}  // namespace heddle
