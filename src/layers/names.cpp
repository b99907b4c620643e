#include "layers/names.h"

#include <cstddef>

namespace heddle {
namespace {

/// The next character that counts, in lower case; 0 at the end.
char next_letter(std::string_view name, size_t& position) {
  while (position < name.size() && name[position] == '_') ++position;
  if (position == name.size()) return 0;
  const char c = name[position++];
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (true) {
    const char left = next_letter(a, i);
    if (left != next_letter(b, j)) return false;
    if (left == 0) return true;
  }
}

}  // namespace heddle
