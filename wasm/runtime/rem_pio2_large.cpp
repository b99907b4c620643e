// musl's reduction of huge arguments of sin, cos and tan is made for doubles and wider, with 2 KB
// of code and tables. The linker takes this one in its place, which does what floats need.
#include <cstdint>

/// As musl's, for the argument m 2^exponent of a float: x[0] is m, a whole number below 2^24, and
/// the exponent is from 5 to 104. y[0] becomes the argument less n times pi / 2, within pi / 4.
/// Returns n modulo 8. (Payne & Hanek 1983: only those bits of 2 / pi matter that do not make whole
/// turns.)
extern "C" int __rem_pio2_large(double* x, double* y, int exponent, int /*count*/, int /*prec*/) {
  // The bits of 2 / pi behind the point.
  constexpr uint32_t kTwoOverPi[] = {0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                     0xdb629599, 0x3c439041, 0xfe5163ab};
  const auto m = static_cast<uint64_t>(x[0]);
  // m times 32 of them, from place `at` on.
  const auto product = [&](int at) {
    const uint64_t words =
        static_cast<uint64_t>(kTwoOverPi[at / 32]) << 32 | kTwoOverPi[at / 32 + 1];
    return m * (words << at % 32 >> 32);
  };
  // The 96 bits from the one on that is worth 4 in the product: what is before makes multiples
  // of 8.
  const uint64_t low = product(exponent + 61);
  const uint64_t middle = product(exponent + 29) + (low >> 32);
  const uint64_t high = product(exponent - 3) + (middle >> 32);
  const uint64_t eighths = high << 32 | (middle & 0xffffffff);  // 2^61 is one time pi / 2
  const auto rest = static_cast<int64_t>(eighths << 3 | (low & 0xffffffff) >> 29);
  constexpr double kHalfPi = 1.5707963267948966;
  y[0] = static_cast<double>(rest) * (kHalfPi * 0x1p-64);
  return static_cast<int>((eighths >> 61) + (rest < 0 ? 1 : 0)) & 7;
}
