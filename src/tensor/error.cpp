#include "tensor/error.h"

#include "tensor/number_text.h"

namespace heddle::detail {

namespace {
std::string written(Kind kind, const Argument& argument) {
  switch (kind) {
    case Kind::kText:
      return static_cast<const char*>(argument.address);
    case Kind::kView:
      return std::string(*static_cast<const std::string_view*>(argument.address));
    case Kind::kString:
      return *static_cast<const std::string*>(argument.address);
    case Kind::kShape:
      return to_string(*static_cast<const Shape*>(argument.address));
    case Kind::kInteger:
      return std::to_string(argument.integer);
    case Kind::kNumber:
      break;
  }
  return number_text(argument.number);
}
}  // namespace

std::string join(const char* format, uint32_t kinds, const Argument* arguments) {
  std::string out;
  for (const char* at = format; *at != '\0'; ++at) {
    if (at[0] == '{' && at[1] == '}') {
      out += written(static_cast<Kind>(kinds & 15), *arguments++);
      kinds >>= 4;
      ++at;
    } else {
      out += *at;
    }
  }
  return out;
}

}  // namespace heddle::detail
