#include "training/attribution.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "graph/autodiff.h"
#include "ops/elementwise.h"
#include "ops/read_variable.h"

namespace heddle {
namespace {

/// The reads of one Variable by one reader, and the sum of their gradients.
struct Part {
  int reader;
  Tensor gradient;
};

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a.data()[i]) * b.data()[i];
  return sum;
}

void compare_parts(Attribution& attribution) {
  const size_t count = attribution.parts.size();
  std::vector<std::vector<double>> dots(count, std::vector<double>(count));
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      dots[i][j] = dots[j][i] = dot(attribution.parts[i].gradient, attribution.parts[j].gradient);
    }
    attribution.parts[i].norm = static_cast<float>(std::sqrt(dots[i][i]));
  }
  attribution.cosine.assign(count, std::vector<float>(count, 0));
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) {
      const double scale = std::sqrt(dots[i][i]) * std::sqrt(dots[j][j]);
      if (scale > 0) attribution.cosine[i][j] = static_cast<float>(dots[i][j] / scale);
    }
  }
}

}  // namespace

AttributionProgram::AttributionProgram(Trainer& trainer, std::span<const Tensor> feed,
                                       size_t num_inputs) {
  for (const Tensor& tensor : feed) specs_.push_back(tensor.spec());
  const std::vector<VariablePtr>& variables = trainer.trainable();
  std::vector<std::vector<Part>> parts(variables.size());

  const CallPaths paths;
  Trace trace;
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : specs_) inputs.push_back(trace.input(spec));
  const std::span<const Tensor> all(inputs);
  const Tensor loss = trainer.forward(all.first(num_inputs), all.subspan(num_inputs), true).total;
  const std::vector<Tensor> reads = variable_reads(std::span(&loss, 1));
  const std::vector<Tensor> gradients_of_reads = gradients(std::span(&loss, 1), {}, reads);
  for (size_t i = 0; i < reads.size(); ++i) {
    const auto& read = static_cast<const ReadVariable&>(*reads[i].node().op);
    const auto found = std::find(variables.begin(), variables.end(), *read.variable());
    if (found == variables.end()) continue;
    const Tensor gradient = gradients_of_reads[i].defined() ? gradients_of_reads[i]
                                                            : Tensor::full((*found)->shape(), 0);
    std::vector<Part>& of_variable = parts[found - variables.begin()];
    const auto part = std::find_if(of_variable.begin(), of_variable.end(), [&](const Part& known) {
      return known.reader == read.reader();
    });
    if (part == of_variable.end()) {
      of_variable.push_back({read.reader(), gradient});
    } else {
      part->gradient = add(part->gradient, gradient);
    }
  }

  std::vector<Tensor> outputs;
  for (size_t v = 0; v < variables.size(); ++v) {
    if (parts[v].size() < 2) continue;
    Shared& shared = shared_.emplace_back(Shared{variables[v], {}});
    for (const Part& part : parts[v]) {
      shared.paths.push_back(paths.path(part.reader));
      outputs.push_back(part.gradient);
    }
  }
  if (outputs.empty()) return;
  Graph graph = trace.finish(std::move(outputs));
  graph.assigned.clear();  // looking changes nothing
  program_ = std::make_unique<Program>(graph);
}

bool AttributionProgram::fits(std::span<const Tensor> feed) const {
  return std::equal(
      feed.begin(), feed.end(), specs_.begin(), specs_.end(),
      [](const Tensor& tensor, const TensorSpec& spec) { return tensor.spec() == spec; });
}

std::vector<Attribution> AttributionProgram::run(std::span<const Tensor> feed) {
  if (program_ != nullptr) program_->run(feed);
  std::vector<Attribution> attributions;
  int output = 0;
  for (const Shared& shared : shared_) {
    Attribution& attribution = attributions.emplace_back();
    attribution.variable = shared.variable;
    for (const CallPath& path : shared.paths) {
      attribution.parts.push_back({path, program_->copy_output(output++), 0});
    }
    attribution.total = attribution.parts[0].gradient;
    for (size_t i = 1; i < attribution.parts.size(); ++i) {
      attribution.total = add(attribution.total, attribution.parts[i].gradient);
    }
    compare_parts(attribution);
  }
  return attributions;
}

std::vector<Attribution> Trainer::attribute(std::span<const Tensor> x, std::span<const Tensor> y) {
  check_data(x, y);
  std::vector<Tensor> feed(x.begin(), x.end());
  feed.insert(feed.end(), y.begin(), y.end());
  if (attribution_ == nullptr || !attribution_->fits(feed)) {
    attribution_ = std::make_unique<AttributionProgram>(*this, feed, x.size());
  }
  return attribution_->run(feed);
}

}  // namespace heddle
