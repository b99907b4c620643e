#include "training/attribution.h"

#include <cmath>
#include <utility>

#include "graph/autodiff.h"
#include "graph/program.h"
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

std::vector<Attribution> attribute(Trainer& trainer, std::span<const Tensor> x,
                                   std::span<const Tensor> y) {
  trainer.check_data(x, y);
  CallPaths paths;
  std::vector<VariablePtr> variables = trainer.trainable();
  std::vector<std::vector<Part>> parts(variables.size());
  std::vector<Tensor> feed(x.begin(), x.end());
  feed.insert(feed.end(), y.begin(), y.end());

  Trace trace;
  std::vector<Tensor> inputs;
  for (const Tensor& tensor : feed) inputs.push_back(trace.input(tensor.spec()));
  const std::span<const Tensor> all(inputs);
  const Tensor loss = trainer.forward(all.first(x.size()), all.subspan(x.size()), true).total;
  const std::vector<Tensor> reads = variable_reads(std::span(&loss, 1));
  const std::vector<Tensor> gradients_of_reads = gradients(std::span(&loss, 1), {}, reads);
  for (size_t i = 0; i < reads.size(); ++i) {
    const auto& read = static_cast<const ReadVariable&>(*reads[i].node().op);
    for (size_t v = 0; v < variables.size(); ++v) {
      if (variables[v] != *read.variable()) continue;
      const Tensor gradient = gradients_of_reads[i].defined()
                                  ? gradients_of_reads[i]
                                  : Tensor::full(variables[v]->shape(), 0);
      Part* part = nullptr;
      for (Part& known : parts[v]) {
        if (known.reader == read.reader()) part = &known;
      }
      if (part == nullptr) {
        parts[v].push_back({read.reader(), gradient});
      } else {
        part->gradient = add(part->gradient, gradient);
      }
    }
  }

  std::vector<Tensor> outputs;
  for (const std::vector<Part>& of_variable : parts) {
    if (of_variable.size() < 2) continue;
    for (const Part& part : of_variable) outputs.push_back(part.gradient);
  }
  std::vector<Attribution> attributions;
  if (outputs.empty()) return attributions;
  Graph graph = trace.finish(std::move(outputs));
  graph.assigned.clear();  // looking changes nothing
  Program program(graph);
  program.run(feed);

  int output = 0;
  for (size_t v = 0; v < variables.size(); ++v) {
    if (parts[v].size() < 2) continue;
    Attribution attribution;
    attribution.variable = variables[v];
    for (const Part& part : parts[v]) {
      attribution.parts.push_back({paths.path(part.reader), program.copy_output(output++), 0});
    }
    attribution.total = attribution.parts[0].gradient;
    for (size_t i = 1; i < attribution.parts.size(); ++i) {
      attribution.total = add(attribution.total, attribution.parts[i].gradient);
    }
    compare_parts(attribution);
    attributions.push_back(std::move(attribution));
  }
  return attributions;
}

}  // namespace heddle
