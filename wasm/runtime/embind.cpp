// embind's own start-up registers every type that C++ might pass, among them wide strings with code
// of their own on both sides, and prints names with printf. The linker takes this one in its place:
// the types that the bindings use, which are all named by number.
#include <emscripten/bind.h>

#include <cstdlib>
#include <limits>
#include <string>

namespace {

using emscripten::internal::InitFunc;
using emscripten::internal::TypeID;

InitFunc* registered = nullptr;

template <typename T>
void register_integer(const char* name) {
  using Limits = std::numeric_limits<T>;
  emscripten::internal::_embind_register_integer(TypeID<T>::get(), name, sizeof(T), Limits::min(),
                                                 Limits::max());
}

template <typename T>
void register_float(const char* name) {
  emscripten::internal::_embind_register_float(TypeID<T>::get(), name, sizeof(T));
}

/// `index` as embind.js counts the kinds of typed arrays.
template <typename T>
void register_memory_view(unsigned index) {
  emscripten::internal::_embind_register_memory_view(TypeID<emscripten::memory_view<T>>::get(),
                                                     index, "memory_view");
}

}  // namespace

extern "C" {

/// What a message of embind calls a type that nobody has registered; the caller frees it.
const char* __getTypeName(const std::type_info* /*type*/) {
  return static_cast<const char*>(std::calloc(1, 1));
}

void _embind_register_bindings(InitFunc* function) {
  function->next = registered;
  registered = function;
}

void _embind_initialize_bindings() {
  for (InitFunc* function = registered; function != nullptr; function = function->next) {
    function->init_func();
  }
}
}

EMSCRIPTEN_BINDINGS(types) {
  using emscripten::internal::_embind_register_bool;
  using emscripten::internal::_embind_register_emval;
  using emscripten::internal::_embind_register_std_string;
  using emscripten::internal::_embind_register_void;
  constexpr unsigned kInt32Array = 4;
  constexpr unsigned kFloat32Array = 6;
  _embind_register_void(TypeID<void>::get(), "void");
  _embind_register_bool(TypeID<bool>::get(), "bool", true, false);
  register_integer<int>("int");
  register_integer<unsigned>("unsigned int");
  register_integer<unsigned long>("unsigned long");  // size_t
  register_float<float>("float");
  register_float<double>("double");
  _embind_register_std_string(TypeID<std::string>::get(), "std::string");
  _embind_register_emval(TypeID<emscripten::val>::get());
  register_memory_view<int>(kInt32Array);
  register_memory_view<float>(kFloat32Array);
}
