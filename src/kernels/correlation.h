#pragma once

#include <algorithm>
#include <cstddef>

namespace heddle::kernels {

/// What both the forward pass and the gradient of the image are: at every cell (i, j) of a grid, a
/// patch of the source is multiplied with a matrix [taps_height * taps_width * channels, n]. Tap
/// (ty, tx) reads the source at (i * stride_height + ty * dilation_height - top, j * stride_width +
/// tx * dilation_width - left).
struct Correlation {
  int src_height, src_width, channels;
  int grid_height, grid_width;
  int taps_height, taps_width;
  int stride_height, stride_width;
  int dilation_height, dilation_width;
  int top, left;

  /// The part of the source plane that is read, borders included.
  int height() const {
    return (grid_height - 1) * stride_height + (taps_height - 1) * dilation_height + 1;
  }
  int width() const {
    return (grid_width - 1) * stride_width + (taps_width - 1) * dilation_width + 1;
  }
  bool needs_border() const {
    return top != 0 || left != 0 || height() > src_height || width() > src_width;
  }
  size_t bordered_size() const {
    return needs_border() ? static_cast<size_t>(height()) * width() * channels : 0;
  }
  /// Floats from one row of the plane to the next.
  ptrdiff_t row_step() const {
    return static_cast<ptrdiff_t>(needs_border() ? width() : src_width) * channels;
  }
  int depth() const { return taps_height * taps_width * channels; }
  /// The rows of taps [first, last) that lie inside the image for row i of the grid:
  /// `first_tap_inside(i)` and `taps_inside(i)`.
  int first_tap_inside(int i) const {
    const int outside = top - i * stride_height;
    return outside <= 0 ? 0
                        : std::min((outside + dilation_height - 1) / dilation_height, taps_height);
  }
  int taps_inside(int i) const {
    const int inside = src_height + top - i * stride_height;
    return inside <= 0 ? 0
                       : std::min((inside + dilation_height - 1) / dilation_height, taps_height);
  }

  /// The plane that patches are read from: the image itself, or a copy with a border of zeros.
  const float* plane(const float* image, float* bordered) const;
};

/// Where results go: cell (i, j) of the grid to `data + i * row_step + j * cell_step`.
struct Destination {
  float* data;
  ptrdiff_t row_step;
  ptrdiff_t cell_step;
};

}  // namespace heddle::kernels
