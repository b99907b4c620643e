#include "kernels/correlation.h"

#include <cstring>

namespace heddle::kernels {

const float* Correlation::plane(const float* image, float* bordered) const {
  if (!needs_border()) return image;
  const ptrdiff_t row = row_step();
  const int left_cells = std::clamp(left, 0, width());
  const int from = std::max(-left, 0);  // a negative border cuts the image
  const int cells = std::clamp(src_width - from, 0, width() - left_cells);
  const ptrdiff_t before = static_cast<ptrdiff_t>(left_cells) * channels;
  const ptrdiff_t inside = static_cast<ptrdiff_t>(cells) * channels;
  float* out = bordered;
  for (int y = 0; y < height(); ++y, out += row) {
    const int src_y = y - top;
    if (src_y < 0 || src_y >= src_height) {
      std::fill_n(out, row, 0.0f);
      continue;
    }
    const float* in = image + (static_cast<ptrdiff_t>(src_y) * src_width + from) * channels;
    std::fill_n(out, before, 0.0f);
    if (inside > 0) std::memcpy(out + before, in, inside * sizeof(float));
    std::fill_n(out + before + inside, row - before - inside, 0.0f);
  }
  return bordered;
}

}  // namespace heddle::kernels
