#pragma once

#include <span>

#include "kernels/sample_images.h"
#include "ops/op.h"

namespace heddle {

// Images are [batch, height, width, channels], or one image [height, width, channels].

struct ResizeOptions {
  /// The centers of the corner cells stay where they are.
  bool align_corners = false;
  /// Cells have their centers at one half (as in Keras), not at their corner.
  bool half_pixel_centers = false;
  /// Images are [batch, channels, height, width].
  bool channels_first = false;
};
/// To height x width cells, linear between the nearest two along each axis. float32.
Tensor resize_bilinear(const Tensor& images, int height, int width,
                       const ResizeOptions& options = {});
/// To height x width cells, each a copy of the nearest one. Keeps the dtype.
Tensor resize_nearest(const Tensor& images, int height, int width,
                      const ResizeOptions& options = {});

/// Cuts boxes [count, 4] (y1, x1, y2, x2 as parts of the image from first to last cell) out of the
/// images that `index` [count] (int32) names, and brings each to height x width cells: [count,
/// height, width, channels]. What lies outside is `fill`. The images have a gradient; the boxes
/// have none.
Tensor crop_and_resize(const Tensor& images, const Tensor& boxes, const Tensor& index, int height,
                       int width, bool bilinear = true, float fill = 0);

struct TransformOptions {
  bool bilinear = false;  // else the nearest cell
  kernels::Outside outside = kernels::Outside::kFill;
  /// What lies outside, one number or one for each channel; a fourth channel without one is 255
  /// (opaque), as in TensorFlow.js.
  std::span<const float> fill = {};
  /// The size of the result; 0: as the images.
  int height = 0;
  int width = 0;
};
/// Projective transforms [1 or batch, 8] (a0, a1, a2, b0, b1, b2, c0, c1): cell (x, y) of the
/// result reads the image at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1.
/// The images have a gradient; the transforms have none. Keeps the dtype.
Tensor transform_images(const Tensor& images, const Tensor& transforms,
                        const TransformOptions& options = {});
}  // namespace heddle
