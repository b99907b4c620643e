#pragma once

#include <string>

namespace heddle {

/// A number in as few digits as tell it, seven at most: 3, 0.25, 1e-7. std::to_string and snprintf
/// would bring 3 KB of code along.
std::string number_text(double value);

}  // namespace heddle
