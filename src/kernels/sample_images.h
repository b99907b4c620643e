#pragma once

#include <cstdint>

namespace heddle::kernels {

/// Where a place outside an image is read.
enum class Outside : uint8_t {
  kFill,      // a given value
  kReflect,   // mirrored, the edge twice: dcba|abcd|dcba
  kWrap,      // from the other side: abcd|abcd|abcd
  kNearest,   // the edge
  kFillOnly,  // a given value, also where only some of the four cells around are outside
};

/// Images read at places that are not cells: `count` results of [out_height, out_width, channels]
/// out of `batch` images of [in_height, in_width, channels].
struct SampleGeometry {
  int batch = 1;
  int in_height = 0;
  int in_width = 0;
  int channels = 0;
  int count = 1;
  int out_height = 0;
  int out_width = 0;
  bool bilinear = false;  // else the nearest cell
  Outside outside = Outside::kFill;
};

/// One result: its cell (x, y) reads the image at ((t0 x + t1 y + t2) / k, (t3 x + t4 y + t5) / k),
/// k = t6 x + t7 y + 1, with t the transform. `fill[channels]` is what lies outside.
void sample_image(const SampleGeometry& g, const float* image, const float* transform,
                  const float* fill, float* out);

/// The gradient with respect to the image is added to dx.
void sample_image_backward(const SampleGeometry& g, const float* dy, const float* transform,
                           float* dx);

/// Linear interpolation along an axis: cell i of `to` is x[below[i]] + (x[above[i]] - x[below[i]])
/// * part[i]. x is [outer, from, inner], y is [outer, to, inner].
struct Interpolation {
  int from = 0;
  int to = 0;
  const int32_t* below = nullptr;  // [to]
  const int32_t* above = nullptr;  // [to]
  const float* part = nullptr;     // [to]
};
void interpolate(const Interpolation& t, int outer, int inner, const float* x, float* y);
/// The gradient with respect to x: dx from dy; dx is overwritten.
void interpolate_backward(const Interpolation& t, int outer, int inner, const float* dy, float* dx);

}  // namespace heddle::kernels
