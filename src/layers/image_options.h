#pragma once

#include <vector>

#include "layers/config.h"
#include "ops/padding.h"

namespace heddle {

/// The options that layers with a window sliding over images share: `strides`, `padding` ("valid"
/// or "same"), `dataFormat` ("channelsLast" or "channelsFirst").
struct ImageOptions {
  ImageOptions(Options& options, std::vector<int> default_strides)
      : strides(options.integers("strides", 2, 1, std::move(default_strides))),
        padding(options.choice("padding", {"valid", "same"}, "valid") == "same" ? Padding::kSame
                                                                                : Padding::kValid),
        channels_first(options.choice("dataFormat", {"channelsLast", "channelsFirst"},
                                      "channelsLast") == "channelsFirst") {}

  std::vector<int> strides;  // height, width
  Padding padding;
  bool channels_first;

  // As configurations have them.
  Config strides_config() const { return Config::Array(strides.begin(), strides.end()); }
  const char* padding_name() const { return padding == Padding::kSame ? "same" : "valid"; }
  const char* data_format() const { return channels_first ? "channelsFirst" : "channelsLast"; }
};

}  // namespace heddle
