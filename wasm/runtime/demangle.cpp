// libc++abi's demangler is 50 KB of code that nothing here needs: only the names of exception types
// are ever shown. The linker takes this small one in its place.
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Appends the part names of `name` ("6heddle10ValueError") to `out`, joined by "::".
/// Returns the length written, or -1 if anything but plain names occurs.
int append_parts(const char* name, char* out, int length) {
  while (is_digit(*name)) {
    char* end = nullptr;
    const unsigned long size = std::strtoul(name, &end, 10);
    if (size > std::strlen(end)) return -1;
    if (length > 0) {
      out[length++] = ':';
      out[length++] = ':';
    }
    std::memcpy(out + length, end, size);
    length += static_cast<int>(size);
    name = end + size;
  }
  return *name == '\0' || (name[0] == 'E' && name[1] == '\0') ? length : -1;
}

}  // namespace

/// As in the Itanium C++ ABI, for names of the forms `<name>`, `N <name>... E` and `St <name>`. Any
/// other name is refused with status -2, upon which callers show it as it is; so is a buffer of the
/// caller's, with -3: none of the runtime's callers has one.
extern "C" char* __cxa_demangle(const char* mangled, char* buffer, std::size_t*, int* status) {
  int code = 0;
  char* out = nullptr;
  if (buffer != nullptr) {
    code = -3;
  } else {
    // Each part loses its length, of one digit or more, and gains two colons.
    out = static_cast<char*>(std::malloc(2 * std::strlen(mangled) + sizeof("std")));
    const bool is_standard = std::strncmp(mangled, "St", 2) == 0;
    const char* parts = is_standard ? mangled + 2 : mangled + (*mangled == 'N' ? 1 : 0);
    if (out == nullptr) {
      code = -1;
    } else {
      if (is_standard) std::memcpy(out, "std", 3);
      const int length = append_parts(parts, out, is_standard ? 3 : 0);
      if (length > 0) {
        out[length] = '\0';
      } else {
        std::free(out);
        out = nullptr;
        code = -2;
      }
    }
  }
  if (status != nullptr) *status = code;
  return out;
}
