#include "tensor/error.h"

#include "tensor/number_text.h"

namespace heddle::detail {

void append(std::string& out, const char* part) { out += part; }
void append(std::string& out, std::string_view part) { out += part; }
void append(std::string& out, int64_t part) { out += std::to_string(part); }
void append(std::string& out, double part) { out += number_text(part); }

}  // namespace heddle::detail
