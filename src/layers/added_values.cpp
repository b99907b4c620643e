#include "layers/added_values.h"

#include <utility>

namespace heddle {
namespace {
AddedValues* living = nullptr;
}  // namespace

AddedValues::AddedValues() : before_(std::exchange(living, this)) {}
AddedValues::~AddedValues() { living = before_; }
AddedValues* AddedValues::current() { return living; }

}  // namespace heddle
