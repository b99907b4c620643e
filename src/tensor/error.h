#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "tensor/shape.h"

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
// What an argument of a message is passed as. Shapes and strings go by address, so that nothing is
// made, and nothing has to be freed, where an error is thrown.
enum class Kind : uint8_t { kText, kView, kString, kShape, kInteger, kNumber };

union Argument {
  const void* address;
  int64_t integer;
  double number;
};

template <typename T>
consteval Kind kind_of() {
  if constexpr (std::is_same_v<T, std::string>) return Kind::kString;
  if constexpr (std::is_same_v<T, std::string_view>) return Kind::kView;
  if constexpr (std::is_same_v<T, Shape>) return Kind::kShape;
  if constexpr (std::is_integral_v<T>) return Kind::kInteger;
  if constexpr (std::is_floating_point_v<T>) return Kind::kNumber;
  return Kind::kText;
}

template <typename T>
Argument argument(const T& value) {
  constexpr Kind kKind = kind_of<T>();
  if constexpr (kKind == Kind::kInteger) {
    return {.integer = static_cast<int64_t>(value)};
  } else if constexpr (kKind == Kind::kNumber) {
    return {.number = value};
  } else if constexpr (kKind == Kind::kText) {
    return {.address = static_cast<const char*>(value)};
  } else {
    return {.address = &value};
  }
}

// The kinds of a message's arguments, four bits each, the first one lowest.
template <typename... Args>
consteval uint32_t kinds_of() {
  static_assert(sizeof...(Args) <= 8, "a message takes at most eight arguments");
  uint32_t kinds = 0;
  int shift = 0;
  ((kinds |= static_cast<uint32_t>(kind_of<Args>()) << shift, shift += 4), ...);
  return kinds;
}

// A format with as many places as there are arguments: anything else does not compile.
template <typename... Args>
struct Format {
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is meant to become one
  consteval Format(const char* literal) : text(literal) {
    size_t places = 0;
    for (const char* at = literal; *at != '\0'; ++at) places += at[0] == '{' && at[1] == '}';
    if (places != sizeof...(Args)) throw "the format's places are not as many as the arguments";
  }
  const char* text;
};

std::string join(const char* format, uint32_t kinds, const Argument* arguments);

template <typename Error>
[[noreturn, gnu::noinline]] void fail(const char* format, uint32_t kinds,
                                      const Argument* arguments) {
  throw Error(join(format, kinds, arguments));
}
}  // namespace detail

/// The format with each {} replaced by the next argument, which is text, a number or a shape:
/// `text("got {} inputs of shape {}", 3, shape)`.
template <typename... Args>
[[gnu::always_inline]] inline std::string text(detail::Format<std::type_identity_t<Args>...> format,
                                               const Args&... args) {
  const detail::Argument arguments[] = {detail::argument(args)..., {}};
  return detail::join(format.text, detail::kinds_of<Args...>(), arguments);
}

/// Throws an Error with the message text(format, args...).
template <typename Error, typename... Args>
[[noreturn, gnu::always_inline]] inline void fail(
    detail::Format<std::type_identity_t<Args>...> format, const Args&... args) {
  const detail::Argument arguments[] = {detail::argument(args)..., {}};
  detail::fail<Error>(format.text, detail::kinds_of<Args...>(), arguments);
}

}  // namespace heddle
