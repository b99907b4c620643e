#pragma once

#include <cstdint>
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
// What a part of a message is passed as: few types, so that there are few versions of `join`.
inline const char* part(const char* text) { return text; }
inline std::string_view part(std::string_view text) { return text; }
inline std::string_view part(const std::string& text) { return text; }
template <typename Number>
  requires std::is_arithmetic_v<Number>
std::conditional_t<std::is_integral_v<Number>, int64_t, double> part(Number number) {
  return number;
}

void append(std::string& out, const char* part);
void append(std::string& out, std::string_view part);
void append(std::string& out, int64_t part);
void append(std::string& out, double part);

template <typename... Parts>
[[gnu::noinline]] std::string join(Parts... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}
}  // namespace detail

/// Joins text and numbers into one string: `text("got ", 3, " inputs")`.
template <typename... Parts>
[[gnu::always_inline]] inline std::string text(const Parts&... parts) {
  return detail::join(detail::part(parts)...);
}

}  // namespace heddle
