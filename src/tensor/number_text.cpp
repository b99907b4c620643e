#include "tensor/number_text.h"

#include <cmath>
#include <cstdint>

namespace heddle {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  const std::string sign = value < 0 ? "-" : "";
  value = std::abs(value);
  if (std::isinf(value)) return sign + "Infinity";
  if (value < 1e15 && value == std::floor(value)) {
    return sign + std::to_string(static_cast<int64_t>(value));
  }
  int exponent = 0;  // value * 10^exponent, with one digit before the point
  for (; value >= 10; value /= 10) ++exponent;
  for (; value < 1; value *= 10) --exponent;
  std::string digits = std::to_string(std::llround(value * 1e6));
  exponent += static_cast<int>(digits.size()) - 7;  // 9.9999999 is 10
  digits.erase(digits.find_last_not_of('0') + 1);
  if (exponent < -4 || exponent >= 15) {
    if (digits.size() > 1) digits.insert(1, ".");
    return sign + digits + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
  }
  if (exponent < 0) return sign + "0." + std::string(-exponent - 1, '0') + digits;
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() > whole) {
    digits.insert(whole, ".");
  } else {
    digits.append(whole - digits.size(), '0');
  }
  return sign + digits;
}

}  // namespace heddle
