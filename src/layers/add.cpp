#include "layers/merge.h"
#include "layers/registry.h"
#include "ops/elementwise.h"

namespace heddle {
namespace {

/// The sum of its inputs.
///
/// Inputs: two or more of one shape [batch, ...], or of shapes that broadcast. Output: that shape.
class Add : public Merge {
 public:
  explicit Add(Options& options) : Merge(options, "Add") {}
  std::string class_name() const override { return "Add"; }

 protected:
  Tensor merge(const Tensor& a, const Tensor& b) const override { return add(a, b); }
};

const bool kRegistered = register_layer<Add>("Add");

}  // namespace
}  // namespace heddle
