#pragma once

namespace heddle {

/// Allocations by `new` since the module started.
double allocation_count();

}  // namespace heddle
