#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace heddle {

/// Everything that Heddle throws on purpose. After any of these, all that was built before still
/// works.
class HeddleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong argument: the message names the layer or op, what came and what is needed.
class ValueError : public HeddleError {
 public:
  using HeddleError::HeddleError;
};

/// A right argument that this version cannot serve.
class NotImplementedError : public HeddleError {
 public:
  using HeddleError::HeddleError;
};

/// The memory that WebAssembly may use (4 GB) does not hold what was asked for.
class OutOfMemoryError : public HeddleError {
 public:
  using HeddleError::HeddleError;
};

namespace detail {
inline void append(std::string& out, const std::string& part) { out += part; }
inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, const char* part) { out += part; }
template <typename Number>
  requires std::is_arithmetic_v<Number>
void append(std::string& out, Number part) {
  out += std::to_string(part);
}
}  // namespace detail

/// Joins text and numbers into one string: `text("got ", 3, " inputs")`.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

}  // namespace heddle
