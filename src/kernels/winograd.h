#pragma once

#include "kernels/correlation.h"
#include "kernels/gemm_panels.h"

/// Convolutions of 3 x 3 taps with a quarter of the multiplications: F(4x4, 3x3) of Lavin & Gray
/// (2016), "Fast Algorithms for Convolutional Neural Networks". Tiles of 6 x 6 cells of the source
/// are transformed by additions; there a convolution is 36 matrix products over the channels; and
/// their results are transformed back to 4 x 4 cells of the grid. Errors stay under 1e-4 of the
/// results' scale (3e-5 measured with 64 channels, against 6e-6 for sums in order).
namespace heddle::kernels {

/// The filter as `correlate` sees it: w(ty, tx, channel, n) lies at
/// `data + (ty * 3 + tx) * tap_step + channel * channel_step + n * n_step`.
struct WinogradFilter {
  const float* data;
  ptrdiff_t tap_step;
  ptrdiff_t channel_step;
  ptrdiff_t n_step;
};

/// A tile has so many rows and columns of cells of the grid.
inline constexpr int kWinogradCells = 4;

/// Whether it can be done so, and is faster: forward, to the input and to the filter alike.
bool winograd_pays(const Correlation& g, int batch, int n);

/// At every cell of the grid of every image, the patch times the filter, [channels, n] per tap.
/// Image i begins at src + i * src_step, its results at to.data + i * to_step.
void winograd_correlate(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                        const WinogradFilter& filter, int n, const Destination& to,
                        ptrdiff_t to_step, const TileEpilogue& epilogue);

/// The gradient with respect to the filter [3, 3, channels, n], by the transposed transforms: dw
/// (+)= patches times dy. The gradient of image i, [grid_height, grid_width, n], begins at dy + i *
/// dy_step.
void winograd_filter_gradient(const Correlation& g, int batch, const float* src, ptrdiff_t src_step,
                              const float* dy, ptrdiff_t dy_step, int n, float* dw,
                              bool accumulate);

}  // namespace heddle::kernels
