#include <algorithm>

#include "models/model.h"

namespace heddle {
namespace {

/// The cells of one row; a cell with several lines makes the row that much taller.
struct Row {
  std::string layer;
  std::string shape;
  std::string params;
  std::vector<std::string> connections;
};

/// Cuts text into pieces of at most `width` characters.
std::vector<std::string> wrap(const std::string& text, size_t width) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size(); at += width) lines.push_back(text.substr(at, width));
  return lines;
}

/// Where each column ends.
struct Columns {
  std::vector<int> ends;

  std::vector<std::string> lines(const Row& row) const {
    std::vector<std::vector<std::string>> cells{
        wrap(row.layer, width(0)), wrap(row.shape, width(1)), wrap(row.params, width(2))};
    if (ends.size() == 4) {
      std::vector<std::string> connections;
      for (const std::string& connection : row.connections) {
        for (std::string& line : wrap(connection, width(3))) connections.push_back(line);
      }
      cells.push_back(std::move(connections));
    }
    size_t height = 1;
    for (const auto& cell : cells) height = std::max(height, cell.size());
    std::vector<std::string> lines(height);
    for (size_t y = 0; y < height; ++y) {
      for (size_t x = 0; x < cells.size(); ++x) {
        if (y < cells[x].size()) lines[y] += cells[x][y];
        lines[y].resize(ends[x], ' ');
      }
      lines[y].erase(lines[y].find_last_not_of(' ') + 1);
    }
    return lines;
  }

 private:
  /// One space is kept between columns.
  size_t width(int column) const {
    return std::max(1, ends[column] - (column == 0 ? 0 : ends[column - 1]) - 1);
  }
};

Row row_of(const Model& model, const Layer& layer) {
  Row row;
  row.layer = text(layer.name(), " (", layer.class_name(), ")");
  row.params = text(layer.count_params());
  for (const Model::Node& node : model.nodes()) {
    if (node.layer.get() != &layer) continue;
    const Call& call = *node.call;
    if (row.shape.empty()) {
      for (const Shape& shape : call.output_shapes) {
        row.shape += (row.shape.empty() ? "" : ",") + to_string(shape);
      }
    }
    for (const SymbolicTensor& input : call.inputs) {
      row.connections.push_back(
          text(input.layer->name(), "[", input.call_index(), "][", input.output_index, "]"));
    }
  }
  return row;
}

int64_t count(const std::vector<VariablePtr>& weights) {
  int64_t count = 0;
  for (const VariablePtr& weight : weights) count += weight->shape().size();
  return count;
}

}  // namespace

std::vector<std::string> summary(Model& model, int line_length) {
  const Sequential* sequential = model.as_sequential();
  const bool connected = sequential == nullptr;
  if (line_length <= 0) line_length = connected ? 98 : 65;
  Columns columns;
  for (double part :
       connected ? std::vector<double>{.33, .55, .67, 1} : std::vector<double>{.45, .85, 1}) {
    columns.ends.push_back(static_cast<int>(part * line_length));
  }
  std::vector<std::string> out;
  const auto append = [&](const Row& row) {
    for (std::string& line : columns.lines(row)) out.push_back(std::move(line));
  };
  const std::string thin(line_length, '_');
  const std::string thick(line_length, '=');
  out.push_back(text("Model: \"", model.name(), "\""));
  out.push_back(thin);
  append({"Layer (type)", "Output Shape", "Param #", {"Connected to"}});
  out.push_back(thick);
  for (const LayerPtr& layer : sequential == nullptr ? model.layers() : sequential->stack()) {
    append(row_of(model, *layer));
  }
  out.push_back(thick);
  const int64_t trainable = count(model.trainable_weights());
  const int64_t frozen = count(model.non_trainable_weights());
  out.push_back(text("Total params: ", trainable + frozen));
  out.push_back(text("Trainable params: ", trainable));
  out.push_back(text("Non-trainable params: ", frozen));
  out.push_back(thin);
  return out;
}

}  // namespace heddle
