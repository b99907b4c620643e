#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace heddle {

/// What layers add while they are called: terms of the loss, and values for the logs. While one
/// lives, it gathers them; where none does, they are dropped.
class AddedValues {
 public:
  AddedValues();
  ~AddedValues();
  AddedValues(const AddedValues&) = delete;
  AddedValues& operator=(const AddedValues&) = delete;

  /// The one that lives, or null.
  static AddedValues* current();

  std::vector<Tensor> losses;                           // scalars
  std::vector<std::pair<std::string, Tensor>> metrics;  // names and scalars

 private:
  AddedValues* before_;
};

}  // namespace heddle
